"""`dancekit coach` as a person calls it: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from coach_calls import NEW, call
from dancekit_coach import dancekit_components
from dancekit_coach.command import coach
from dancekit_coach.recordings import TRUNK
from dancekit_coach.review_faults import ReviewFile
from synthetic import LAYOUT, RATE, dance, filmed

from dancekit.errors import DancekitError, DataError, RecipeError

ANNA = ("new", "anna", *NEW)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DANCEKIT_DANCERS", str(tmp_path / "dancers"))


@pytest.fixture(scope="module")
def dances(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with two recordings of one class."""
    folder = tmp_path_factory.mktemp("dances")
    for name, elbow in (("anna", 40.0), ("teacher", 0.0)):
        np.save(folder / f"raising_high_{name}.npy", dance(elbow=elbow).astype(np.float32))  # (T, V, C)
    return str(folder)


ARGUMENTS = (
    f"frame_rate={RATE}",
    "layout=h36m17",
    "metres_per_unit=1",
    "vertical=y",
    "label_pattern=^(raising_high)_",
)
SOURCE = (*ARGUMENTS, "--format", "arrays")
METRES = ("layout=h36m17", "metres_per_unit=1", "vertical=y", "--format", "arrays")


def test_the_hook_names_a_command_that_is_imported_late() -> None:
    (component,) = dancekit_components()
    assert (component.kind, component.name) == ("command", "coach")
    assert component.target == "dancekit_coach.command:coach"
    assert set(coach.commands) >= {"review", "new", "diary", "check-in", "plan", "export", "delete"}


def test_a_review_is_written_twice_the_same_and_feeds_the_plan(dances: str) -> None:
    call(*ANNA, "--goal", "raising_high", "--readiness", "all-no")
    words = (
        "review",
        f"{dances}::raising_high_anna",
        *SOURCE,
        "--reference",
        "::raising_high_teacher",
        "--mirror",
        "off",
    )
    said = call(*words, "--profile", "anna", "--movement", "raising_high", "--day", "2026-11-24").output
    assert "reference" in said and "- " in said and "report.html" in said
    first = Path("review/result.json").read_bytes()
    assert "Progress" in Path("review/report.html").read_text()
    call(*words, "--profile", "anna", "--movement", "raising_high", "--day", "2026-11-24")
    call("export", "--out", "anna.json")
    assert len(json.loads(Path("anna.json").read_text())["reviews"]) == 1  # not kept twice
    again = call(*words, "--movement", "raising_high", "--out", "again", "--json").stdout
    assert Path("again/result.json").read_bytes() == first and again.encode() == first
    assert "Progress" not in Path("again/report.html").read_text()
    faults = ReviewFile.read(Path("review/result.json")).faults
    assert {fault.measure for fault in faults} == {"left_elbow_flexion"}
    assert all(fault.movement == "raising_high" and fault.severity > 0 for fault in faults)
    call("plan", "--start", "2026-11-25")
    week = json.loads(Path("week/week.json").read_text())
    assert week["mastery"]["raising_high"]["day"] == "2026-11-24"
    assert any("left elbow" in block["reason"] for day in week["plan"]["days"] for block in day["blocks"])
    assert all(check["held"] for check in week["plan"]["checks"])


def test_the_same_bytes_whatever_the_process_and_its_hash_seed(dances: str) -> None:
    words = ("review", f"{dances}::raising_high_anna", *SOURCE, "--reference", "::raising_high_teacher")
    programme = f"from dancekit_coach.command import coach; from dancekit.cli.main import Session; " \
                f"coach({list(words)!r} + ['--json'], obj=Session())"  # fmt: skip
    found = [
        subprocess.run(
            [sys.executable, "-c", programme],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    ]
    pages = Path("review/report.html").read_bytes()
    assert found[0] == found[1] == Path("review/result.json").read_bytes() and len(found[0]) > 1000
    call(*words)
    assert Path("review/result.json").read_bytes() == found[0]
    assert Path("review/report.html").read_bytes() == pages


def saved(points: np.ndarray, name: str = "clip") -> str:
    """A file of one recording, (T, V, C) or (M, T, V, C)."""
    np.savez(f"{name}.npz", keypoints=points.astype(np.float32), frame_rate=float(RATE))
    return f"{name}.npz"


def odd(kind: str) -> np.ndarray:
    points = dance()
    trunk = points.copy()
    trunk[:, [place for place, name in enumerate(LAYOUT.joints) if name not in TRUNK]] = np.nan
    still = np.repeat(points[:1], 60, axis=0)
    return {"short": points[:2], "still": still, "gone": np.full_like(points, np.nan), "trunk": trunk}[kind]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("short", "too short to compare"),
        ("still", "hardly anything moves"),
        ("gone", "in no frame seen together"),
        ("trunk", "too few arms and legs in common"),
    ],
)
def test_what_cannot_be_compared_is_said_and_nothing_is_lost(kind: str, says: str) -> None:
    words = (*METRES, "--reference", saved(dance(), "teacher"))
    call("review", saved(dance(elbow=20)), *words)
    before = Path("review/result.json").read_bytes()
    with pytest.raises(DataError, match=says):
        call("review", saved(odd(kind), "odd"), *words)
    assert Path("review/result.json").read_bytes() == before


def test_in_2d_from_behind_it_is_reviewed_or_said_why_not() -> None:
    words = ("layout=h36m17", "--format", "arrays", "units=pixels", "--reference")
    behind = saved(filmed(dance(), yaw=180.0))
    call("review", behind, *words, saved(filmed(dance()), "teacher"), "--facing", "--out", "behind")
    found = json.loads(Path("behind/result.json").read_text())
    page = Path("behind/report.html").read_text()
    assert found["mirror"]["used"] and "as before a mirror" in page
    assert "as filmed" in page and "It needs a recording in 3D" in page


def test_clip_and_reference_have_arguments_of_their_own() -> None:
    shared = ("layout=h36m17", "vertical=y", "--format", "arrays", "--reference", saved(dance(), "teacher"))
    centimetres = saved(100 * dance(), "centimetres")
    for ours, theirs, in_metres in (("0.01", "1", True), ("1", "0.01", False)):
        call("review", centimetres, *shared, f"clip.metres_per_unit={ours}", f"ref.metres_per_unit={theirs}")
        sway = json.loads(Path("review/result.json").read_text())["sway"]
        assert sway and all((hold["extrapolated"] is not None) == in_metres for hold in sway)
    with pytest.raises(RecipeError, match=r"clip\.=1 has no key"):
        call("review", centimetres, *shared, "clip.=1")
    with pytest.raises(RecipeError, match=r"centimetres\.npz: units and metres_per_unit are both missing"):
        call("review", centimetres, *shared, "ref.metres_per_unit=1")
    with pytest.raises(RecipeError, match=r"teacher\.npz.*metres_per_unt"):
        call("review", centimetres, *shared, "clip.metres_per_unit=1", "ref.metres_per_unt=1")


def test_holes_are_filled_or_named_and_never_zero() -> None:
    holed = dance(elbow=20)
    holed[np.random.default_rng(0).random(holed.shape[:2]) < 0.1] = np.nan
    holed[:, LAYOUT.index("right_ankle")] = np.nan
    words = (*METRES, "--reference", saved(dance(), "teacher"))
    call("review", saved(holed), *words)
    found = json.loads(Path("review/result.json").read_text())
    page = Path("review/report.html").read_text()
    assert "right_ankle" not in found["not_measured"] and "right_knee_flexion" in found["not_measured"]
    assert "The right ankle is seen in 0% of the clip</th><td>right knee bend</td>" in page


def test_several_persons_are_told_apart() -> None:
    both = np.stack([dance(elbow=30.0), dance()])  # (M, T, V, C)
    words = (*METRES, "--mirror", "off")
    clip = saved(both, "pair")
    said = call("review", clip, *words, "--reference", clip, "--reference-person", "2")
    assert "shows 2 persons; person 1 is looked at" in said.stderr
    page = Path("review/report.html").read_text()
    assert "<h1>pair, person 1</h1>" in page and "beside pair, person 2" in page and "--person" in page
    call("review", clip, *words, "--reference", clip, "--reference-person", "2", "--person", "2")
    assert json.loads(Path("review/result.json").read_text())["score"]["value"] == 100
    with pytest.raises(RecipeError, match=r"no person 3.*--person 1 to 2"):
        call("review", clip, *words, "--reference", clip, "--person", "3")


def test_a_day_without_a_file_to_keep_it_in(dances: str) -> None:
    with pytest.raises(RecipeError, match="--profile"):
        call("review", dances, "--reference", dances, "--day", "2026-11-24")


def test_diary_check_in_export_and_delete(tmp_path: Path) -> None:
    call(*ANNA, "--readiness", "all-no")
    assert "300 AU" in call("diary", "add", "--day", "2026-11-23", "--minutes", "60", "--rpe", "5").output
    call("diary", "add", "--day", "2026-11-24", "--kind", "rest")
    shown = json.loads(call("diary", "show", "--day", "2026-11-24", "--days", "7", "--json").output)
    assert [row["load"] for row in shown["sessions"]] == [300.0, 0.0] and shown["missing"] == 5
    assert "300 AU" in call("diary", "show", "--day", "2026-11-24").output
    call("check-in", "--day", "2026-11-24", "--sleep", "2", "--pain", "knee=3")
    assert "11 of 40" not in call("check-in", "--pss10", "0,0,0,0,0,0,0,0,0,0").output
    call("export", "--out", "anna.json")
    kept = json.loads(Path("anna.json").read_text())
    assert kept["check_ins"][0]["pain"] == {"knee": 3.0} and kept["pss10"][0]["total"] == 16
    call("diary", "remove", str(shown["sessions"][0]["number"]))
    assert len(json.loads(call("diary", "show", "--day", "2026-11-24", "--json").output)["sessions"]) == 1
    assert "is deleted" in call("delete", "anna", "--yes").output
    assert not list((tmp_path / "dancers").glob("*.sqlite"))
    with pytest.raises(DataError, match="no dancer anna"):
        call("diary", "show", "--profile", "anna")


def test_a_flag_stops_until_advice_is_confirmed() -> None:
    call(*ANNA, "--readiness", "all-no")
    assert "chest_pain" in call("check-in", "--flag", "list").output
    assert "emergency number" in call("check-in", "--flag", "chest_pain").output
    stopped = call("plan", "--out", "stopped").output
    assert "emergency number" in stopped and " min  " not in stopped
    with pytest.raises(DataError, match="No professional"):
        call("check-in", "--cleared-by", "Dr. B.", answer="n\n")
    assert "emergency" not in call("check-in", "--cleared-by", "Dr. B.", answer="y\n").output
    assert "training days" in call("plan", "--keep").output


def test_a_yes_among_the_first_questions_stops_and_no_answer_gives_no_plan() -> None:
    said = call(*ANNA, answer="y\n" + "n\n" * 6).output
    assert "See a doctor" in said
    call("delete", "anna", answer="y\n")
    call(*ANNA, "--readiness", "later")
    assert "Answer the questions" in call("plan").output


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (("plan",), "there is no dancer yet"),
        (("new", "../up", *ANNA[2:], "--readiness", "all-no"), "no name for a file"),
        (("new", "kid", "--age", "12", "--consent", "--readiness", "all-no"), "guardian"),
        (("new", "eve", "--age", "30", "--readiness", "all-no"), "consent"),
        (("new", "eve", "--age", "30", "--free", "1;2", "--readiness", "all-no"), "--free"),
        (("plan", "--review", "labels.txt"), "no result of a review"),
    ],
)
def test_what_is_wrong_is_said_in_words(words: tuple[str, ...], match: str) -> None:
    Path("labels.txt").write_text('{"movement": 3}')
    with pytest.raises(DancekitError, match=match):
        call(*words)


@pytest.mark.parametrize("pain", ["knee", "knee=much", "knee=nan"])
def test_pain_that_is_no_number_is_not_kept(pain: str) -> None:
    call(*ANNA, "--readiness", "all-no")
    with pytest.raises(RecipeError, match="--pain"):
        call("check-in", "--pain", pain)

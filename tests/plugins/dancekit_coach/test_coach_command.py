"""`dancekit coach` as a person calls it: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from dancekit_coach import dancekit_components
from dancekit_coach.command import coach
from dancekit_coach.recognising import Recognised, reference_for
from dancekit_coach.recordings import Finder, split_name
from dancekit_coach.reviewing import ReviewFile
from synthetic import RATE, dance

from dancekit.cli.main import Session
from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.plugin import Registry

ANNA = ("new", "anna", "--age", "24", "--free", "0,60,0,60,0,90,0", "--usual-minutes", "150",
        "--usual-effort", "4", "--usual-days", "3", "--consent")  # fmt: skip


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DANCEKIT_DANCERS", str(tmp_path / "dancers"))


def call(*words: str, answer: str = "") -> Result:
    result = CliRunner().invoke(coach, words, obj=Session(), input=answer)
    if isinstance(result.exception, DancekitError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


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
    assert len(json.loads(Path("anna.json").read_text())["trials"]) == 1  # not kept twice
    again = call(*words, "--movement", "raising_high", "--out", "again", "--json").stdout
    assert Path("again/result.json").read_bytes() == first and again.encode() == first
    assert "Progress" not in Path("again/report.html").read_text()
    faults = ReviewFile.read(Path("review/result.json")).faults
    assert {fault.measure for fault in faults} == {"left_elbow_flexion"}
    assert all(fault.movement == "raising_high" and fault.severity > 0 for fault in faults)
    call("plan", "--start", "2026-11-25", "--review", "review/result.json")
    week = json.loads(Path("week/week.json").read_text())
    assert week["mastery"]["raising_high"]["day"] == "2026-11-24"
    assert any("elbow flexion" in block["reason"] for day in week["plan"]["days"] for block in day["blocks"])
    assert all(check["held"] for check in week["plan"]["checks"])


def test_recordings_are_found_by_name_or_said_to_be_several(dances: str) -> None:
    finder = Finder(registry=Registry.load(), overrides=ARGUMENTS, format="arrays")
    assert finder.one(dances, "raising_high_anna").movement == "raising_high"
    with pytest.raises(RecipeError, match="several recordings"):
        finder.one(dances, None)
    with pytest.raises(RecipeError, match="is called 'raising_high_ana'") as caught:
        finder.one(dances, "raising_high_ana")
    assert "raising_high_anna" in str(caught.value)
    assert split_name("a.pkl::b", None, "--name") == ("a.pkl", "b")
    with pytest.raises(RecipeError, match="Name it once"):
        split_name("a.pkl::b", "c", "--name")


def test_an_unsure_recognition_asks_for_the_reference(dances: str) -> None:
    finder = Finder(registry=Registry.load(), overrides=ARGUMENTS, format="arrays")
    with pytest.raises(RecipeError, match="too unsure"):
        reference_for(Recognised(movement="raising_high", confidence=0.79, run="r"), finder, dances)
    with pytest.raises(RecipeError, match="no recording of waving"):
        reference_for(Recognised(movement="waving", confidence=0.9, run="r"), finder, dances)


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

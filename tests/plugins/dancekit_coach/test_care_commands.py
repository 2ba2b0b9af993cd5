"""The dancer's own commands, as a person calls them, with the mistakes that people make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from coach_calls import NEW, call, tried
from dancekit_coach import clock
from dancekit_coach.faults import Fault
from dancekit_coach.review_record import ReviewRecord
from dancekit_coach.store import DancerStore
from dancekit_coach.store_file import dancer_file

from dancekit.errors import DancekitError, DataError, RecipeError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DANCEKIT_DANCERS", str(tmp_path / "dancers"))


@pytest.fixture
def zoe() -> str:
    """A dancer, with her name as some keyboards write it."""
    call("new", "Zoe\u0308", *NEW, "--timezone", "Europe/Berlin", "--readiness", "all-no", "--goal", "waving")
    return "Zo\u00eb"


def kept(name: str) -> dict[str, object]:
    with DancerStore(path=dancer_file(name)) as store:
        return store.export()


def test_a_profile_is_changed_in_part(zoe: str) -> None:
    before = kept(zoe)["profile"]
    said = call(
        "change", zoe, "--age", "25", "--free", "60,0,0,0,0,0,0", "--goal", "walking", "--partner"
    ).output
    assert said == "Changed: age, availability, goals, partner.\n"
    after = kept(zoe)["profile"]
    changed = {"age": 25, "availability": [60, 0, 0, 0, 0, 0, 0], "goals": ["walking"], "partner": True}
    assert after == {**before, **changed}  # type: ignore[dict-item]
    call("change", zoe, "--no-partner")
    for words, match in (
        ((), "nothing is given"),
        (("--age", "12"), "guardian"),
        (("--timezone", "Europe/Berlim"), "time zone"),
        (("--free", "1,2"), "seven numbers"),
    ):
        with pytest.raises(DancekitError, match=match):
            call("change", zoe, *words)
    assert kept(zoe)["profile"] == {**after, "partner": False}  # type: ignore[dict-item]


def test_a_profile_comes_from_a_file_and_its_mistakes_have_a_line(tmp_path: Path) -> None:
    file = tmp_path / "eva.yaml"
    file.write_text("age: 30\nconsent: true\ngoals: [waving]\nlocal_help: Ring Anna 123\n")
    call("new", "eva", "--from", str(file), "--readiness", "all-no", "--age", "31")
    profile = kept("eva")["profile"]
    assert profile["age"] == 31 and profile["local_help"] == "Ring Anna 123"  # type: ignore[index]
    assert "Ring Anna 123" in call("check-in", "--flag", "self_harm").output
    for text, match in (
        ("age: 30\nage: 31\n", r":2: .*'age' stands here twice"),
        ("age: &a 30\ngoals: *a\n", "aliases"),
        ("- 1\n", "no mapping"),
        ("age: 30\nconsent: true\ncolour: red\n", "has no 'colour'"),
    ):
        file.write_text(text)
        with pytest.raises(DataError, match=match):
            call("new", "ben", "--from", str(file), "--readiness", "all-no")
    assert not dancer_file("ben").exists()


def test_the_day_of_the_declaration_is_that_of_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 29, 23, 30, tzinfo=UTC))
    call("new", "ada", *NEW, "--timezone", "Europe/Berlin", "--readiness", "all-no")
    assert kept("ada")["profile"]["declared_on"] == "2026-03-30"  # type: ignore[index]


def test_minutes_by_the_clock_where_clocks_change(zoe: str) -> None:
    for day, at, until, minutes in (
        ("2026-03-27", "18:30", "20:00", 90),
        ("2026-03-28", "23:30", "01:00", 90),
        ("2026-03-29", "01:30", "03:30", 60),  # clocks went forward
        ("2025-10-26", "01:30", "03:30", 180),  # and back
    ):
        words = ("--day", day, "--at", at, "--until", until, "--rpe", "3")
        assert f"{minutes} minutes" in call("diary", "add", *words).output
    for words, match in (
        (("--until", "20:00"), "--until goes with --at"),
        (("--at", "18:00", "--until", "19:00", "--minutes", "60"), "--until goes with --at"),
        (("--day", "2026-03-29", "--at", "02:30", "--minutes", "60"), "never was in Europe/Berlin"),
        (("--at", "noon", "--minutes", "60"), "is no time"),
        (("--day", "2026-03-27", "--at", "19:00", "--minutes", "30"), "overlaps"),
        (("--day", "26-3-27", "--minutes", "30"), "Write it as"),
        ((), "no minutes"),
    ):
        with pytest.raises(DancekitError, match=match):
            call("diary", "add", *words)
    assert len(kept(zoe)["sessions"]) == 4  # type: ignore[arg-type]


def test_what_was_written_by_mistake_is_removed(zoe: str) -> None:
    call("diary", "add", "--day", "2026-03-27", "--minutes", "30", "--rpe", "5")
    call(
        "check-in",
        "--day",
        "2026-03-27",
        "--sleep",
        "3",
        "--pain",
        "knee=8",
        "--pss10",
        "0,0,0,0,0,0,0,0,0,0",
    )
    call("plan", "--start", "2026-03-28", "--keep")
    shown = call("diary", "show", "--day", "2026-03-28").output
    assert "sleep 3, pain: knee 8" in shown and "150 AU" in shown
    for row, table in (
        ("1", "sessions"),
        ("2026-03-27", "check-ins"),
        ("2026-03-27", "pss10"),
        ("1", "plans"),
    ):
        call("diary", "remove", row, "--from", table)
        with pytest.raises(DataError, match=f"has no '{row}'"):
            call("diary", "remove", row, "--from", table)
    left = kept(zoe)
    assert [left[table] for table in ("sessions", "check_ins", "pss10", "plans", "reviews")] == [[]] * 5


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (("--day", "2026-13-01"), "The day is"),
        (("--flag", "fevr"), "Did you mean 'fever'"),
        (("--pain", "tail=3"), "A region"),
        (("--pss10", "1,2"), "ten answers"),
        (("--sleep", "9"), "The sleep"),
    ],
)
def test_a_sign_is_kept_and_said_whatever_else_is_wrong(zoe: str, words: tuple[str, ...], match: str) -> None:
    result = tried("check-in", "--flag", "chest_pain", *words)
    assert isinstance(result.exception, DancekitError)
    assert match in str(result.exception)
    assert "Call your local emergency number now" in result.output
    assert [flag["sign"] for flag in kept(zoe)["flags"]] == ["chest_pain"]  # type: ignore[union-attr,index]
    assert "emergency number" in call("plan").output


def test_a_plan_works_on_what_is_kept(zoe: str) -> None:
    fault = Fault(
        movement="waving", measure="head_tilt", phase="cycle 2", error=25, detectable=3, tolerance=10
    )
    review = ReviewRecord(
        movement="waving", day=datetime(2026, 3, 20).date(), take="a", score=60, width=10, faults=(fault,)
    )
    with DancerStore(path=dancer_file(zoe)) as store:
        store.keep_review(review)
    assert "60 ± 5 of 100, 1 difference" in call("diary", "show", "--day", "2026-03-21").output
    call("plan", "--start", "2026-03-23")
    week = json.loads(Path("week/week.json").read_text())
    assert week["faults"] == [vars(fault)]
    assert "wave_tall" in {block["drill"] for day in week["plan"]["days"] for block in day["blocks"]}
    page = Path("week/week.html").read_text()
    assert "head 25° further from upright in cycle 2" in page and "any time" in page


def test_the_libraries_are_printed_copied_and_checked(tmp_path: Path) -> None:
    said = call("drills", "--movement", "waving").output
    assert "wave_steady" in said and "raise_slow" not in said and "for timing, tempo" in said
    assert "spreading one arm: no drill is for symmetry." in call("drills").output
    assert json.loads(call("drills", "--json").output)[0]["key"] == "easy_travelling"
    assert "Reach your {side} hand" in call("cues").output
    assert json.loads(call("cues", "--json").output)["timing"]["late"]
    with pytest.raises(DataError, match="Did you mean 'waving'"):
        call("drills", "--movement", "wavin")
    for what, find, replaced, line, match in (
        ("drills", "rpe: 3", "rpe: 33", True, "Give a number from 1 to 3"),
        ("cues", "      more:", "      mor:", False, "Did you mean 'more'"),
        ("cues", "late:", "late: [", True, "not valid YAML"),
    ):
        copy = tmp_path / f"my_{what}.yaml"
        copy.unlink(missing_ok=True)
        call(what, "--copy", str(copy))
        call(what, str(copy))
        with pytest.raises(RecipeError, match="is there already"):
            call(what, "--copy", str(copy))
        text = copy.read_text()
        assert find.strip() in text
        copy.write_text(text.replace(find if find in text else find.strip(), replaced.strip(), 1))
        with pytest.raises(DataError, match=match) as caught:
            call(what, str(copy))
        if line:
            number = int(str(caught.value).removeprefix(f"{copy}:").split(":")[0])
            near = copy.read_text().splitlines()[number - 2 : number]
            assert any(replaced.split()[0] in each for each in near)


def test_a_mistake_ends_the_process_in_words_and_with_2(tmp_path: Path) -> None:
    file = tmp_path / "drills.yaml"
    file.write_text("drills:\n  hop:\n    title: Hop\n    kind: jump\n")
    done = subprocess.run(
        [sys.executable, "-m", "dancekit", "coach", "drills", str(file)],
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert done.returncode == 2 and not done.stdout
    assert f"{file}:2: The drill hop lacks cue." in done.stderr and "Traceback" not in done.stderr

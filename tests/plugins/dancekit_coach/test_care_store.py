"""One file per dancer: what goes in comes out; consent, clashes, export, deletion."""

from __future__ import annotations

import json
import sqlite3
import stat
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from care_dancers import START, dancer, steady
from dancekit_coach import store_file
from dancekit_coach.diary import CheckIn, Session, local_time
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.red_flags import READINESS
from dancekit_coach.store import DancerStore
from dancekit_coach.store_file import dancer_file

from dancekit.errors import DataError, RunError

PROFILE = replace(steady().profile, consent=True)
SESSION = Session(day=START, minutes=60, rpe=4, kind="class", pain={"knee": 2})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dancers" / "ada.sqlite"


@pytest.fixture
def store(path: Path) -> DancerStore:
    return DancerStore.create(path=path, profile=PROFILE)


def test_everything_comes_out_as_it_went_in(store: DancerStore) -> None:
    evening = local_time("2026-03-29T19:00", "Europe/Berlin")
    started = Session(day=evening.date(), minutes=90, started=evening, stopped_early=True)
    rest = Session(day=START - timedelta(days=3), minutes=0, kind="rest")
    for session in (SESSION, started, rest):
        store.add_session(session)
    check_in = CheckIn(day=START, sleep=2, soreness=7, pain={})
    store.add_check_in(check_in)
    assert store.profile() == PROFILE
    assert [each for _, each in store.sessions()] == [SESSION, started, rest]
    assert store.diary().check_ins == (check_in,)
    store.change_profile(replace(PROFILE, age=26))
    assert store.profile().age == 26


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_from_the_file_is_the_plan(store: DancerStore, seed: int) -> None:
    inputs = dancer(seed)
    store.change_profile(replace(inputs.profile, consent=True))
    for row in {repr(row): row for row in inputs.diary.sessions}.values():
        store.add_session(row, today=date(2030, 1, 1))
    for check_in in inputs.diary.check_ins:
        store.add_check_in(check_in, today=date(2030, 1, 1))
    planner = WeekPlanner()
    read = replace(inputs, profile=replace(store.profile(), consent=False), diary=store.diary())
    kept = replace(
        inputs,
        diary=replace(
            inputs.diary, sessions=tuple({repr(row): row for row in inputs.diary.sessions}.values())
        ),
    )
    plan = planner.plan(read)
    assert plan == planner.plan(kept)
    store.keep_plan(plan, made_on=inputs.start)
    assert store.export()["plans"][0]["plan"] == json.loads(json.dumps(plan.to_dict()))


def test_nothing_is_kept_without_consent(path: Path) -> None:
    with pytest.raises(DataError, match="without consent"):
        DancerStore.create(path=path, profile=steady().profile)
    assert not path.exists()
    with DancerStore.create(path=path, profile=PROFILE) as store, pytest.raises(DataError, match="consent"):
        store.change_profile(steady().profile)


def test_a_dancer_is_made_once(store: DancerStore, path: Path) -> None:
    with pytest.raises(DataError, match="has a profile already"):
        DancerStore.create(path=path, profile=PROFILE)
    assert store.profile() == PROFILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_session_is_written_once(store: DancerStore) -> None:
    store.add_session(SESSION)
    with pytest.raises(DataError, match="in the diary already"):
        store.add_session(SESSION)
    for text, clash in (
        ("18:00", False),
        ("18:30", True),
        ("17:30", True),
        ("19:00", False),
        ("17:00", False),
    ):
        start = local_time(f"2026-03-28T{text}", "Europe/Berlin")
        session = Session(day=start.date(), minutes=60, rpe=3, started=start)
        if clash:
            with pytest.raises(DataError, match="overlaps"):
                store.add_session(session)
        else:
            store.add_session(session)
    assert len(store.sessions()) == 4


def test_the_same_hour_in_another_zone_overlaps(store: DancerStore) -> None:
    berlin = local_time("2026-03-29T00:30", "Europe/Berlin")
    store.add_session(Session(day=berlin.date(), minutes=60, started=berlin))
    york = local_time("2026-03-28T20:00", "America/New_York")  # 01:00 in Berlin, on the day before
    with pytest.raises(DataError, match="overlaps"):
        store.add_session(Session(day=york.date(), minutes=60, started=york))


def test_impossible_days_are_refused(store: DancerStore) -> None:
    with pytest.raises(DataError, match="future"):
        store.add_session(replace(SESSION, day=date(2999, 1, 1)))
    with pytest.raises(DataError, match="future"):
        store.add_check_in(CheckIn(day=START), today=START - timedelta(days=1))
    store.add_session(Session(day=START, minutes=1440, rpe=1))
    store.add_session(Session(day=START, minutes=60, rpe=1))
    with pytest.raises(DataError, match="more than 25 hours"):
        store.add_session(Session(day=START, minutes=1, rpe=1))


def test_check_ins_of_a_day_are_one_and_pain_only_grows(store: DancerStore) -> None:
    store.add_check_in(CheckIn(day=START, sleep=2, stress=3, pain={"knee": 5}))
    store.add_check_in(CheckIn(day=START, sleep=4, pain={"knee": 1, "hip": 2}))
    assert store.diary().check_ins == (CheckIn(day=START, sleep=4, stress=3, pain={"knee": 5, "hip": 2}),)
    store.add_check_in(CheckIn(day=START, fatigue=1))
    (merged,) = store.diary().check_ins
    assert (merged.fatigue, merged.pain) == (1, {"knee": 5, "hip": 2})


def test_flags_stay_until_advice_is_confirmed(store: DancerStore) -> None:
    assert not store.ready()
    (flag,) = store.answer_readiness({**dict.fromkeys(READINESS, False), "heart": True}, day=START)
    assert store.ready()
    store.raise_flags(["fever"], day=START)
    with pytest.raises(DataError, match="Did you mean 'fever'"):
        store.raise_flags(["fevr", "faint"], day=START)
    assert [each.sign for each in store.flags()] == ["readiness", "fever", "faint"]  # none is lost
    with pytest.raises(DataError, match="No professional"):
        store.clear_flags(by="Ada", advised=False, day=START)
    assert all(each.active for each in store.flags())
    store.clear_flags(by="Ada", advised=True, day=START)
    assert not any(each.active for each in store.flags())
    assert flag.sign == "readiness"


def test_the_sum_of_pss10_is_kept_and_not_the_answers(store: DancerStore) -> None:
    assert store.add_pss10([0] * 10, day=START) == 16
    store.add_pss10([4] * 10, day=START)
    assert store.export()["pss10"] == [{"day": "2026-03-30", "total": 24}]


def test_rows_are_removed_by_their_number(store: DancerStore) -> None:
    number = store.add_session(SESSION)
    store.add_check_in(CheckIn(day=START, sleep=1))
    store.remove("sessions", number)
    store.remove("check_ins", "2026-03-30")
    assert store.diary().sessions == store.diary().check_ins == ()
    for table, key, words in (("sessions", number, "has no"), ("flags", 1, "What to remove")):
        with pytest.raises(DataError, match=words):
            store.remove(table, key)


def test_the_export_is_whole_and_stable(store: DancerStore, tmp_path: Path) -> None:
    store.add_session(SESSION)
    store.add_check_in(CheckIn(day=START, sleep=3))
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    store.export_to(one)
    store.export_to(two)
    assert one.read_bytes() == two.read_bytes()
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    content = json.loads(one.read_text())
    assert content["sessions"][0]["pain"] == {"knee": 2.0}
    assert content["sessions"][0]["day"] == "2026-03-30"
    assert content["profile"]["age"] == 25
    with pytest.raises(RunError, match="cannot be written"):
        store.export_to(tmp_path / "no" / "folder.json")


def test_deletion_leaves_nothing(store: DancerStore, path: Path) -> None:
    store.add_check_in(CheckIn(day=START, pain={"knee": 7}))
    other = DancerStore(path=path)
    kept = path.with_name("hardlink")
    kept.hardlink_to(path)
    store.delete()
    assert not path.exists()
    assert b"knee" not in kept.read_bytes()
    with pytest.raises(DataError, match="was deleted"):
        other.add_session(SESSION)
    with pytest.raises(DataError, match="There is no dancer's file"):
        DancerStore(path=path)


def test_removed_rows_are_wiped(store: DancerStore, path: Path) -> None:
    store.raise_flags(["fever"], day=START)
    store.add_check_in(CheckIn(day=START, pain={"upper_back": 7}))
    assert b"upper_back" in path.read_bytes()
    store.remove("check_ins", "2026-03-30")
    assert b"upper_back" not in path.read_bytes()


def test_what_is_no_dancers_file_is_refused_and_unchanged(tmp_path: Path) -> None:
    text, other = tmp_path / "text", tmp_path / "other"
    text.write_text("dear diary, " * 500)
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE profile (id)")
    database.close()
    for file in (text, other):
        before = file.read_bytes()
        for make in (
            lambda file=file: DancerStore(path=file),
            lambda file=file: DancerStore.create(path=file, profile=PROFILE),
        ):
            with pytest.raises(DataError, match="not the file of a dancer"):
                make()
        assert file.read_bytes() == before


def test_a_file_of_a_newer_dancekit_is_refused(
    store: DancerStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_file, "MIGRATIONS", ())
    with pytest.raises(DataError, match="newer dancekit"):
        DancerStore(path=path)


def test_an_older_file_is_brought_up_to_date(
    store: DancerStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_session(SESSION)
    added = "ALTER TABLE reviews ADD COLUMN place TEXT; CREATE INDEX by_movement ON reviews (movement)"
    monkeypatch.setattr(store_file, "MIGRATIONS", (*store_file.MIGRATIONS, added))
    with DancerStore(path=path) as newer:
        assert [each for _, each in newer.sessions()] == [SESSION]
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (3,)
        database.execute("SELECT place FROM reviews")
    database.close()


def test_a_failed_update_leaves_the_file_as_it_was(
    store: DancerStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    before = path.read_bytes()
    added = "CREATE TABLE half (id); CREATE TABLE profile (id)"
    with monkeypatch.context() as patch:
        patch.setattr(store_file, "MIGRATIONS", (*store_file.MIGRATIONS, added))
        with pytest.raises(RunError, match="already exists"):
            DancerStore(path=path)
    assert path.read_bytes() == before
    assert DancerStore(path=path).profile() == PROFILE


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE sessions SET minutes = -1", "row 1 of sessions: The minutes"),
        ("UPDATE sessions SET day = 'monday'", "row 1 of sessions"),
        ("UPDATE sessions SET pain = '{'", "row 1 of sessions"),
        ("UPDATE sessions SET rpe = 'hard'", "row 1 of sessions: The effort"),
    ],
)
def test_rows_that_were_edited_wrongly_are_named(
    store: DancerStore, path: Path, statement: str, words: str
) -> None:
    store.add_session(SESSION)
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.close()
    with pytest.raises(DataError, match=words):
        store.diary()


def test_a_profile_that_was_edited_wrongly_is_named(store: DancerStore, path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE profile SET body = '['")
    database.close()
    with pytest.raises(DataError, match="cannot be read"):
        store.profile()


def test_files_lie_among_the_users_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DANCEKIT_DANCERS", str(tmp_path))
    assert dancer_file("ada-2") == tmp_path / "ada-2.sqlite"
    monkeypatch.delenv("DANCEKIT_DANCERS")
    assert dancer_file("Zoë").parent.name == "dancers"
    # One letter or a letter and an accent: the same dancer; other scripts are names too.
    assert dancer_file("Zoe\u0308") == dancer_file("Zo\u00eb")
    assert dancer_file("\u041c\u0430\u0448\u0430").stem == "\u041c\u0430\u0448\u0430"
    assert dancer_file("\u0906\u0928\u094d\u092f\u093e").stem == "\u0906\u0928\u094d\u092f\u093e"
    for name in (
        "",
        "../ada",
        "a/b",
        ".ada",
        "-a",
        "a" * 201,
        "a b",
        "\u4f60" * 67,
        "a\n",
        "a\0",
        "a\u202eb",
    ):
        with pytest.raises(DataError, match="no name for a file"):
            dancer_file(name)

"""Reviews in a dancer's file: kept once a take, read by mastery and plan, exported and deleted."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from care_dancers import START, steady
from dancekit_coach import store_file
from dancekit_coach.faults import Fault
from dancekit_coach.mastery import Trial
from dancekit_coach.review_record import ReviewRecord, latest_faults
from dancekit_coach.store import DancerStore

from dancekit.errors import DataError

PROFILE = replace(steady().profile, consent=True)
FAULT = Fault(
    movement="waving", measure="left_elbow_flexion", phase="hold", error=-31.5, detectable=4, tolerance=10
)
RECORD = ReviewRecord(movement="waving", day=START, take="a" * 64, score=71.25, width=12.5, faults=(FAULT,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ada.sqlite"


@pytest.fixture
def store(path: Path) -> DancerStore:
    return DancerStore.create(path=path, profile=PROFILE)


def test_a_review_comes_out_as_it_went_in(store: DancerStore) -> None:
    unscored = replace(RECORD, take="b", score=None, width=None, faults=())
    assert store.keep_review(RECORD)
    assert store.keep_review(unscored)
    assert store.reviews() == ((1, RECORD), (2, unscored))
    assert store.trials() == (Trial(movement="waving", day=START, score=71.25, width=12.5),)
    assert unscored.trial is None


def test_a_take_is_kept_once_and_its_last_review_counts(store: DancerStore) -> None:
    """Reviewed again on another day it is neither a second trial nor a later one."""
    other = replace(RECORD, take="b", movement="walking", faults=())
    for record in (RECORD, other):
        store.keep_review(record)
    again = replace(RECORD, day=START + timedelta(days=3), score=80.0, faults=())
    assert not store.keep_review(again)
    assert store.reviews() == ((1, replace(again, day=START)), (2, other))
    assert not store.keep_review(replace(again, day=START - timedelta(days=2)))
    assert store.trials()[0].day == START - timedelta(days=2)
    assert store.keep_review(replace(RECORD, movement="walking", faults=()))  # the same take of another name


def test_the_plan_works_on_the_latest_review_of_each_movement() -> None:
    later = replace(FAULT, measure="tempo", phase="any", error=0.3, detectable=0.01, tolerance=0.08)
    walk = replace(FAULT, movement="walking")
    records = [
        replace(RECORD, day=START, take="c", faults=(later,)),
        replace(RECORD, day=START - timedelta(days=1), take="d"),
        replace(RECORD, movement="walking", take="e", faults=(walk,)),
        replace(RECORD, movement="walking", take="f", faults=(replace(walk, error=50),)),
        replace(RECORD, movement="raising_high", take="g", faults=()),
    ]
    assert latest_faults(records) == (replace(walk, error=50), later)
    assert latest_faults([]) == ()


def test_it_is_exported_removed_and_deleted_with_the_rest(store: DancerStore, path: Path) -> None:
    store.keep_review(RECORD)
    (kept,) = store.export()["reviews"]
    assert kept["day"] == "2026-03-30" and kept["score"] == 71.25
    assert kept["faults"] == [vars(FAULT)]
    assert b"left_elbow_flexion" in path.read_bytes()
    store.remove("reviews", "1")
    assert store.reviews() == ()
    assert b"left_elbow_flexion" not in path.read_bytes()
    with pytest.raises(DataError, match="reviews has no '1'"):
        store.remove("reviews", "1")
    store.keep_review(RECORD)
    hardlink = path.with_name("hardlink")
    hardlink.hardlink_to(path)
    store.delete()
    assert b"left_elbow_flexion" not in hardlink.read_bytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"score": None}, "not both"),
        ({"width": None}, "not both"),
        ({"score": 101.0}, "The score"),
        ({"score": float("nan")}, "The score"),
        ({"width": -1.0}, "The width"),
        ({"movement": ""}, "The movement"),
        ({"take": ""}, "The take"),
        ({"movement": "walking"}, "another movement"),
        ({"movement": "walking", "score": None, "width": None}, "another movement"),
    ],
)
def test_absurd_reviews_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        replace(RECORD, **changes)


def test_days_that_cannot_be_are_refused(store: DancerStore) -> None:
    for day in (date(2999, 1, 1), date(1999, 1, 1)):
        with pytest.raises(DataError, match=r"future|ten years"):
            store.keep_review(replace(RECORD, day=day))
    assert store.reviews() == ()


@pytest.mark.parametrize(
    ("score", "trial"),
    [
        ({"value": 80.0, "interval": [74.0, 86.5]}, (80.0, 12.5)),
        ({"value": None, "interval": None}, None),
        (None, None),
    ],
)
def test_the_record_of_a_review(score: dict[str, Any] | None, trial: tuple[float, float] | None) -> None:
    content = {"movement": "waving", "score": score, "provenance": {"clip": "f" * 64}}
    record = ReviewRecord.of(content, (FAULT,), day=START)
    assert (record.take, record.faults) == ("f" * 64, (FAULT,))
    assert (record.trial and (record.trial.score, record.trial.width)) == trial


@pytest.mark.parametrize(
    "faults", ["{}}", "[3]", "3", '[{"measure": "x"}]', '[{"movement": "waving", "error": 1}]']
)
def test_faults_that_were_edited_wrongly_are_named(store: DancerStore, path: Path, faults: str) -> None:
    store.keep_review(RECORD)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE reviews SET faults = ?", (faults,))
    database.close()
    with pytest.raises(DataError, match="row 1 of reviews"):
        store.reviews()


def test_a_file_from_before_reviews_keeps_its_trials(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store_file, "MIGRATIONS", store_file.MIGRATIONS[:1])
        DancerStore.create(path=path, profile=PROFILE).close()
    with sqlite3.connect(path) as database:
        for score in (60.0, 70.0):
            database.execute(
                "INSERT INTO trials (movement, day, score, width) VALUES ('waving', '2026-03-01', ?, 9)",
                (score,),
            )
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
    database.close()
    with DancerStore(path=path) as store:
        assert [trial.score for trial in store.trials()] == [60.0, 70.0]
        assert latest_faults(each for _, each in store.reviews()) == ()
        assert store.keep_review(RECORD)
        assert store.profile() == PROFILE
    with sqlite3.connect(path) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        assert "reviews" in tables and "trials" not in tables
    database.close()

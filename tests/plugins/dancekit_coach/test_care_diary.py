"""The diary: gaps, time zones, clocks that change, and what is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dancekit_coach.diary import CheckIn, Diary, Session, elapsed_minutes, known_from, local_time
from hypothesis import given
from hypothesis import strategies as st

from dancekit.errors import DataError

DAY = date(2026, 3, 29)  # clocks went forward in Berlin at 02:00
NAN = float("nan")


def test_load_is_effort_times_minutes() -> None:
    assert Session(day=DAY, minutes=60, rpe=4).load == 240
    assert math.isnan(Session(day=DAY, minutes=60).load)
    assert Session(day=DAY, minutes=0, kind="rest").load == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"minutes": -5}, "minutes"),
        ({"minutes": NAN}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"minutes": 0}, "no minutes"),
        ({"minutes": 60, "rpe": 11}, "effort"),
        ({"minutes": 60, "rpe": NAN}, "effort"),
        ({"minutes": 60, "kind": "resting"}, "Did you mean 'rest'"),
        ({"minutes": 60, "kind": "rest"}, "rest day"),
        ({"minutes": 60, "stopped_early": None}, "true or false"),
        ({"minutes": 60, "pain": {"knee": 12}}, "pain in the knee"),
        ({"minutes": 60, "started": datetime(2026, 3, 29, 18)}, "time zone"),
        ({"minutes": 60, "started": datetime(2026, 3, 28, 18, tzinfo=UTC)}, "started on"),
        ({"minutes": 60, "day": "2026-03-29"}, "The day"),
        ({"minutes": 60, "day": datetime(2026, 3, 29)}, "The day"),
    ],
)
def test_absurd_sessions_are_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Session(**{"day": DAY, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [{"sleep": 0}, {"stress": 8}, {"fatigue": 2.5}, {"pain": {"tail": 1}}])
def test_absurd_check_ins_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(DataError):
        CheckIn(day=DAY, **values)  # type: ignore[arg-type]


def test_gaps_are_missing_and_rest_is_not() -> None:
    diary = Diary(
        sessions=(
            Session(day=DAY, minutes=60, rpe=4),
            Session(day=DAY, minutes=30, rpe=2, kind="other"),
            Session(day=DAY + timedelta(days=2), minutes=0, kind="rest"),
            Session(day=DAY + timedelta(days=3), minutes=60),
            Session(day=DAY + timedelta(days=3), minutes=60, rpe=5),
        )
    )
    loads = diary.loads(DAY - timedelta(days=1), 6)
    assert [None if math.isnan(load) else load for load in loads] == [None, 300, None, 0, None, None]
    assert diary.minutes(DAY, 4).tolist()[0::2] == [60, 0]
    assert diary.other_minutes(DAY, 1).tolist() == [30]
    assert diary.known_days(DAY + timedelta(days=9)) == 2
    assert diary.known_days(DAY) == 0
    assert diary.coverage() == (3, 4)
    assert diary.hardest(DAY) == 4
    assert diary.hardest(DAY + timedelta(days=1)) is None
    assert diary.hardest(DAY + timedelta(days=2)) == 0
    assert diary.hardest(DAY + timedelta(days=3)) is None


def test_pain_is_the_worst_of_the_day_and_unasked_days_are_left_out() -> None:
    diary = Diary(
        sessions=(Session(day=DAY, minutes=60, pain={"knee": 5, "hip": 1}),),
        check_ins=(
            CheckIn(day=DAY, pain={"knee": 2}),
            CheckIn(day=DAY + timedelta(days=1), sleep=3),
            CheckIn(day=DAY + timedelta(days=2), pain={}),
        ),
    )
    assert diary.pain(DAY + timedelta(days=1)) == ((DAY, {"knee": 5, "hip": 1}),)
    assert diary.pain(DAY + timedelta(days=2))[-1] == (DAY + timedelta(days=2), {})
    with pytest.raises(DataError, match="two check-ins"):
        Diary(check_ins=(CheckIn(day=DAY), CheckIn(day=DAY)))


def test_the_diary_begins_with_its_first_row_or_the_declaration() -> None:
    diary = Diary(sessions=(Session(day=DAY, minutes=60),))
    assert known_from(diary, DAY + timedelta(days=9)) == DAY
    assert known_from(diary, DAY - timedelta(days=9)) == DAY - timedelta(days=9)
    assert known_from(Diary(), DAY) == DAY


def test_an_hour_that_never_was() -> None:
    with pytest.raises(DataError, match=r"never was in Europe/Berlin.*03:30"):
        local_time("2026-03-29T02:30", "Europe/Berlin")
    assert local_time("2026-03-29T02:30", "UTC").hour == 2


def test_an_hour_that_came_twice() -> None:
    first = local_time("2026-10-25T02:30", "Europe/Berlin")
    assert first.utcoffset() == timedelta(hours=2)  # the first of both
    assert local_time("2026-10-25T03:30", "Europe/Berlin") - first == timedelta(hours=2)
    assert first.date() == date(2026, 10, 25)


def test_clocks_do_not_lengthen_sessions() -> None:
    before = local_time("2026-03-29T01:30", "Europe/Berlin")
    after = local_time("2026-03-29T03:30", "Europe/Berlin")
    assert elapsed_minutes(before, after) == 60
    autumn = (local_time(f"2026-10-25T0{hour}:30", "Europe/Berlin") for hour in (1, 3))
    assert elapsed_minutes(*autumn) == 180
    for end in (before, before - timedelta(minutes=1), before + timedelta(days=2)):
        with pytest.raises(DataError, match="not possible"):
            elapsed_minutes(before, end)


def test_the_day_is_that_of_the_place() -> None:
    """Late in Tokyo and, after the flight, on the same calendar day in Los Angeles."""
    tokyo = local_time("2026-06-01T23:00", "Asia/Tokyo")
    angeles = local_time("2026-06-01T20:00", "America/Los_Angeles")
    sessions = tuple(Session(day=each.date(), minutes=30, rpe=2, started=each) for each in (tokyo, angeles))
    assert Diary(sessions=sessions).loads(date(2026, 6, 1), 1).tolist() == [120]


@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)))
def test_every_time_is_kept_or_refused(moment: datetime) -> None:
    """What is kept shows the same clock, at the offset of the place."""
    text = moment.replace(microsecond=0).isoformat()
    try:
        kept = local_time(text, "America/New_York")
    except DataError:
        local = moment.replace(microsecond=0, tzinfo=ZoneInfo("America/New_York"))
        assert local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != moment.replace(
            microsecond=0
        )
        return
    assert kept.replace(tzinfo=None).isoformat() == text
    assert kept.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None).isoformat() == text


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T00:00", "2026-03-29T02:30+01:00", None])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        local_time(text, "Europe/Berlin")

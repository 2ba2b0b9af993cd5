"""The diary: sessions with their effort, rest days, and check-ins. What is not written down is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError
from dancekit_coach.care_checks import number, one_of, pain_map, whole
from dancekit_coach.profile import zone

Kind = Literal["class", "rehearsal", "practice", "performance", "conditioning", "other", "rest"]
Days = npt.NDArray[np.float64]  # (D,), one value a day, NaN where it is missing

ITEMS = ("sleep", "fatigue", "stress", "soreness")


@dataclass(frozen=True, kw_only=True)
class Session:
    """One session, or one day of rest.

    Attributes:
        day: the day on the dancer's own calendar, wherever she was.
        minutes: how long; of a rest day 0.
        rpe: how hard the whole session was, 0 to 10 (CR-10); None where she did not say.
        kind: what it was; "other" is sport and other activity, "rest" a day on which nothing was done.
        started: when, with its time zone; needed only to tell two sessions of a day apart.
        stopped_early: it was broken off.
        pain: 0 to 10 per region, as `CheckIn.pain`.
    """

    day: date
    minutes: float
    rpe: float | None = None
    kind: Kind = "practice"
    started: datetime | None = None
    stopped_early: bool = False
    pain: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        _day(self.day)
        one_of(self.kind, "The kind of session", get_args(Kind))
        number(self.minutes, "The minutes of a session", 0, 24 * 60)
        if self.rpe is not None:
            number(self.rpe, "The effort (RPE)", 0, 10)
        if not isinstance(self.stopped_early, bool):
            raise DataError("Whether the session was stopped early is unclear.", hint="Say true or false.")
        if self.kind == "rest" and (self.minutes or self.rpe):
            raise DataError("A rest day has minutes or an effort.", hint="Enter what was done as a session.")
        if self.kind != "rest" and not self.minutes:
            raise DataError("The session has no minutes.", hint="Say how long it was, or enter a rest day.")
        if self.started is not None:
            if self.started.utcoffset() is None:
                raise DataError("The start has no time zone.", hint="Make it with local_time.")
            if self.started.date() != self.day:
                raise DataError(
                    f"The session of {self.day} started on {self.started.date()}.",
                    hint="The day is the one on which it started, where it started.",
                )
        object.__setattr__(self, "pain", pain_map(self.pain, "The pain"))

    @property
    def load(self) -> float:
        """Effort times minutes in AU (Foster 2001); NaN where the effort is missing."""
        if self.kind == "rest":
            return 0.0
        return float("nan") if self.rpe is None else self.rpe * self.minutes


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """How a day feels, 1 (very good) to 7 (very bad) per item (Hooper 1995). None is missing, never good.

    Attributes:
        day: the day on the dancer's own calendar.
        pain: 0 to 10 per region. None: not asked. Regions that an answer leaves out do not hurt.
    """

    day: date
    sleep: int | None = None
    fatigue: int | None = None
    stress: int | None = None
    soreness: int | None = None
    pain: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        _day(self.day)
        for item in ITEMS:
            value = getattr(self, item)
            if value is not None:
                whole(value, f"The {item}", 1, 7)
        object.__setattr__(self, "pain", pain_map(self.pain, "The pain"))

    @property
    def answers(self) -> tuple[int | None, ...]:
        return tuple(getattr(self, item) for item in ITEMS)


@dataclass(frozen=True, kw_only=True)
class Diary:
    """All sessions and check-ins of a dancer, in the order of their days; one check-in a day.

    Raises:
        DataError: two check-ins of one day.
    """

    sessions: tuple[Session, ...] = ()
    check_ins: tuple[CheckIn, ...] = ()

    def __post_init__(self) -> None:
        # Nothing below may depend on the order in which rows were entered: identical inputs, identical plans.
        rows = sorted(self.sessions, key=lambda each: (each.day, each.minutes, each.rpe or 0.0, each.kind))
        object.__setattr__(self, "sessions", tuple(rows))
        object.__setattr__(self, "check_ins", tuple(sorted(self.check_ins, key=lambda each: each.day)))
        for one, other in zip(self.check_ins, self.check_ins[1:], strict=False):
            if one.day == other.day:
                raise DataError(f"There are two check-ins on {one.day}.", hint="Keep the later one.")

    def on(self, day: date) -> tuple[Session, ...]:
        return tuple(each for each in self.sessions if each.day == day)

    def loads(self, first: date, count: int) -> Days:
        """The load of `count` days from `first` in AU; NaN where nothing or an unrated session is written."""
        return self._daily(first, count, {id(each): each.load for each in self.sessions})

    def minutes(self, first: date, count: int) -> Days:
        """Minutes of each day, other activity left out; NaN where nothing is written."""
        return self._daily(
            first, count, {id(each): 0.0 if each.kind == "other" else each.minutes for each in self.sessions}
        )

    def other_minutes(self, first: date, count: int) -> Days:
        """Minutes of other activity of each day; NaN where nothing is written."""
        return self._daily(
            first, count, {id(each): each.minutes if each.kind == "other" else 0.0 for each in self.sessions}
        )

    def known_days(self, before: date) -> int:
        """On how many days before a day the whole load is known."""
        days = {each.day for each in self.sessions if each.day < before}
        unrated = {each.day for each in self.sessions if np.isnan(each.load)}
        return len(days - unrated)

    def hardest(self, day: date) -> float | None:
        """The highest effort of a day; None where nothing or an unrated session is written."""
        efforts = [0.0 if each.kind == "rest" else each.rpe for each in self.on(day)]
        known = [each for each in efforts if each is not None]
        return max(known) if known and len(known) == len(efforts) else None

    def coverage(self) -> tuple[int, int]:
        """(rated, all) sessions, rest days left out."""
        danced = [each for each in self.sessions if each.kind != "rest"]
        return sum(each.rpe is not None for each in danced), len(danced)

    def pain(self, until: date) -> tuple[tuple[date, Mapping[str, float]], ...]:
        """Each day up to `until` on which pain was asked for, with the worst answer per region."""
        found: dict[date, dict[str, float]] = {}
        rows: tuple[Session | CheckIn, ...] = (*self.sessions, *self.check_ins)
        for row in rows:
            if row.pain is not None and row.day <= until:
                worst = found.setdefault(row.day, {})
                for region, value in row.pain.items():
                    worst[region] = max(value, worst.get(region, 0.0))
        return tuple(sorted(found.items()))

    def _daily(self, first: date, count: int, values: Mapping[int, float]) -> Days:
        sums: dict[int, float] = {}  # one unrated session makes its day's sum NaN: then the day is missing
        for session in self.sessions:
            place = (session.day - first).days
            if 0 <= place < count:
                sums[place] = sums.get(place, 0.0) + values[id(session)]
        return np.array([sums.get(place, np.nan) for place in range(count)])


def local_time(text: str, timezone: str) -> datetime:
    """A time on the clocks of a place, as 2026-03-29T18:30, as a moment with its offset.

    Args:
        text: date and time of day without an offset; where clocks went back and it came twice, the first.
        timezone: IANA name of the place.

    Raises:
        DataError: it is no time, or clocks went forward over it, so that it never was.
    """
    try:
        naive = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise DataError(f"{text!r:.40} is no time.", hint="Write it as 2026-11-25T18:30.") from None
    if naive.tzinfo is not None:
        raise DataError(f"{text} has an offset.", hint="Leave it out: the time zone says it.")
    place = zone(timezone)
    moment = naive.replace(tzinfo=place)
    back = moment.astimezone(UTC).astimezone(place)
    if back.replace(tzinfo=None) != naive:
        raise DataError(f"{text} never was in {timezone}: clocks went forward.", hint=f"Was it {back:%H:%M}?")
    # A fixed offset keeps the moment even where the rules of the zone change later.
    return datetime.fromisoformat(moment.isoformat())


def elapsed_minutes(start: datetime, end: datetime) -> float:
    """Minutes that passed between two moments, whatever clocks showed.

    Raises:
        DataError: the end is not after the start, or more than a day after it.
    """
    passed = end.astimezone(UTC) - start.astimezone(UTC)
    if not timedelta(0) < passed <= timedelta(days=1):
        raise DataError(f"A session from {start} to {end} is not possible.", hint="Check both times.")
    return passed.total_seconds() / 60


def known_from(diary: Diary, declared_on: date) -> date:
    """The first day that the diary accounts for; a day before it without an entry counts as declared."""
    return min([declared_on, *(each.day for each in diary.sessions[:1])])


def _day(value: object) -> None:
    if type(value) is not date or not 1900 <= value.year <= 9000:
        raise DataError(f"The day is {value!r:.40}.", hint="Give a date, as 2026-11-25.")

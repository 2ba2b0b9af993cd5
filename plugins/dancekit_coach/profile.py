"""What a dancer says once: age, time, usual training, goals, what to leave out, how to show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Literal, cast, get_args
from zoneinfo import ZoneInfo

from dancekit.errors import DataError
from dancekit.wording import nearest
from dancekit_coach.care_checks import REGIONS, name, names, number, one_of, whole

Experience = Literal["new", "recreational", "advanced", "professional"]
First = Literal["watch", "try"]
Feedback = Literal["words", "overlay"]

LEVELS: Mapping[str, int] = {"new": 1, "recreational": 2, "advanced": 3, "professional": 3}
"""The hardest level of drill that is planned for each experience."""

ADULT = 18


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """How things are shown. It never changes what is planned, how much, or what counts as mastered.

    The paper calls it learning style. That teaching matched to a style helps has no adequate evidence
    (Pashler et al. 2008), so it is a preference and no more.

    Attributes:
        first: watch the movement first, or try it first.
        feedback: words, or lines drawn over the picture.
        numbers: show scores as numbers too.
    """

    first: First = "watch"
    feedback: Feedback = "words"
    numbers: bool = False

    def __post_init__(self) -> None:
        one_of(self.first, "What comes first", get_args(First))
        one_of(self.feedback, "The kind of feedback", get_args(Feedback))
        _boolean(self.numbers, "Whether numbers are shown")


@dataclass(frozen=True, kw_only=True)
class DancerProfile:
    """A dancer, as the plan needs to know her.

    Attributes:
        age: years. The age, not the birthday: a profile that is not brought up to date keeps a minor a minor.
        experience: how long and how seriously she dances; it limits the level of the drills.
        availability: minutes free for training on Monday to Sunday.
        usual_weekly_minutes: minutes of dance in a usual week before dancekit.
        usual_effort: usual session-RPE, 0 to 10.
        usual_days: training days in a usual week, at most six.
        declared_on: when the usual week was declared. Days before it count as usual days, never as missing.
        other_weekly_minutes: other organised activity a week, as school sport; it counts for minors (H2).
        goals: movements that she wants to learn, as the drills name them.
        restrictions: demands of drills to leave out, as the drills name them: jumping, kneeling, a partner.
        excluded_regions: regions of the body that are never trained.
        partner: somebody to practise with is there.
        consent: she, or the guardian, agreed that health data are kept here. Nothing is kept without.
        guardian: who answers for a minor.
        timezone: where home is, by its IANA name; today is a day of this place.
        local_help: where people of this place find help in a crisis, as a name and a number.
        presentation: how things are shown.

    Raises:
        DataError: a value is out of range, or a minor has no guardian.
    """

    age: int
    experience: Experience = "new"
    availability: tuple[int, ...] = (0, 0, 0, 0, 0, 0, 0)
    usual_weekly_minutes: float = 0.0
    usual_effort: float = 0.0
    usual_days: int = 0
    declared_on: date
    other_weekly_minutes: float = 0.0
    goals: tuple[str, ...] = ()
    restrictions: tuple[str, ...] = ()
    excluded_regions: tuple[str, ...] = ()
    partner: bool = False
    consent: bool = False
    guardian: str = ""
    timezone: str = "UTC"
    local_help: str = ""
    presentation: Presentation = field(default_factory=Presentation)

    def __post_init__(self) -> None:
        whole(self.age, "The age", 4, 120)
        one_of(self.experience, "The experience", tuple(LEVELS))
        if not isinstance(self.availability, tuple) or len(self.availability) != 7:
            raise DataError(
                f"The availability is {self.availability!r:.60}.",
                hint="Give seven numbers of minutes, Monday first.",
            )
        for minutes in self.availability:
            whole(minutes, "The minutes free on a weekday", 0, 24 * 60)
        number(self.usual_weekly_minutes, "The usual weekly minutes", 0, 7 * 24 * 60)
        number(self.usual_effort, "The usual effort", 0, 10)
        whole(self.usual_days, "The usual training days a week", 0, 6)
        if (self.usual_days == 0) != (self.usual_weekly_minutes == 0):
            raise DataError(
                "The usual week has minutes but no days, or days but no minutes.",
                hint="Give both, or neither if there was no training.",
            )
        if type(self.declared_on) is not date:
            raise DataError(f"The day of the declaration is {self.declared_on!r}.", hint="Give a date.")
        number(self.other_weekly_minutes, "The other weekly minutes", 0, 7 * 24 * 60)
        names(self.goals, "The goals")
        names(self.restrictions, "The restrictions")
        names(self.excluded_regions, "The excluded regions", REGIONS)
        _boolean(self.partner, "Whether there is a partner")
        _boolean(self.consent, "The consent")
        if self.minor and not self.guardian:
            raise DataError(f"A dancer of {self.age} has no guardian.", hint="Give the guardian's name.")
        if self.guardian:
            name(self.guardian, "The guardian's name")
        if self.local_help:
            name(self.local_help, "The local help")
        zone(self.timezone)
        if not isinstance(self.presentation, Presentation):
            raise DataError(f"The presentation is {self.presentation!r:.60}.", hint="Give a Presentation.")

    @property
    def minor(self) -> bool:
        return self.age < ADULT

    @property
    def usual_weekly_load(self) -> float:
        """Load of the declared usual week in AU: effort times minutes."""
        return self.usual_effort * self.usual_weekly_minutes

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        content = asdict(self)
        content["declared_on"] = self.declared_on.isoformat()
        return {key: list(value) if isinstance(value, tuple) else value for key, value in content.items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> DancerProfile:
        """The profile that `to_dict` wrote, or that a person wrote in its form.

        Raises:
            DataError: a key is unknown or missing, or a value is wrong.
        """
        known = [each.name for each in fields(cls)]
        for key in content:
            if key not in known:
                raise DataError(f"A profile has no {key!r}.", hint=nearest(str(key), known))
        for key in ("age", "declared_on"):
            if key not in content:
                raise DataError(f"The profile lacks {key!r}.", hint="Add it.")
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
        shown = values.get("presentation")
        if isinstance(shown, Mapping):
            choices = [each.name for each in fields(Presentation)]
            for key in shown:
                one_of(key, "A key of the presentation", choices)
            values["presentation"] = Presentation(**{str(key): value for key, value in shown.items()})
        values["declared_on"] = a_date(values["declared_on"], "The day of the declaration")
        return cls(**cast(dict[str, Any], values))


def zone(key: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        DataError: there is none of that name on this machine.
    """
    try:
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError, TypeError):
        raise DataError(
            f"There is no time zone {key!r:.60}.",
            hint="Use a name as Europe/Berlin; where none is known, `pip install tzdata` brings them.",
        ) from None


def a_date(value: object, what: str) -> date:
    """A date, or its text as 2026-11-25.

    Raises:
        DataError: it is neither.
    """
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(cast(str, value))
    except (TypeError, ValueError):
        raise DataError(f"{what} is {value!r:.40}.", hint="Write it as 2026-11-25.") from None


def _boolean(value: object, what: str) -> None:
    if not isinstance(value, bool):
        raise DataError(f"{what} is {value!r:.40}.", hint="Say true or false.")

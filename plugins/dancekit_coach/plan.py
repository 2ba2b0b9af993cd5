"""What a plan is made from and what it consists of. Plain data; every block says why it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from dancekit.errors import DataError
from dancekit_coach.care_checks import whole
from dancekit_coach.diary import Diary
from dancekit_coach.drills import DrillKind
from dancekit_coach.faults import Fault
from dancekit_coach.mastery import MasteryState
from dancekit_coach.profile import DancerProfile
from dancekit_coach.red_flags import RedFlag

Limit = Literal[
    "H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", "time", "drill", "enough", "quota"
]
"""What kept a block from being longer: a rule, the time of the day, the drill's own minutes, that more would
add little, or that it is a fixed block of section IV."""

SECTION_FOUR: Mapping[str, str] = {"relaxation": "IV.A", "partner": "IV.B", "creative": "IV.C"}
"""Kinds of drill that stand for the parts of section IV of the paper. They are counted and never scored."""


@dataclass(frozen=True, kw_only=True)
class PlanInputs:
    """All that a plan depends on. The same inputs give the same plan, to the byte (H11).

    Attributes:
        start: the first of the seven days.
        profile, diary: of the dancer. Rows from `start` on are done: nothing more is planned on their days.
        mastery: per movement; a movement that is missing was never practised.
        faults: of the latest reviews.
        flags: all red flags; active ones stop everything.
        ready: the questions before the first training are answered.
        seed: breaks ties.
    """

    start: date
    profile: DancerProfile
    diary: Diary = field(default_factory=Diary)
    mastery: Mapping[str, MasteryState] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    flags: tuple[RedFlag, ...] = ()
    ready: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if type(self.start) is not date or not 1901 <= self.start.year <= 9000:
            raise DataError(f"The start of the plan is {self.start!r:.40}.", hint="Give a date.")
        whole(self.seed, "The seed", 0, 2**63 - 1)
        object.__setattr__(self, "mastery", dict(sorted(self.mastery.items())))

    @property
    def last(self) -> date:
        """The last of the seven days. Pain and check-ins up to it count, also in a week that has begun."""
        return self.start + timedelta(days=6)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some minutes of a session.

    Attributes:
        kind, part: as the drill's; the part is that of a warm-up or of section IV, else empty.
        drill, title, cue: of the drill; without a partner, a block for two says what to do alone.
        movement: what is danced; empty where it is no movement.
        minutes: whole minutes.
        rpe: planned effort, 1 to 10.
        reason: why it is there, in words.
        limit: what kept it from being longer.
        solo: what to do if the partner is not there; empty for other blocks.
    """

    kind: DrillKind
    part: str = ""
    drill: str
    title: str
    cue: str
    movement: str = ""
    minutes: int
    rpe: int
    reason: str
    limit: Limit
    solo: str = ""

    @property
    def load(self) -> int:
        """Effort times minutes, AU."""
        return self.minutes * self.rpe


@dataclass(frozen=True, kw_only=True)
class PlannedDay:
    """One day of the plan; without blocks it is a rest day, or what was danced is in the diary already."""

    day: date
    blocks: tuple[Block, ...] = ()
    reason: str

    @property
    def minutes(self) -> int:
        return sum(block.minutes for block in self.blocks)

    @property
    def load(self) -> int:
        """AU."""
        return sum(block.load for block in self.blocks)

    @property
    def training(self) -> bool:
        """Whether there is more than relaxation."""
        return any(block.kind != "relaxation" for block in self.blocks)

    @property
    def hardest(self) -> int:
        """The highest planned effort, 0 on a rest day."""
        return max((block.rpe for block in self.blocks), default=0)


@dataclass(frozen=True, kw_only=True)
class RuleCheck:
    """How a plan stands to a rule.

    Attributes:
        rule: H1 to H11.
        held: whether it holds.
        margin: how much is left up to the limit, in the unit of the words; None where there is no amount.
        words: what was compared.
    """

    rule: str
    held: bool
    margin: float | None
    words: str


@dataclass(frozen=True, kw_only=True)
class WeekPlan:
    """Seven days. An empty plan is a right answer, and its message says why.

    Attributes:
        start: the first day.
        days: seven.
        message: what the dancer reads first.
        notes: what limited the plan, and what of section IV found no place.
        checks: how the plan stands to each rule.
        seed: of the inputs.
    """

    start: date
    days: tuple[PlannedDay, ...]
    message: str
    notes: tuple[str, ...] = ()
    checks: tuple[RuleCheck, ...] = ()
    seed: int = 0

    @property
    def minutes(self) -> int:
        return sum(day.minutes for day in self.days)

    @property
    def load(self) -> int:
        """AU."""
        return sum(day.load for day in self.days)

    @property
    def empty(self) -> bool:
        return not self.load

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; sums included."""
        content = asdict(self)
        content["start"] = self.start.isoformat()
        for day, plain in zip(self.days, content["days"], strict=True):
            plain.update(day=day.day.isoformat(), minutes=day.minutes, load=day.load)
            plain["blocks"] = list(plain["blocks"])
        content.update(minutes=self.minutes, load=self.load, days=list(content["days"]))
        content.update(notes=list(self.notes), checks=list(content["checks"]))
        return content


def empty_plan(inputs: PlanInputs, message: str) -> WeekPlan:
    """A week without a block, and the reason."""
    days = tuple(
        PlannedDay(day=inputs.start + timedelta(days=place), reason="Nothing is planned; see the message.")
        for place in range(7)
    )
    return WeekPlan(start=inputs.start, days=days, message=message, seed=inputs.seed)

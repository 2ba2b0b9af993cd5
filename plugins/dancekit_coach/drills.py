"""Drills, checked one by one and together: a teacher writes them, and no mistake may reach a dancer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

from dancekit.errors import DataError
from dancekit_coach.care_checks import REGIONS, name, names, one_of, whole
from dancekit_coach.faults import MEASURES, PHASES, Fault, exactness

DrillKind = Literal["warm_up", "skill", "conditioning", "partner", "creative", "cool_down", "relaxation"]
WarmUpPart = Literal["pulse", "mobilise", "lengthen", "strength"]

PARTS: tuple[str, ...] = get_args(WarmUpPart)
_EFFORT: Mapping[str, tuple[int, int]] = {
    "warm_up": (1, 3),
    "skill": (2, 10),
    "conditioning": (2, 10),
    "partner": (2, 3),
    "creative": (2, 3),
    "cool_down": (1, 2),
    "relaxation": (1, 2),
}
"""The effort that each kind may have; no dancing is easier than a cool-down, so none rises into one."""

_OF_KIND: Mapping[str, str] = {
    "part": "warm_up",
    "movement": "skill",
    "solo": "partner",
}
"""Fields that drills of one kind have, and no others."""


class DrillError(DataError):
    """What is wrong with a drill.

    Attributes:
        drill, field: which one, and in which line of it; empty where that is not known.
    """

    def __init__(self, message: str, *, hint: str, drill: str = "", field: str = "") -> None:
        super().__init__(message, hint=hint)
        self.drill = drill
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Target:
    """The faults that a drill mends: measures of the review, in a phase of the movement or in any."""

    measures: tuple[str, ...]
    phase: str = "any"

    def __post_init__(self) -> None:
        if not names(self.measures, "The measures of a target", MEASURES):
            raise DataError("The target has no measure.", hint="Name one, or leave the target out.")
        one_of(self.phase, "The phase of a target", PHASES)

    def exactness(self, fault: Fault) -> int:
        """How exactly it is meant for a fault: 3 in that very phase, 1 in any, 0 not at all."""
        return exactness(self.phase, fault.phase) if fault.kind in self.measures else 0


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill; the fields are those of drills.yaml, which explains them.

    Raises:
        DrillError: a field is wrong or missing for its kind.
    """

    key: str
    title: str
    kind: DrillKind
    cue: str
    rpe: int
    minutes: int
    part: WarmUpPart | None = None
    movement: str | None = None
    level: int = 1
    regions: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    target: Target | None = None
    regression: str | None = None
    progression: str | None = None
    solo: str = ""
    of_mastered: bool = False

    def __post_init__(self) -> None:
        checks: dict[str, Callable[[str], object]] = {
            "title": lambda what: name(self.title, what),
            "kind": lambda what: one_of(self.kind, what, get_args(DrillKind)),
            "cue": lambda what: name(self.cue, what),
            "rpe": lambda what: whole(self.rpe, what, *_EFFORT[self.kind]),
            "minutes": lambda what: whole(self.minutes, what, 5, 10 if self.kind == "relaxation" else 60),
            "level": lambda what: whole(self.level, what, 1, 3),
            "regions": lambda what: names(self.regions, what, REGIONS),
            "demands": lambda what: names(self.demands, what),
            "prerequisites": self._prerequisites,
            **{each: partial(self._only, each) for each in _OF_KIND},
            "target": self._target,
            "of_mastered": self._of_mastered,
        }
        with _field(self.key, ""):
            name(self.key, "The name of a drill")
        for each, check in checks.items():
            with _field(self.key, each):
                check(f"The {each} of the drill {self.key}")

    def _only(self, field: str, what: str) -> None:
        kind, value = _OF_KIND[field], getattr(self, field) or None
        if self.kind == kind and value is None:
            raise DataError(f"{what} is missing.", hint=f"A {kind} drill has one.")
        if self.kind != kind and value is not None:
            raise DataError(f"{what} is {value!r:.60}.", hint=f"Only a {kind} drill has one.")
        if value is not None:
            name(value, what)
            if field == "part":
                one_of(value, what, PARTS)

    def _prerequisites(self, what: str) -> None:
        if self.movement is not None and self.movement in names(self.prerequisites, what):
            raise DataError(f"{what} has its own movement.", hint="Take it out.")

    def _target(self, what: str) -> None:
        if self.target is not None and self.kind != "skill":
            raise DataError(f"{what} is never asked for.", hint="Only a skill drill has one.")

    def _of_mastered(self, what: str) -> None:
        if not isinstance(self.of_mastered, bool) or (self.of_mastered and self.kind != "creative"):
            raise DataError(
                f"{what} is {self.of_mastered!r}.", hint="It is true or false, of a creative drill."
            )


def regions_of(movement: str, drills: Iterable[Drill]) -> frozenset[str] | None:
    """The regions that every drill of a movement loads, and so the movement itself; None without a drill."""
    each = [frozenset(drill.regions) for drill in drills if drill.movement == movement]
    return frozenset.intersection(*each) if each else None


def check_library(drills: tuple[Drill, ...]) -> None:
    """Check what drills say about each other, and that a session can be made of them.

    Raises:
        DrillError: a warm-up part or a cool-down is missing, or one drill names another wrongly.
    """
    for problem in problems(drills):
        raise problem


def problems(drills: tuple[Drill, ...]) -> Iterator[DrillError]:
    """All that is wrong between drills which are right by themselves."""
    by_key = {drill.key: drill for drill in drills}
    if len(by_key) != len(drills):
        yield DrillError("Two drills have the same name.", hint="Give each its own.")
        return
    for part in PARTS:
        if not any(drill.part == part for drill in drills):
            yield DrillError(f"No warm-up drill is of the part {part}.", hint="Add one.")
    if not any(drill.kind == "cool_down" for drill in drills):
        yield DrillError("There is no cool-down drill.", hint="Add one.")
    movements = sorted({drill.movement for drill in drills if drill.movement})
    for drill in drills:
        for field in ("prerequisites", "regression", "progression"):
            try:
                with _field(drill.key, field):
                    _neighbours(drill, field, by_key, movements)
            except DrillError as error:
                yield error


def _neighbours(drill: Drill, field: str, by_key: Mapping[str, Drill], movements: list[str]) -> None:
    if field == "prerequisites":
        for movement in drill.prerequisites:
            one_of(movement, f"A prerequisite of the drill {drill.key}", movements)
        return
    other, what = getattr(drill, field), f"The {field} of the drill {drill.key}"
    if other is None:
        return
    one_of(other, what, tuple(by_key))
    easy, hard = (by_key[other], drill) if field == "regression" else (drill, by_key[other])
    if (easy.kind, easy.movement, easy.part) != (hard.kind, hard.movement, hard.part):
        raise DataError(
            f"{what} is {other}, which trains something else.",
            hint="Name a drill of the same kind and movement.",
        )
    if easy is hard or easy.rpe > hard.rpe or easy.level > hard.level:
        wrong = "not easier" if field == "regression" else "easier"
        raise DataError(
            f"{what} is {other}, which is {wrong} by rpe and level.",
            hint="Exchange them, or mend rpe and level.",
        )
    if field == "regression":
        _no_circle(drill, by_key)


def _no_circle(drill: Drill, by_key: Mapping[str, Drill]) -> None:
    seen, at = {drill.key}, drill
    while at.regression is not None and at.regression in by_key:
        at = by_key[at.regression]
        if at.key in seen:
            raise DataError(
                f"The regressions of the drill {drill.key} run in a circle.", hint="Take one out."
            )
        seen.add(at.key)


@contextmanager
def _field(drill: str, field: str) -> Iterator[None]:
    """Say of an error in which field of which drill it is."""
    try:
        yield
    except DataError as error:
        raise DrillError(error.message, hint=error.hint, drill=str(drill), field=field) from None

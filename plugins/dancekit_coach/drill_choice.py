"""Which drill of a movement: the one for its clearest fault, else the usual one of its level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dancekit_coach.drills import Drill
from dancekit_coach.faults import SIDES, Fault
from dancekit_coach.mastery import MasteryState

BLOCKED_BELOW = 0.5
"""Mastery below which a movement is practised in one piece; above it is interleaved with others."""
WELL = 0.8
"""Mastery from which on the hardest drills fit."""


def level_for(state: MasteryState) -> int:
    """The level of drill that a mastery asks for."""
    return 1 if state.mean <= BLOCKED_BELOW else 2 if state.mean < WELL else 3


def real_faults(movement: str, faults: Sequence[Fault]) -> list[Fault]:
    """The faults of a movement that are no measurement error, by (|error| - MDC) / tolerance."""
    real = [fault for fault in faults if fault.movement == movement and fault.severity > 0]
    return sorted(real, key=lambda fault: (-fault.severity, fault.measure, fault.phase))


def drill_for(fault: Fault, choices: Sequence[Drill], level: int) -> Drill | None:
    """The drill that is most exactly for a fault; within the level before harder ones, then the first."""

    def fits(drill: Drill) -> tuple[bool, int]:
        return drill.level <= level, drill.target.exactness(fault) if drill.target else 0

    return max((each for each in choices if fits(each)[1]), key=fits, default=None)


def clearest_fault(
    movement: str, faults: Sequence[Fault], choices: Sequence[Drill], level: int
) -> tuple[Fault, Drill] | None:
    """The clearest fault of a movement that some drill is for, and that drill."""
    for fault in real_faults(movement, faults):
        drill = drill_for(fault, choices, level)
        if drill is not None:
            return fault, drill
    return None


def usual_drill(choices: Sequence[Drill], level: int, rank: Callable[[str], float]) -> Drill:
    """A drill of the highest level that fits: one without a target if there is one, else the first."""
    fitting = [each for each in choices if each.level <= level] or [
        each for each in choices if each.level == min(one.level for one in choices)
    ]
    hardest = [each for each in fitting if each.level == max(one.level for one in fitting)]
    plain = [each for each in hardest if each.target is None] or hardest[:1]
    return max(plain, key=lambda each: rank(each.key))


def without_drill(
    faults: Sequence[Fault], drills: Sequence[Drill], allowed: Callable[[Drill], bool]
) -> Iterator[str]:
    """Of each movement whose clearest fault no drill is for, why it is not worked on, in words."""
    for movement in sorted({fault.movement for fault in faults}):
        real, said = real_faults(movement, faults), movement.replace("_", " ").capitalize()
        own = [drill for drill in drills if drill.movement == movement]
        if not real:
            continue
        if real[0].measure == SIDES:
            yield (
                f"{said}: left and right are exchanged. Dance it towards the other side first, or review it "
                "as before a mirror."
            )
        elif not own:
            yield f"{said}: the library has no drill of it. Add one, or call it as the drills do."
        elif drill_for(real[0], [drill for drill in own if allowed(drill)], 3) is None:
            which = "that suits you now" if drill_for(real[0], own, 3) else "of the library"
            yield f"{said}: no drill {which} is for {real[0].words}. Keep to the sentence of the review."

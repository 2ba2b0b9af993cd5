"""What a week may practise: one drill per movement, conditioning, and how much each is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dancekit_coach.care_interfaces import MasteryModel
from dancekit_coach.drill_choice import BLOCKED_BELOW, WELL, clearest_fault, level_for, usual_drill
from dancekit_coach.drills import Drill, regions_of
from dancekit_coach.faults import Fault
from dancekit_coach.mastery import MasteryState
from dancekit_coach.plan import PlanInputs
from dancekit_coach.profile import LEVELS

NEW_A_WEEK = 2
_GOAL, _OTHER = 2.0, 0.5
_UPKEEP, _DUE = 0.1, 0.5
_CONDITIONING = 0.4


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Something to practise.

    Attributes:
        drill: how.
        movement: what; empty for conditioning.
        need: how much it is needed, of no unit.
        new: the movement was never practised.
        blocked: practised in one piece.
        reason: why, in words.
    """

    drill: Drill
    movement: str
    need: float
    new: bool
    blocked: bool
    reason: str


def allowed_drills(
    inputs: PlanInputs, drills: Sequence[Drill], mastered: Callable[[str], bool]
) -> frozenset[str]:
    """Keys of the drills that experience, excluded regions, restrictions and prerequisites (H10) allow."""
    profile = inputs.profile
    return frozenset(
        drill.key
        for drill in drills
        if drill.level <= LEVELS[profile.experience]
        and not set(profile.excluded_regions) & set(drill.regions)
        and not set(profile.restrictions) & set(drill.demands)
        and all(mastered(movement) for movement in drill.prerequisites)
    )


def find_subjects(
    inputs: PlanInputs,
    drills: Sequence[Drill],
    model: MasteryModel,
    allowed: Callable[[Drill], bool],
    rank: Callable[[str], float],
) -> list[Subject]:
    """All subjects that are needed, in the order of the library."""
    fitting: dict[str, list[Drill]] = {}
    for drill in drills:
        if drill.kind == "skill" and drill.movement and allowed(drill):
            fitting.setdefault(drill.movement, []).append(drill)
    subjects = [_subject(movement, choices, inputs, model, rank) for movement, choices in fitting.items()]
    subjects.extend(
        Subject(
            drill=drill,
            movement="",
            need=_CONDITIONING,
            new=False,
            blocked=True,
            reason="Conditioning, so that strength keeps up with skill.",
        )
        for drill in drills
        if drill.kind == "conditioning" and allowed(drill)
    )
    return subjects


def _subject(
    movement: str,
    choices: Sequence[Drill],
    inputs: PlanInputs,
    model: MasteryModel,
    rank: Callable[[str], float],
) -> Subject:
    state = inputs.mastery.get(movement, model.start())
    due = model.due(state, inputs.start)
    goal = movement in inputs.profile.goals
    shortfall = max(0.0, WELL - state.mean) / WELL
    found = clearest_fault(movement, inputs.faults, choices, level_for(state))
    return Subject(
        drill=found[1] if found else usual_drill(choices, level_for(state), rank),
        movement=movement,
        need=(_GOAL if goal or not inputs.profile.goals else _OTHER) * (shortfall + _DUE * due + _UPKEEP),
        new=not state.practised,
        blocked=state.mean <= BLOCKED_BELOW,
        reason=_words(movement, state, goal, due, found[0] if found else None),
    )


def _words(movement: str, state: MasteryState, goal: bool, due: bool, fault: Fault | None) -> str:
    known = f"mastery {100 * state.mean:.0f} ± {164.5 * state.variance**0.5:.0f} of 100"
    parts = [known if state.practised else "not reviewed yet"]
    if goal:
        parts.append("a goal of yours")
    if due:
        parts.append("due for a review")
    if fault:
        parts.append(f"what differs most: {fault.words}")
    return f"{movement.replace('_', ' ').capitalize()}: {'; '.join(parts)}."


def theme_of(
    inputs: PlanInputs, drills: Sequence[Drill], mastered: Callable[[str], bool]
) -> tuple[str, frozenset[str]] | None:
    """The movement of the highest mastery that is mastered, and the regions that it loads.

    Movements that load an excluded region are left out, and those of which no drill tells what they load.
    """
    found = []
    for movement in sorted(filter(mastered, inputs.mastery)):
        regions = regions_of(movement, drills)
        if regions is not None and not regions & set(inputs.profile.excluded_regions):
            found.append((movement, regions))
    return max(found, key=lambda each: inputs.mastery[each[0]].mean, default=None)


def begun_lately(inputs: PlanInputs) -> frozenset[str]:
    """Movements that were new within the six days before the plan, or since: they count as new (H10)."""
    return frozenset(
        movement
        for movement, state in inputs.mastery.items()
        if state.first is not None and abs((inputs.start - state.first).days) < 7
    )

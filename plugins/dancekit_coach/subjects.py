"""What a week may practise: one drill per movement, conditioning, and how much each is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dancekit_coach.care_interfaces import MasteryModel
from dancekit_coach.drills import Drill
from dancekit_coach.mastery import MasteryState
from dancekit_coach.plan import Fault, PlanInputs
from dancekit_coach.profile import LEVELS

NEW_A_WEEK = 2
BLOCKED_BELOW = 0.5
"""Mastery below which a movement is practised in one piece; above it is interleaved with others."""
_TARGET = 0.8
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
    shortfall = max(0.0, _TARGET - state.mean) / _TARGET
    fault = worst_fault(movement, inputs.faults, choices)
    drill = _for_fault(fault, choices) if fault else None
    if drill is None:
        level = 1 if state.mean <= BLOCKED_BELOW else 2 if state.mean < _TARGET else 3
        fitting = [each for each in choices if each.level <= level] or [
            each for each in choices if each.level == min(one.level for one in choices)
        ]
        drill = max(fitting, key=lambda each: (each.level, rank(each.key)))
    return Subject(
        drill=drill,
        movement=movement,
        need=(_GOAL if goal or not inputs.profile.goals else _OTHER) * (shortfall + _DUE * due + _UPKEEP),
        new=not state.practised,
        blocked=state.mean <= BLOCKED_BELOW,
        reason=_words(movement, state, goal, due, fault),
    )


def worst_fault(movement: str, faults: Sequence[Fault], choices: Sequence[Drill]) -> Fault | None:
    """The fault with the largest (|error| - MDC) / tolerance that some drill mends; none within the error."""
    real = [
        fault
        for fault in faults
        if fault.movement == movement and fault.severity > 0 and _for_fault(fault, choices)
    ]
    return max(real, key=lambda fault: (fault.severity, fault.measure, fault.phase), default=None)


def _for_fault(fault: Fault, choices: Sequence[Drill]) -> Drill | None:
    """The first drill of the library that mends a fault; sides of a measure are not told apart."""
    plain = fault.measure.removeprefix("left_").removeprefix("right_")
    for drill in choices:
        target = drill.target
        if target and target.measure in (plain, fault.measure) and target.phase in ("any", fault.phase):
            return drill
    return None


def _words(movement: str, state: MasteryState, goal: bool, due: bool, fault: Fault | None) -> str:
    parts = [f"{movement.replace('_', ' ').capitalize()}:"]
    if state.practised:
        parts.append(f"mastery {state.mean:.2f} ± {state.variance**0.5:.2f}")
    else:
        parts.append("new to you")
    if goal:
        parts.append("and a goal of yours")
    if due:
        parts.append("and due for a review")
    if fault:
        where = "" if fault.phase == "any" else f" in the phase {fault.phase}"
        parts.append(f"and its clearest fault is {fault.measure.replace('_', ' ')}{where}")
    return " ".join(parts) + "."


def most_mastered(states: Mapping[str, MasteryState], mastered: Callable[[str], bool]) -> str | None:
    """The movement of the highest mastery among those that are mastered; the first by name among equals."""
    ready = sorted(movement for movement in states if mastered(movement))
    return max(ready, key=lambda movement: states[movement].mean, default=None)

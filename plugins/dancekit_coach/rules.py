"""Rules H1 to H11, checked on a finished plan. The planner checks each plan before anybody sees it.

Nothing is shared with `limits` but numbers of the diary: rules are read off the blocks as a person would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np

from dancekit.errors import RunError
from dancekit_coach.diary import known_from
from dancekit_coach.drills import PARTS, Drill, regions_of
from dancekit_coach.load import averages, ewma_weight, monotony, ratio_is_shown, usual_week
from dancekit_coach.plan import Block, PlanInputs, PlannedDay, RuleCheck, WeekPlan
from dancekit_coach.reductions import care_for
from dancekit_coach.session_building import warm_up_minutes
from dancekit_coach.wellness import Gate

Mastered = Callable[[str], bool]


def keep_rules(
    plan: WeekPlan, inputs: PlanInputs, gate: Gate, drills: Mapping[str, Drill], mastered: Mastered
) -> WeekPlan:
    """The plan with how it stands to each rule.

    Raises:
        RunError: it breaks one, which is a fault of the planner. Then there is no plan.
    """
    checks = tuple(check_rules(plan, inputs, gate, drills, mastered))
    for check in checks:
        if not check.held:
            raise RunError(
                f"The planner broke {check.rule}: {check.words}. There is no plan.",
                hint="Train as you are used to, and report this with an export of the diary.",
            )
    return replace(plan, checks=checks)


def check_rules(
    plan: WeekPlan, inputs: PlanInputs, gate: Gate, drills: Mapping[str, Drill], mastered: Mastered
) -> Iterator[RuleCheck]:
    """How a plan stands to H1 to H11, in order; a rule may give several checks.

    Args:
        plan: the plan.
        inputs: what it was made from.
        gate: what the check-ins allow.
        drills: the library, by name.
        mastered: whether a movement is mastered.
    """
    stopped = any(flag.active for flag in inputs.flags) or not inputs.ready
    yield _check(
        "H1", plan.load if stopped else 0, 0, "planned AU while a red flag is active or readiness open"
    )
    yield from _rest(plan, inputs)
    yield from _week(plan, inputs)
    yield from _days(plan, inputs)
    yield from _ratio(plan, inputs)
    yield from _monotony(plan, inputs)
    for day in plan.days:
        if day.training:
            words = f"the session of {day.day} is built in order"
            yield RuleCheck(rule="H7", held=session_is_whole(day), margin=None, words=words)
    yield from _pain(plan, inputs, drills)
    yield _check(
        "H9", max((day.hardest for day in plan.days), default=0) if gate != "open" else 0, 4, "effort"
    )
    if gate == "recovery":
        yield _check("H9", sum(day.training for day in plan.days), 0, "training days, recovery only")
    yield from _novelty(plan, inputs, drills, mastered)
    reasons = all(block.reason and block.limit for day in plan.days for block in day.blocks)
    yield RuleCheck(rule="H11", held=reasons, margin=None, words="every block has a reason and its limit")


def _rest(plan: WeekPlan, inputs: PlanInputs) -> Iterator[RuleCheck]:
    """H2: rest days, and hours of minors, in each seven days that hold a training day of the plan."""
    profile = inputs.profile
    known = known_from(inputs.diary, profile.declared_on)
    rest = 2 if profile.minor else 1
    least, most = 7, 0.0
    for last in range(7):
        if not any(day.training for day in plan.days[: last + 1]):
            continue
        resting, minutes, other = 0, 0.0, 0.0
        for place in range(last - 6, last + 1):
            day = inputs.start + timedelta(days=place)
            rows = inputs.diary.on(day)
            planned = plan.days[place].minutes if place >= 0 else 0
            blank = not rows and place < 0
            resting += not planned and all(row.kind == "rest" for row in rows) and (day < known or not blank)
            minutes += planned + sum(row.minutes for row in rows if row.kind != "other")
            minutes += profile.usual_weekly_minutes / 7 if blank else 0
            other += sum(row.minutes for row in rows if row.kind == "other")
        least = min(least, resting)
        most = max(most, minutes + max(other, profile.other_weekly_minutes))
    words = f"{least} of at least {rest} rest days in any seven days"
    yield RuleCheck(rule="H2", held=least >= rest, margin=least - rest, words=words)
    if profile.minor:
        yield _check("H2", most / 60, profile.age, "hours of activity in any seven days")


def _week(plan: WeekPlan, inputs: PlanInputs) -> Iterator[RuleCheck]:
    """H3: the week against the usual one, what is done in it included."""
    usual = usual_week(inputs.diary, inputs.profile, inputs.start)
    young = (inputs.start - known_from(inputs.diary, inputs.profile.declared_on)).days < 28
    last = inputs.diary.loads(inputs.start - timedelta(days=7), 7)
    declared = (known_from(inputs.diary, inputs.profile.declared_on) - inputs.start).days + 7
    missing = int(np.isnan(last[max(declared, 0) :]).sum())
    growth = 0.0 if young or missing >= 3 else 0.1
    done = float(np.nansum(inputs.diary.loads(inputs.start, 7)))
    yield _check("H3", plan.load + done if plan.load else 0, max((1 + growth) * usual, 180), "AU in the week")
    if not care_for(inputs, "open").grows:
        yield _check("H3", plan.load, usual, "AU in a week that must not grow")


def _days(plan: WeekPlan, inputs: PlanInputs) -> Iterator[RuleCheck]:
    """H4: the heaviest day, the time of each day, and hard days apart."""
    profile, first = inputs.profile, inputs.start - timedelta(days=14)
    loads = inputs.diary.loads(first, 14)
    known = known_from(inputs.diary, profile.declared_on)
    usual = profile.usual_weekly_load / profile.usual_days if profile.usual_days else 0.0
    for place in range(14):
        if np.isnan(loads[place]):
            loads[place] = usual if first + timedelta(days=place) < known else 0.0
    heaviest = max(day.load for day in plan.days)
    if heaviest > 60 or plan.load > 180:
        yield _check("H4", heaviest, 1.5 * float(loads.max()), "AU on the heaviest day")
    over = [day.minutes - profile.availability[day.day.weekday()] for day in plan.days if day.minutes]
    yield _check("H4", max(over, default=0), 0, "minutes beyond the time of a day")
    yesterday = inputs.start - timedelta(days=1)
    before = inputs.diary.hardest(yesterday)
    hard = [yesterday >= known and (before is None or before >= 7)] + [day.hardest >= 7 for day in plan.days]
    pairs = sum(hard[place] and hard[place + 1] and plan.days[place].hardest >= 7 for place in range(7))
    yield _check("H4", pairs, 0, "hard days in a row")


def _ratio(plan: WeekPlan, inputs: PlanInputs) -> Iterator[RuleCheck]:
    """H5: the ratio of the averages after each planned day, the entry week left aside."""
    entry = plan.load <= 180 and all(day.load <= 60 for day in plan.days)
    if not ratio_is_shown(inputs.diary, inputs.profile, inputs.start) or entry:
        return
    acute, chronic = averages(inputs.diary, inputs.profile, inputs.start)
    done = np.nan_to_num(inputs.diary.loads(inputs.start, 7))
    highest = 0.0
    for day, already in zip(plan.days, done, strict=True):
        load = day.load + float(already)
        acute += ewma_weight(7) * (load - acute)
        chronic += ewma_weight(28) * (load - chronic)
        if day.load:
            highest = max(highest, acute / chronic)
    yield _check("H5", highest, 1.5, "ratio of the averages after a planned day")


def _monotony(plan: WeekPlan, inputs: PlanInputs) -> Iterator[RuleCheck]:
    """H6: of the week, and of each seven known days that end on a planned one."""
    loads = np.concatenate([inputs.diary.loads(inputs.start - timedelta(days=6), 6), np.zeros(7)])
    loads[6:] = [day.load for day in plan.days]
    loads[6:] += np.nan_to_num(inputs.diary.loads(inputs.start, 7))
    windows = [loads[last : last + 7] for last in range(7) if plan.days[last].load]
    known = [monotony(window) for window in windows if not np.isnan(window).any()]
    if plan.load:
        known.append(monotony(np.array([float(day.load) for day in plan.days])))
    yield _check("H6", max(known, default=0.0), 2.0, "monotony")


def session_is_whole(day: PlannedDay) -> bool:
    """H7: parts in order, warm-up and cool-down long enough; a short one is easy skill after a warm-up."""
    order = ("warm_up", "skill", "partner", "creative", "conditioning", "cool_down", "relaxation")
    blocks = day.blocks
    warm = [block for block in blocks if block.kind == "warm_up"]
    ends = [block for block in blocks if order.index(block.kind) >= order.index("cool_down")]
    middle = blocks[len(warm) : len(blocks) - len(ends)]
    in_order = (*warm, *middle, *ends) == blocks and bool(middle)
    in_order &= [order.index(block.kind) for block in middle] == sorted(
        order.index(block.kind) for block in middle
    )
    parts = tuple(block.part for block in warm)
    if day.minutes < 20:
        easy = all(block.rpe <= 3 and block.kind != "conditioning" for block in middle)
        return in_order and easy and not ends and bool(warm) and parts == PARTS[: len(parts)]
    warmed = _sum(warm) >= warm_up_minutes(day.minutes - _sum(warm)) and parts == PARTS
    falls = all(one.rpe >= other.rpe for one, other in pairwise(ends))
    return in_order and warmed and falls and _sum(b for b in ends if b.kind == "cool_down") >= 5


def _pain(plan: WeekPlan, inputs: PlanInputs, drills: Mapping[str, Drill]) -> Iterator[RuleCheck]:
    """H8: no block loads a region that is blocked, nor plays with a movement that does."""
    blocked = care_for(inputs, "open").blocked
    loading = 0
    for block in (block for day in plan.days for block in day.blocks):
        played = regions_of(block.movement, drills.values()) if block.kind == "creative" else None
        loading += bool(blocked & {*drills[block.drill].regions, *(played or ())})
    yield _check("H8", loading, 0, "blocks that load a region in pain")


def _novelty(
    plan: WeekPlan, inputs: PlanInputs, drills: Mapping[str, Drill], mastered: Mastered
) -> Iterator[RuleCheck]:
    """H10: prerequisites are mastered, and few movements are new."""
    blocks = [block for day in plan.days for block in day.blocks]
    needed = {movement for block in blocks for movement in drills[block.drill].prerequisites}
    lacking = sum(not mastered(movement) for movement in needed)
    yield _check("H10", lacking, 0, "prerequisites that are not mastered")
    practised = {movement for movement, state in inputs.mastery.items() if state.practised}
    new = {block.movement for block in blocks if block.movement} - practised
    firsts = {movement: state.first for movement, state in inputs.mastery.items() if state.first}
    lately = [movement for movement, first in firsts.items() if abs((first - inputs.start).days) < 7]
    yield _check("H10", len(new) + len(lately) if new else 0, 2, "movements new within a week")


def _sum(blocks: Iterator[Block] | list[Block]) -> int:
    return sum(block.minutes for block in blocks)


def _check(rule: str, value: float, limit: float, words: str) -> RuleCheck:
    held = value <= limit + 1e-9
    return RuleCheck(
        rule=rule, held=held, margin=round(limit - value, 9), words=f"{value:g} of {limit:g} {words}"
    )

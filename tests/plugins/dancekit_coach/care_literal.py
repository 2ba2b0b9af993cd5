"""Rules H1 to H10 written a second time, slowly and from the specification, to hold plans against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean, pstdev

from dancekit_coach.diary import Session
from dancekit_coach.plan import PlanInputs, PlannedDay, WeekPlan
from dancekit_coach.planner import WeekPlanner


def rows_on(inputs: PlanInputs, day: date) -> list[Session]:
    return [row for row in inputs.diary.sessions if row.day == day]


def known_from(inputs: PlanInputs) -> date:
    return min([inputs.profile.declared_on] + [row.day for row in inputs.diary.sessions])


def load_on(inputs: PlanInputs, day: date) -> float | None:
    """None where it is missing."""
    rows = rows_on(inputs, day)
    if not rows or any(row.kind != "rest" and row.rpe is None for row in rows):
        return None
    return sum(row.minutes * (row.rpe or 0) for row in rows)


def usual_week(inputs: PlanInputs) -> float:
    total = 0.0
    for back in range(1, 29):
        day = inputs.start - timedelta(days=back)
        load = load_on(inputs, day)
        if load is None and day < known_from(inputs):
            load = inputs.profile.usual_effort * inputs.profile.usual_weekly_minutes / 7
        total += load or 0.0
    return total / 4


def missing(inputs: PlanInputs, days: int) -> int:
    gone = 0
    for back in range(1, days + 1):
        day = inputs.start - timedelta(days=back)
        gone += day >= known_from(inputs) and load_on(inputs, day) is None
    return gone


def latest_pain(inputs: PlanInputs) -> tuple[dict[str, float], set[str]]:
    """Pain per region now, and the regions of which nothing may be planned (H8)."""
    by_day: dict[date, dict[str, float]] = {}
    for row in [*inputs.diary.sessions, *inputs.diary.check_ins]:
        if row.pain is not None and row.day <= inputs.start + timedelta(days=6):
            worst = by_day.setdefault(row.day, {})
            for region, value in row.pain.items():
                worst[region] = max(value, worst.get(region, 0.0))
    if not by_day:
        return {}, set()
    course = [by_day[day] for day in sorted(by_day)]
    now = course[-1]
    blocked = {region for region, value in now.items() if value >= 4}
    if len(course) >= 3:
        for region, value in now.items():
            if course[-3].get(region, 0) < course[-2].get(region, 0) < value:
                blocked.add(region)
    return now, blocked


def gate(inputs: PlanInputs) -> int:
    """0 open, 1 easy, 2 recovery (H9)."""
    entries = [
        (each.day, each.answers)
        for each in inputs.diary.check_ins
        if each.day <= inputs.start + timedelta(days=6) and any(answer is not None for answer in each.answers)
    ]
    if len(entries) < 2:
        return 0
    (before_day, before), (_, last) = entries[-2:]
    past = [
        sum(answers)
        for day, answers in entries
        if before_day - timedelta(days=28) <= day < before_day and None not in answers
    ]
    if len(past) < 10:
        return 0

    def bad(answers: tuple[int | None, ...]) -> bool:
        least = sum(answer or 1 for answer in answers)
        return least >= mean(past) + 1.5 * pstdev(past) and least > mean(past)

    return 0 if not bad(last) else 2 if bad(before) else 1


def monotony(loads: list[float]) -> float:
    if not any(loads):
        return 0.0
    return mean(loads) / pstdev(loads) if len(set(loads)) > 1 else float("inf")


def violations(plan: WeekPlan, inputs: PlanInputs, planner: WeekPlanner) -> Iterator[str]:
    """What a plan breaks, in words."""
    profile, start = inputs.profile, inputs.start
    if (any(flag.active for flag in inputs.flags) or not inputs.ready) and plan.load:
        yield "H1"
    if plan.empty:
        if not plan.message:
            yield "an empty plan without a reason"
        return
    yield from _across_the_border(plan, inputs)
    usual = usual_week(inputs)
    growth = 0.1 if (start - known_from(inputs)).days >= 28 and missing(inputs, 7) < 3 else 0.0
    done = [load_on(inputs, start + timedelta(days=place)) or 0.0 for place in range(7)]
    if plan.load + sum(done) > max((1 + growth) * usual, 180) + 1e-6:
        yield f"H3: {plan.load} + {done} against {usual}"
    entry = plan.load <= 180 and all(day.load <= 60 for day in plan.days)
    heaviest = 0.0
    for back in range(1, 15):
        day = start - timedelta(days=back)
        load = load_on(inputs, day)
        if load is None and day < known_from(inputs) and profile.usual_days:
            load = profile.usual_effort * profile.usual_weekly_minutes / profile.usual_days
        heaviest = max(heaviest, load or 0.0)
    for day in plan.days:
        if day.load > 1.5 * heaviest + 1e-6 and not entry:
            yield f"H4: {day.load} against {heaviest}"
        if day.blocks and day.minutes > profile.availability[day.day.weekday()]:
            yield "H4: minutes"
        if day.blocks and rows_on(inputs, day.day):
            yield "planned on a day that is done"
        if day.training and not session_is_right(day):
            yield f"H7: {day}"
    hard = [day.hardest >= 7 for day in plan.days]
    yesterday = rows_on(inputs, start - timedelta(days=1))
    if hard[0] and any(row.kind != "rest" and (row.rpe is None or row.rpe >= 7) for row in yesterday):
        yield "H4: hard after a hard day of the diary"
    if any(one and other for one, other in pairwise(hard)):
        yield "H4: two hard days"
    if not entry:
        yield from _ratio(plan, inputs, done)
    yield from _care(plan, inputs, planner, usual)


def _across_the_border(plan: WeekPlan, inputs: PlanInputs) -> Iterator[str]:
    """H2 and H6 over each seven days that end in the plan."""
    profile = inputs.profile
    for last in range(7):
        if not any(day.training for day in plan.days[: last + 1]):
            continue
        rest, minutes, other, loads = 0, 0.0, 0.0, []
        for place in range(last - 6, last + 1):
            day = inputs.start + timedelta(days=place)
            rows = rows_on(inputs, day)
            load = load_on(inputs, day)
            if place >= 0:
                planned = plan.days[place]
                rest += not planned.blocks and all(row.kind == "rest" for row in rows)
                minutes += planned.minutes
                load = (load or 0.0) + planned.load
            elif rows:
                rest += all(row.kind == "rest" for row in rows)
            else:
                rest += day < known_from(inputs)
                minutes += profile.usual_weekly_minutes / 7
            loads.append(load)
            minutes += sum(row.minutes for row in rows if row.kind != "other")
            other += sum(row.minutes for row in rows if row.kind == "other")
        if rest < (2 if profile.age < 18 else 1):
            yield f"H2: {rest} rest days"
        if profile.age < 18 and minutes + max(other, profile.other_weekly_minutes) > 60 * profile.age + 1e-6:
            yield f"H2: {minutes} minutes"
        if plan.days[last].load and None not in loads and monotony(loads) > 2:  # type: ignore[arg-type]
            yield f"H6: {loads}"
    if monotony([day.load for day in plan.days]) > 2:
        yield "H6: the week"


def _ratio(plan: WeekPlan, inputs: PlanInputs, done: list[float]) -> Iterator[str]:
    known = {row.day for row in inputs.diary.sessions if row.day < inputs.start}
    if sum(load_on(inputs, day) is not None for day in known) < 28 or missing(inputs, 7) >= 3:
        return
    acute = chronic = inputs.profile.usual_effort * inputs.profile.usual_weekly_minutes / 7
    day = known_from(inputs)
    while day < inputs.start:
        load = load_on(inputs, day)
        if load is not None:
            acute, chronic = 0.25 * load + 0.75 * acute, 2 / 29 * load + 27 / 29 * chronic
        day += timedelta(days=1)
    for planned, already in zip(plan.days, done, strict=True):
        load = planned.load + already
        acute, chronic = 0.25 * load + 0.75 * acute, 2 / 29 * load + 27 / 29 * chronic
        if planned.load and acute > 1.5 * chronic + 1e-6:
            yield f"H5: {acute / chronic}"


def _care(plan: WeekPlan, inputs: PlanInputs, planner: WeekPlanner, usual: float) -> Iterator[str]:
    pain, blocked = latest_pain(inputs)
    drills = {drill.key: drill for drill in planner.drills}
    blocks = [block for day in plan.days for block in day.blocks]
    for block in blocks:
        drill = drills[block.drill]
        loaded = set(drill.regions)
        if block.kind == "creative" and block.movement:  # it plays with a movement
            loaded |= loaded_by(block.movement, planner)
        if blocked & loaded:
            yield f"H8: {block.drill}"
        drill = replace(drill, regions=tuple(loaded))
        if not (block.reason and block.limit):
            yield "H11: no reason"
        if set(drill.regions) & set(inputs.profile.excluded_regions):
            yield "an excluded region"
        if set(drill.demands) & set(inputs.profile.restrictions):
            yield "a restriction"
        for movement in drill.prerequisites:
            state = inputs.mastery.get(movement)
            if state is None or not planner.mastery.mastered(state, inputs.start):
                yield f"H10: {block.drill}"
    if any(value > 0 for value in pain.values()) and plan.load > usual + 1e-6:
        yield "H8: growth"
    severity = gate(inputs)
    if severity and any(block.rpe > 4 for block in blocks):
        yield "H9: effort"
    if severity == 2 and any(block.kind != "relaxation" for block in blocks):
        yield "H9: more than recovery"
    new = {block.movement for block in blocks} - set(inputs.mastery) - {""}
    week = [inputs.start + timedelta(days=days) for days in range(-6, 7)]
    begun = {movement for movement, state in inputs.mastery.items() if state.first in week}
    if new and len(new | begun) > 2:
        yield f"H10: {new} beside {begun}"


def loaded_by(movement: str, planner: WeekPlanner) -> set[str]:
    """The regions that no drill of a movement spares."""
    return set.intersection(*(set(each.regions) for each in planner.drills if each.movement == movement))


def session_is_right(day: PlannedDay) -> bool:
    """H7, read from the blocks."""
    kinds = [block.kind for block in day.blocks]
    minutes = {kind: sum(block.minutes for block in day.blocks if block.kind == kind) for kind in kinds}
    if day.minutes < 20:
        return set(kinds) <= {"warm_up", "skill", "partner", "creative"} and all(
            block.rpe <= 3 for block in day.blocks
        )
    order = ["warm_up", "skill", "partner", "creative", "conditioning"]
    middle = [order.index(kind) for kind in kinds if kind in order]
    ends = [place for place, kind in enumerate(kinds) if kind in ("cool_down", "relaxation")]
    efforts = [day.blocks[place].rpe for place in ends]
    parts = [block.part for block in day.blocks if block.kind == "warm_up"]
    return (
        middle == sorted(middle)
        and ends == list(range(len(kinds) - len(ends), len(kinds)))
        and parts == ["pulse", "mobilise", "lengthen", "strength"]
        and minutes["warm_up"] >= max(10, 0.15 * day.minutes)
        and minutes.get("cool_down", 0) >= 5
        and efforts == sorted(efforts, reverse=True)
        and efforts[0] <= day.blocks[ends[0] - 1].rpe
    )

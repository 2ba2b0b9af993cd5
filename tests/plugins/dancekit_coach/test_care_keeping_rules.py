"""The checks of a finished plan see what they should: no plan is given that breaks a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from care_dancers import START, steady
from dancekit_coach.diary import CheckIn, Diary
from dancekit_coach.plan import Block, PlanInputs, PlannedDay, WeekPlan
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.red_flags import RedFlag
from dancekit_coach.rules import check_rules, keep_rules, session_is_whole
from dancekit_coach.wellness import Gate

from dancekit.errors import RunError

PLANNER = WeekPlanner()


def profile(inputs: PlanInputs, **changes: object) -> PlanInputs:
    return replace(inputs, profile=replace(inputs.profile, **changes))  # type: ignore[arg-type]


def with_check_ins(inputs: PlanInputs, *check_ins: CheckIn) -> PlanInputs:
    return replace(inputs, diary=replace(inputs.diary, check_ins=check_ins))


def broken(plan: WeekPlan, inputs: PlanInputs, gate: Gate = "open", mastered: bool = True) -> set[str]:
    """The rules that a plan breaks."""
    drills = {drill.key: drill for drill in PLANNER.drills}
    checks = check_rules(plan, inputs, gate, drills, lambda movement: mastered)
    return {check.rule for check in checks if not check.held}


def spread(plan: WeekPlan, places: tuple[int, ...]) -> WeekPlan:
    """The first training day of a plan on other days."""
    day = next(each for each in plan.days if each.blocks)
    days = tuple(
        replace(each, blocks=day.blocks if place in places else ()) for place, each in enumerate(plan.days)
    )
    return replace(plan, days=days)


def test_each_rule_is_seen_where_it_is_broken() -> None:
    """Each plan, or what it was made from, is spoilt in one way."""
    inputs = steady()
    plan = PLANNER.plan(inputs)
    assert broken(plan, inputs) == set()
    day = plan.days[0]
    easier = tuple(replace(row, rpe=1) if row.minutes else row for row in inputs.diary.sessions)
    harder = tuple(replace(row, rpe=6) if row.minutes else row for row in inputs.diary.sessions)
    quiet = tuple(
        replace(row, rpe=None, minutes=0, kind="rest") if row.day < START - timedelta(days=3) else row
        for row in inputs.diary.sessions
    )
    hurt = CheckIn(day=START, pain={"knee": 9})
    flag = RedFlag(sign="fever", raised_on=START)
    hard = replace(plan, days=tuple(replace(each, blocks=_hard(each)) for each in spread(plan, (0, 1)).days))
    spoilt = [
        ("H1", plan, replace(inputs, ready=False)),
        ("H1", plan, replace(inputs, flags=(flag,))),
        ("H2", spread(plan, tuple(range(7))), inputs),
        ("H2", plan, profile(inputs, age=9, guardian="Mother", other_weekly_minutes=500)),
        ("H3", plan, replace(inputs, diary=Diary(sessions=easier))),
        ("H4", plan, profile(inputs, availability=(5,) * 7)),
        ("H4", plan, replace(inputs, diary=Diary(sessions=easier))),
        ("H4", hard, inputs),
        ("H5", plan, profile(replace(inputs, diary=Diary(sessions=quiet)), usual_effort=0.1)),
        ("H6", spread(plan, (0, 1, 2, 4, 5, 6)), inputs),
        ("H7", replace(plan, days=(replace(day, blocks=day.blocks[1:]), *plan.days[1:])), inputs),
        ("H8", plan, with_check_ins(replace(inputs, diary=Diary(sessions=harder)), hurt)),
        ("H11", _with(plan, reason=""), inputs),
    ]
    for rule, bad, seen in spoilt:
        assert rule in broken(bad, seen), rule
    assert broken(plan, inputs, gate="recovery") == {"H9"}
    assert "H9" in broken(hard, inputs, gate="easy")
    assert "H10" in broken(_with(plan, drill="both_arms_phrase"), inputs, mastered=False)
    many = tuple(
        replace(each, blocks=tuple(replace(b, movement=f"dance {place}") for b in each.blocks))
        for place, each in enumerate(plan.days)
    )
    assert broken(replace(plan, days=many), inputs) == {"H10"}
    assert not session_is_whole(replace(day, blocks=(_hard(day)[-1], *day.blocks)))


def test_a_plan_that_breaks_a_rule_is_never_given() -> None:
    inputs, drills = steady(), {drill.key: drill for drill in PLANNER.drills}
    plan = PLANNER.plan(inputs)
    assert keep_rules(plan, inputs, "open", drills, lambda movement: True).checks
    with pytest.raises(RunError, match=r"broke H1: .*There is no plan.*export"):
        keep_rules(plan, replace(inputs, ready=False), "open", drills, lambda movement: True)


def _hard(day: PlannedDay) -> tuple[Block, ...]:
    return tuple(replace(block, rpe=8) for block in day.blocks)


def _with(plan: WeekPlan, **changes: str) -> WeekPlan:
    """The plan with something of the skill blocks of its first day exchanged."""
    day = plan.days[0]
    blocks = tuple(
        replace(block, **changes) if block.kind == "skill" else block  # type: ignore[arg-type]
        for block in day.blocks
    )
    return replace(plan, days=(replace(day, blocks=blocks), *plan.days[1:]))

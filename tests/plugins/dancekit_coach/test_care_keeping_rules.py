"""The checks of a finished plan see what they should: no plan is given that breaks a rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from care_dancers import START, steady
from dancekit_coach.diary import CheckIn, Diary
from dancekit_coach.plan import PlanInputs, WeekPlan
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.rules import keep_rules, session_is_whole

from dancekit.errors import RunError

PLANNER = WeekPlanner()


def profile(inputs: PlanInputs, **changes: object) -> PlanInputs:
    return replace(inputs, profile=replace(inputs.profile, **changes))  # type: ignore[arg-type]


def with_check_ins(inputs: PlanInputs, *check_ins: CheckIn) -> PlanInputs:
    return replace(inputs, diary=replace(inputs.diary, check_ins=check_ins))


def test_a_planner_that_breaks_a_rule_gives_no_plan() -> None:
    """The checks see what they should: each plan is spoilt in one way."""
    inputs = steady()
    plan = PLANNER.plan(inputs)
    day = plan.days[0]
    heavy = replace(day.blocks[4], minutes=80, rpe=9)
    easier = tuple(replace(row, rpe=1) if row.minutes else row for row in inputs.diary.sessions)
    harder = tuple(replace(row, rpe=6) if row.minutes else row for row in inputs.diary.sessions)
    hurt = CheckIn(day=START, pain={"knee": 9})
    spoilt = {
        "H1": (plan, replace(inputs, ready=False)),
        "H2": (replace(plan, days=tuple(replace(each, blocks=day.blocks) for each in plan.days)), inputs),
        "H4": (plan, profile(inputs, availability=(5,) * 7)),
        "H3": (plan, replace(inputs, diary=Diary(sessions=easier))),
        "H7": (replace(plan, days=(replace(day, blocks=day.blocks[1:]), *plan.days[1:])), inputs),
        "H8": (plan, with_check_ins(replace(inputs, diary=Diary(sessions=harder)), hurt)),
    }
    drills = {drill.key: drill for drill in PLANNER.drills}
    for rule, (bad, seen) in spoilt.items():
        with pytest.raises(RunError, match=f"broke {rule}"):
            keep_rules(bad, seen, "open", drills, lambda movement: True)
    with pytest.raises(RunError, match="broke H9"):
        keep_rules(plan, inputs, "recovery", drills, lambda movement: True)
    with pytest.raises(RunError, match="broke H10"):
        keep_rules(_with_drill(plan, "both_arms_phrase"), inputs, "open", drills, lambda movement: False)
    assert not session_is_whole(replace(day, blocks=(heavy, *day.blocks)))


def _with_drill(plan: WeekPlan, key: str) -> WeekPlan:
    """The plan with the drill of its first skill block exchanged."""
    day = plan.days[0]
    blocks = tuple(replace(block, drill=key) if block.kind == "skill" else block for block in day.blocks)
    return replace(plan, days=(replace(day, blocks=blocks), *plan.days[1:]))

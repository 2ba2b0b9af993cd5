"""H1 to H11 hold for thousands of random dancers and diaries, and care never adds load."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest
from care_dancers import dancer, dancers, pain
from care_literal import gate, latest_pain, violations
from dancekit_coach.care_checks import REGIONS
from dancekit_coach.diary import ITEMS, CheckIn, Diary
from dancekit_coach.plan import PlanInputs, WeekPlan
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.red_flags import SIGNS, RedFlag
from hypothesis import given, settings
from hypothesis import strategies as st

PLANNER = WeekPlanner()
MANY = 10_000 if os.environ.get("DANCEKIT_THOROUGH") else 300
"""Dancers of the slow tests: ten thousand take a quarter of an hour."""

RNG = st.randoms(use_true_random=False)


def hurt_more(inputs: PlanInputs, draw: random.Random) -> PlanInputs:
    """More pain on the latest day on which it was asked for; or on the first day of the plan, if never."""
    asked = [each for each in inputs.diary.check_ins if each.pain is not None and each.day <= inputs.last]
    in_sessions = [
        each.day for each in inputs.diary.sessions if each.pain is not None and each.day <= inputs.last
    ]
    region, more = draw.choice(REGIONS), draw.choice((1, 2, 4, 10))
    if not asked or (in_sessions and max(in_sessions) > asked[-1].day):
        if in_sessions:
            return inputs
        rest = [each for each in inputs.diary.check_ins if each.day != inputs.start]
        same = [each for each in inputs.diary.check_ins if each.day == inputs.start] or [
            CheckIn(day=inputs.start)
        ]
        worse = replace(same[0], pain={region: more})
    else:
        last = asked[-1]
        rest = [each for each in inputs.diary.check_ins if each is not last]
        worse = replace(
            last, pain={**(last.pain or {}), region: min(10, (last.pain or {}).get(region, 0) + more)}
        )
    return replace(inputs, diary=replace(inputs.diary, check_ins=(*rest, worse)))


def feel_worse(inputs: PlanInputs, draw: random.Random) -> PlanInputs:
    """A worse last or last-but-one check-in."""
    answered = [
        each
        for each in inputs.diary.check_ins
        if each.day <= inputs.last and any(item is not None for item in each.answers)
    ]
    if not answered:
        return inputs
    one = draw.choice(answered[-2:])
    item = draw.choice(ITEMS)
    worse = replace(one, **{item: min(7, (getattr(one, item) or 1) + draw.randint(1, 6))})
    rest = [each for each in inputs.diary.check_ins if each is not one]
    return replace(inputs, diary=replace(inputs.diary, check_ins=(*rest, worse)))


def be_younger(inputs: PlanInputs, draw: random.Random) -> PlanInputs:
    age = draw.randint(4, inputs.profile.age)
    return replace(inputs, profile=replace(inputs.profile, age=age, guardian="Guardian"))


def raise_a_flag(inputs: PlanInputs, draw: random.Random) -> PlanInputs:
    flag = RedFlag(sign=draw.choice(tuple(SIGNS)), raised_on=inputs.start)
    return replace(inputs, flags=(*inputs.flags, flag))


def stop_early(inputs: PlanInputs, draw: random.Random) -> PlanInputs:
    if not inputs.diary.sessions:
        return inputs
    one = draw.choice(inputs.diary.sessions)
    rest = tuple(each for each in inputs.diary.sessions if each is not one)
    return replace(inputs, diary=replace(inputs.diary, sessions=(*rest, replace(one, stopped_early=True))))


def check(inputs: PlanInputs) -> WeekPlan:
    plan = PLANNER.plan(inputs)
    assert not list(violations(plan, inputs, PLANNER))
    assert all(each.held for each in plan.checks)
    assert {each.rule for each in plan.checks} >= {"H1", "H2", "H3", "H4", "H6", "H8", "H9", "H10", "H11"}
    return plan


def assert_no_more(before: WeekPlan, after: WeekPlan, change: str) -> None:
    for one, other in zip(before.days, after.days, strict=True):
        assert other.load <= one.load, change
        assert other.minutes <= one.minutes, change


def check_care(inputs: PlanInputs, draw: random.Random) -> None:
    """One change for the worse after another: no day ever gets more minutes or load."""
    before = PLANNER.plan(inputs)
    changes = [hurt_more, feel_worse, be_younger, stop_early, hurt_more, feel_worse]
    draw.shuffle(changes)
    for change in (*changes, raise_a_flag):
        inputs = change(inputs, draw)
        after = check(inputs)
        assert_no_more(before, after, change.__name__)
        before = after
    assert before.empty


@settings(max_examples=300, deadline=None)
@given(inputs=dancers)
def test_the_rules_hold(inputs: PlanInputs) -> None:
    check(inputs)


@pytest.mark.slow
@settings(max_examples=MANY, deadline=None)
@given(inputs=dancers)
def test_the_rules_hold_for_many_dancers(inputs: PlanInputs) -> None:
    check(inputs)


@settings(max_examples=100, deadline=None)
@given(inputs=dancers, draw=RNG)
def test_care_never_adds_load(inputs: PlanInputs, draw: random.Random) -> None:
    check_care(inputs, draw)


@pytest.mark.slow
@settings(max_examples=MANY, deadline=None)
@given(inputs=dancers, draw=RNG)
def test_care_never_adds_load_for_many_dancers(inputs: PlanInputs, draw: random.Random) -> None:
    change = draw.choice((hurt_more, feel_worse, be_younger, stop_early, raise_a_flag))
    before, after = PLANNER.plan(inputs), PLANNER.plan(change(inputs, draw))
    assert_no_more(before, after, change.__name__)


@settings(max_examples=100, deadline=None)
@given(inputs=dancers)
def test_a_bad_day_leaves_at_most_seven_tenths(inputs: PlanInputs) -> None:
    """H9 against the same dancer without check-ins on how she feels."""
    if gate(inputs) == 0:
        return
    silent = tuple(CheckIn(day=each.day, pain=each.pain) for each in inputs.diary.check_ins)
    well = replace(inputs, diary=replace(inputs.diary, check_ins=silent))
    painless = replace(
        well,
        diary=Diary(
            sessions=tuple(replace(each, pain=None, stopped_early=False) for each in inputs.diary.sessions)
        ),
        profile=replace(inputs.profile, age=30),
    )
    assert PLANNER.plan(inputs).load <= 0.7 * PLANNER.plan(painless).load
    assert PLANNER.plan(inputs).load <= PLANNER.plan(well).load


@settings(max_examples=100, deadline=None)
@given(inputs=dancers)
def test_pain_halves_each_drill_of_its_region(inputs: PlanInputs) -> None:
    now, _ = latest_pain(inputs)
    sore = {region for region, value in now.items() if value > 0}
    silent = replace(
        inputs,
        diary=Diary(
            sessions=tuple(replace(each, pain=None) for each in inputs.diary.sessions),
            check_ins=tuple(replace(each, pain=None) for each in inputs.diary.check_ins),
        ),
    )
    hurting, free = PLANNER.plan(inputs), PLANNER.plan(silent)
    for one, other in zip(hurting.days, free.days, strict=True):
        for drill in PLANNER.drills:
            if sore & set(drill.regions) and drill.kind in ("skill", "partner", "creative", "relaxation"):
                had = sum(block.minutes for block in other.blocks if block.drill == drill.key)
                had += sum(  # an easier form may stand for a harder one
                    block.minutes
                    for block in other.blocks
                    for harder in PLANNER.drills
                    if harder.key == block.drill and harder.regression == drill.key
                )
                assert sum(block.minutes for block in one.blocks if block.drill == drill.key) <= had / 2


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), draw=RNG)
def test_identical_inputs_give_identical_plans(seed: int, draw: random.Random) -> None:
    """Also in whatever order the rows were written, and from another planner (H11)."""
    inputs = dancer(seed)
    rows, entries = list(inputs.diary.sessions), list(inputs.diary.check_ins)
    draw.shuffle(rows)
    draw.shuffle(entries)
    again = replace(dancer(seed), diary=Diary(sessions=tuple(rows), check_ins=tuple(entries)))
    assert WeekPlanner().plan(again).to_dict() == PLANNER.plan(inputs).to_dict()


@settings(max_examples=50, deadline=None)
@given(inputs=dancers, day=st.integers(0, 6))
def test_less_time_breaks_no_rule(inputs: PlanInputs, day: int) -> None:
    free = tuple(0 if place == day else time for place, time in enumerate(inputs.profile.availability))
    check(replace(inputs, profile=replace(inputs.profile, availability=free)))


def test_the_dancers_are_varied() -> None:
    """The properties above would hold of nothing but empty plans."""
    plans = [(inputs, PLANNER.plan(inputs)) for inputs in map(dancer, range(600))]
    assert sum(not plan.empty for _, plan in plans) > 200
    assert sum(plan.load > 500 for _, plan in plans) > 40
    assert {gate(inputs) for inputs, _ in plans} == {0, 1, 2}
    assert sum(bool(latest_pain(inputs)[1]) and not plan.empty for inputs, plan in plans) > 10
    assert pain(random.Random(3)) == pain(random.Random(3))

"""Plans of dancers who could be real: what is in them, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from statistics import mean

import pytest
from care_dancers import MOVEMENTS, START, steady
from dancekit_coach.care_interfaces import DrillLibrary, MasteryModel, Planner, WellnessScale
from dancekit_coach.diary import CheckIn, Diary, Session
from dancekit_coach.drill_file import YamlDrills
from dancekit_coach.drills import Drill
from dancekit_coach.faults import Fault
from dancekit_coach.mastery import LocalLevel, MasteryState
from dancekit_coach.plan import PlanInputs, WeekPlan
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.red_flags import RedFlag
from dancekit_coach.session_building import warm_up_minutes
from dancekit_coach.wellness import Hooper

PLANNER = WeekPlanner()
MASTERED = MasteryState(mean=0.95, variance=0.001, day=START - timedelta(days=2), confirmed=3)
HALF = MasteryState(mean=0.6, variance=0.001, day=START - timedelta(days=2))
BEGUN = MasteryState(mean=0.35, variance=0.02, day=START - timedelta(days=2))


def profile(inputs: PlanInputs, **changes: object) -> PlanInputs:
    return replace(inputs, profile=replace(inputs.profile, **changes))  # type: ignore[arg-type]


def with_check_ins(inputs: PlanInputs, *check_ins: CheckIn) -> PlanInputs:
    return replace(inputs, diary=replace(inputs.diary, check_ins=check_ins))


def minutes(plan: WeekPlan, **wanted: str) -> int:
    return sum(
        block.minutes
        for day in plan.days
        for block in day.blocks
        if all(getattr(block, key) == value for key, value in wanted.items())
    )


def test_a_steady_dancer_gets_a_week_like_hers() -> None:
    plan = PLANNER.plan(steady())
    assert [day.training for day in plan.days].count(True) == 3
    assert 0.5 * 720 < plan.load <= 1.1 * 720
    assert plan.load == sum(block.load for day in plan.days for block in day.blocks)
    assert plan.message == f"3 training days, {plan.minutes} minutes, {plan.load} AU."
    assert minutes(plan, movement="walking") > minutes(plan, movement="waving")
    assert all(
        block.reason and block.limit and block.title and (block.cue or block.kind == "partner")
        for day in plan.days
        for block in day.blocks
    )


def test_section_four_has_its_quota() -> None:
    plan = PLANNER.plan(steady())
    relaxed = [day for day in plan.days if any(block.part == "IV.A" for block in day.blocks)]
    assert len(relaxed) == 2
    assert all(
        5 <= sum(block.minutes for block in day.blocks if block.part == "IV.A") <= 10 for day in relaxed
    )
    assert minutes(plan, part="IV.B") == minutes(plan, part="IV.C") == 10
    assert not any("(IV." in note for note in plan.notes)
    for day in plan.days:
        for block in day.blocks:
            assert block.rpe <= 3 or not block.part.startswith("IV")
            assert not block.solo  # there is no partner, so the block itself says what to do alone


def test_improvising_takes_a_mastered_movement_and_composing_none() -> None:
    composing = PLANNER.plan(steady())
    assert minutes(composing, drill="compose_four_eights") == 10
    mastery = {"waving": MASTERED, "walking": HALF}
    plans = [PLANNER.plan(steady(start=START + timedelta(days=7 * week), mastery=mastery)) for week in (0, 1)]
    # They take turns from week to week.
    assert sorted(minutes(plan, drill="improvise_on_mastered", movement="waving") for plan in plans) == [
        0,
        10,
    ]
    assert sorted(minutes(plan, drill="compose_four_eights") for plan in plans) == [0, 10]


def test_improvising_spares_what_hurts_in_its_movement() -> None:
    """The drill itself loads no shoulder; waving does."""
    for week in (0, 1):
        inputs = steady(start=START + timedelta(days=7 * week), mastery={"waving": MASTERED})
        free = minutes(PLANNER.plan(inputs), drill="improvise_on_mastered")
        hurts = with_check_ins(inputs, CheckIn(day=inputs.start, pain={"wrist": 6}))
        assert minutes(PLANNER.plan(hurts), drill="improvise_on_mastered") == 0
        little = with_check_ins(inputs, CheckIn(day=inputs.start, pain={"wrist": 1}))
        assert minutes(PLANNER.plan(little), drill="improvise_on_mastered") <= free / 2
        spared = profile(inputs, excluded_regions=("wrist",))
        assert minutes(PLANNER.plan(spared), movement="waving") == 0


def test_relaxation_takes_turns() -> None:
    drills = {
        block.drill
        for week in range(2)
        for day in PLANNER.plan(steady(start=START + timedelta(days=7 * week))).days
        for block in day.blocks
        if block.part == "IV.A"
    }
    assert len(drills) == 4


def test_new_movements_count_over_the_border_of_weeks() -> None:
    """Two that were new three days ago leave no room for others, a week later they do (H10)."""

    def new(days: int) -> set[str]:
        first = START - timedelta(days=days)
        begun = MasteryState(mean=0.35, variance=0.02, day=first, first=first)
        plan = PLANNER.plan(profile(steady(mastery={"walking": begun, "waving": begun}), goals=()))
        return {block.movement for day in plan.days for block in day.blocks} - {"", "walking", "waving"}

    assert new(3) == set()
    assert len(new(7)) == 2


def test_a_partner_is_reckoned_with_only_where_there_is_one() -> None:
    alone = PLANNER.plan(steady())
    paired = PLANNER.plan(profile(steady(), partner=True))
    (one,), (two,) = (
        [block for day in plan.days for block in day.blocks if block.part == "IV.B"]
        for plan in (alone, paired)
    )
    assert one.title == two.solo
    assert not one.solo and not one.cue
    assert "Film yourself" in two.solo


def test_a_red_flag_stops_everything_and_says_what_to_do() -> None:
    flag = RedFlag(sign="chest_pain", raised_on=START)
    plan = PLANNER.plan(steady(flags=(flag,)))
    assert plan.empty
    assert plan.message.startswith("Stop. Call your local emergency number")
    assert not PLANNER.plan(steady(flags=(replace(flag, cleared_on=START),))).empty


def test_the_first_questions_come_first() -> None:
    plan = PLANNER.plan(steady(ready=False))
    assert plan.empty
    assert "questions" in plan.message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"availability": (0,) * 7}, "No day has ten minutes"),
        ({"availability": (9,) * 7}, "No day has ten minutes"),
        ({"age": 9, "guardian": "Mother", "other_weekly_minutes": 540}, "At most 9 hours a week"),
    ],
)
def test_an_empty_plan_has_a_reason(changes: dict[str, object], words: str) -> None:
    plan = PLANNER.plan(profile(steady(), **changes))
    assert plan.empty
    assert words in plan.message
    assert all(check.held for check in plan.checks)


def test_no_frame_no_training() -> None:
    class Strict(DrillLibrary):
        def drills(self) -> tuple[Drill, ...]:
            """No cool-down spares the knee."""
            return tuple(each for each in YamlDrills().drills() if each.key != "settle_seated")

    plan = WeekPlanner(library=Strict()).plan(profile(steady(), excluded_regions=("knee",)))
    assert plan.empty
    assert "No warm-up or cool-down is left" in plan.message
    hurt = WeekPlanner(library=Strict()).plan(with_check_ins(steady(), CheckIn(day=START, pain={"knee": 5})))
    assert hurt.empty
    assert "No warm-up" in hurt.message or "no warm-up" in hurt.message


def test_a_new_dancer_enters_with_180_au() -> None:
    new = PlanInputs(
        start=START,
        profile=replace(steady().profile, usual_weekly_minutes=0, usual_days=0, declared_on=START),
    )
    plan = PLANNER.plan(new)
    assert 100 < plan.load <= 180
    assert max(day.load for day in plan.days) <= 60
    assert not PLANNER.plan(with_check_ins(new, CheckIn(day=START, pain={}))).empty
    assert PLANNER.plan(with_check_ins(new, CheckIn(day=START, pain={"head": 1}))).empty  # no growth from 0


def test_a_return_after_two_weeks_off_is_possible_and_small() -> None:
    inputs = steady()
    off = tuple(
        Session(day=row.day, minutes=0, kind="rest") if row.day >= START - timedelta(days=14) else row
        for row in inputs.diary.sessions
    )
    plan = PLANNER.plan(replace(inputs, diary=Diary(sessions=off)))
    assert 0 < plan.load <= 1.1 * 360


def test_after_a_camp_there_is_less() -> None:
    inputs = steady()
    camp = tuple(
        Session(day=row.day, minutes=180, rpe=6) if row.day >= START - timedelta(days=5) else row
        for row in inputs.diary.sessions
    )
    plan = PLANNER.plan(replace(inputs, diary=Diary(sessions=camp)))
    assert plan.load < PLANNER.plan(inputs).load
    assert not plan.days[0].training


def test_the_ratio_of_the_averages_takes_from_a_sudden_return() -> None:
    """Months of rest, three hard days, a week of rest, and then time for one long day."""
    inputs = steady()
    quiet = tuple(
        Session(day=row.day, minutes=60, rpe=8)
        if (START - row.day).days in (8, 10, 12)
        else Session(day=row.day, minutes=0, kind="rest")
        for row in inputs.diary.sessions
    )
    inputs = profile(
        replace(inputs, diary=Diary(sessions=quiet)),
        availability=(0, 0, 0, 120, 0, 0, 0),
        usual_weekly_minutes=0,
        usual_days=0,
    )
    plan = PLANNER.plan(inputs)
    acute = chronic = 0.0
    for back in range(60, -4, -1):
        load = 480 * (back in (8, 10, 12)) + plan.load * (back == -3)
        acute, chronic = acute + (load - acute) / 4, chronic + (load - chronic) * 2 / 29
    assert 1.3 < acute / chronic <= 1.5
    assert 180 < plan.load < 396 - 20  # H3 would allow more, and so would H4
    assert "H5" in {block.limit for day in plan.days for block in day.blocks}


def test_growth_needs_a_filled_week() -> None:
    """The same dancer without rest days in her diary: what she did is the same, what may grow is not."""
    inputs = profile(steady(), availability=(120,) * 7, experience="professional", usual_days=3)
    sparse = replace(inputs, diary=Diary(sessions=tuple(row for row in inputs.diary.sessions if row.minutes)))
    full, gappy = PLANNER.plan(inputs), PLANNER.plan(sparse)
    assert 720 < full.load <= 792
    assert gappy.load <= 720
    assert "No growth, because 4 of the last seven days are missing (H3)." in gappy.notes
    assert any("count as danced (H2); there are 4." in note for note in gappy.notes)


def test_a_day_that_is_done_gets_nothing_more_and_counts() -> None:
    inputs = steady()
    done = Session(day=START, minutes=60, rpe=6)
    plan = PLANNER.plan(replace(inputs, diary=Diary(sessions=(*inputs.diary.sessions, done))))
    assert not plan.days[0].blocks
    assert "done" in plan.days[0].reason
    assert plan.load + 360 <= 792


def test_new_movements_come_two_a_week_in_one_piece_and_known_ones_mixed() -> None:
    plan = PLANNER.plan(profile(steady(), goals=()))
    movements = {block.movement for day in plan.days for block in day.blocks} - {""}
    assert len(movements) == 2
    assert any(block.limit == "H10" for day in plan.days for block in day.blocks) or movements
    mixed = PLANNER.plan(profile(steady(mastery=dict.fromkeys(MOVEMENTS, HALF)), goals=()))
    runs = [block.movement for block in mixed.days[0].blocks if block.kind == "skill"]
    assert len(runs) >= len(set(runs)) >= 2
    blocked = PLANNER.plan(profile(steady(mastery=dict.fromkeys(MOVEMENTS, BEGUN)), goals=()))
    for day in blocked.days:
        drills = [block.drill for block in day.blocks if block.kind == "skill"]
        assert len(drills) == len(set(drills))


def test_interleaved_movements_change_after_five_minutes() -> None:
    inputs = profile(
        steady(mastery={"walking": HALF, "waving": HALF}),
        goals=("walking", "waving"),
        restrictions=("floor",),
        excluded_regions=(),
    )
    plan = PLANNER.plan(inputs)
    pieces = [block for day in plan.days for block in day.blocks if block.movement in ("walking", "waving")]
    assert all(block.minutes < 10 for block in pieces)
    assert len(pieces) > 4


def test_prerequisites_open_when_they_are_mastered() -> None:
    inputs = profile(steady(mastery={"raising_high": HALF, "waving": HALF}), goals=("waving",))
    assert minutes(PLANNER.plan(inputs), drill="wave_tempo") == 0
    ready = replace(inputs, mastery={"raising_high": MASTERED, "waving": HALF})
    assert minutes(PLANNER.plan(ready), drill="wave_tempo") > 0


def test_what_is_due_comes_before_what_is_kept() -> None:
    old = replace(MASTERED, mean=0.88, day=START - timedelta(days=300))
    plan = PLANNER.plan(profile(steady(mastery={"walking": MASTERED, "waving": old}), goals=()))
    assert minutes(plan, movement="waving", kind="skill") > minutes(plan, movement="walking", kind="skill")
    assert any("due for a review" in block.reason for day in plan.days for block in day.blocks)


def test_the_clearest_fault_chooses_the_drill() -> None:
    fault = Fault(
        movement="raising_high",
        measure="left_elbow_flexion",
        phase="hold",
        error=40,
        detectable=10,
        tolerance=10,
    )
    timing = Fault(
        movement="raising_high", measure="timing", phase="rise", error=-300, detectable=80, tolerance=80
    )
    inputs = profile(steady(mastery={"raising_high": HALF}), goals=("raising_high",))
    for faults, drill in (
        ((), "raise_phrase"),
        ((fault,), "raise_slow"),
        ((timing,), "raise_phrase"),
        ((fault, timing), "raise_slow"),
        ((replace(fault, error=9), timing), "raise_phrase"),
        ((replace(fault, error=9),), "raise_phrase"),
    ):
        plan = PLANNER.plan(replace(inputs, faults=faults))
        assert {b.drill for day in plan.days for b in day.blocks if b.movement == "raising_high"} == {drill}


def test_pain_spares_its_region_and_little_pain_halves() -> None:
    free = PLANNER.plan(steady())
    loading = {drill.key for drill in PLANNER.drills if "knee" in drill.regions}
    for pain, least in ((5, True), (2, False)):
        plan = PLANNER.plan(with_check_ins(steady(), CheckIn(day=START, pain={"knee": pain})))
        blocks = [block for day in plan.days for block in day.blocks]
        assert not {block.drill for block in blocks if least or block.kind == "warm_up"} & loading
        assert minutes(plan, movement="walking") <= (0 if least else minutes(free, movement="walking") / 2)
        assert plan.load <= 720
        assert any(note.startswith("Knee, pain") for note in plan.notes)


def test_a_week_that_has_begun_knows_what_was_said_since() -> None:
    """Planned again from its Monday, after pain on Wednesday."""
    hurt = with_check_ins(steady(), CheckIn(day=START + timedelta(days=2), pain={"knee": 7}))
    loading = {drill.key for drill in PLANNER.drills if "knee" in drill.regions}
    assert not {block.drill for day in PLANNER.plan(hurt).days for block in day.blocks} & loading
    since = [replace(each, day=each.day + timedelta(days=2)) for each in bad_days(2).diary.check_ins]
    assert not any(day.training for day in PLANNER.plan(with_check_ins(steady(), *since)).days)


def test_pain_that_rises_for_two_days_blocks() -> None:
    def course(*values: float) -> WeekPlan:
        days = [
            CheckIn(day=START - timedelta(days=len(values) - 1 - place), pain={"shoulder": value})
            for place, value in enumerate(values)
        ]
        return PLANNER.plan(with_check_ins(steady(), *days))

    loading = {drill.key for drill in PLANNER.drills if "shoulder" in drill.regions}
    for values, blocked in (((1, 2, 3), True), ((1, 3, 3), False), ((3, 2, 3), False), ((2, 3), False)):
        left = {block.drill for day in course(*values).days for block in day.blocks} & loading
        assert bool(left) != blocked


def bad_days(count: int) -> PlanInputs:
    past = [
        CheckIn(day=START - timedelta(days=back), sleep=2, fatigue=2, stress=2, soreness=2)
        for back in range(16)
    ]
    worse = [replace(each, sleep=7, fatigue=7) for each in past[:count]]
    return with_check_ins(steady(), *worse, *past[count:])


def test_bad_days_leave_less_and_then_recovery() -> None:
    well, easy, recovery = (PLANNER.plan(bad_days(count)) for count in (0, 1, 2))
    assert well.load == PLANNER.plan(steady()).load
    assert 0 < easy.load <= 0.7 * well.load
    assert max(day.hardest for day in easy.days) <= 4
    assert {block.kind for day in recovery.days for block in day.blocks} == {"relaxation"}
    assert 0 < recovery.load <= 30
    assert not any(day.training for day in recovery.days)


def test_a_minor_stays_below_her_age_in_hours() -> None:
    free = profile(steady(), availability=(120,) * 7)
    assert PLANNER.plan(free).minutes / 60 > 2
    for age, other in ((15, 780), (10, 480), (17, 900)):
        plan = PLANNER.plan(profile(free, age=age, guardian="Mother", other_weekly_minutes=other))
        assert plan.minutes <= age * 60 - other
        rest = [not day.blocks for day in plan.days]
        assert rest.count(True) >= 2


def test_short_days_get_easy_skill_after_a_short_warm_up() -> None:
    plan = PLANNER.plan(profile(steady(), availability=(15,) * 7))
    danced = [day for day in plan.days if day.blocks]
    assert danced
    for day in danced:
        assert day.minutes <= 15
        assert {block.kind for block in day.blocks} <= {"warm_up", "skill", "creative", "partner"}
        assert day.hardest <= 3
    assert "Reducing stress (IV.A): no day has room for it within the rules." in plan.notes


def test_warm_ups_are_the_literal_share() -> None:
    for rest in range(200):
        expected = min(each for each in range(10, 60) if each >= 0.15 * (each + rest))
        assert warm_up_minutes(rest) == expected


def test_the_seed_breaks_ties_only() -> None:
    plans = [PLANNER.plan(replace(steady(), seed=seed)) for seed in range(6)]
    assert len({json.dumps(plan.to_dict()) for plan in plans}) > 1
    loads = [plan.load for plan in plans]
    assert max(loads) - min(loads) < 0.3 * mean(loads)


def test_a_plan_is_plain_values() -> None:
    plan = PLANNER.plan(steady())
    content = json.loads(json.dumps(plan.to_dict()))
    assert content["load"] == plan.load
    assert [each["day"] for each in content["days"]] == [day.day.isoformat() for day in plan.days]
    assert {each["rule"] for each in content["checks"]} >= {
        "H1",
        "H2",
        "H3",
        "H4",
        "H5",
        "H6",
        "H7",
        "H8",
        "H9",
    }


def test_the_parts_keep_the_interfaces() -> None:
    for part, interface in (
        (PLANNER, Planner),
        (YamlDrills(), DrillLibrary),
        (LocalLevel(), MasteryModel),
        (Hooper(), WellnessScale),
    ):
        assert isinstance(part, interface)


def test_a_plan_may_start_on_any_day() -> None:
    for offset in range(7):
        inputs = steady(start=date(2026, 10, 22) + timedelta(days=offset))  # over the change of clocks
        plan = PLANNER.plan(inputs)
        assert [day.day for day in plan.days] == [inputs.start + timedelta(days=place) for place in range(7)]
        assert not plan.empty

"""Random dancers and diaries, absurd ones included, for the tests of plans."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from dancekit_coach.care_checks import REGIONS
from dancekit_coach.diary import CheckIn, Diary, Session
from dancekit_coach.faults import MEASURES, PHASES, SIDES, Fault
from dancekit_coach.mastery import MasteryState
from dancekit_coach.plan import PlanInputs
from dancekit_coach.profile import DancerProfile
from dancekit_coach.red_flags import SIGNS, RedFlag
from hypothesis import strategies as st

START = date(2026, 3, 30)  # the day after clocks went forward in Europe; a Monday
MOVEMENTS = (
    "hands_on_waist",
    "raising_high",
    "spreading_one_arm",
    "waving",
    "spreading_both_arms",
    "walking",
)
KINDS = ("class", "rehearsal", "practice", "performance", "conditioning", "other")


def steady(start: date = START, **changes: object) -> PlanInputs:
    """An adult who dances an hour at effort 4 on Monday, Wednesday and Friday, and writes all of it down."""
    days = [start - timedelta(days=back) for back in range(1, 61)]
    sessions = tuple(
        Session(day=day, minutes=60, rpe=4, kind="class")
        if day.weekday() in (0, 2, 4)
        else Session(day=day, minutes=0, kind="rest")
        for day in days
    )
    profile = DancerProfile(
        age=25,
        experience="recreational",
        availability=(90, 0, 90, 0, 90, 60, 0),
        usual_weekly_minutes=180,
        usual_effort=4,
        usual_days=3,
        declared_on=days[-1],
        goals=("walking",),
    )
    return replace(PlanInputs(start=start, profile=profile, diary=Diary(sessions=sessions)), **changes)  # type: ignore[arg-type]


def check_ins(draw: random.Random, start: date) -> tuple[CheckIn, ...]:
    """Up to 40 days of check-ins, with gaps, missing items, and sometimes a bad end."""
    gaps, usual, bad = draw.random(), draw.randint(1, 6), draw.choice((0, 0, 1, 2, 3))
    found = []
    for back in range(draw.choice((0, 5, 20, 40)), draw.choice((-1, -1, -1, -5)), -1):
        if draw.random() < gaps * (back > bad):
            continue
        items: list[int | None] = [
            None
            if draw.random() < 0.02
            else min(7, max(1, usual + draw.choice((-1, 0, 0, 1)) + 4 * (back < bad)))
            for _ in range(4)
        ]
        day = start - timedelta(days=back)
        found.append(
            CheckIn(
                day=day,
                sleep=items[0],
                fatigue=items[1],
                stress=items[2],
                soreness=items[3],
                pain=pain(draw) if draw.random() < 0.3 else None,
            )
        )
    return tuple(found)


def pain(draw: random.Random) -> dict[str, float]:
    regions = draw.sample(REGIONS, draw.choice((0, 0, 1, 1, 2, 13)))
    return {region: draw.choice((0, 0.5, 1, 2, 3, 3.9, 4, 7, 10)) for region in regions}


def sessions(draw: random.Random, start: date) -> tuple[Session, ...]:
    """Up to 60 days: tidy, gappy, all rest, every day, 40 hours a week, and some on days of the plan."""
    style = draw.choice(("none", "tidy", "tidy", "gappy", "rest", "daily", "absurd", "lately"))
    found: list[Session] = []
    for back in range(draw.choice((3, 10, 30, 60)), -7, -1):
        day = start - timedelta(days=back)
        if style == "none" or (style == "lately" and back > 6) or (back <= 0 and draw.random() < 0.9):
            continue
        if style == "gappy" and draw.random() < 0.5:
            continue
        if style == "rest" or (style in ("tidy", "gappy") and draw.random() < 0.5):
            found.append(Session(day=day, minutes=0, kind="rest"))
            continue
        for _ in range(draw.choice((1, 1, 1, 2))):
            found.append(
                Session(
                    day=day,
                    minutes=draw.choice((600, 480, 0.5)) if style == "absurd" else draw.choice((20, 60, 90)),
                    rpe=None if draw.random() < 0.1 else draw.choice((0, 1, 3, 4.5, 6, 8, 10)),
                    kind=draw.choice(KINDS),  # type: ignore[arg-type]
                    stopped_early=draw.random() < 0.02,
                    pain=pain(draw) if draw.random() < 0.05 else None,
                )
            )
    return tuple(found)


def dancer(seed: int) -> PlanInputs:
    """A dancer made from a number: everything that a profile and a diary may hold."""
    draw = random.Random(seed)
    start = START + timedelta(days=draw.randint(0, 400))
    age = draw.choice((4, 9, 12, 15, 17, 18, 25, 40, 80, 120))
    usual_days = draw.choice((0, 1, 2, 3, 3, 4, 5, 6))
    free = draw.choice(((0,), (10, 15, 19), (20, 25), (30, 60, 90), (0, 60, 90, 120), (240, 1440)))
    profile = DancerProfile(
        age=age,
        guardian="Guardian" if age < 18 else "",
        experience=draw.choice(("new", "recreational", "advanced", "professional")),  # type: ignore[arg-type]
        availability=tuple(draw.choice(free) for _ in range(7)),
        usual_weekly_minutes=usual_days * draw.choice((1, 30, 60, 90, 400)),
        usual_effort=draw.choice((0, 2, 4, 6, 10)),
        usual_days=usual_days,
        declared_on=start - timedelta(days=draw.choice((-5, 0, 1, 7, 27, 28, 60, 4000))),
        other_weekly_minutes=draw.choice((0, 0, 0, 120, 900, 2400)),
        goals=tuple(draw.sample(MOVEMENTS, draw.choice((0, 0, 1, 3)))),
        restrictions=tuple(draw.sample(("jumping", "floor", "partner"), draw.choice((0, 0, 1, 3)))),
        excluded_regions=tuple(draw.sample(REGIONS, draw.choice((0, 0, 0, 1, 5)))),
        partner=draw.random() < 0.5,
    )
    mastery = {
        movement: MasteryState(
            mean=draw.random(),
            variance=draw.choice((0.001, 0.01, 0.09)),
            day=start - timedelta(days=(back := draw.randint(0, 90))),
            first=start - timedelta(days=back + draw.choice((0, 0, 3, 400))),
            confirmed=draw.choice((0, 1, 2, 5)),
        )
        for movement in draw.sample(MOVEMENTS, draw.randint(0, 6))
    }
    faults = tuple(
        Fault(
            movement=draw.choice((*MOVEMENTS, "a_dance_of_nobody")),
            measure=draw.choice((*MEASURES, "left_elbow_flexion", "right_hip_plane", SIDES, "unknown")),
            phase=draw.choice((*PHASES, "move 2", "hold 3", "cycle 12")),
            error=draw.uniform(-40, 40),
            detectable=draw.uniform(0, 20),
            tolerance=draw.uniform(1, 20),
        )
        for _ in range(draw.choice((0, 0, 2)))
    )
    flags = tuple(
        RedFlag(sign=draw.choice(tuple(SIGNS)), raised_on=start, cleared_on=draw.choice((None, start, start)))
        for _ in range(draw.choice((0, 0, 0, 0, 1)))
    )
    return PlanInputs(
        start=start,
        profile=profile,
        diary=Diary(sessions=sessions(draw, start), check_ins=check_ins(draw, start)),
        mastery=mastery,
        faults=faults,
        flags=flags,
        ready=draw.random() < 0.97,
        seed=draw.randint(0, 5),
    )


dancers = st.integers(0, 2**32).map(dancer)

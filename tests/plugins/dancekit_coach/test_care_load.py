"""Load, its averages and its monotony against literal versions and the figures of the specification."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from care_dancers import START, dancers, steady
from care_literal import missing
from care_literal import usual_week as literal_usual_week
from dancekit_coach.diary import Diary, Session
from dancekit_coach.load import (
    averages,
    ewma,
    ewma_weight,
    missing_days,
    monotony,
    strain,
    summarise_load,
    usual_week,
)
from dancekit_coach.plan import PlanInputs
from hypothesis import given, settings
from hypothesis import strategies as st

loads = st.lists(st.one_of(st.just(float("nan")), st.floats(0, 5000)), max_size=60)


def test_weights() -> None:
    assert ewma_weight(7) == 0.25
    assert ewma_weight(28) == pytest.approx(0.069, abs=5e-4)


@settings(deadline=None)
@given(daily=loads, days=st.sampled_from((7, 28)), seed=st.floats(0, 1000))
def test_averages_are_the_recursion(daily: list[float], days: int, seed: float) -> None:
    value = seed
    for load in daily:
        if not math.isnan(load):
            value = 2 / (days + 1) * load + (1 - 2 / (days + 1)) * value
    assert ewma(np.array(daily), days, seed) == pytest.approx(value)


def ratios(daily: list[float], seed: float) -> np.ndarray:
    """The ratio after each day."""
    days = [np.array(daily[: place + 1]) for place in range(len(daily))]
    return np.array([ewma(each, 7, seed) / ewma(each, 28, seed) for each in days])


def test_the_seed_decides_the_first_week() -> None:
    """After a usual week the ratio should be near 1; zero and a training day as seeds are far off."""
    week = [300.0, 0, 300, 0, 300, 0, 0]
    assert ratios(week, 0.0)[6] == pytest.approx(1.69, abs=0.005)
    assert ratios([300.0, 300, 0, 300, 300, 300, 0], 0.0)[6] == pytest.approx(1.97, abs=0.005)
    assert ratios(week, 300.0)[6] == pytest.approx(0.52, abs=0.005)
    assert ratios(week, sum(week) / 7)[6] == pytest.approx(0.84, abs=0.1)


def test_a_steady_week_swings_and_growth_and_return_stand_out() -> None:
    week = [300.0, 0, 300, 0, 300, 0, 0]
    steady_ratios = ratios(week * 12, sum(week) / 7)[-7:]
    assert (steady_ratios.min(), steady_ratios.max()) == pytest.approx((0.77, 1.18), abs=0.015)
    growing = [load * 1.1**number for number in range(12) for load in week]
    assert ratios(growing, sum(week) / 7)[-7:].max() == pytest.approx(1.33, abs=0.02)
    returning = week * 8 + [0.0] * 14 + week
    assert ratios(returning, sum(week) / 7)[-7:].max() == pytest.approx(1.67, abs=0.02)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        ([100] * 6 + [0], 2.449),
        ([100] * 5 + [0] * 2, 1.581),
        ([300, 150, 300, 150, 300, 150, 0], 1.84),
        ([0] * 7, 0.0),
        ([100] * 7, math.inf),
        ([0.1] * 7, math.inf),
    ],
)
def test_monotony(week: list[float], expected: float) -> None:
    assert monotony(np.array(week, float)) == pytest.approx(expected, abs=0.005)


@settings(deadline=None)
@given(week=st.lists(st.integers(0, 900), min_size=7, max_size=7))
def test_monotony_and_strain_are_fosters(week: list[int]) -> None:
    mean = sum(week) / 7
    deviation = math.sqrt(sum((load - mean) ** 2 for load in week) / 7)
    if deviation == 0:
        assert monotony(np.array(week, float)) == (math.inf if mean else 0.0)
        return
    assert monotony(np.array(week, float)) == pytest.approx(mean / deviation)
    assert strain(np.array(week, float)) == pytest.approx(sum(week) * mean / deviation)


def test_a_missing_day_leaves_monotony_unknown() -> None:
    week = np.array([100, 0, np.nan, 0, 100, 0, 0])
    assert math.isnan(monotony(week))
    assert math.isnan(strain(week))
    assert strain(np.zeros(7)) == 0


@settings(max_examples=100, deadline=None)
@given(inputs=dancers)
def test_the_usual_week_is_the_literal_one(inputs: PlanInputs) -> None:
    assert usual_week(inputs.diary, inputs.profile, inputs.start) == pytest.approx(literal_usual_week(inputs))
    assert missing_days(inputs.diary, inputs.profile, inputs.start) == missing(inputs, 7)


def test_fosters_sum() -> None:
    inputs = steady()
    assert usual_week(inputs.diary, inputs.profile, START) == 3 * 60 * 4
    acute, chronic = averages(inputs.diary, inputs.profile, START)
    assert 0.7 < acute / chronic < 1.2


def test_missing_days_never_raise_the_usual_week() -> None:
    inputs = steady()
    for session in inputs.diary.sessions:
        rest = tuple(each for each in inputs.diary.sessions if each is not session)
        assert usual_week(Diary(sessions=rest), inputs.profile, START) <= usual_week(
            inputs.diary, inputs.profile, START
        )


def test_the_summary_of_a_full_diary() -> None:
    inputs = steady()
    summary = summarise_load(inputs.diary, inputs.profile, START)
    assert summary.week == (240, 0, 240, 0, 240, 0, 0)
    assert summary.change == 0
    assert summary.monotony == pytest.approx(102.857 / 118.77, abs=1e-3)
    assert summary.strain == pytest.approx(720 * (summary.monotony or 0))
    assert summary.ratio == pytest.approx(summary.acute / summary.chronic)
    assert (summary.rated, summary.sessions) == (25, 25)
    assert not any("risk" in note for note in summary.notes)


def test_the_summary_says_what_is_missing() -> None:
    unrated = Session(day=START - timedelta(days=2), minutes=60)
    inputs = steady()
    kept = tuple(row for row in inputs.diary.sessions if row.day > START - timedelta(days=10))
    diary = Diary(sessions=(*kept, unrated))
    summary = summarise_load(diary, inputs.profile, START)
    assert summary.week[5] is None
    assert (summary.ratio, summary.monotony, summary.strain, summary.change) == (None, None, None, None)
    assert "3 of 4 sessions are rated." in summary.notes
    assert any("28 days of diary" in note for note in summary.notes)
    assert any("1 of the last seven days are missing" in note for note in summary.notes)


def test_an_empty_diary_is_the_declared_week() -> None:
    profile = steady().profile
    today = profile.declared_on
    assert usual_week(Diary(), profile, today) == pytest.approx(720)
    assert averages(Diary(), profile, today) == pytest.approx((720 / 7, 720 / 7))
    assert usual_week(Diary(), profile, date(today.year + 1, 1, 1)) == 0

"""Mastery against the closed form and the figures of the specification."""

from __future__ import annotations

import math
from datetime import date, timedelta
from statistics import NormalDist

import pytest
from dancekit_coach.mastery import LocalLevel, MasteryState, Trial, mastery_of
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError

DAY = date(2026, 3, 2)
MODEL = LocalLevel()


def trial(score: float, *, sd: float = 0.1, day: date = DAY, movement: str = "walking") -> Trial:
    return Trial(movement=movement, day=day, score=100 * score, width=100 * sd * 3.29)


def test_one_trial_by_hand() -> None:
    """K = 0.09 / (0.09 + 0.01) = 0.9: one lucky 0.95 gives 0.815 and is no mastery."""
    state = MODEL.after(MODEL.start(), [trial(0.95)])
    assert state.mean == pytest.approx(0.3 + 0.9 * 0.65)
    assert state.variance == pytest.approx(0.009)
    assert MODEL.probability(state, DAY) == pytest.approx(0.815, abs=5e-4)
    assert not MODEL.mastered(state, DAY)


def sessions(score: float, sd: float, count: int) -> list[float]:
    """The probability after each of `count` daily trials."""
    state, found = MODEL.start(), []
    for number in range(count):
        day = DAY + timedelta(days=number)
        state = MODEL.after(state, [trial(score, sd=sd, day=day)])
        found.append(MODEL.probability(state, day))
    return found


def test_a_good_learner_passes_at_the_third_session_and_a_noisy_one_never() -> None:
    certain = sessions(0.9, 0.1, 4)
    assert [each >= 0.9 for each in certain] == [False, False, True, True]
    assert max(sessions(0.9, 0.3, 10)) < 0.9


def test_mastery_needs_two_days() -> None:
    state = MODEL.start()
    mastered = []
    for number in range(5):
        day = DAY + timedelta(days=number)
        state = MODEL.after(state, [trial(0.9, day=day)])
        mastered.append(MODEL.mastered(state, day))
    assert mastered == [False, False, False, True, True]
    many = MODEL.after(MODEL.start(), [trial(0.95, sd=0.02)] * 9)
    assert many.confirmed == 1


@pytest.mark.parametrize(("mean", "days"), [(0.85, 1), (0.90, 16), (0.95, 42)])
def test_reviews_fall_due(mean: float, days: int) -> None:
    state = MasteryState(mean=mean, variance=0.003, day=DAY, confirmed=2)
    assert MODEL.due_on(state) == DAY + timedelta(days=days)
    assert not MODEL.due(state, DAY + timedelta(days=days - 1))
    assert MODEL.due(state, DAY + timedelta(days=days))
    assert not MODEL.mastered(state, DAY + timedelta(days=days))


def test_what_was_never_mastered_is_never_due() -> None:
    state = MODEL.after(MODEL.start(), [trial(0.9)])
    assert MODEL.due_on(state) is None
    assert not MODEL.due(state, DAY + timedelta(days=400))
    assert LocalLevel(drift=0).due_on(MasteryState(mean=0.95, variance=0.003, day=DAY, confirmed=2)) is None


@settings(deadline=None)
@given(
    takes=st.lists(
        st.tuples(st.floats(0, 1), st.floats(0.01, 0.5), st.integers(0, 20)), min_size=1, max_size=20
    )
)
def test_the_filter_is_the_posterior_of_a_random_walk(takes: list[tuple[float, float, int]]) -> None:
    """Against precision-weighted means: 1/P' = 1/(P + q dt) + 1/r, m'/P' = m/(P + q dt) + y/r."""
    state, day = MODEL.start(), DAY
    mean, variance = 0.3, 0.09
    for number, (score, sd, gap) in enumerate(takes):
        day += timedelta(days=gap + 1)
        state = MODEL.after(state, [trial(score, sd=sd, day=day)])
        variance += 0.0007 * (gap + 1) if number else 0.0
        precision = 1 / variance + 1 / sd**2
        mean, variance = (mean / variance + score / sd**2) / precision, 1 / precision
    assert state.mean == pytest.approx(mean)
    assert state.variance == pytest.approx(variance)
    assert 0 <= state.mean <= 1
    certain = 1 - NormalDist(mean, math.sqrt(variance)).cdf(0.8)
    assert MODEL.probability(state, day) == pytest.approx(certain, abs=1e-9)


@settings(deadline=None)
@given(low=st.floats(0, 1), high=st.floats(0, 1), sd=st.floats(0.01, 0.5))
def test_a_better_score_never_lowers_mastery(low: float, high: float, sd: float) -> None:
    low, high = sorted((low, high))
    one, other = (MODEL.after(MODEL.start(), [trial(score, sd=sd)]) for score in (low, high))
    assert one.mean <= other.mean


@settings(deadline=None)
@given(score=st.floats(0, 1), good=st.floats(0.01, 0.5), worse=st.floats(0.01, 0.5))
def test_a_poorer_measurement_moves_mastery_less(score: float, good: float, worse: float) -> None:
    good, worse = sorted((good, worse))
    sure, unsure = (abs(MODEL.after(MODEL.start(), [trial(score, sd=sd)]).mean - 0.3) for sd in (good, worse))
    assert unsure <= sure + 1e-12


@settings(deadline=None)
@given(mean=st.floats(0, 1), variance=st.floats(0.001, 0.2), days=st.integers(0, 1000))
def test_time_alone_never_raises_certainty(mean: float, variance: float, days: int) -> None:
    state = MasteryState(mean=mean, variance=variance, day=DAY)
    now, later = (MODEL.probability(state, DAY + timedelta(days=each)) for each in (0, days))
    assert abs(later - 0.5) <= abs(now - 0.5) + 1e-12
    assert MODEL.probability(state, DAY - timedelta(days=days)) == now


def test_the_cold_trial_counts_and_the_others_twice_as_unsure() -> None:
    cold, warm = trial(0.5), [trial(0.9), trial(0.7)]
    state = MODEL.after(MODEL.start(), [cold, *warm])
    mean, variance = 0.3 + 0.9 * 0.2, 0.009
    gain = variance / (variance + 2 * 0.01)
    assert state.mean == pytest.approx(mean + gain * (0.8 - mean))
    assert state.variance == pytest.approx((1 - gain) * variance)


def test_trials_are_grouped_by_movement_and_day() -> None:
    tomorrow = DAY + timedelta(days=1)
    trials = [
        trial(0.9, day=tomorrow),
        trial(0.5),
        trial(0.7),
        trial(0.4, movement="waving"),
    ]
    states = mastery_of(MODEL, trials)
    first = MODEL.after(MODEL.start(), [trial(0.5), trial(0.7)])
    assert states["walking"] == MODEL.after(first, [trial(0.9, day=tomorrow)])
    assert states["waving"].mean < states["walking"].mean
    assert states["walking"].to_dict()["day"] == "2026-03-03"
    assert states["walking"].to_dict()["first"] == "2026-03-02"
    assert (MODEL.start().first, states["waving"].first) == (None, DAY)
    assert MODEL.after(MODEL.start(), []) == MODEL.start()


def test_trials_of_several_days_are_refused() -> None:
    with pytest.raises(DataError, match="several days"):
        MODEL.after(MODEL.start(), [trial(0.5), trial(0.5, day=DAY + timedelta(days=1))])


@pytest.mark.parametrize("score", [-1, 101, float("nan"), True, "90"])
def test_impossible_scores_are_refused(score: float) -> None:
    with pytest.raises(DataError, match="The score"):
        Trial(movement="walking", day=DAY, score=score, width=10)


def test_no_measurement_is_exact() -> None:
    assert trial(0.9, sd=0).variance > 0

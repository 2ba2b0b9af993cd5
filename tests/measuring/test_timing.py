"""What is called how often and in which order; no test looks at how long anything takes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.measuring.result import Rate, Repeats
from dancekit.measuring.timing import Clock, Timing, times_as_fast

CPU = torch.device("cpu")
seconds = st.floats(1e-6, 1e3)


@given(st.lists(seconds, min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_median_and_p95_are_numpys(values: list[float]) -> None:
    timing = Timing(seconds=tuple(values))
    assert timing.median == pytest.approx(np.median(values))
    assert timing.p95 == pytest.approx(np.percentile(values, 95))
    assert Repeats.of(timing) == Repeats(median=timing.median, p95=timing.p95, calls=len(values))


@given(st.lists(seconds, min_size=1, max_size=20), st.floats(0.1, 10))
@settings(max_examples=30, deadline=None)
def test_pairs_cancel_what_meets_both(values: list[float], factor: float) -> None:
    slow = Timing(seconds=tuple(factor * each for each in values))
    assert times_as_fast(slow, Timing(seconds=tuple(values))) == pytest.approx(factor)


def test_pairs_have_to_match() -> None:
    with pytest.raises(ValueError, match="zip"):
        times_as_fast(Timing(seconds=(1.0, 2.0)), Timing(seconds=(1.0,)))


def test_rounds_go_there_and_back() -> None:
    made: list[str] = []
    calls = [lambda name=name: made.append(name) for name in "abc"]
    timings = Clock(CPU).in_turn(calls, budget=0, least=3)
    assert "".join(made) == "abc" + "abc" + "cba" + "abc"  # without a budget one warm-up is enough
    assert [len(each.seconds) for each in timings] == [3, 3, 3]


def test_a_budget_buys_more_than_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    monkeypatch.setattr("dancekit.measuring.timing.time.perf_counter", lambda: float(next(now)))
    timing = Clock(CPU).measure(lambda: None, budget=30, least=2)
    assert set(timing.seconds) == {1.0}  # the clock moves on whenever it is read
    assert len(timing.seconds) == 11  # 3 readings a round, of which the first says whether to go on


def test_an_error_of_a_call_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        Clock(CPU).measure(lambda: 1 / 0, budget=1)


def test_a_rate_is_arithmetic() -> None:
    timing = Timing(seconds=(0.5, 0.25, 1.0))
    rate = Rate.of(timing, clips=8, macs=4000, peak=32000.0, memory=None)
    assert rate.clips_per_second == 16
    assert rate.macs_per_clip == 500
    assert (rate.macs_per_second, rate.share_of_peak) == (8000, 0.25)

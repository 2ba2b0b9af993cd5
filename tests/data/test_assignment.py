"""Assignments against all permutations and against SciPy's."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import linear_sum_assignment

from dancekit.data.assignment import assign

COSTS = st.integers(0, 5).flatmap(
    lambda rows: arrays.arrays(
        np.float64,
        st.tuples(st.just(rows), st.integers(rows, 7)),
        elements=st.integers(-3, 3).map(float) | st.floats(-1e6, 1e6, allow_subnormal=False),
    )
)


def total(cost: np.ndarray, columns: np.ndarray) -> float:
    assert len(set(columns.tolist())) == len(cost)
    return float(cost[np.arange(len(cost)), columns].sum())


@settings(max_examples=300, deadline=None)
@given(COSTS)
def test_the_least_of_all_pairings(cost: np.ndarray) -> None:
    least = min(
        total(cost, np.array(each, dtype=int)) for each in permutations(range(cost.shape[1]), len(cost))
    )
    assert total(cost, assign(cost)) == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (12, 12), (30, 60), (100, 101)])
@pytest.mark.parametrize("seed", range(5))
def test_as_scipy(shape: tuple[int, int], seed: int) -> None:
    cost = np.random.default_rng(seed).uniform(size=shape) ** 3
    rows, columns = linear_sum_assignment(cost)
    assert rows.tolist() == list(range(shape[0]))
    assert assign(cost).tolist() == columns.tolist()


def test_by_hand() -> None:
    """Each row's cheapest column would clash; the least sum is 1 + 2 + 2."""
    assert assign(np.array([[1.0, 2, 9], [1, 5, 2], [2, 2, 9]])).tolist() == [0, 2, 1]


@pytest.mark.parametrize("cost", [np.zeros((2, 1)), np.array([[np.inf, 0]]), np.array([[np.nan, 0]])])
def test_what_cannot_be_assigned(cost: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a finite cost with rows <= columns"):
        assign(cost)

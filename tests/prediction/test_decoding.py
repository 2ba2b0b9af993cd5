"""The best way to lay movements over time, against trying every way."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import LENGTHS, RATE

from dancekit.prediction.decoding import best_way, worths


def _probability(span: tuple[int, int], seed: int) -> np.ndarray:
    row = np.random.default_rng((seed, *span)).random(3) ** 3 + 1e-3
    return row / row.sum()


@given(
    ends=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), min_size=1, max_size=7, unique=True),
    values=st.lists(st.floats(0.1, 4), min_size=7, max_size=7),
    seed=st.integers(0, 1000),
)
@settings(max_examples=80, deadline=None)
def test_the_best_of_all_ways_is_found_with_no_more_questions_than_spans(ends, values, seed) -> None:
    worth = {(start, start + size): value for (start, size), value in zip(ends, values, strict=False)}
    asked: list[tuple[int, int]] = []

    def ask(spans):
        asked.extend(spans)
        return np.stack([_probability(span, seed) for span in spans])

    def total(way) -> float:
        return sum(worth[span] + np.log(_probability(span, seed).max()) for span in way)

    chosen, probability = best_way(worth, ask)
    assert all(one[1] <= after[0] for one, after in pairwise(chosen))
    every = (
        way
        for size in range(len(worth) + 1)
        for way in combinations(sorted(worth), size)
        if all(one[1] <= after[0] for one, after in pairwise(way))
    )
    assert total(chosen) == pytest.approx(max(map(total, every)))
    assert len(asked) == len(set(asked)) <= len(worth)
    for span, each in zip(chosen, probability, strict=True):
        np.testing.assert_array_equal(each, _probability(span, seed))


def test_who_is_sure_is_asked_about_what_is_told_alone() -> None:
    worth = {(0, 10): 3.0, (0, 25): 2.0, (12, 25): 2.5, (5, 20): 1.0, (26, 40): 2.0}
    asked: list[tuple[int, int]] = []

    def ask(spans):
        asked.extend(spans)
        return np.tile([0.99, 0.01], (len(spans), 1))

    chosen, _ = best_way(worth, ask)
    assert chosen == asked == [(0, 10), (12, 25), (26, 40)]
    assert best_way({}, ask)[0] == []


@given(seed=st.integers(0, 500))
@settings(max_examples=30, deadline=None)
def test_what_spans_are_worth_against_the_sum_over_frames(seed) -> None:
    random = np.random.default_rng(seed)
    odds = random.normal(1, 2, 150)
    starts, stops = random.integers(0, 60, 4).tolist(), random.integers(60, 150, 4).tolist()
    literal = {}
    for start in starts:
        for stop in stops:
            seconds = (stop - start) / RATE
            if LENGTHS.shortest <= seconds <= LENGTHS.longest:
                z = np.log(seconds / LENGTHS.usual) / LENGTHS.spread
                value = 3.0 * sum(odds[frame] + 0.6 for frame in range(start, stop)) / RATE - z**2 / 2 - 2.0
                if value > 0:
                    literal[start, stop] = value
    found = worths(starts, stops, odds, LENGTHS, RATE)
    assert found == pytest.approx(literal)

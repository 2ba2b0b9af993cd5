"""The best way to lay movements over time, against trying every way."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import LENGTHS

from dancekit.prediction.decoding import Span, Ways, worth
from dancekit.prediction.windows import Answer

SPANS = st.dictionaries(
    st.tuples(st.integers(0, 12), st.integers(1, 5)).map(lambda each: (each[0], each[0] + each[1])),
    st.floats(0.1, 4),
    min_size=1,
    max_size=7,
)


class Answers:
    """A classifier that says something else of every span, and counts what it is asked."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.asked: list[Span] = []

    def __call__(self, spans) -> list[Answer]:
        self.asked += spans
        return [self.of(span) for span in spans]

    def of(self, span: Span) -> Answer:
        row = np.random.default_rng((self._seed, *span)).random(3) ** 3 + 1e-3
        return Answer(probability=row / row.sum())


def _sure(spans) -> list[Answer]:
    return [Answer(probability=np.array([1.0, 0.0]))] * len(spans)


def _ways(worths: dict[Span, float], until: int | None = None) -> Ways:
    ways = Ways()
    for moment in sorted({moment for span in worths for moment in span}):
        if until is None or moment <= until:
            _add(ways, worths, moment)
    return ways


def _add(ways: Ways, worths: dict[Span, float], moment: int) -> None:
    ways.add(moment, {start: each for (start, stop), each in worths.items() if stop == moment})


@given(worths=SPANS, seed=st.integers(0, 1000))
@settings(max_examples=80, deadline=None)
def test_the_best_of_all_ways_is_found_with_no_more_questions_than_spans(worths, seed) -> None:
    ask = Answers(seed)

    def total(way) -> float:
        return sum(worths[span] + np.log(ask.of(span).confidence) for span in way)

    ways = _ways(worths)
    decided = ways.decide([ways.moments[-1]], ask)
    assert all(one.span[1] <= after.span[0] for one, after in pairwise(decided))
    every = (
        way
        for size in range(len(worths) + 1)
        for way in combinations(sorted(worths), size)
        if all(one[1] <= after[0] for one, after in pairwise(way))
    )
    assert total(each.span for each in decided) == pytest.approx(max(map(total, every)))
    assert len(ask.asked) == len(set(ask.asked)) <= len(worths)
    for each in decided:
        np.testing.assert_array_equal(each.answer.probability, ask.of(each.span).probability)


@given(worths=SPANS, seed=st.integers(0, 1000), looks=st.sets(st.integers(0, 17)))
@settings(max_examples=150, deadline=None)
def test_what_is_decided_early_is_what_all_moments_at_once_give(worths, seed, looks) -> None:
    moments = sorted({moment for span in worths for moment in span})
    whole = _ways(worths).decide(moments[-1:], Answers(seed))
    longest = max(stop - start for start, stop in worths)
    ways, ask = Ways(), Answers(seed)
    early = []
    for number, moment in enumerate(moments):
        _add(ways, worths, moment)
        if moment in looks and number + 1 < len(moments):
            ends = [each for each in ways.moments if each >= moments[number + 1] - longest]
            early += ways.decide({*ends, moment}, ask)
    early += ways.decide(moments[-1:], ask)
    assert [each.span for each in early] == [each.span for each in whole]
    assert len(ask.asked) == len(set(ask.asked))


def test_who_is_sure_is_asked_about_what_is_told_alone() -> None:
    worths = {(0, 10): 3.0, (0, 25): 2.0, (12, 25): 2.5, (5, 20): 1.0, (26, 40): 2.0}
    asked: list[Span] = []

    def ask(spans):
        asked.extend(spans)
        return _sure(spans)

    decided = _ways(worths).decide([40], ask)
    assert [each.span for each in decided] == asked == [(0, 10), (12, 25), (26, 40)]


def test_of_equal_ways_that_through_what_is_like_something_is_taken() -> None:
    worths = {(0, 20): 4.0, (0, 10): 1.5, (10, 20): 1.5}

    def ask(spans):
        return [Answer(probability=np.array([1.0, 0.0]), novelty=2.0 * (span == (0, 20))) for span in spans]

    assert [each.span for each in _ways(worths).decide([20], ask)] == [(0, 10), (10, 20)]
    worths[0, 20] = 7.0  # 3.9 are taken off
    assert [each.span for each in _ways(worths).decide([20], ask)] == [(0, 20)]


def test_a_way_that_may_yet_be_left_is_not_decided() -> None:
    worths = {(0, 10): 3.0, (10, 20): 2.0, (12, 25): 4.0}
    ways, ask = _ways(worths, until=20), Answers(0)
    assert [each.span for each in ways.decide([12, 20], _sure)] == [(0, 10)]
    assert ways.moments == [10, 12, 20]
    _add(ways, worths, 25)
    assert [each.span for each in ways.decide([25], _sure)] == [(12, 25)]
    assert ways.moments == [25] and ways.decide([25], ask) == [] and ask.asked == []


@given(inside=st.floats(-5, 20), seconds=st.floats(0.1, 6))
@settings(max_examples=50, deadline=None)
def test_what_a_span_is_worth(inside, seconds) -> None:
    found = worth(inside=inside, seconds=seconds, lengths=LENGTHS)
    if LENGTHS.shortest <= seconds <= LENGTHS.longest:
        z = np.log(seconds / LENGTHS.usual) / LENGTHS.spread
        assert found == pytest.approx(3.0 * inside - z**2 / 2 - 2.0)
    else:
        assert found == -np.inf

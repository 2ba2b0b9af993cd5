"""When movements may begin and end, against a literal search, and told as log odds come in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import LENGTHS, RATE, rising_and_falling

from dancekit.prediction.moments import LOW, Moment, Moments

SHORTEST, LONGEST = round(LENGTHS.shortest * RATE), round(LENGTHS.longest * RATE)


def _moments(odds: np.ndarray) -> list[Moment]:
    return Moments(lengths=LENGTHS, rate=RATE).follow(odds, ended=True)


def _frames(odds: np.ndarray) -> tuple[list[int], list[int], list[int]]:
    """Those at which a movement may only begin, may do both, and may only end."""
    found = _moments(odds)
    return (
        [each.frame for each in found if not each.ends],
        [each.frame for each in found if each.begins and each.ends],
        [each.frame for each in found if not each.begins],
    )


def test_hysteresis() -> None:
    odds = np.full(200, -3.0)
    odds[20:60] = 1.0
    odds[80:120] = (LOW + 0.0) / 2  # above the lower threshold, not above the higher
    odds[150:190] = -0.3
    odds[170] = 0.1
    assert _frames(odds) == ([20, 150], [], [60, 190])


def test_a_stretch_is_cut_at_its_lull_away_from_its_ends() -> None:
    odds = 3.0 + 0.01 * np.abs(np.arange(300.0) - 100)
    assert _frames(odds[:200]) == ([0], [100], [200])
    assert _frames(odds[100:130]) == ([0], [], [30])  # two movements don't fit
    assert _frames(odds[90:200]) == ([0], [], [110])  # the lull is too near to the start


def test_where_activity_stays_the_same_any_moment_is_as_good_as_another() -> None:
    _, cuts, _ = _frames(np.full(200, 6.0))
    assert cuts[0] == SHORTEST and set(np.diff(cuts)) == {13} and cuts[-1] <= 200 - SHORTEST


def test_where_there_is_no_lull_a_movement_may_end_once_it_is_as_long_as_any() -> None:
    odds = 3.0 + 1e-3 * np.arange(290.0)
    _, cuts, _ = _frames(odds)
    assert cuts == [LONGEST, 2 * LONGEST]


def test_a_stretch_that_hesitates_for_long_begins_when_it_must() -> None:
    odds = np.full(400, -0.3)
    odds[300] = 1.0
    begins, _, ends = _frames(odds)
    assert begins == [300 - LONGEST] and ends == [400]


def test_a_long_rest_divides_groups_and_a_hold_does_not() -> None:
    hold, rest = round(0.7 * RATE), round(0.9 * RATE)  # the longest hold is 0.8 seconds
    active = np.full(40, 2.0)
    odds = np.concatenate([active, np.full(hold, -3.0), active, np.full(rest, -3.0), active])
    assert [each.group for each in _moments(odds) if not each.ends] == [0, 0, 1]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_lulls_against_a_literal_search(seed) -> None:
    odds = rising_and_falling(seed, 600)
    begins, cuts, ends = _frames(odds)
    padded = np.pad(odds, 9, mode="edge")
    weight = np.exp(-0.5 * (np.arange(-9, 10) / 3) ** 2)
    smooth = np.array([(padded[at : at + 19] * weight).sum() / weight.sum() for at in range(600)])
    literal = []
    for start, stop in zip(begins, ends, strict=True):
        last = None
        for at in range(start + SHORTEST, stop - SHORTEST + 1):
            around = smooth[max(start, at - 12) : min(at + 13, stop)]
            lull = smooth[at] <= around.min() + 1e-12 and (last is None or at - last > 12)
            if lull or at - (start if last is None else last) >= LONGEST:
                literal.append(at)
                last = at
    assert cuts == literal


@given(seed=st.integers(0, 10_000), steps=st.lists(st.integers(0, 40), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_they_are_the_same_in_any_portions_and_none_comes_before_what_is_settled(seed, steps) -> None:
    odds = rising_and_falling(seed, max(1, sum(steps)))
    moments = Moments(lengths=LENGTHS, rate=RATE)
    found: list[Moment] = []
    at = 0
    for step in [*steps, 1]:
        settled, alone = moments.settled, moments.alone
        new = moments.follow(odds[at : at + step], ended=at + step >= len(odds))
        at += step
        assert all(each.frame >= settled for each in new)
        if alone and found:
            assert all(each.group > found[-1].group for each in new)
        found += new
        if at >= len(odds):
            break
    assert found == _moments(odds)
    assert found == sorted(found, key=lambda each: each.frame)
    assert len({each.frame for each in found}) == len(found)


def test_nothing_is_remembered_for_long() -> None:
    moments = Moments(lengths=LENGTHS, rate=RATE)
    for odds in (np.full(20_000, 3.0), np.full(20_000, -3.0), np.full(20_000, -0.3)):
        moments.follow(odds)
        assert len(moments._smooth) <= LONGEST + 30
        assert len(moments._raw) <= 18


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_hardly_any_frames(frames) -> None:
    found = _moments(np.full(frames, 2.0))
    assert [each.frame for each in found] == ([0, frames] if frames else [])

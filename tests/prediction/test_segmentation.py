"""Start and end of movements, with a classifier whose answers are known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import BOTH, LEFT, LENGTHS, RATE, RIGHT, dancer, segmenter

from dancekit.prediction.segmentation import Lengths, cuts, even, grouped, stays, stretches, trimmed
from dancekit.prediction.timeline import UNKNOWN
from dancekit.prediction.windows import Track


def _told(track: Track, **options: object) -> list[tuple[str, float, float]]:
    found = segmenter(**options).segments(track)
    return [(each.movement, each.start_seconds, each.end_seconds) for each in found]


def _close(told: list[tuple[str, float, float]], *wanted: tuple[str, float, float]) -> None:
    assert [name for name, _, _ in told] == [name for name, _, _ in wanted]
    for (_, start, end), (_, first, last) in zip(told, wanted, strict=True):
        assert start == pytest.approx(first, abs=0.35) and end == pytest.approx(last, abs=0.35)


def test_movements_between_rests_are_found_where_they_are() -> None:
    track = dancer((None, 1.5), (LEFT, 2), (None, 1.5), (RIGHT, 1.5), (None, 1.5), (BOTH, 2), (None, 1))
    _close(_told(track), ("left", 1.5, 3.5), ("right", 5, 6.5), ("both", 8, 10))


def test_a_hold_inside_a_movement_does_not_end_it_but_a_longer_rest_does() -> None:
    _close(_told(dancer((None, 1), (LEFT, 0.8), (None, 0.5), (LEFT, 0.8), (None, 1))), ("left", 1, 3.1))
    apart = dancer((None, 1), (LEFT, 1.5), (None, 1.6), (LEFT, 1.5), (None, 1))
    _close(_told(apart), ("left", 1, 2.5), ("left", 4.1, 5.6))


def test_movements_without_a_rest_between_are_cut_where_the_class_changes() -> None:
    track = dancer((None, 1), (LEFT, 3), (RIGHT, 3), (None, 1))
    _close(_told(track), ("left", 1, 4), ("right", 4, 7))


def test_a_movement_that_goes_on_and_on_is_one() -> None:
    track = dancer((None, 1), (LEFT, 20), (None, 1))
    _close(_told(track), ("left", 1, 21))


def test_nothing_is_told_of_what_is_too_short() -> None:
    assert _told(dancer((None, 2), (LEFT, 0.15), (None, 2))) == []


def test_who_moves_while_no_class_fits_does_something_unknown() -> None:
    track = dancer((None, 1), (LEFT, 2), (None, 1))
    found = segmenter(threshold=0.999).segments(track)
    assert [each.movement for each in found] == [UNKNOWN]
    assert found[0].confidence == pytest.approx(np.exp(4) / (np.exp(4) + 2), abs=1e-3)
    assert not found[0].known


def test_one_frame_and_nobody_are_no_movement() -> None:
    assert _told(dancer((None, 1 / RATE))) == []
    away = dancer((LEFT, 3)).part(0, 60)
    assert _told(Track(**{**vars(away), "present": np.zeros(60, bool)})) == []


def test_no_movement_goes_on_while_the_person_is_away() -> None:
    track = dancer((None, 0.5), (LEFT, 5), (None, 0.5))
    present = track.present.copy()
    present[80:100] = False
    found = segmenter().segments(Track(**{**vars(track), "present": present}))
    assert len(found) == 2
    assert found[0].end_frame <= 80 and found[1].start_frame >= 100


@given(
    moves=st.lists(
        st.tuples(st.sampled_from([None, LEFT, RIGHT, BOTH]), st.sampled_from([0.2, 0.7, 1.4, 2.5])),
        min_size=1,
        max_size=6,
    ),
    away=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), max_size=2),
    delay=st.sampled_from([13, 60]),
)
@settings(max_examples=25, deadline=None)
def test_segments_keep_to_time_to_each_other_and_to_who_is_there(moves, away, delay) -> None:
    track = dancer(*moves)
    present = track.present.copy()
    for start, frames in away:
        present[start : start + frames] = False
    track = Track(**{**vars(track), "present": present})
    found = segmenter().segments(track)
    for each in found:
        assert 0 <= each.start_frame < each.end_frame <= len(track)
        assert present[each.start_frame : each.end_frame].all()
        assert each.end_seconds - each.start_seconds >= LENGTHS.shortest - 1 / RATE
        assert 0 <= each.confidence <= 1
    for one, next_one in pairwise(found):
        assert one.end_frame <= next_one.start_frame

    def later(values: np.ndarray) -> np.ndarray:
        return np.pad(values, [(delay, 0)] + [(0, 0)] * (values.ndim - 1))

    shifted = Track(
        keypoints=later(track.keypoints),
        score=later(track.score),
        present=later(track.present),
        frame_rate=RATE,
    )
    assert segmenter().segments(shifted) == tuple(each.later(delay, RATE) for each in found)


@given(st.lists(st.booleans(), max_size=30))
@settings(max_examples=50, deadline=None)
def test_stays_are_the_stretches_in_which_somebody_is_there(flags) -> None:
    found = stays(np.array(flags, bool))
    back = [False] * len(flags)
    for start, stop in found:
        back[start:stop] = [True] * (stop - start)
    assert back == flags
    assert all(one[1] < following[0] for one, following in pairwise(found))


def test_a_stretch_is_cut_at_its_lulls_and_where_it_is_longer_than_any_movement() -> None:
    odds = 3.0 + 0.01 * np.abs(np.arange(300) - 100)
    assert cuts(odds, (0, 200), 20, 150, RATE) == [100]
    steady = cuts(np.full(300, 3.0), (0, 200), 20, 150, RATE)  # any moment is as good as another
    assert steady[0] == 20 and set(np.diff(steady)) == {13} and steady[-1] <= 180
    assert cuts(odds, (0, 30), 20, 150, RATE) == []  # two movements don't fit
    flat = cuts(np.full(300, 3.0) + 1e-3 * np.arange(300), (10, 290), 20, 100, RATE)
    assert all(after - one <= 100 for one, after in pairwise([10, *flat, 290]))


def test_ends_that_are_in_doubt_are_taken_off() -> None:
    odds = np.concatenate([np.full(10, 0.5), np.full(60, 4.0), np.full(40, 0.5)])
    assert trimmed((0, 90), odds, 20) == (10, 70)
    assert trimmed((0, 110), odds, 20) == (10, 110)  # in doubt for more than a third: who knows
    assert trimmed((0, 90), odds, 70) == (0, 90)  # nothing becomes shorter than a movement may be
    weak = np.concatenate([np.zeros(10), np.full(60, 0.4)])
    assert trimmed((0, 70), weak, 20) == (10, 70)  # a weak movement is measured by itself


def test_small_steps() -> None:
    assert grouped([(0, 5), (8, 9), (20, 30)], 3) == [[(0, 5), (8, 9)], [(20, 30)]]
    assert even((10, 110), 40) == [10, 43, 77] and even((0, 9), 30) == [0]
    values = np.array([0, 1, 3, 1, 0, 1, 1, 0], float)
    assert stretches(values, 0.5, 2) == [(1, 4)] and stretches(values, 0.5, 1) == [(1, 4), (5, 7)]


@pytest.mark.parametrize("lengths", [(0, 1, 2), (2, 1, 3), (1, 3, 2)])
def test_lengths_are_in_order(lengths) -> None:
    with pytest.raises(ValueError, match="rising order"):
        Lengths(**dict(zip(("shortest", "usual", "longest"), lengths, strict=True)))
    with pytest.raises(ValueError, match="spread"):
        Lengths(shortest=1, usual=1, longest=1, spread=0)

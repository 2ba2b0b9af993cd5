"""Start and end of movements, with a classifier whose answers are known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import BOTH, LEFT, LENGTHS, RATE, RIGHT, dancer, segmenter

from dancekit.prediction.segmentation import (
    Lengths,
    changes,
    even,
    grouped,
    joined,
    pieces_between,
    put_together,
    stays,
)
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


@given(data=st.data(), count=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_pieces_are_put_together_in_the_best_of_all_ways(data, count) -> None:
    """Against trying every way: each piece alone is left out, or pieces in a row are one movement."""
    gaps = data.draw(st.lists(st.integers(0, 20), min_size=count, max_size=count))
    sizes = data.draw(st.lists(st.integers(5, 60), min_size=count, max_size=count))
    pieces, at = [], 0
    for gap, size in zip(gaps, sizes, strict=True):
        pieces.append((at + gap, at + gap + size))
        at += gap + size
    seed = data.draw(st.integers(0, 1000))

    def ask(spans):
        rows = [np.random.default_rng((seed, *span)).random(3) + 1e-3 for span in spans]
        return np.array([row / row.sum() for row in rows]).reshape(-1, 3)

    def value(ways) -> float:
        total = 0.0
        for start, stop, inside in ways:
            moving = sum(b - a for a, b in inside) / RATE
            if start is None:
                total -= 1.5 * moving
                continue
            seconds = (stop - start) / RATE
            surprise = (np.log(seconds / LENGTHS.usual) / LENGTHS.spread) ** 2 / 2
            if not LENGTHS.shortest <= seconds <= LENGTHS.longest:
                return -np.inf
            total += np.log(ask([(start, stop)]).max()) - surprise - (seconds - moving)
        return total

    def every_way(first: int):
        if first == count:
            yield []
            return
        for rest in every_way(first + 1):
            yield [(None, None, pieces[first : first + 1]), *rest]
        for last in range(first, count):
            for rest in every_way(last + 1):
                yield [(pieces[first][0], pieces[last][1], pieces[first : last + 1]), *rest]

    chosen = put_together(pieces, ask, LENGTHS, RATE)
    mine = []
    for (start, stop), fits in chosen:
        inside = [each for each in pieces if start <= each[0] and each[1] <= stop]
        mine.append((start, stop, inside) if fits else (None, None, inside))
    assert sum(len(inside) for _, _, inside in mine) == count
    assert value(mine) == pytest.approx(max(map(value, every_way(0))))


def test_small_steps() -> None:
    assert grouped([(0, 5), (8, 9), (20, 30)], 3) == [[(0, 5), (8, 9)], [(20, 30)]]
    assert pieces_between((0, 100), [10, 50, 95], 20) == [(0, 50), (50, 100)]
    assert changes(np.array([0.0, 10.0, 20.0]), np.array([1, 1, 2])) == [15]
    assert changes(np.array([]), np.array([], int)) == []
    assert even((10, 110), 30) == [(10, 43), (43, 77), (77, 110)] and even((0, 9), 30) == [(0, 9)]
    ways = [((0, 5), False), ((6, 9), False), ((9, 20), True), ((20, 22), False)]
    assert joined(ways) == [((0, 9), False), ((9, 20), True), ((20, 22), False)]


@pytest.mark.parametrize("lengths", [(0, 1, 2), (2, 1, 3), (1, 3, 2)])
def test_lengths_are_in_order(lengths) -> None:
    with pytest.raises(ValueError, match="rising order"):
        Lengths(**dict(zip(("shortest", "usual", "longest"), lengths, strict=True)))
    with pytest.raises(ValueError, match="spread"):
        Lengths(shortest=1, usual=1, longest=1, spread=0)

"""Start and end of movements, with a classifier whose answers are known."""

from dataclasses import replace
from itertools import cycle, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import BOTH, LEFT, LENGTHS, RATE, RIGHT, Swinging, dancer, rising_and_falling, segmenter

from dancekit.prediction.segmentation import Lengths, Segmentation, Segmenter, stays, trimmed
from dancekit.prediction.timeline import UNKNOWN
from dancekit.prediction.windows import Answer, Track


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


def test_ends_that_are_in_doubt_are_taken_off() -> None:
    odds = np.concatenate([np.full(10, 0.5), np.full(60, 4.0), np.full(40, 0.5)])
    assert trimmed((0, 90), odds, 20) == (10, 70)
    assert trimmed((0, 110), odds, 20) == (10, 110)  # in doubt for more than a third: who knows
    assert trimmed((0, 90), odds, 70) == (0, 90)  # nothing becomes shorter than a movement may be
    weak = np.concatenate([np.zeros(10), np.full(60, 0.4)])
    assert trimmed((0, 70), weak, 20) == (10, 70)  # a weak movement is measured by itself


def _numbered(frames: int) -> Track:
    """Somebody of whom each frame shows its number."""
    return Track(
        keypoints=np.arange(2.0 * frames, dtype=np.float32).reshape(frames, 1, 2) // 2,
        score=np.ones((frames, 1), np.float32),
        present=np.ones(frames, bool),
        frame_rate=RATE,
    )


class Recalling:
    """A scorer that says something else of every span, by the frames that it is shown."""

    classifier = Swinging()

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def answers(self, track: Track, spans: np.ndarray) -> list[Answer]:
        found = []
        for start, stop in np.asarray(spans):
            first, last = (int(track.keypoints[at, 0, 0]) for at in (start, stop - 1))
            row = np.random.default_rng((self._seed, first, last)).random(3) ** 3 + 1e-3
            found.append(Answer(probability=row / row.sum(), novelty=2 * row[0]))
        return found


@given(
    seed=st.integers(0, 10_000),
    frames=st.integers(1, 1500),
    steps=st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_what_is_told_as_activity_comes_in_is_what_all_of_it_gives(seed, frames, steps) -> None:
    odds = rising_and_falling(seed, frames)
    track = _numbered(frames)
    finds = Segmenter(scorer=Recalling(seed), lengths=LENGTHS, threshold=0.5)
    whole = Segmentation(segmenter=finds, rate=RATE)
    whole.follow(odds, ended=True)
    streamed = Segmentation(segmenter=finds, rate=RATE)
    told, at = [], 0
    for step in cycle(steps):
        needed, stop = streamed.needed, min(frames, at + step)
        streamed.follow(odds[at:stop], ended=stop == frames)
        told += streamed.tell(track.part(needed, stop), needed)
        assert streamed.frames == stop and stop - streamed.needed <= streamed.most_frames
        at = stop
        if at == frames:
            break
    assert told == whole.tell(track, 0)


def test_of_somebody_who_never_rests_what_is_remembered_stays_bounded() -> None:
    frames = round(8 * LENGTHS.longest * RATE)
    lengths = replace(LENGTHS, shortest=3.8, usual=3.9)
    finds = Segmenter(scorer=Recalling(1), lengths=lengths, threshold=0)
    segmentation = Segmentation(segmenter=finds, rate=RATE)
    track = _numbered(frames)
    told = []
    for at in range(0, frames, 10):
        needed = segmentation.needed
        segmentation.follow(np.full(10, 6.0), ended=at + 10 == frames)
        told += segmentation.tell(track.part(needed, at + 10), needed)
        assert at + 10 - segmentation.needed <= segmentation.most_frames
    assert sum(each.end_frame - each.start_frame for each in told) > 0.95 * frames


@pytest.mark.parametrize("lengths", [(0, 1, 2), (2, 1, 3), (1, 3, 2)])
def test_lengths_are_in_order(lengths) -> None:
    with pytest.raises(ValueError, match="rising order"):
        Lengths(**dict(zip(("shortest", "usual", "longest"), lengths, strict=True)))
    with pytest.raises(ValueError, match="spread"):
        Lengths(shortest=1, usual=1, longest=1, spread=0)

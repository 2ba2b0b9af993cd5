"""Movements told as frames come in: the same as of the whole recording, in bounded memory and time."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import BOTH, LEFT, LENGTHS, RATE, RIGHT, TRAINING, Swinging, dancer, segmenter

from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import FLICKER
from dancekit.prediction.segmentation import Segmenter
from dancekit.prediction.stream import PersonStream
from dancekit.prediction.timeline import Segment
from dancekit.prediction.windows import Scorer, Track


def _streamed(
    track: Track, finds: Segmenter | None = None, **options: object
) -> tuple[list[Segment], list[int], PersonStream]:
    """What is told, the frame at which each is, and the stream."""
    stream = PersonStream(segmenter=finds or segmenter(), frame_rate=RATE, **options)
    told: list[Segment] = []
    when: list[int] = []
    for frame in range(len(track)):
        here = track.present[frame]
        found = stream.push(track.keypoints[frame], track.score[frame]) if here else stream.miss()
        told += found
        when += [frame + 1] * len(found)
        assert stream.remembered <= stream.most_frames
    rest = stream.close()
    return told + rest, when + [len(track)] * len(rest), stream


@given(
    moves=st.lists(
        st.tuples(st.sampled_from([LEFT, RIGHT, BOTH]), st.sampled_from([0.8, 1.5, 2.2])),
        min_size=1,
        max_size=4,
    ),
    rests=st.lists(st.sampled_from([0.5, 1.6, 4.0]), min_size=4, max_size=4),
)
@settings(max_examples=12, deadline=None)
def test_a_stream_tells_what_the_whole_recording_gives(moves, rests) -> None:
    parts = [(None, 1.0)]
    for move, rest in zip(moves, rests, strict=False):
        parts += [move, (None, rest)]
    track = dancer(*parts)
    told, _, _ = _streamed(track)
    assert tuple(told) == segmenter().segments(track)


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_model_of_windows_that_look_beyond_a_movement_tells_the_same(seconds) -> None:
    training = replace(TRAINING, frames=round(seconds * RATE), frame_rate=RATE)
    finds = segmenter(scorer=Scorer(classifier=Swinging(training), calibration=Calibration()))
    track = dancer((None, 2), (LEFT, 1.5), (None, 1), (RIGHT, 2.5), (BOTH, 2), (None, 3))
    told, _, stream = _streamed(track, finds)
    assert tuple(told) == finds.segments(track) and told
    assert stream.latency > LENGTHS.pause + seconds / 2


def test_movements_are_told_within_the_latency_that_is_stated() -> None:
    track = dancer((None, 1), (LEFT, 2), (None, 3), (RIGHT, 2), (None, 3))
    told, when, stream = _streamed(track)
    assert [each.movement for each in told] == ["left", "right"]
    for each, frame in zip(told, when, strict=True):
        assert 0 <= frame / RATE - each.end_seconds <= stream.latency + 1e-6
    assert stream.latency < 2


def test_memory_stays_bounded_for_one_who_rests_and_for_one_who_never_stops() -> None:
    _, _, quiet = _streamed(dancer((None, 30)))
    assert quiet.remembered < 4 * RATE
    told, _, busy = _streamed(dancer((LEFT, 25)))
    assert busy.most_frames < 40 * RATE
    assert told and {each.movement for each in told} == {"left"}
    assert told[0].start_frame < 10 and told[-1].end_frame > 25 * RATE - 10
    assert all(one.end_frame <= after.start_frame for one, after in pairwise(told))


def test_who_leaves_is_told_at_once_and_who_returns_is_counted_on() -> None:
    track = dancer((None, 1), (LEFT, 3), (None, 1), (LEFT, 2), (None, 1))
    present = track.present.copy()
    present[100:160] = False
    track = Track(**{**vars(track), "present": present})
    told, when, _ = _streamed(track)
    assert tuple(told) == segmenter().segments(track)
    assert told[0].end_frame <= 100 and when[0] <= 100 + FLICKER * RATE + 1
    assert told[1].start_frame >= 160


def test_a_gap_too_short_to_be_an_absence_is_filled() -> None:
    track = dancer((None, 1), (LEFT, 3), (None, 2))
    present = track.present.copy()
    present[70:74] = False
    told, _, _ = _streamed(Track(**{**vars(track), "present": present}))
    assert [each.movement for each in told] == ["left"]
    assert told[0].start_frame < 70 and told[0].end_frame > 74


def test_a_person_who_comes_later_is_told_in_the_frames_of_the_recording() -> None:
    track = dancer((None, 1), (LEFT, 2), (None, 2))
    early, _, _ = _streamed(track)
    late, _, _ = _streamed(track, first=500)
    assert late == [each.later(500, RATE) for each in early]


def test_nobody_is_nothing() -> None:
    stream = PersonStream(segmenter=segmenter(), frame_rate=RATE)
    assert [stream.miss() for _ in range(50)] == [[]] * 50
    assert stream.close() == [] and stream.remembered == 0

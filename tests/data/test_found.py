"""From what is found in each frame to a clip: who counts, and frames of variable rate."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.found import Found, at_rate, clip_of, follow_found, usual_rate
from dancekit.data.persons import Persons
from dancekit.errors import DataError

SHAPE = np.random.default_rng(1).uniform((0, 0), (30, 90), (17, 2))


def person(x: float) -> np.ndarray:
    return np.column_stack([SHAPE + np.array((x, 100)), np.ones(17)])


def frame(*places: float) -> np.ndarray:
    return np.stack([person(x) for x in places]) if places else np.zeros((0, 17, 3))


def found(times: np.ndarray, frames: list[np.ndarray], *, frame_rate: float | None = 30.0) -> Iterator[Found]:
    pairs = zip(times.tolist(), frames, strict=True)
    return follow_found(pairs, frame_rate=frame_rate, image_size=(640, 480))


def test_one_person_at_a_constant_rate() -> None:
    times = np.arange(12) / 30
    clip = clip_of(found(times, [frame(time * 60) for time in times]), name="dance", persons=5)
    assert clip.keypoints.shape == (1, 12, 17, 2) and clip.present.all()
    assert (clip.frame_rate, clip.image_size, clip.label, clip.name) == (30.0, (640, 480), -1, "dance")
    np.testing.assert_allclose(clip.keypoints[0, :, 3, 0], SHAPE[3, 0] + times * 60, rtol=1e-5)


def test_rounded_times_are_regular() -> None:
    times = np.round(np.arange(200) / 29.97, 3)
    assert usual_rate(times) == pytest.approx(29.97, abs=0.002)
    clip = clip_of(found(times, [frame(0)] * 200), name="dance", persons=5)
    assert clip.frames == 200


def test_missing_frames_lie_on_a_line_and_long_gaps_stay_open() -> None:
    """At 30 a second two are missing after the fifth, and ten after the twelfth."""
    moments = np.concatenate([np.arange(5), np.arange(7, 14), np.arange(24, 40)])
    times = moments / 30
    clip = clip_of(found(times, [frame(3 * each) for each in moments]), name="dance", persons=5)
    assert clip.frames == 40 and clip.frame_rate == pytest.approx(30, abs=0.01)
    inside = np.arange(14, 24)
    assert not clip.present[0, inside].any() and np.delete(clip.present[0], inside).all()
    expected = SHAPE[3, 0] + 3.0 * np.delete(np.arange(40), inside)
    np.testing.assert_allclose(np.delete(clip.keypoints[0, :, 3, 0], inside), expected, atol=0.05)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.6, 3.0), min_size=4, max_size=12), st.integers(0, 2**20))
def test_between_frames_as_it_is_written(steps: list[float], seed: int) -> None:
    """Each joint by itself, in a loop."""
    random = np.random.default_rng(seed)
    times = np.cumsum([0.0, *steps]) / 10
    score = (random.random((2, len(times), 3)) > 0.3) * 0.5
    points = random.normal(size=(2, len(times), 3, 2)) * (score > 0)[..., None]
    kept = Persons(keypoints=points, score=score, present=(score > 0).any(axis=2))
    made = at_rate(kept, times, 10.0, name="dance")
    for number in range(made.keypoints.shape[1]):
        wanted = number / 10
        after = min(max(int(np.searchsorted(times, wanted)), 1), len(times) - 1)
        before = after - 1
        share = min((wanted - times[before]) / (times[after] - times[before]), 1.0)
        near = before if share < 0.5 else after
        for who in range(2):
            for joint in range(3):
                ends = score[who, before, joint], score[who, after, joint]
                if min(ends) > 0 and (times[after] - times[before]) * 10 <= 3.5:
                    expected = (1 - share) * points[who, before, joint] + share * points[who, after, joint]
                elif abs(times[near] - wanted) * 10 <= 0.5 + 1e-6:
                    expected = points[who, near, joint]
                else:
                    expected = np.zeros(2)
                np.testing.assert_allclose(made.keypoints[who, number, joint], expected, atol=1e-9)


def test_nobody_is_one_person_who_is_never_there() -> None:
    clip = clip_of(found(np.arange(6) / 30, [frame()] * 6), name="stage", persons=5)
    assert clip.keypoints.shape == (1, 6, 17, 2) and not clip.present.any() and not clip.score.any()


def test_an_image_counts_everyone() -> None:
    clip = clip_of(found(np.zeros(1), [frame(0, 300)], frame_rate=None), name="photo", persons=5)
    assert clip.keypoints.shape == (2, 1, 17, 2) and clip.frame_rate is None


def test_who_is_seen_in_two_frames_only_is_left_out() -> None:
    frames = [frame(0)] * 5 + [frame(0, 300)] * 2 + [frame(0)] * 5
    assert len(clip_of(found(np.arange(12) / 30, frames), name="dance", persons=5).keypoints) == 1


def test_twelve_persons_and_a_warning_for_fewer() -> None:
    frames = [frame(*(300.0 * np.arange(12)))] * 6
    clip = clip_of(found(np.arange(6) / 30, frames), name="stage", persons=20)
    assert clip.present.shape == (12, 6) and clip.present.all()
    with pytest.warns(UserWarning, match="of 12 people, those 2"):
        assert len(clip_of(found(np.arange(6) / 30, frames), name="stage", persons=2).keypoints) == 2


def test_clocks_that_make_no_sense_and_no_frame() -> None:
    times = np.array([0, 1 / 30, 2 / 30, 900.0])
    with pytest.raises(DataError, match="4 frames are spread over 900 seconds"):
        clip_of(found(times, [frame(0)] * 4), name="dance", persons=1)
    with pytest.raises(DataError, match="no frame"):
        clip_of(iter(()), name="dance", persons=1)


def test_frames_come_while_others_wait() -> None:
    """Four frames later, not at the end: a camera never ends."""
    asked = 0

    def endless() -> Iterator[tuple[float, np.ndarray]]:
        nonlocal asked
        while True:
            yield asked / 30, frame(0)
            asked += 1

    first = [next(each) for each in [follow_found(endless(), frame_rate=30)] for _ in range(3)]
    assert [each.identity.tolist() for each in first] == [[0]] * 3 and asked < 10

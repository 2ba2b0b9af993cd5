"""Following people: crossing, leaving, coming back, and crowds."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.data.persons import strongest_persons
from dancekit.data.tracking import GATE, MOST_DETECTIONS, follow

SHAPE = np.random.default_rng(1).uniform((0, 0), (0.3, 0.9), (18, 2))
DIAGONAL = float(np.linalg.norm(np.ptp(SHAPE, axis=0)))


def person(x: float, y: float = 0.0, *, score: float = 1.0, size: float = 1.0) -> np.ndarray:
    return np.column_stack([SHAPE * size + (x, y), np.full(18, score)])


def frame(*people: np.ndarray) -> np.ndarray:
    return np.stack(people) if people else np.zeros((0, 18, 3))


def followed(frames: Sequence[np.ndarray], *, patience: int = 5, gate: float = GATE) -> list[list[int]]:
    return [each.tolist() for each in follow(frames, patience=patience, gate=gate)]


def test_the_order_in_a_frame_does_not_matter() -> None:
    frames = [frame(person(0), person(2)), frame(person(2.05), person(0.05)), frame(person(0.1), person(2.1))]
    assert followed(frames) == [[0, 1], [1, 0], [0, 1]]


def test_people_who_cross_keep_their_motion() -> None:
    """They pass through each other; without their motion each would take the nearer place, the other's."""
    steps = np.arange(21)
    left, right = -1 + 0.1 * steps, 1.02 - 0.1 * steps
    frames = [frame(person(a), person(b)) for a, b in zip(left, right, strict=True)]
    assert followed(frames) == [[0, 1]] * 21
    nearer = [abs(left[10] - right[11]), abs(left[10] - left[11])]
    assert nearer[0] < nearer[1]  # so the crossing is a test at all


def test_the_sum_of_distances_decides_not_the_nearest_first() -> None:
    """In body sizes: 0.2 + 0.25 is less than 0.1 + 0.39, which taking the nearest pair first would give."""
    before = frame(person(0), person(0.3 * DIAGONAL))
    after = frame(person(0.2 * DIAGONAL), person(0.3 * DIAGONAL, 0.25 * DIAGONAL))
    assert followed([before, after]) == [[0, 1], [0, 1]]


@pytest.mark.parametrize(("distance", "identity"), [(0.95 * GATE, 0), (1.05 * GATE, 1)])
@pytest.mark.parametrize("size", [1.0, 500.0])
def test_the_gate_is_in_body_sizes(distance: float, identity: int, size: float) -> None:
    moved = person(distance * DIAGONAL * size, size=size)
    assert followed([frame(person(0, size=size)), frame(moved)]) == [[0], [identity]]


def test_who_is_away_too_long_is_new() -> None:
    gone = [frame()] * 3
    assert followed([frame(person(0)), *gone, frame(person(0))], patience=4)[-1] == [0]
    assert followed([frame(person(0)), *gone, frame(person(0))], patience=3)[-1] == [1]


def test_an_unseen_person_keeps_moving_for_a_while() -> None:
    """0.3 body sizes a frame: five frames later only who was expected to move on is within the gate."""
    step = 0.3 * DIAGONAL
    frames = [frame(person(step * number)) for number in range(10)]
    frames[5:9] = [frame()] * 4
    assert [each for each in followed(frames, patience=9) if each] == [[0]] * 6


def test_half_hidden_is_the_same_person() -> None:
    upper = person(0.02)
    upper[9:] = 0
    assert followed([frame(person(0)), frame(upper), frame(person(0.04))]) == [[0]] * 3


def test_two_joints_in_common_are_too_few() -> None:
    few = person(0)
    few[2:] = 0
    assert followed([frame(person(0)), frame(few)]) == [[0], [1]]


def test_nobody_at_all() -> None:
    assert followed([frame(), frame()]) == [[], []]
    assert followed([frame(np.zeros((18, 3))), frame(np.zeros((18, 3)))]) == [[0], [1]]


def test_of_a_crowd_the_strongest_are_followed_in_time() -> None:
    crowd = [person(3.0 * place, score=0.5 + 0.001 * place) for place in range(MOST_DETECTIONS + 50)]
    start = time.perf_counter()
    identities = followed([frame(*crowd)] * 5)
    assert time.perf_counter() - start < 5
    assert identities[0] == [-1] * 50 + list(range(MOST_DETECTIONS)) and identities[4] == identities[0]


DETECTIONS = st.integers(0, 3).flatmap(
    lambda people: arrays.arrays(
        np.float64, (people, 4, 3), elements=st.sampled_from([0.0, 0.1, 0.5, 1.0, -2.0, 1e38])
    ).map(lambda each: np.abs(each) * (1, 1, 0.1))
)


@settings(max_examples=200, deadline=None)
@given(st.lists(DETECTIONS, min_size=1, max_size=6))
def test_nobody_is_twice_in_a_frame(frames: list[np.ndarray]) -> None:
    identities = follow(frames, patience=2)
    assert [len(each) for each in identities] == [len(each) for each in frames]
    assert all(len(set(each.tolist())) == len(each) for each in identities)
    numbers = np.concatenate(identities).tolist()
    assert list(dict.fromkeys(sorted(numbers))) == list(range(len(set(numbers))))


def test_the_strongest_persons() -> None:
    """Person 4 has the highest score in all although 9 has a higher one in the only frame it is in."""
    frames = [frame(person(0, score=0.5), person(1, score=0.9)), frame(), frame(person(0.1, score=0.5))]
    kept = strongest_persons(frames, [np.array([4, 9]), np.array([], dtype=int), np.array([4])], 2)
    assert kept.present.tolist() == [[True, False, True], [True, False, False]]
    np.testing.assert_array_equal(kept.keypoints[0, 2], frames[2][0, :, :2])
    np.testing.assert_array_equal(kept.score[1, 0], 0.9)
    assert not kept.keypoints[:, 1].any() and not kept.score[~kept.present].any()
    assert strongest_persons(
        frames, [np.array([4, 9]), np.array([], dtype=int), np.array([4])], 1
    ).present.shape == (1, 3)


def test_nobodys_detections_are_left_out() -> None:
    kept = strongest_persons([frame(person(0), person(1, score=0.1))], [np.array([-1, 0])], 2)
    assert kept.present.tolist() == [[True]] and kept.score.max() == pytest.approx(0.1)
    empty = strongest_persons([frame(), frame()], [np.array([], dtype=int)] * 2, 2)
    assert empty.keypoints.shape == (1, 2, 18, 2) and not empty.present.any()

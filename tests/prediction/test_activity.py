"""Whether somebody is in a movement: by motion, and by how far they are from the posture of rest."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import LAYOUT, LEFT, RATE, RIGHT, dancer

from dancekit.prediction.activity import SUREST, Activity, distance
from dancekit.prediction.motion import MEMORY, REACH, Motion, motion, top
from dancekit.prediction.windows import Track


def _held(seconds: float, lift: float = 0.0) -> np.ndarray:
    """Somebody who holds both arms `lift` body sizes above where they rest."""
    keypoints = dancer((None, seconds)).keypoints.copy()
    for joint in ("left_wrist", "left_elbow", "right_wrist", "right_elbow"):
        keypoints[:, LAYOUT.index(joint), 1] -= lift * 85
    return keypoints


def _track(*parts: np.ndarray) -> Track:
    keypoints = np.concatenate(parts)
    return Track(
        keypoints=keypoints,
        score=np.ones(keypoints.shape[:2], np.float32),
        present=np.ones(len(keypoints), bool),
        frame_rate=RATE,
    )


def _odds(track: Track) -> np.ndarray:
    return Activity(RATE).follow(motion(track), 0, len(track))


def test_who_moves_is_active_and_who_stands_is_not() -> None:
    odds = _odds(dancer((None, 2), (LEFT, 2), (None, 2)))
    assert (odds[:45] < -1).all() and (odds[70:110] > 1).all() and (odds[135:] < -1).all()
    assert np.abs(odds).max() <= SUREST


def test_a_hold_away_from_rest_is_active_once_rest_is_known() -> None:
    held = _odds(_track(_held(6), _held(3, 1.0), _held(3)))
    assert (held[200:250] > 1).all()  # nothing moves
    assert (held[290:] < -1).all()
    at_once = _odds(_track(_held(1), _held(2, 1.0), _held(1)))
    assert (at_once[45:75] < 0).all()  # who was seen for a second may rest in any posture


def test_a_posture_that_is_held_once_does_not_become_that_of_rest() -> None:
    odds = _odds(_track(_held(6), _held(4, 1.0), _held(2), _held(3, 1.0)))
    assert (odds[-60:] > 1).all()


@given(cuts=st.lists(st.integers(1, 400), max_size=6))
@settings(max_examples=25, deadline=None)
def test_frames_that_come_in_parts_give_the_same(cuts) -> None:
    track = dancer((None, 5), (LEFT, 2), (None, 3), (RIGHT, 2), (None, 2))
    seen = motion(track)
    whole = Activity(RATE).follow(seen, 0, len(track))
    activity, edges = Activity(RATE), sorted({0, *cuts, len(track)})
    parts = [activity.follow(seen, *pair) for pair in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@given(seed=st.integers(0, 1000), at=st.integers(0, 290), rate=st.sampled_from([10.0, 25.0, 29.97, 60.0]))
@settings(max_examples=40, deadline=None)
def test_what_is_farther_away_than_is_stated_has_no_say(seed, at, rate) -> None:
    random = np.random.default_rng(seed)
    track = Track(
        keypoints=random.normal(size=(300, 6, 2)).astype(np.float32),
        score=(random.random((300, 6)) > 0.2).astype(np.float32),
        present=np.ones(300, bool),
        frame_rate=rate,
    )
    before, after = round(MEMORY * rate) + 3, round(REACH * rate) + 3
    start, stop = max(0, at - before), min(300, at + after)
    whole, part = motion(track), motion(track.part(start, stop))
    for name in ("energy", "noise", "posture", "known"):
        np.testing.assert_allclose(
            getattr(part, name)[at - start], getattr(whole, name)[at], atol=1e-9, err_msg=name
        )


def test_activity_is_what_its_formula_says() -> None:
    shape = (1, LAYOUT.num_joints)
    one = Motion(
        energy=np.array([0.5]),
        noise=np.array([0.2]),
        posture=np.zeros((*shape, 2)),
        known=np.ones(shape, bool),
    )
    wanted = 5.65 * np.log(np.sqrt((0.5 / (0.31 + 0.6 * 0.2)) ** 2 + (0.23 / 0.35) ** 2))
    assert Activity(RATE).follow(one, 0, 1) == pytest.approx([wanted])


def test_the_farthest_quarter_of_the_known_joints_counts() -> None:
    values = np.array([[5.0, 1, 4, 2, 3, 9, 0, 0]])
    known = np.array([[True] * 8])
    assert top(values, known) == pytest.approx([7])
    known[0, 5] = False  # seven are known: a quarter is two
    assert top(values, known) == pytest.approx([4.5])
    assert top(values, np.zeros_like(known)) == pytest.approx([0])
    posture = np.zeros((4, 2))
    other = np.array([[3.0, 4], [0, 1], [0, 0], [9, 9]])
    assert distance(posture, np.ones(4, bool), other, np.array([True, True, True, False])) == pytest.approx(5)


def test_neither_distance_nor_place_matters_and_who_is_not_seen_does_not_move() -> None:
    track = dancer((None, 1), (LEFT, 2), (None, 1))
    near = Track(**{**vars(track), "keypoints": 3 * track.keypoints + 50})
    one, other = motion(track), motion(near)
    np.testing.assert_allclose(one.energy, other.energy, atol=1e-3)
    np.testing.assert_allclose(one.posture, other.posture, atol=1e-3)
    gone = Track(**{**vars(track), "score": np.zeros_like(track.score)})
    assert not motion(gone).energy.any() and not motion(gone).known.any()

"""Trunk frame and joint angles: what changes nothing, and what angles are."""

from __future__ import annotations

import numpy as np
import pytest
from dancekit_coach.angles import ANGLES, PLACES, angle_between, directions, joint_angles, wrapped
from dancekit_coach.body import JOINTS, Array, trunk_frame
from dancekit_coach.motion import prepared
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import LAYOUT, MOVEMENTS, as_clip, dance, mirror_image, turned

from dancekit.skeleton.layout import Layout


def named(points: Array) -> Array:
    """Joints of `body.JOINTS` in double precision, from those of h36m17."""
    return points[:, [LAYOUT.index(name) for name in JOINTS]]


def same(first: Array, second: Array) -> float:
    """The largest difference; what is NaN in one must be in the other."""
    assert (np.isnan(first) == np.isnan(second)).all()
    return float(np.nan_to_num(np.abs(wrapped(first - second))).max())


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_view_scale_and_place_change_nothing(movement: str) -> None:
    points = named(dance(movement))
    moved = turned(points, 137.0) * 0.37 + [3.0, 0.5, -2.0]
    assert same(joint_angles(points), joint_angles(moved)) < 1e-6
    assert np.abs(directions(points) - directions(moved)).max() < 1e-9


@settings(max_examples=10, deadline=None)
@given(body=st.integers(1, 10_000), movement=st.sampled_from(("waist", "raise", "spread_both")))
def test_proportions_change_nothing(body: int, movement: str) -> None:
    """Arms of another dancer who does the same. Legs reach the ground as their lengths let them, and a collar
    bone that goes up on one side alone tilts the line of the shoulders, so both are left out."""
    ours, theirs = (joint_angles(named(dance(movement, body=each))) for each in (0, body))
    upper = [place for place, angle in enumerate(ANGLES) if angle.part == "arm"]
    assert same(ours[:, upper], theirs[:, upper]) < 1e-6


def test_angles_are_those_that_were_put_in() -> None:
    angles = joint_angles(named(dance("raise")))
    held = angles[75]  # at the top
    for side in ("left", "right"):
        assert held[PLACES[f"{side}_elbow_flexion"]] == pytest.approx(20, abs=1e-6)
        assert held[PLACES[f"{side}_shoulder_plane"]] == pytest.approx(15, abs=6)
    assert angles[0, PLACES["left_elbow_flexion"]] == pytest.approx(15, abs=1e-6)
    assert abs(held[PLACES["trunk_twist"]]) < 1e-6


def test_angles_of_a_body_drawn_by_hand() -> None:
    """Left arm forward and level, elbow bent up by 90 degrees; right arm hanging, left thigh level."""
    at = {
        "left_shoulder": (0.2, 1.5, 0.0), "left_elbow": (0.2, 1.5, 0.3), "left_wrist": (0.2, 1.8, 0.3),
        "right_shoulder": (-0.2, 1.5, 0.0), "right_elbow": (-0.2, 1.2, 0.0), "right_wrist": (-0.2, 0.9, 0.0),
        "left_hip": (0.1, 1.0, 0.0), "left_knee": (0.1, 1.0, 0.4), "left_ankle": (0.1, 0.6, 0.4),
        "right_hip": (-0.1, 1.0, 0.0), "right_knee": (-0.1, 0.6, 0.0), "right_ankle": (-0.1, 0.2, 0.0),
        "pelvis": (0.0, 1.0, 0.0), "head": (0.0, 1.7, 0.2),
    }  # fmt: skip
    points = np.array([[at[name] for name in JOINTS]])
    assert trunk_frame(points)[0] == pytest.approx(np.eye(3))
    expected = {
        "left_elbow_flexion": 90, "left_shoulder_elevation": 90, "left_shoulder_plane": 90,
        "right_elbow_flexion": 0, "right_shoulder_elevation": 0, "left_knee_flexion": 90,
        "left_hip_elevation": 90, "left_hip_plane": 90, "right_knee_flexion": 0, "right_hip_elevation": 0,
        "trunk_inclination_forward": 0, "trunk_inclination_left": 0, "trunk_twist": 0, "head_tilt": 45,
    }  # fmt: skip
    found = joint_angles(points)[0]
    for name, degrees in expected.items():
        assert found[PLACES[name]] == pytest.approx(degrees, abs=1e-9), name
    assert np.isnan(found[PLACES["right_shoulder_plane"]])  # a hanging arm has no plane


def test_a_lean_is_signed_and_needs_to_know_what_is_up() -> None:
    points = named(dance("raise"))[:1]
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    nod = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])  # what is up goes forward
    for matrix, degrees in ((nod, 20), (nod.T, -20)):
        lean = joint_angles(points @ matrix)[0, PLACES["trunk_inclination_forward"]]
        assert lean == pytest.approx(degrees, abs=1e-6)
    unknown = joint_angles(points, vertical=False)[0]
    assert np.isnan(unknown[PLACES["trunk_inclination_forward"]])
    assert not np.isnan(unknown[PLACES["left_elbow_flexion"]])


@settings(max_examples=50, deadline=None)
@given(degrees=st.floats(1e-7, 180 - 1e-7), size=st.floats(1e-3, 1e3))
def test_small_and_large_angles_keep_their_accuracy(degrees: float, size: float) -> None:
    turn = np.radians(degrees)
    first = np.array([1.0, 0.0, 0.0]) * size
    second = np.array([np.cos(turn), np.sin(turn), 0.0])
    assert float(angle_between(first, second)) == pytest.approx(degrees, rel=1e-9)
    assert float(angle_between(first[:2], second[:2])) == pytest.approx(degrees, rel=1e-9)


def test_a_mirror_image_exchanges_left_and_right() -> None:
    ours, mirrored = (joint_angles(named(each)) for each in (dance("wave"), mirror_image(dance("wave"))))
    for place, angle in enumerate(ANGLES):
        other = PLACES[angle.name.replace("left_", "*").replace("right_", "left_").replace("*", "right_")]
        if angle.side:
            assert same(ours[:, [place]], mirrored[:, [other]]) < 1e-6, angle.name


@pytest.mark.parametrize(
    "name", ["coco17", "openpose18", "body25", "mediapipe33", "bandai21", "kinect20", "ntu25"]
)
def test_any_layout_with_the_joints_gives_the_same_angles(name: str) -> None:
    target = Layout.named(name)
    points = dance("raise")
    there = [joint for joint in target.joints if joint in LAYOUT.joints and joint != "neck"]
    keypoints = np.full((len(points), target.num_joints, 3), np.nan)
    for joint in there:
        keypoints[:, target.index(joint)] = points[:, LAYOUT.index(joint)]
    ours = joint_angles(prepared(as_clip(points), LAYOUT, rate=30.0).points)
    theirs = joint_angles(prepared(as_clip(keypoints), target, rate=30.0).points)
    limbs = [place for place, angle in enumerate(ANGLES) if angle.part in ("arm", "leg")]
    assert same(ours[:, limbs], theirs[:, limbs]) < 1e-3

"""What the data set is made of: curves, bodies, steps, cameras, occlusion and the errors of detection."""

from __future__ import annotations

import math

import numpy as np
import pytest
from dancekit_sources.dance_six import IMAGE_SIZE, Cameras, Scene, project
from dancekit_sources.dance_six.anatomy import JOINTS, PARENTS, Bodies, Poses, place_joints, rotation
from dancekit_sources.dance_six.curves import correlated_noise, minimum_jerk, pulse, wander
from dancekit_sources.dance_six.detector import Detector
from dancekit_sources.dance_six.generator import make_scenes
from dancekit_sources.dance_six.gestures import CLASSES
from dancekit_sources.dance_six.occlusion import CAPSULES, CLEARANCE, hidden
from hypothesis import given
from hypothesis import strategies as st

from dancekit.skeleton.layout import Layout

AT = {name: index for index, name in enumerate(JOINTS)}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return next(make_scenes("train", 120, seed=11))


def of_label(scene: Scene, label: str) -> np.ndarray:
    return np.flatnonzero(scene.labels == CLASSES.index(label))


def angle(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    cosine = (one * other).sum(-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)
    return np.degrees(np.arccos(cosine.clip(-1, 1)))


# Curves


@given(st.floats(0, 1))
def test_minimum_jerk_is_symmetric_and_stays_between_its_ends(x: float) -> None:
    up, down = minimum_jerk(np.array([x, 1 - x]))
    assert -1e-12 <= up <= 1 + 1e-12
    assert up + down == pytest.approx(1)


def test_minimum_jerk_rests_at_both_ends() -> None:
    x = np.linspace(0, 1, 2001)
    speed = np.gradient(minimum_jerk(x), x)
    assert abs(speed[0]) < 1e-2 and abs(speed[-1]) < 1e-2
    assert speed.max() == pytest.approx(1.875, abs=1e-3)  # 15/8, halfway


def test_a_pulse_goes_up_stays_and_comes_back() -> None:
    time = np.array([0.0, 1.0, 1.5, 2.0, 3.0, 3.5, 4.0])
    values = pulse(time, start=np.array(1.0), rise=1.0, stop=np.array(3.0), fall=1.0)
    np.testing.assert_allclose(values, [0, 0, 0.5, 1, 1, 0.5, 0], atol=1e-12)


def test_noises_have_unit_variance_and_the_asked_correlation() -> None:
    rng = np.random.default_rng(0)
    noise = correlated_noise(rng, (400, 200), correlation=0.8)
    assert noise.var() == pytest.approx(1, abs=0.05)
    assert (noise[:, 1:] * noise[:, :-1]).mean() == pytest.approx(0.8, abs=0.04)
    unrest = wander(rng, np.arange(300) / 30, (500, 2), slowest=0.5, fastest=2.0)
    assert unrest.shape == (500, 300, 2)
    assert unrest.var() == pytest.approx(1, abs=0.1)


# Bodies


@given(*[st.floats(-3, 3)] * 3)
def test_rotations_are_the_product_of_three_turns(yaw: float, pitch: float, roll: float) -> None:
    def about(axis: int, by: float) -> np.ndarray:
        matrix = np.eye(3)
        i, j = [(1, 2), (2, 0), (0, 1)][axis]
        matrix[[i, j], [i, j]] = math.cos(by)
        matrix[i, j], matrix[j, i] = -math.sin(by), math.sin(by)
        return matrix

    expected = about(1, yaw) @ about(0, pitch) @ about(2, roll)
    np.testing.assert_allclose(rotation(np.array([yaw, pitch, roll])), expected, atol=1e-12)


def one_pose(**arm: float) -> np.ndarray:
    """Joints (22, 3) of somebody who faces +z and holds the left arm as told, in degrees."""
    bodies = Bodies.draw(np.random.default_rng(1), 1)
    arms = np.zeros((1, 1, 2, 4))
    arms[0, 0, 0] = np.radians([arm.get(n, 0.0) for n in ("elevation", "plane", "twist", "flexion")])
    ankles = np.array([[[[0.1, 0.0, 0.0], [-0.1, 0.0, 0.0]]]])
    still = np.zeros((1, 1, 3))
    pelvis = np.array([[[0.0, 0.75, 0.0]]])
    poses = Poses(pelvis=pelvis, turn=still, chest=still, head=still, arms=arms, ankles=ankles)
    return place_joints(bodies, poses)[0, 0]


@pytest.mark.parametrize(
    ("arm", "upper", "lower"),
    [
        ({}, (0, -1, 0), (0, -1, 0)),
        ({"elevation": 90}, (1, 0, 0), (1, 0, 0)),
        ({"elevation": 90, "plane": 90}, (0, 0, 1), (0, 0, 1)),
        ({"elevation": 180}, (0, 1, 0), (0, 1, 0)),
        ({"elevation": 90, "flexion": 90}, (1, 0, 0), (0, 1, 0)),
        ({"elevation": 90, "flexion": 90, "twist": 90}, (1, 0, 0), (0, 0, 1)),
        ({"flexion": 90, "twist": 90}, (0, -1, 0), (0, 0, 1)),
        ({"flexion": 90, "twist": 180}, (0, -1, 0), (-1, 0, 0)),
    ],
)
def test_the_left_arm_points_where_its_angles_say(
    arm: dict[str, float], upper: tuple[float, ...], lower: tuple[float, ...]
) -> None:
    joints = one_pose(**arm)
    shoulder, elbow, wrist = (joints[AT[f"left_{joint}"]] for joint in ("shoulder", "elbow", "wrist"))
    np.testing.assert_allclose((elbow - shoulder) / np.linalg.norm(elbow - shoulder), upper, atol=1e-9)
    np.testing.assert_allclose((wrist - elbow) / np.linalg.norm(wrist - elbow), lower, atol=1e-9)


def test_left_is_the_mirror_of_right_and_the_face_looks_ahead() -> None:
    joints = one_pose()
    for name in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist", "eye", "ear"):
        left, right = joints[AT[f"left_{name}"]], joints[AT[f"right_{name}"]]
        np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-9)
        assert left[0] > 0
    assert joints[AT["nose"], 2] > joints[AT["left_eye"], 2] > joints[AT["left_ear"], 2]


def test_bones_keep_their_lengths_and_sides_are_alike(scene: Scene) -> None:
    for joint, parent in PARENTS.items():
        if parent:
            length = np.linalg.norm(scene.joints[:, :, AT[joint]] - scene.joints[:, :, AT[parent]], axis=-1)
            np.testing.assert_allclose(length, length[:, :1].repeat(length.shape[1], 1), rtol=1e-9)
    for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist"):
        sides = [
            np.linalg.norm(scene.joints[:, 0, AT[name]] - scene.joints[:, 0, AT[PARENTS[name]]], axis=-1)
            for name in (f"left_{joint}", f"right_{joint}")
        ]
        np.testing.assert_allclose(*sides, rtol=1e-9)


# Movements


def test_knees_and_elbows_bend_only_the_way_they_can(scene: Scene) -> None:
    at = {name: scene.joints[:, :, index] for name, index in AT.items()}
    left = at["left_hip"] - at["right_hip"]
    for side in ("left", "right"):
        thigh = at[f"{side}_knee"] - at[f"{side}_hip"]
        shank = at[f"{side}_ankle"] - at[f"{side}_knee"]
        assert angle(thigh, shank).max() < 120
        assert (np.cross(thigh, shank) * left).sum(
            -1
        ).min() > -1e-9  # the shank goes back, about the left axis
        upper = at[f"{side}_elbow"] - at[f"{side}_shoulder"]
        lower = at[f"{side}_wrist"] - at[f"{side}_elbow"]
        assert angle(upper, lower).min() > 1.9
        assert angle(upper, lower).max() < 146


def test_a_foot_is_always_on_the_ground_and_none_below(scene: Scene) -> None:
    heights = scene.joints[:, :, [AT["left_ankle"], AT["right_ankle"]], 1]
    assert heights.min() > 0.02
    assert heights.min(axis=2).max() < 0.16
    assert heights.max() < 0.4


def test_each_movement_is_really_performed(scene: Scene) -> None:
    at = {name: scene.joints[:, :, index] for name, index in AT.items()}
    recorded = np.arange(scene.joints.shape[1]) < scene.frames[:, None]  # (N, T)
    down = np.array([0.0, -1.0, 0.0])
    elevation = np.stack(
        [angle(at[f"{side}_elbow"] - at[f"{side}_shoulder"], down) for side in ("left", "right")], axis=-1
    )
    peak = np.where(recorded[..., None], elevation, 0).max(axis=1)  # (N, 2) degrees
    assert (peak[of_label(scene, "raising_high")].max(axis=1) > 70).all()
    assert (peak[of_label(scene, "spreading_both_arms")].min(axis=1) > 48).all()
    assert (peak[of_label(scene, "spreading_one_arm")].max(axis=1) > 50).all()
    assert (peak[of_label(scene, "waving")].max(axis=1) > 45).all()
    assert (peak[of_label(scene, "walking")].max(axis=1) < 75).all()

    for i in of_label(scene, "hands_on_waist"):
        for side in ("left", "right"):
            bend = angle(
                at[f"{side}_elbow"][i] - at[f"{side}_shoulder"][i],
                at[f"{side}_wrist"][i] - at[f"{side}_elbow"][i],
            )
            assert bend[recorded[i]].max() > 55


def test_a_waving_hand_goes_back_and_forth(scene: Scene) -> None:
    def turns(i: int) -> int:
        """How often the faster wrist turns back by a good way, as it is seen from the chest."""
        best = 0
        for side in ("left", "right"):
            wrist = scene.joints[i, : scene.frames[i], AT[f"{side}_wrist"]]
            path = wrist - scene.joints[i, : scene.frames[i], AT[f"{side}_shoulder"]]
            second_half = path[len(path) // 3 :]
            main = np.linalg.svd(second_half - second_half.mean(0), full_matrices=False)[2][0]
            along = (second_half - second_half.mean(0)) @ main
            best = max(best, int((np.diff(np.sign(along)) != 0).sum()))
        return best

    waves = np.mean([turns(i) for i in of_label(scene, "waving")])
    raises = np.mean([turns(i) for i in of_label(scene, "raising_high")])
    assert waves > raises + 1


def test_walkers_step_and_most_get_somewhere(scene: Scene) -> None:
    ankles = scene.joints[:, :, [AT["left_ankle"], AT["right_ankle"]], 1]
    walkers = of_label(scene, "walking")
    went = [np.linalg.norm(scene.joints[i, scene.frames[i] - 1, 0] - scene.joints[i, 0, 0]) for i in walkers]
    assert np.median(went) > 0.8
    assert all(ankles[i, : scene.frames[i]].max() - ankles[i].min() > 0.04 for i in walkers)


def test_keypoints_follow_the_layout(scene: Scene) -> None:
    openpose, human = Layout.named("openpose18"), Layout.named("h36m17")
    points = scene.keypoints_3d(openpose)
    np.testing.assert_array_equal(points[:, :, openpose.index("neck")], scene.joints[:, :, AT["thorax"]])
    np.testing.assert_array_equal(
        points[:, :, openpose.index("left_knee")], scene.joints[:, :, AT["left_knee"]]
    )
    np.testing.assert_array_equal(scene.keypoints_3d(human), scene.joints[:, :, :17])


# Cameras


def literal_pinhole(point: np.ndarray, cameras: Cameras, i: int) -> tuple[float, float]:
    """One point at a time: stand at the camera, turn by yaw, pitch and roll, divide by depth."""
    yaw, pitch, roll = cameras.yaw[i], cameras.pitch[i], cameras.roll[i]
    x, y, z = point - cameras.target[i]
    x, z = math.cos(yaw) * x - math.sin(yaw) * z, math.sin(yaw) * x + math.cos(yaw) * z
    y, z = math.cos(pitch) * y - math.sin(pitch) * z, math.sin(pitch) * y + math.cos(pitch) * z
    right, down, depth = x, -y, cameras.distance[i] - z
    right, down = (
        math.cos(roll) * right + math.sin(roll) * down,
        math.cos(roll) * down - math.sin(roll) * right,
    )
    return (
        IMAGE_SIZE[0] / 2 + cameras.focal[i] * right / depth,
        IMAGE_SIZE[1] / 2 + cameras.focal[i] * down / depth,
    )


def test_projection_is_that_of_a_literal_pinhole(scene: Scene) -> None:
    pixels, _ = project(scene.joints, scene.cameras)
    for i, t, v in [(0, 0, 0), (3, 40, 12), (17, 44, 4), (80, 10, 21), (119, 30, 9)]:
        expected = literal_pinhole(scene.joints[i, t, v], scene.cameras, i)
        np.testing.assert_allclose(pixels[i, t, v], expected, rtol=1e-9)


def test_a_camera_in_front_sees_the_left_hand_at_the_right_and_the_head_at_the_top() -> None:
    one = np.ones(1)
    cameras = Cameras(
        target=np.array([[0.0, 1.0, 0.0]]),
        yaw=0 * one,
        pitch=0 * one,
        roll=0 * one,
        distance=4 * one,
        focal=800 * one,
    )
    np.testing.assert_allclose(cameras.positions(), [[0, 1, 4]], atol=1e-12)
    points = np.array([[[[0.0, 1.0, 0.0], [0.5, 1.0, 0.0], [0.0, 1.5, 0.0]]]])
    pixels, depth = project(points, cameras)
    np.testing.assert_allclose(pixels[0, 0], [[640, 360], [740, 360], [640, 260]], atol=1e-9)
    np.testing.assert_allclose(depth[0, 0], 4)


# Occlusion and detection


def seen_from(yaw: float) -> dict[str, float]:
    joints = one_pose(elevation=20)[None, None]  # (1, 1, 22, 3)
    cameras = Cameras(
        target=np.array([[0.0, 1.0, 0.0]]),
        yaw=np.array([math.radians(yaw)]),
        pitch=np.zeros(1),
        roll=np.zeros(1),
        distance=np.array([5.0]),
        focal=np.array([1000.0]),
    )
    pixels, depth = project(joints, cameras)
    return dict(zip(JOINTS, hidden(pixels, depth, cameras.focal, JOINTS)[0, 0].tolist(), strict=True))


def test_bodies_hide_what_is_behind_them() -> None:
    front, from_left, back = seen_from(0), seen_from(90), seen_from(180)
    assert max(front[name] for name in ("nose", "left_wrist", "right_wrist", "left_knee")) == 0
    assert from_left["left_shoulder"] == 0 and from_left["right_shoulder"] > 0.9
    assert from_left["right_hip"] > 0.9
    assert back["nose"] > 0.9 and back["left_wrist"] == 0


def test_occlusion_is_that_of_a_literal_loop(scene: Scene) -> None:
    pixels, depth = project(scene.joints, scene.cameras)
    fast = hidden(pixels, depth, scene.cameras.focal, JOINTS)
    for i, t in [(0, 0), (7, 20), (31, 44), (64, 3)]:
        for v in range(len(JOINTS)):
            most = 0.0
            for begin, end, radius in CAPSULES:
                a, b = AT[begin], AT[end]
                # The nearest of many points along the bone, instead of the foot of a perpendicular.
                shares = np.linspace(0, 1, 4001)[:, None]
                line = pixels[i, t, a] + shares * (pixels[i, t, b] - pixels[i, t, a])
                apart = np.linalg.norm(line - pixels[i, t, v], axis=-1)
                nearest = int(apart.argmin())
                bone_depth = depth[i, t, a] + shares[nearest, 0] * (depth[i, t, b] - depth[i, t, a])
                width = radius * scene.cameras.focal[i] / bone_depth
                inside = min(max(1.25 - apart[nearest] / width, 0), 0.5) * 2
                behind = min(max((depth[i, t, v] - bone_depth - CLEARANCE) / 0.04, 0), 1)
                most = max(most, inside * behind)
            assert fast[i, t, v] == pytest.approx(most, abs=0.02)


def detect(scene: Scene, **quality: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    layout = Layout.named("openpose18")
    pixels, depth = project(scene.joints, scene.cameras)
    cover = hidden(
        pixels, depth, scene.cameras.focal, tuple("thorax" if j == "neck" else j for j in layout.joints)
    )
    metre = scene.cameras.focal[:, None] / depth[:, :, 0]
    truth = scene.keypoints_2d(layout)
    detector = Detector(joints=layout.joints, **quality)
    keypoints, score = detector.detect(np.random.default_rng(5), truth, cover, metre)
    return truth, cover, keypoints, score


def test_a_perfect_detector_sees_the_truth(scene: Scene) -> None:
    truth, _, keypoints, score = detect(scene, error=0.0, unreliability=1e-9, swaps=0.0)
    seen = score > 0
    assert seen.mean() > 0.95
    np.testing.assert_allclose(keypoints[seen], truth[seen], atol=1e-2)


def test_errors_grow_where_joints_are_hidden_and_confidence_falls(scene: Scene) -> None:
    truth, cover, keypoints, score = detect(scene, swaps=0.0)
    error = np.linalg.norm(keypoints - truth, axis=-1)
    clear, covered = (cover == 0) & (score > 0), (cover > 0.9) & (score > 0)
    assert error[covered].mean() > 1.8 * error[clear].mean()
    assert score[covered].mean() < score[clear].mean() - 0.3
    assert (score[cover > 0.9] == 0).mean() > 3 * (score[cover == 0] == 0).mean()


def test_errors_last_over_frames(scene: Scene) -> None:
    truth, _, keypoints, score = detect(scene, swaps=0.0)
    error = (keypoints - truth)[..., 0]
    both = (score[:, 1:] > 0) & (score[:, :-1] > 0)
    assert np.corrcoef(error[:, 1:][both], error[:, :-1][both])[0, 1] > 0.5


def test_swapped_sides_are_exact_exchanges(scene: Scene) -> None:
    joints = Layout.named("openpose18").joints
    truth, _, keypoints, score = detect(scene, error=0.0, unreliability=1e-9, swaps=1.0)
    left, right = joints.index("left_ankle"), joints.index("right_ankle")
    both = (score[:, :, left] > 0) & (score[:, :, right] > 0)
    moved = np.abs(keypoints[:, :, left] - truth[:, :, left]).max(-1) > 1
    swapped = both & moved
    assert 0.01 < swapped.mean() < 0.12
    np.testing.assert_allclose(keypoints[:, :, left][swapped], truth[:, :, right][swapped], atol=1e-2)
    np.testing.assert_allclose(keypoints[:, :, right][swapped], truth[:, :, left][swapped], atol=1e-2)

"""A camera against one that is placed by hand, and what must hold for every one."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.camera import Camera
from dancekit_preprocessing.normalise import ScaleToBody
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import RecipeError
from dancekit.testing import example_batch
from dancekit.testing.examples import clips_of, with_absent_frames, with_missing_as


def _fixed(yaw, elevation, roll, distance, **arguments):
    return Camera(
        yaw=(yaw, yaw),
        elevation=(elevation, elevation),
        roll=(roll, roll),
        distance=(distance, distance),
        **arguments,
    )


def _looked_at(points, yaw, elevation, roll, distance):
    """Points (K, 3) in the frame of a camera, from where it stands and its three axes in the room."""
    yaw, elevation, roll = map(math.radians, (yaw, elevation, roll))
    target = points.mean(0)
    towards = np.array(
        [math.sin(yaw) * math.cos(elevation), math.sin(elevation), math.cos(yaw) * math.cos(elevation)]
    )
    place = target + distance * towards
    right = np.cross([0, 1, 0], towards)
    right /= np.linalg.norm(right)
    up = np.cross(towards, right)
    # The picture turns counter-clockwise by the roll.
    right, up = math.cos(roll) * right - math.sin(roll) * up, math.sin(roll) * right + math.cos(roll) * up
    return np.stack([[axis @ (point - place) for axis in (right, up, towards)] for point in points])


@pytest.mark.parametrize(
    ("yaw", "elevation", "roll", "distance"),
    [(0, 0, 0, 20), (90, 0, 0, 20), (37, 20, 0, 15), (-120, -30, 4, 30), (300, 45, -90, 12)],
)
def test_against_a_camera_placed_by_hand(yaw, elevation, roll, distance):
    batch = example_batch(coordinates=3, layout="h36m17")
    result = _fixed(yaw, elevation, roll, distance)(batch)
    for clip in range(len(batch)):
        seen = batch.seen[clip]
        expected = _looked_at(batch.keypoints[clip][seen].double().numpy(), yaw, elevation, roll, distance)
        np.testing.assert_allclose(result.keypoints[clip][seen].numpy(), expected, rtol=1e-4, atol=1e-4)


def test_the_four_sides_of_a_dancer():
    """Who faces +z has the left side at +x; the camera sees it to the right, nearer, to the left, farther."""
    batch = example_batch(clips=1, persons=1, coordinates=3, complete=True, layout="h36m17")
    left, right = batch.layout.index("left_hip"), batch.layout.index("right_hip")
    points = batch.keypoints.clone()
    points[..., left, :], points[..., right, :] = torch.tensor([0.1, 1, 0]), torch.tensor([-0.1, 1, 0])
    batch = batch.with_keypoints(points)

    def line(yaw):
        seen = _fixed(yaw, 0, 0, 5)(batch).keypoints[0, 0, 0]
        return (seen[left] - seen[right]).tolist()

    for yaw, expected in [(0, (0.2, 0, 0)), (90, (0, 0, 0.2)), (180, (-0.2, 0, 0)), (270, (0, 0, -0.2))]:
        assert line(yaw) == pytest.approx(expected, abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    offset=st.floats(0, 0.3),
    view=st.floats(40, 150),
    nearest=st.floats(0.2, 3),
    size=st.floats(0.1, 50),
    training=st.booleans(),
)
def test_what_holds_for_every_camera(seed, offset, view, nearest, size, training):
    batch = example_batch(coordinates=3, seed=seed, frames=8, training=training)
    batch = batch.with_keypoints(batch.keypoints * size + 30)
    camera = Camera(offset=offset, view=view, nearest=nearest, seed=seed)
    result = camera(batch)
    assert result.keypoints.isfinite().all() and torch.equal(result.score, batch.score)
    assert torch.equal(result.present, batch.present) and not result.keypoints[~batch.seen].any()
    slack = 1e-4 * (size + 30)
    for clip in range(len(batch)):
        seen = batch.seen[clip]
        old, new = batch.keypoints[clip][seen], result.keypoints[clip][seen]
        if not len(old):
            continue
        apart = (torch.cdist(each.double(), each.double()) for each in (new, old))
        torch.testing.assert_close(*apart, rtol=1e-3, atol=slack)
        turn = torch.linalg.lstsq(old - old.mean(0), new - new.mean(0)).solution
        assert torch.linalg.det(turn).item() == pytest.approx(1, abs=1e-2)  # and no mirror
        depth = -new[:, 2]
        assert depth.min() >= nearest - slack
        reach = new[:, :2].abs().amax(1)
        assert (reach <= math.tan(math.radians(view / 2)) * depth + slack).all()
        middle = new.mean(0)
        assert (middle[:2].abs() <= offset * -middle[2] + slack).all()
        drawn = camera.distance[0] - slack <= -middle[2] <= camera.distance[1] + slack
        # Else it has stepped back no further than it had to.
        touching = (depth.min() - nearest).abs() < slack or offset > 0
        full = (math.tan(math.radians(view / 2)) * depth - reach).min().abs() < slack
        assert drawn or touching or full


def test_nothing_of_what_is_missing_or_absent_counts():
    batch = example_batch(coordinates=3)
    camera = Camera(offset=0.1)
    torch.testing.assert_close(camera(with_missing_as(batch, 1e3)).keypoints, camera(batch).keypoints)
    longer = camera(with_absent_frames(batch, 9)).keypoints
    torch.testing.assert_close(longer[:, :, :-9], camera(batch).keypoints)
    batch.score[2] = 0
    assert not camera(batch.with_keypoints(batch.keypoints)).keypoints[2].any()


def test_outside_training_a_clip_has_one_camera():
    batch = example_batch(coordinates=3, clips=6)
    whole = Camera()(batch).keypoints
    for start, stop in [(0, 2), (3, 6), (5, 6)]:
        torch.testing.assert_close(Camera()(clips_of(batch, start, stop)).keypoints, whole[start:stop])
    backwards = Camera()(replace(batch, **{
        name: getattr(batch, name).flip(0) for name in ("keypoints", "score", "present", "index")
    }))  # fmt: skip
    torch.testing.assert_close(backwards.keypoints.flip(0), whole)
    assert not torch.allclose(Camera(seed=1)(batch).keypoints, whole)
    assert not torch.allclose(whole[0], whole[1])
    training = [Camera()(example_batch(coordinates=3, training=True, seed=0)).keypoints for _ in range(2)]
    assert torch.equal(*training)


def _yaws(camera, *, training):
    """Where cameras stand, in degrees from 0 to 360, for dancers that are a line along z."""
    batch = example_batch(clips=2000, persons=1, frames=1, coordinates=3, complete=True, training=training)
    line = torch.zeros_like(batch.keypoints)
    line[..., 0, 2] = 1
    seen = camera(batch.with_keypoints(line)).keypoints[:, 0, 0]
    towards = seen[:, 0] - seen[:, 1]
    return torch.rad2deg(torch.atan2(-towards[:, 0], towards[:, 2])) % 360


@pytest.mark.parametrize(
    ("yaw", "unseen", "train", "test"),
    [
        ((0, 360), None, [(0, 360)], [(0, 360)]),
        ((-45, 45), None, [(0, 45), (315, 360)], [(0, 45), (315, 360)]),
        ((0, 360), (60, 120), [(0, 60), (120, 360)], [(60, 120)]),
        ((0, 360), (330, 30), [(30, 330)], [(0, 30), (330, 360)]),
        ((0, 360), (-30, 30), [(30, 330)], [(0, 30), (330, 360)]),
        ((-180, 180), (690, 750), [(30, 330)], [(0, 30), (330, 360)]),
        ((0, 90), (80, 100), [(0, 80)], [(80, 100)]),
        ((90, 90), (0, 45), [(89.9, 90.1)], [(0, 45)]),
    ],
)  # fmt: skip
def test_yaws_that_training_never_has(yaw, unseen, train, test):
    camera = Camera(yaw=yaw, unseen=unseen, elevation=(0, 0), roll=(0, 0))
    for training, ranges in ((True, train), (False, test)):
        found = _yaws(camera, training=training)
        whole = sum(high - low for low, high in ranges)
        within = torch.zeros(len(found), dtype=torch.bool)
        for low, high in ranges:
            here = (found >= low - 0.01) & (found <= high + 0.01)
            assert here.float().mean().item() == pytest.approx((high - low) / whole, abs=0.06)
            within |= here
        assert within.all()


def test_other_ranges_are_filled_evenly():
    batch = example_batch(clips=3000, persons=1, frames=1, coordinates=3, complete=True, training=True)
    batch = batch.with_keypoints(batch.keypoints * 0.1)
    result = Camera(offset=0.2)(batch)
    middle = result.keypoints.mean((1, 2, 3))
    aside = middle[:, :2] / -middle[:, 2:]
    assert aside.min() < -0.19 and aside.max() > 0.19 and aside.mean().abs() < 0.02
    assert -middle[:, 2].mean().item() == pytest.approx(4.75, abs=0.1)
    assert abs(np.corrcoef(aside[:, 0], aside[:, 1])[0, 1]) < 0.06


def test_real_size_needs_no_step_back():
    """A body of usual size, at the usual distances, is seen from where the camera was drawn."""
    batch = ScaleToBody(by="torso", size=0.5)(example_batch(coordinates=3, complete=True, training=True))
    torch.testing.assert_close(ScaleToBody(by="torso")(batch).keypoints, 2 * batch.keypoints)
    batch = batch.with_keypoints(batch.keypoints.clamp(-0.8, 0.8))
    result = _fixed(30, 10, 0, 4.0)(batch)
    assert result.keypoints[..., 2].mean().item() == pytest.approx(-4, abs=1e-4)


def test_what_is_refused():
    with pytest.raises(RecipeError, match="these are 2D"):
        Camera()(example_batch())
    for arguments in (
        {"yaw": (10, 0)},
        {"yaw": (0, 361)},
        {"yaw": (0, math.inf)},
        {"elevation": (-91, 0)},
        {"distance": (-1, 2)},
        {"nearest": -1},
        {"view": 180},
        {"offset": 0.8},
        {"seed": -1},
        {"unseen": (30, 30)},
        {"yaw": (0, 90), "unseen": (350, 100)},
        {"yaw": (20, 20), "unseen": (10, 30)},
    ):
        with pytest.raises(ValueError, match=r"must|leaves no yaw"):
            Camera(**arguments)

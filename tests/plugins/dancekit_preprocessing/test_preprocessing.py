"""Each step against what it says, written out slowly."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.augment import Mirror, Rotate, Scale
from dancekit_preprocessing.normalise import Centre, ScaleToBody

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("openpose18")


def _batch(coordinates=2, seed=0, clips=5):
    generator = torch.Generator().manual_seed(seed)
    shape = (clips, 2, 7, LAYOUT.num_joints)
    present = torch.ones(shape[:3], dtype=torch.bool)
    present[1, 1] = False
    score = (torch.rand(shape, generator=generator) > 0.2) * present[..., None] * 0.9
    keypoints = torch.randn(*shape, coordinates, generator=generator) * 3 + 5
    return ClipBatch(
        keypoints=keypoints * (score > 0)[..., None],
        score=score,
        present=present,
        label=torch.zeros(clips, dtype=torch.long),
        layout=LAYOUT,
        index=torch.arange(clips),
        frame_rate=torch.full((clips,), 30.0),
        image_size=torch.full((clips, 2), float("nan")),
        random=ClipRandom(seed=seed, total=clips, start=0, stop=clips),
    )


@pytest.mark.parametrize("coordinates", [2, 3])
def test_centre_over_the_clip(coordinates):
    batch = _batch(coordinates)
    moved = Centre()(batch)
    for clip in range(len(batch)):
        seen = batch.seen[clip, 0, :, LAYOUT.centre]
        origin = batch.keypoints[clip, 0, seen, LAYOUT.centre].mean(0)
        expected = (batch.keypoints[clip] - origin) * batch.seen[clip, ..., None]
        torch.testing.assert_close(moved.keypoints[clip], expected)


def test_centre_in_every_frame():
    batch = _batch()
    moved = Centre(over="frame")(batch)
    middle = moved.keypoints[:, 0, :, LAYOUT.centre]
    assert not middle.any()
    torch.testing.assert_close(
        (moved.keypoints[:, 1] - moved.keypoints[:, 0])[batch.seen.all(1)],
        (batch.keypoints[:, 1] - batch.keypoints[:, 0])[batch.seen.all(1)],
    )


def test_scale_to_body_makes_every_clip_as_large():
    batch = _batch()
    scaled = ScaleToBody()(batch)
    for clip in range(len(batch)):
        squares = []
        for person in range(2):
            for frame in range(7):
                seen = batch.seen[clip, person, frame]
                if seen.any():
                    points = scaled.keypoints[clip, person, frame, seen]
                    squares += (points - points.mean(0)).square().sum(-1).tolist()
        assert math.sqrt(np.mean(squares)) == pytest.approx(1, rel=1e-5)
    doubled = ScaleToBody()(replace(batch, keypoints=2 * batch.keypoints))
    torch.testing.assert_close(doubled.keypoints, scaled.keypoints)


@pytest.mark.parametrize("by", ["spread", "torso"])
def test_scale_to_body_makes_the_size_what_is_asked(by):
    batch = _batch(3)
    unit, half = ScaleToBody(by=by)(batch), ScaleToBody(by=by, size=0.5)(batch)
    torch.testing.assert_close(half.keypoints, unit.keypoints / 2)
    for size in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="size must lie above 0"):
            ScaleToBody(by=by, size=size)


def test_a_clip_with_nothing_in_it_stays_finite():
    batch = _batch()
    nothing = replace(
        batch,
        keypoints=torch.zeros_like(batch.keypoints),
        score=torch.zeros_like(batch.score),
        present=torch.zeros_like(batch.present),
    )
    for step in (Centre(), Centre(over="frame"), ScaleToBody(), Rotate(), Scale(), Mirror()):
        assert not step(nothing).keypoints.any()


@pytest.mark.parametrize("coordinates", [2, 3])
def test_rotation_keeps_lengths_and_the_vertical(coordinates):
    batch = _batch(coordinates)
    turned = Rotate(degrees=30)(batch)
    lengths = [each.keypoints.norm(dim=-1) for each in (batch, turned)]
    torch.testing.assert_close(*lengths)
    if coordinates == 3:
        torch.testing.assert_close(turned.keypoints[..., 1], batch.keypoints[..., 1])
    plane = [0, 1] if coordinates == 2 else [0, 2]
    angles = _angles(batch, plane), _angles(turned, plane)
    change = torch.remainder(angles[1] - angles[0] + torch.pi, 2 * torch.pi) - torch.pi
    for clip in range(len(batch)):
        turn = change[clip][batch.seen[clip]]
        torch.testing.assert_close(turn, turn[:1].expand_as(turn), rtol=1e-3, atol=1e-4)
        assert 0 < abs(turn[0]) <= math.radians(30) + 1e-4


def _angles(batch, plane):
    return torch.atan2(batch.keypoints[..., plane[1]], batch.keypoints[..., plane[0]])


def test_scale_stretches_each_axis_of_each_clip():
    batch = _batch(3)
    ratio = Scale(share=0.2)(batch).keypoints / batch.keypoints
    for clip in range(len(batch)):
        for axis in range(3):
            values = ratio[clip, ..., axis][batch.seen[clip]]
            assert 0.8 <= values.min() <= values.max() <= 1.2
            torch.testing.assert_close(values, values[:1].expand_as(values))


def test_mirror_swaps_names_and_negates_x():
    batch = _batch()
    mirrored = Mirror(probability=1)(batch)
    left, right = LAYOUT.index("left_wrist"), LAYOUT.index("right_wrist")
    assert torch.equal(mirrored.keypoints[..., left, 0], -batch.keypoints[..., right, 0])
    assert torch.equal(mirrored.keypoints[..., left, 1], batch.keypoints[..., right, 1])
    assert torch.equal(mirrored.score[..., left], batch.score[..., right])
    again = Mirror(probability=1)(replace(mirrored, random=batch.random))
    assert torch.equal(again.keypoints, batch.keypoints)
    assert torch.equal(Mirror(probability=0)(batch).keypoints, batch.keypoints)


def test_some_are_mirrored():
    batch = _batch(clips=200)
    same = (Mirror(probability=0.5)(batch).keypoints == batch.keypoints).flatten(1).all(1)
    assert 60 < same.sum() < 140


@pytest.mark.parametrize("step", [Rotate(), Scale(), Mirror()])
def test_augmentation_without_draws_says_so(step):
    with pytest.raises(ValueError, match="random draws"):
        step(replace(_batch(), random=None))


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (Rotate, {"degrees": -1}),
        (Rotate, {"degrees": 181}),
        (Scale, {"share": 1}),
        (Mirror, {"probability": 2}),
    ],
)
def test_senseless_arguments(make, arguments):
    with pytest.raises(ValueError, match="must lie"):
        make(**arguments)

"""Random places against the same draws, applied clip by clip."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_preprocessing.augment import Rotate, Shear, Translate
from dancekit_preprocessing.noise import Noise

from dancekit.testing import example_batch


def _replay(batch):
    """The same draws again, from the first."""
    return replace(batch.random)


def test_tilts_follow_the_turn():
    batch = example_batch(coordinates=3, training=True)
    tilted = Rotate(degrees=40, tilt_x=20, tilt_z=10)(batch)
    random = _replay(batch)
    angles = [random.uniform(low=-1, high=1) * math.radians(degrees) for degrees in (40, 20, 10)]
    for clip in range(len(batch)):
        (sy, cy), (sx, cx), (sz, cz) = [(each[clip].sin(), each[clip].cos()) for each in angles]
        about_y = torch.tensor([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])  # for column vectors
        about_x = torch.tensor([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
        about_z = torch.tensor([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
        expected = torch.einsum("ij,mtvj->mtvi", about_z @ about_x @ about_y, batch.keypoints[clip])
        torch.testing.assert_close(tilted.keypoints[clip], expected)


def test_without_tilt_the_draws_and_the_vertical_are_as_before():
    batch = example_batch(coordinates=3, training=True)
    turned = Rotate(degrees=40)(batch)
    torch.testing.assert_close(turned.keypoints[..., 1], batch.keypoints[..., 1])
    plane = example_batch(training=True)
    tilted = Rotate(degrees=40, tilt_x=20)(replace(plane, random=_replay(plane)))
    assert torch.equal(tilted.keypoints, Rotate(degrees=40)(plane).keypoints)
    after = batch.random.uniform()
    twice = _replay(batch)
    twice.uniform()
    assert torch.equal(after, twice.uniform())


@pytest.mark.parametrize("coordinates", [2, 3])
def test_shear_adds_shares_of_the_other_axes(coordinates):
    batch = example_batch(coordinates=coordinates, training=True)
    sheared = Shear(share=0.3)(batch)
    slant = _replay(batch).uniform(coordinates, coordinates, low=-0.3, high=0.3)
    for clip in range(len(batch)):
        old = batch.keypoints[clip]
        for axis in range(coordinates):
            expected = old[..., axis].clone()
            for other in set(range(coordinates)) - {axis}:
                expected += slant[clip, other, axis] * old[..., other]
            torch.testing.assert_close(sheared.keypoints[clip, ..., axis], expected)


@pytest.mark.parametrize("coordinates", [2, 3])
def test_translate_moves_what_is_seen_of_a_clip_alike(coordinates):
    batch = example_batch(coordinates=coordinates, training=True)
    moved = Translate(distance=0.5)(batch)
    for clip in range(len(batch)):
        change = (moved.keypoints - batch.keypoints)[clip][batch.seen[clip]]
        torch.testing.assert_close(change, change[:1].expand_as(change), rtol=0, atol=1e-5)
        assert 0 < change.abs().max() <= 0.5 + 1e-5
    assert len(torch.unique((moved.keypoints - batch.keypoints)[:, 0, 0, 0, 0])) == len(batch)


@pytest.mark.parametrize("over", ["frame", "clip"])
def test_noise_has_its_deviation_and_lasts_as_long_as_it_should(over):
    batch = example_batch(clips=16, frames=24, complete=True, training=True)
    noise = Noise(deviation=0.2, over=over)(batch).keypoints - batch.keypoints
    assert noise.std().item() == pytest.approx(0.2, rel=0.1)
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    lasts = noise.std(dim=2).max() < 1e-6
    assert lasts == (over == "clip")
    joints = noise[:, :, 0].permute(2, 0, 1, 3).flatten(1).numpy()  # (V, the rest)
    off_diagonal = np.corrcoef(joints) - np.eye(len(joints))
    assert np.abs(off_diagonal).max() < 0.6 and np.abs(off_diagonal).mean() < 0.15


def test_none_of_it_without_size():
    batch = example_batch(coordinates=3, training=True)
    for step in (Rotate(degrees=0), Shear(share=0), Translate(distance=0), Noise(deviation=0)):
        torch.testing.assert_close(step(batch).keypoints, batch.keypoints)


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (Rotate, {"tilt_x": -1}),
        (Rotate, {"tilt_z": 200}),
        (Shear, {"share": 1}),
        (Translate, {"distance": -0.1}),
        (Translate, {"distance": math.inf}),
        (Noise, {"deviation": math.nan}),
    ],
)
def test_senseless_arguments(make, arguments):
    with pytest.raises(ValueError, match=f"{next(iter(arguments))} must lie"):
        make(**arguments)

"""Squares around the person, by padding and slicing; sizes against PyTorch's own interpolation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_images.cropping import CropToPerson, Resize, squares_around
from dancekit_images.resampling import resampled, weights_of
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from dancekit.errors import RecipeError
from dancekit.testing import example_batch
from dancekit.testing.examples import with_absent_frames


def _random_batch(height, width, *, clips=2, frames=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (clips, frames, height, width)
    return replace(
        example_batch(clips=clips, frames=frames, complete=True),
        frames=torch.randint(
            0, 256, (clips, frames, 3, height, width), dtype=torch.uint8, generator=generator
        ),
        person_mask=torch.rand(shape, generator=generator) < 0.5,
        silhouette=torch.zeros(shape, dtype=torch.bool),
        thinned=torch.zeros(shape, dtype=torch.bool),
    )


def _cut(pictures, top, left, side):
    """A square of (..., H, W) in whole pixels; black beyond the edges."""
    padded = F.pad(pictures, (side,) * 4)
    return padded[..., top + side : top + 2 * side, left + side : left + 2 * side]


@pytest.mark.parametrize("each", ["clip", "frame"])
def test_squares_of_whole_pixels_are_cut_as_they_are(each):
    batch = _random_batch(20, 30)
    batch.silhouette[:, 0, 3:9, 5:13] = True  # 8 wide, 6 high: rows 2 to 10
    batch.silhouette[:, 1:, 2:10, 25:29] = True  # 8 high, 4 wide: columns 23 to 31, beyond the edge
    squares = [(2, 5, 8), (2, 23, 8), (2, 23, 8)]
    size = 8
    if each == "clip":  # rows 2 to 10, columns 5 to 29: 24 wide, so rows -6 to 18
        squares, size = [(-6, 5, 24)] * 3, 24
    found = CropToPerson(size=size, margin=0, each=each)(batch)
    for t, square in enumerate(squares):
        assert torch.equal(found.frames[:, t], _cut(batch.frames[:, t], *square))
        assert torch.equal(found.person_mask[:, t], _cut(batch.person_mask[:, t], *square))
        assert torch.equal(found.silhouette[:, t], _cut(batch.silhouette[:, t], *square))
    assert found.thinned is None


def test_margin_is_a_share_of_the_side_on_each_side():
    masks = torch.zeros(2, 40, 50, dtype=torch.bool)
    masks[0, 10:30, 20:26] = True
    top, left, side = squares_around(masks, 0.25)
    assert (top[0], left[0], side[0]) == (5, 8, 30)
    assert (top[1], left[1], side[1]) == (-5, 0, 50)  # nobody: all of it, without a margin


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), margin=st.floats(0, 1))
def test_the_square_holds_the_silhouette(seed, margin):
    random = np.random.default_rng(seed)
    masks = random.random((4, *random.integers(1, 16, 2))) < 0.1
    for mask, top, left, side in zip(masks, *squares_around(torch.from_numpy(masks), margin), strict=True):
        rows, columns = np.nonzero(mask if mask.any() else np.ones_like(mask))
        widest = max(np.ptp(rows), np.ptp(columns)) + 1
        assert side == pytest.approx(widest * (1 + 2 * margin) if mask.any() else widest, rel=1e-5)
        assert float(top + side / 2) == pytest.approx((rows.min() + rows.max() + 1) / 2, abs=1e-4)
        assert float(left + side / 2) == pytest.approx((columns.min() + columns.max() + 1) / 2, abs=1e-4)


def test_nobody_is_the_whole_picture():
    batch = _random_batch(24, 24)
    found = CropToPerson(size=24)(batch)
    assert torch.equal(found.frames, batch.frames)
    wide = CropToPerson(size=30)(_random_batch(10, 30))
    assert not wide.frames[..., :10, :].any()
    assert not wide.frames[..., 20:, :].any()
    assert torch.equal(wide.frames[..., 10:20, :], _random_batch(10, 30).frames)


@pytest.mark.parametrize("size", [7, 20, 33])
@pytest.mark.parametrize("shape", [(20, 30), (64, 48), (1, 5)])
def test_sizes_are_pytorchs(size, shape):
    batch = _random_batch(*shape)
    found = Resize(size=size)(batch)
    for name, most in (("frames", 0.51), ("person_mask", None)):
        flat = getattr(batch, name).flatten(0, 1).double()
        flat = flat if flat.ndim == 4 else flat[:, None]
        expected = F.interpolate(flat, (size, size), mode="bilinear", antialias=True)
        got = getattr(found, name).flatten(0, 1).reshape(expected.shape)
        if most:
            assert (got - expected).abs().max() < most
        else:
            clear = (expected - 0.5).abs() > 1e-3
            assert torch.equal(got[clear], (expected > 0.5)[clear])
    assert found.thinned is None


def test_halves_round_up_and_half_a_mask_is_none():
    start, length = torch.zeros(1), torch.full((1,), 4.0)
    weights = weights_of(start, length, pixels=4, size=1)
    columns = torch.tensor([[0, 1, 0, 1]]).expand(4, 4)[None]
    assert resampled((columns * 255).byte(), weights, weights).tolist() == [[[128]]]
    assert not resampled(columns.bool(), weights, weights).any()
    full = torch.full((1, 4, 4), 255, dtype=torch.uint8)
    assert resampled(full, weights, weights).tolist() == [[[255]]]


@settings(max_examples=30, deadline=None)
@given(
    start=st.floats(-20, 20),
    length=st.floats(0.5, 60),
    pixels=st.integers(1, 24),
    size=st.integers(1, 24),
)
def test_weights_are_a_mean_where_there_is_a_picture(start, length, pixels, size):
    (weights,) = weights_of(torch.tensor([start]), torch.tensor([length]), pixels=pixels, size=size)
    middles = start + (np.arange(size) + 0.5) * length / size
    sums = weights.sum(1).numpy()
    for middle, total in zip(middles, sums, strict=True):
        if min(abs(middle), abs(middle - pixels)) > 1e-3:
            assert total == pytest.approx(float(0 < middle < pixels), abs=1e-5)
    assert (weights >= 0).all()


def test_frames_that_are_not_there_move_no_square():
    batch = _random_batch(24, 24)
    batch.silhouette[0, :, 4:12, 6:10] = True
    longer = CropToPerson(size=16)(with_absent_frames(batch, 3))
    shorter = CropToPerson(size=16)(batch)
    assert torch.equal(longer.frames[:, :3], shorter.frames)
    assert not longer.frames[:, 3:].any()


def test_senseless_arguments():
    for step in (CropToPerson, Resize):
        with pytest.raises(ValueError, match="1 or more"):
            step(size=0)
    for margin in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="0 or more"):
            CropToPerson(margin=margin)
    with pytest.raises(ValueError, match="clip or frame"):
        CropToPerson(each="person")
    with pytest.raises(RecipeError, match="no silhouette"):
        CropToPerson()(replace(_random_batch(8, 8), silhouette=None))

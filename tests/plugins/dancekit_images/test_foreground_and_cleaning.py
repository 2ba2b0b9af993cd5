"""Which side is the person, pixel by pixel; and cleaning against SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_images.cleaning import CleanSilhouette, largest_part, opened, without_holes
from dancekit_images.foreground import RemoveBackground, darker_is_person
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from dancekit.errors import RecipeError
from dancekit.testing import example_batch

EIGHT = np.ones((3, 3), bool)


def _random_masks(seed, count=6):
    """Noise and blobs, of any share."""
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 20, 2)
    for place in range(count):
        values = random.random((height, width))
        if place % 2:
            values = ndimage.gaussian_filter(values, 1)
        yield values < np.quantile(values, random.random())


def _batch_of(masks):
    masks = torch.from_numpy(np.stack(list(masks)))
    return replace(example_batch(clips=len(masks), frames=1, complete=True), silhouette=masks[:, None])


def _dark_is_person(bright):
    height, width = bright.shape
    border = [
        bright[y, x] for y, x in np.ndindex(height, width) if y in (0, height - 1) or x in (0, width - 1)
    ]
    for pixels in (border, bright.ravel().tolist()):
        if sum(pixels) * 2 != len(pixels):
            return sum(pixels) * 2 > len(pixels)
    return False


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_side_that_is_rarer_on_the_border(seed):
    masks = list(_random_masks(seed))
    found = RemoveBackground()(_batch_of(masks)).silhouette[:, 0].numpy()
    for mask, person in zip(masks, found, strict=True):
        assert np.array_equal(person, ~mask if _dark_is_person(mask) else mask)


def test_ties_go_to_the_smaller_side_and_then_to_the_bright_one():
    half = torch.zeros(4, 4, dtype=torch.bool)
    half[:, :2] = True
    assert not darker_is_person(half)
    assert not darker_is_person(~half)
    more, less = half.clone(), half.clone()
    more[1, 2], less[1, 1] = True, False  # neither lies on the border
    assert darker_is_person(torch.stack([more, less])).tolist() == [True, False]


def test_a_dark_person_before_bright_ground_is_found():
    batch = example_batch(pictures=24)
    shown = batch.present.any(1)[..., None, None]
    dark = replace(batch, silhouette=~batch.person_mask & shown)
    for foreground in ("auto", "dark"):
        found = RemoveBackground(foreground=foreground)(dark)
        assert torch.equal(found.silhouette, batch.person_mask)
    assert torch.equal(RemoveBackground(foreground="bright")(dark).silhouette, dark.silhouette)


def test_the_mask_needs_no_threshold_and_the_threshold_no_mask():
    batch = example_batch(pictures=24)
    only_mask = replace(batch, silhouette=None)
    found = RemoveBackground(foreground="mask")(only_mask)
    assert torch.equal(found.silhouette, batch.person_mask)
    with pytest.raises(RecipeError, match="no silhouette"):
        RemoveBackground()(only_mask)
    with pytest.raises(RecipeError, match="no person mask"):
        RemoveBackground(foreground="mask")(replace(batch, person_mask=None))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), holes=st.booleans(), opening=st.integers(0, 3))
def test_cleaning_is_scipys(seed, holes, opening):
    masks = list(_random_masks(seed))
    found = CleanSilhouette(holes=holes, opening=opening)(_batch_of(masks)).silhouette[:, 0].numpy()
    y, x = np.mgrid[-opening : opening + 1, -opening : opening + 1]
    disc = y**2 + x**2 <= opening**2
    for mask, clean in zip(masks, found, strict=True):
        wide = mask
        if opening:
            eroded = ndimage.binary_erosion(mask, disc, border_value=1)
            wide = ndimage.binary_dilation(eroded, disc)
            assert np.array_equal(opened(mask.astype(np.uint8), opening), wide)
        labels, count = ndimage.label(wide, EIGHT)  # numbered in reading order
        sizes = ndimage.sum_labels(wide, labels, range(1, count + 1))
        expected = labels == 1 + np.argmax(sizes) if count else wide
        expected = ndimage.binary_fill_holes(expected) if holes else expected
        assert np.array_equal(clean, expected)


def test_the_first_in_reading_order_is_kept_of_equal_parts():
    mask = np.zeros((6, 9), np.uint8)
    mask[1, 7] = mask[2, 6] = 1  # begins a row above the other, in a later block of OpenCV's
    mask[2, 0] = mask[3, 0] = 1
    assert np.argwhere(largest_part(mask)).tolist() == [[1, 7], [2, 6]]
    assert np.argwhere(largest_part(mask[:, ::-1].copy())).tolist() == [[1, 1], [2, 2]]


def test_ground_behind_a_corner_is_a_hole_and_at_the_edge_is_none():
    ring = np.array([[0, 1, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0]], np.uint8)
    assert without_holes(ring).tolist() == [[0, 1, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0]]
    cup = np.array([[1, 0, 1], [1, 0, 1], [1, 1, 1]], np.uint8)
    assert np.array_equal(without_holes(cup), cup)


def test_senseless_arguments():
    with pytest.raises(ValueError, match="radius in pixels, 0 or more"):
        CleanSilhouette(opening=-1)
    with pytest.raises(ValueError, match="one of auto, dark, bright, mask"):
        RemoveBackground(foreground="left")

"""Hu's invariants against OpenCV, and what they do not change with."""

import cv2
import numpy as np
import pytest
import torch
from dancekit_baselines.moments import FLOOR, hu_moments, signed_log
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

DEGREES = torch.tensor([1, 2, 3, 3, 6, 4, 6], dtype=torch.float64)
"""Each invariant is a polynomial of this degree in (n20 + n02), by the size that its terms can have."""

MASKS = hnp.arrays(
    np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.booleans(), fill=st.just(False)
) | hnp.arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24)))


def assert_same_invariants(ours, theirs):
    """Equal to 1e-7 of each, or where its terms cancel to 1e-9 of what they can be."""
    size = theirs[..., :1].clamp(min=1) ** DEGREES
    assert ((ours - theirs).abs() <= 1e-7 * theirs.abs() + 1e-9 * size).all(), (ours, theirs)


def opencv(mask):
    moments = cv2.moments(np.ascontiguousarray(mask, np.uint8), binaryImage=True)
    return torch.from_numpy(cv2.HuMoments(moments)[:, 0])


def lopsided():
    """A shape without any symmetry, so that no invariant is 0."""
    mask = torch.zeros(24, 30, dtype=torch.bool)
    mask[4:17, 5:9] = True
    mask[13:17, 5:20] = True
    mask[6, 9:13] = True
    return mask


@given(MASKS)
@settings(max_examples=80, deadline=None)
def test_they_are_those_of_opencv(mask):
    assert_same_invariants(hu_moments(torch.from_numpy(mask)), opencv(mask))


def test_a_shape_without_symmetry_has_all_seven():
    ours = hu_moments(lopsided())
    assert (ours.abs() > 1e-9).all()
    torch.testing.assert_close(ours, opencv(lopsided().numpy()), rtol=1e-9, atol=0)


def test_many_masks_at_once_are_each_alone():
    masks = torch.rand(2, 3, 9, 12, generator=torch.Generator().manual_seed(0)) < 0.3
    together = hu_moments(masks)
    assert together.shape == (2, 3, 7)
    assert together.dtype == torch.float64
    for i in range(2):
        for j in range(3):
            assert_same_invariants(together[i, j], hu_moments(masks[i, j]))


def test_an_empty_mask_has_zeros():
    assert torch.equal(hu_moments(torch.zeros(2, 5, 5, dtype=torch.bool)), torch.zeros(2, 7).double())


@given(MASKS, st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_moving_changes_nothing(mask, down, right):
    height, width = mask.shape
    larger = torch.zeros(height + 9, width + 9, dtype=torch.bool)
    larger[down : down + height, right : right + width] = torch.from_numpy(mask)
    assert_same_invariants(hu_moments(larger), hu_moments(torch.from_numpy(mask)))


@given(MASKS, st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_quarter_turn_changes_nothing(mask, turns):
    mask = torch.from_numpy(mask)
    assert_same_invariants(hu_moments(mask.rot90(turns)), hu_moments(mask))


@given(MASKS)
@settings(max_examples=40, deadline=None)
def test_mirroring_changes_the_sign_of_the_seventh_alone(mask):
    mask = torch.from_numpy(mask)
    signs = torch.tensor([1, 1, 1, 1, 1, 1, -1])
    assert_same_invariants(hu_moments(mask.flip(1)), hu_moments(mask) * signs)


@given(MASKS.filter(np.any))
@settings(max_examples=40, deadline=None)
def test_twice_the_size_changes_the_first_by_the_width_of_a_pixel_alone(mask):
    """Each pixel becomes four, 1/2 from where it was: n20 and n02 grow by 1 / (16 pixels)."""
    mask = torch.from_numpy(mask)
    twice = mask.repeat_interleave(2, 0).repeat_interleave(2, 1)
    expected = hu_moments(mask)
    expected[0] += 1 / (8 * mask.sum())
    assert_same_invariants(hu_moments(twice), expected)


def test_signed_log_is_a_logarithm_that_passes_through_zero():
    h = torch.tensor([1e-3, -1e-3, 1.0, 0.0, FLOOR / 10, -FLOOR, -1e-11], dtype=torch.float64)
    expected = torch.tensor([9.0, -9.0, 12.0, 0.0, 0.0, 0.0, -1.0], dtype=torch.float64)
    torch.testing.assert_close(signed_log(h), expected, rtol=1e-12, atol=1e-12)


@given(hnp.arrays(np.float64, 8, elements=st.floats(-1e3, 1e3)))
@settings(max_examples=40, deadline=None)
def test_signed_log_keeps_the_order(h):
    logarithms = signed_log(torch.from_numpy(np.sort(h)))
    assert (logarithms.diff() >= 0).all()
    assert logarithms.isfinite().all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_what_the_cpu_gives():
    ours = hu_moments(lopsided().cuda())
    assert ours.is_cuda
    torch.testing.assert_close(ours.cpu(), hu_moments(lopsided()))

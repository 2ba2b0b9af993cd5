"""Zhang and Suen's algorithm against two loops, and what the connected variant promises, by SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from dancekit_images.neighbours import CLOCKWISE, removable_table
from dancekit_images.thinning import Thinning, thin
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from dancekit.testing import example_batch

EIGHT = np.ones((3, 3), bool)


def _topology(mask):
    """How many parts (8-connected) and how many grounds (4-connected), the outer one among them."""
    return ndimage.label(mask, EIGHT)[1], ndimage.label(~np.pad(mask, 1))[1]


def _random_masks(seed, count=5):
    """Noise, blobs and bars of one size."""
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 24, 2)
    for place in range(count):
        values = random.random((height, width))
        if place % 3 == 1:
            values = ndimage.gaussian_filter(values, random.uniform(0.7, 2))
        if place % 3 == 2:
            y, x = np.mgrid[:height, :width] - random.uniform(0, 20, (2, 1, 1))
            turn = random.uniform(0, np.pi)
            values = abs(np.cos(turn) * y + np.sin(turn) * x)
        yield values < np.quantile(values, random.uniform(0.1, 0.9))


def _published(mask):
    """The paper, pixel by pixel."""
    left = np.pad(mask, 1).astype(int)
    while True:
        before = left.copy()
        for subiteration in (1, 2):
            gone = []
            for y, x in np.argwhere(left):
                p2, p3, p4, p5, p6, p7, p8, p9 = ring = [
                    left[y + down, x + right] for down, right in CLOCKWISE
                ]
                a = sum((here, after) == (0, 1) for here, after in zip(ring, [*ring[1:], p2], strict=True))
                b = p2 + p3 + p4 + p5 + p6 + p7 + p8 + p9
                if subiteration == 1:
                    sides = p2 * p4 * p6 == 0 and p4 * p6 * p8 == 0
                else:
                    sides = p2 * p4 * p8 == 0 and p2 * p6 * p8 == 0
                if 2 <= b <= 6 and a == 1 and sides:
                    gone.append((y, x))
            for place in gone:
                left[place] = 0
        if np.array_equal(left, before):
            return left[1:-1, 1:-1].astype(bool)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_published_algorithm(seed):
    masks = np.stack(list(_random_masks(seed)))
    for mask, thinned in zip(masks, thin(masks, connected=False), strict=True):
        assert np.array_equal(thinned, _published(mask))


def test_what_can_go_changes_neither_parts_nor_holes():
    """All 256 neighbourhoods."""
    for code, removable in enumerate(removable_table()):
        patch = np.zeros((3, 3), bool)
        for bit, (down, right) in enumerate(CLOCKWISE):
            patch[1 + down, 1 + right] = code >> bit & 1
        without, patch[1, 1] = patch.copy(), True
        same = _topology(patch) == _topology(without)
        assert removable == (same and without.sum() > 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_connected_lines(seed):
    masks = np.stack(list(_random_masks(seed)))
    lines = thin(masks)
    assert np.array_equal(thin(lines), lines)
    for mask, line in zip(masks, lines, strict=True):
        assert not (line & ~mask).any()
        assert _topology(line) == _topology(mask)
        _assert_one_pixel_wide(line)


def _assert_one_pixel_wide(line):
    line = np.pad(line, 1)
    whole = _topology(line)
    for y, x in np.argwhere(line):
        if line[y - 1 : y + 2, x - 1 : x + 2].sum() > 2:  # no end, no lone pixel
            without = line.copy()
            without[y, x] = False
            assert _topology(without) != whole
    square = line[:-1, :-1] & line[1:, :-1] & line[:-1, 1:] & line[1:, 1:]
    for corner in np.argwhere(square):
        # Only where a line leaves from each of the four, or goes on past both of its sides.
        for down, right in np.ndindex(2, 2):
            y, x = corner + np.array([down, right])
            out, beside = y + 2 * down - 1, x + 2 * right - 1
            assert line[out, beside] or (line[out, x] and line[y, beside])


def test_crossing_diagonals_keep_the_square_between_them():
    cross = np.eye(6, dtype=bool) | np.eye(6, dtype=bool)[::-1]
    assert np.array_equal(thin(cross[None])[0], cross)


def test_squares_and_diagonal_bars_are_not_lost():
    square = np.zeros((6, 6), bool)
    square[2:4, 2:4] = True
    assert not thin(square[None], connected=False).any()
    assert thin(square[None]).sum() == 2
    for width in (2, 3, 4, 6):
        bar = np.zeros((40, 48), bool)
        for row in range(5, 35):
            bar[row, row : row + width] = True
        for each in (bar, bar[:, ::-1], bar.T, np.roll(bar, 1, 0)):
            (line,) = thin(each[None])
            assert 30 - width <= line.sum() <= 30 + width
    bar = np.eye(30, dtype=bool) | np.eye(30, k=1, dtype=bool)
    assert thin(bar[None], connected=False).sum() < 4  # what the published algorithm leaves


def test_lines_lie_in_the_middle():
    thick = np.zeros((1, 15, 60), bool)
    thick[0, 4:11, 5:55] = True
    rows, columns = np.nonzero(thin(thick)[0])
    assert set(rows[(columns > 12) & (columns < 48)]) == {7}


def test_each_picture_by_itself():
    masks = np.stack(list(_random_masks(7, count=12)))
    for connected in (True, False):
        together = thin(masks, connected=connected)
        alone = [thin(mask[None], connected=connected)[0] for mask in masks]
        assert np.array_equal(together, np.stack(alone))


def test_many_pictures_are_thinned_in_pieces():
    masks = np.zeros((300, 96, 96), bool)
    masks[:, 30:60, 40:50] = True
    lines = thin(masks)
    assert lines[0].any()
    assert (lines == lines[0]).all()


def test_the_step_thins_the_silhouette():
    batch = replace(example_batch(pictures=24), thinned=None)
    for variant in ("connected", "published"):
        found = Thinning(variant=variant)(batch)
        expected = thin(batch.silhouette.flatten(0, 1).numpy(), connected=variant == "connected")
        assert torch.equal(found.thinned.flatten(0, 1), torch.from_numpy(expected))
        assert found.silhouette is batch.silhouette
    with pytest.raises(ValueError, match="connected or published"):
        Thinning(variant="other")

"""The threshold against a search through all of them and SimpleITK; grey in whole numbers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from dancekit_images.grey import Grey, grey_of
from dancekit_images.max_entropy import MaxEntropy, entropy_thresholds
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dancekit.testing import example_batch


def _entropies(picture):
    """H(0..t) + H(t+1..255) for every t with pixels on both sides, as the paper writes it."""
    counts = np.bincount(picture.ravel(), minlength=256).astype(float)
    share = counts / counts.sum()
    found = {}
    for t in range(255):
        sides = share[: t + 1], share[t + 1 :]
        if all(side.sum() > 0 for side in sides):
            parts = [side[side > 0] / side.sum() for side in sides]
            found[t] = -sum((part * np.log(part)).sum() for part in parts)
    return found


def _literal(picture):
    entropies = _entropies(picture)
    if not entropies:
        return int(picture.flat[0])
    best = max(entropies.values())
    return min(t for t, entropy in entropies.items() if entropy >= best - 1e-10)


def _thresholds(*pictures):
    return entropy_thresholds(torch.from_numpy(np.stack(pictures))).tolist()


def _two_humps(seed, size=40):
    random = np.random.default_rng(seed)
    person = random.random((size, size)) < 0.2
    values = np.where(person, random.normal(180, 20, person.shape), random.normal(80, 15, person.shape))
    return values.clip(0, 255).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    lowest=st.integers(0, 255),
    step=st.sampled_from([1, 2, 17, 60]),
)
def test_random_pictures(seed, height, width, lowest, step):
    random = np.random.default_rng(seed)
    values = np.arange(lowest, 256, step, dtype=np.uint8)
    pictures = [random.choice(values, (height, width)) for _ in range(4)]
    assert _thresholds(*pictures) == [_literal(picture) for picture in pictures]


def test_humps_are_parted_between_them():
    pictures = [_two_humps(seed) for seed in range(20)]
    found = _thresholds(*pictures)
    assert found == [_literal(picture) for picture in pictures]
    assert all(80 < threshold < 180 for threshold in found)


def test_equal_thresholds_give_the_lowest():
    # Any threshold from 10 to 199 parts these two values, and each side has entropy 0.
    assert _thresholds(np.array([[10, 10, 200]], np.uint8)) == [10]
    # As evenly spread one way as the other: {10}, {100, 200} and {10, 100}, {200}.
    assert _thresholds(np.array([[10, 100, 200]], np.uint8)) == [10]


@pytest.mark.parametrize("value", [0, 1, 77, 254, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (6, 6)])
def test_one_value_is_its_own_threshold_and_no_silhouette(value, shape):
    assert _thresholds(np.full(shape, value, np.uint8)) == [value]
    frames = torch.full((1, 1, 1, *shape), value, dtype=torch.uint8)
    batch = replace(example_batch(clips=1, frames=1), frames=frames)
    assert not MaxEntropy()(batch).silhouette.any()


def test_many_pictures_are_cut_into_pieces_and_put_together():
    pictures = np.stack([_two_humps(seed, size=96) for seed in range(8)] * 40)
    one_by_one = [_thresholds(picture)[0] for picture in pictures[:8]]
    assert _thresholds(*pictures) == one_by_one * 40


def test_the_silhouette_is_what_is_brighter():
    batch = example_batch(pictures=24)
    found = MaxEntropy()(batch)
    grey = grey_of(batch.frames.flatten(0, 1)).numpy()
    expected = np.stack([picture > _literal(picture) for picture in grey])
    assert np.array_equal(found.silhouette.flatten(0, 1).numpy(), expected)
    assert (found.silhouette >= batch.person_mask).all()  # a bright blob on dark ground
    assert found.frames is batch.frames
    assert torch.equal(MaxEntropy()(Grey()(batch)).silhouette, found.silhouette)


def test_photographs(real_data):
    photographs = [file for end in ("png", "jpg") for file in sorted((real_data / "media").glob(f"*.{end}"))]
    assert photographs
    for file in photographs:
        for size in (96, 400):
            colour = np.array(Image.open(file).convert("RGB").resize((size, size)))
            grey = grey_of(torch.from_numpy(colour).permute(2, 0, 1)[None])
            assert entropy_thresholds(grey).tolist() == [_literal(grey[0].numpy())]


def test_simpleitk():
    """It has a bin for each value too, and keeps the threshold itself on the dark side.

    It goes up through the thresholds and takes another one only if that is better by 1e-5.
    """
    sitk = pytest.importorskip("SimpleITK")
    same = 0
    for seed in range(60):
        picture = _two_humps(seed)
        filtering = sitk.MaximumEntropyThresholdImageFilter()
        filtering.SetNumberOfHistogramBins(256)
        filtering.SetInsideValue(0)
        filtering.SetOutsideValue(1)
        above = sitk.GetArrayFromImage(filtering.Execute(sitk.GetImageFromArray(picture))).astype(bool)
        its, entropies = int(filtering.GetThreshold()), _entropies(picture)
        assert np.array_equal(above, picture > its)
        (ours,) = _thresholds(picture)
        assert its <= ours
        assert entropies[its] >= entropies[ours] - 1e-5
        same += its == ours
    assert same > 50


def test_grey_is_the_luma_rounded():
    colours = torch.randint(0, 256, (3, 50, 40), generator=torch.Generator().manual_seed(0))
    colours[:, 0, :3] = torch.tensor([[0, 255, 0], [0, 255, 0], [0, 255, 250]])  # 250 of blue: 28.5
    found = grey_of(colours.byte()[None])[0]
    for y, x in np.ndindex(50, 40):
        red, green, blue = (int(each) for each in colours[:, y, x])
        exact = Fraction(299 * red + 587 * green + 114 * blue, 1000)
        assert int(found[y, x]) == int(exact + Fraction(1, 2))
    assert found[0, :3].tolist() == [0, 255, 29]


def test_grey_of_equal_colours_is_their_value_and_grey_stays():
    values = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(grey_of(values.expand(1, 3, 16, 16)), values[:, 0])
    batch = Grey()(example_batch(pictures=12))
    assert batch.frames.shape[2] == 1
    assert torch.equal(Grey()(batch).frames, batch.frames)

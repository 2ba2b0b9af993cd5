"""What a mirror shows, joint by joint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from dancekit.data.mirroring import mirrored, sides_swapped
from dancekit.skeleton.layout import Layout
from dancekit.testing import example_batch


@pytest.mark.parametrize("layout", ["openpose18", "ntu25"])
@pytest.mark.parametrize("coordinates", [2, 3])
def test_against_a_loop(layout: str, coordinates: int) -> None:
    batch = example_batch(layout=layout, coordinates=coordinates, persons=2, frames=5)
    result = mirrored(batch)
    names = batch.layout.joints
    other = {name: name for name in names}
    for left, right in batch.layout.pairs:
        other |= {names[left]: names[right], names[right]: names[left]}
    for clip in range(len(batch)):
        x = batch.keypoints[clip, ..., 0][batch.seen[clip]]
        middle = (x.min() + x.max()) / 2
        for person, frame, joint in np.ndindex(*batch.score.shape[1:]):
            source = batch.layout.index(other[names[joint]])
            expected = batch.keypoints[clip, person, frame, source].clone()
            score = batch.score[clip, person, frame, source]
            expected[0] = 2 * middle - expected[0] if score > 0 else 0
            torch.testing.assert_close(result.keypoints[clip, person, frame, joint], expected)
            assert result.score[clip, person, frame, joint] == score
    assert torch.equal(result.present, batch.present) and result.layout is batch.layout


def test_pixels_stay_where_they_were_seen() -> None:
    batch = example_batch()
    pixels = batch.with_keypoints(batch.keypoints * 100 + 320)
    result = mirrored(pixels)
    for clip in range(len(batch)):
        before, after = (each.keypoints[clip, ..., 0][each.seen[clip]] for each in (pixels, result))
        torch.testing.assert_close(before.min(), after.min())
        torch.testing.assert_close(before.max(), after.max())


def test_twice_is_as_before() -> None:
    batch = example_batch(training=True)
    twice = mirrored(mirrored(batch))
    torch.testing.assert_close(twice.keypoints, batch.keypoints)
    assert torch.equal(twice.score, batch.score) and twice.random is batch.random


def test_nobody_and_nothing_missing_count() -> None:
    batch = example_batch()
    batch.score[1], batch.keypoints[1] = 0, 0
    result = mirrored(batch)
    assert not result.keypoints[1].any() and result.keypoints.isfinite().all()
    junk = replace(batch, keypoints=batch.keypoints.masked_fill(~batch.seen[..., None], 1e5))
    assert torch.equal(mirrored(junk).keypoints, result.keypoints)
    before = batch.keypoints.clone()
    mirrored(batch)
    assert torch.equal(batch.keypoints, before)


def test_sides_of_any_values() -> None:
    layout = Layout.named("coco17")
    places = torch.arange(17).expand(2, 1, 3, 17)
    assert sides_swapped(places, layout)[1, 0, 2].tolist() == list(layout.flip)
    assert sides_swapped(places[:0], layout).shape == (0, 1, 3, 17)

"""Facing the front, and places from -1 to 1."""

import math
from dataclasses import replace

import pytest
import torch
from dancekit_preprocessing.normalise import ScaleToBody
from dancekit_preprocessing.picture import Box, Screen
from dancekit_preprocessing.view import AlignView

from dancekit.errors import LayoutError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import example_batch

TINY = Layout.from_mapping(
    {"name": "tiny", "joints": ["a", "b"], "bones": {"b": "a"}, "centre": "a", "pairs": {"a": "b"}}
)


def _line(batch, clip):
    """x and z from right to left in the first frame that shows the hips or the shoulders, and where."""
    index = batch.layout.index
    for person in range(batch.score.shape[1]):
        for frame in range(batch.score.shape[2]):
            lines = []
            for joint in ("hip", "shoulder"):
                left, right = index(f"left_{joint}"), index(f"right_{joint}")
                if batch.seen[clip, person, frame, [left, right]].all():
                    points = batch.keypoints[clip, person, frame]
                    lines.append((points[left] - points[right])[[0, 2]])
            if lines:
                return torch.stack(lines).mean(0), person, frame
    return None


@pytest.mark.parametrize("layout", ["openpose18", "ntu25", "coco17"])
def test_the_first_line_lies_along_x_and_nothing_else_changes(layout):
    batch = example_batch(layout=layout, coordinates=3)
    batch.score[2, 0] = 0  # the second person has to do
    batch = batch.with_keypoints(batch.keypoints)
    turned = AlignView()(batch)
    for clip in range(len(batch)):
        (x, z), *where = _line(batch, clip)
        (new_x, new_z), *same = _line(turned, clip)
        assert where == same
        assert new_x.item() == pytest.approx(math.hypot(x, z), rel=1e-5)
        assert new_z.item() == pytest.approx(0, abs=1e-5)
        angle = math.atan2(z, x)
        old, new = batch.keypoints[clip], turned.keypoints[clip]
        across = old[..., 0] * math.cos(angle) + old[..., 2] * math.sin(angle)
        torch.testing.assert_close(new[..., 0], across)
        torch.testing.assert_close(new[..., 1], old[..., 1])
        torch.testing.assert_close(new.norm(dim=-1), old.norm(dim=-1))
    assert _line(batch, 2)[1] == 1


def test_the_view_of_the_camera_no_longer_matters():
    batch = example_batch(coordinates=3)
    x, y, z = batch.keypoints.unbind(-1)
    from_the_side = batch.with_keypoints(torch.stack([z, y, -x], dim=-1))
    torch.testing.assert_close(AlignView()(from_the_side).keypoints, AlignView()(batch).keypoints)


def test_a_clip_without_a_line_stays():
    batch = example_batch(coordinates=3)
    batch.score[1, ..., [batch.layout.index(f"left_{joint}") for joint in ("hip", "shoulder")]] = 0
    batch = batch.with_keypoints(batch.keypoints)
    assert torch.equal(AlignView()(batch).keypoints[1], batch.keypoints[1])


def test_any_pairs_have_to_do_and_none_is_an_error():
    batch = example_batch(layout=TINY, coordinates=3, complete=True)
    turned = AlignView()(batch).keypoints[:, 0, 0]
    torch.testing.assert_close(turned[:, 0, 2], turned[:, 1, 2])
    lonely = replace(batch, layout=replace(TINY, pairs=()))
    with pytest.raises(LayoutError, match="has no pairs"):
        AlignView()(lonely)
    with pytest.raises(RecipeError, match="these are 2D"):
        AlignView()(example_batch())


def test_screen_by_hand():
    batch = example_batch(clips=3, persons=1, frames=2, complete=True)
    size = torch.tensor([[1920.0, 1080], [720, 1280], [torch.nan, torch.nan]])
    corner = size.nan_to_num(5)[:, None, None, None].expand_as(batch.keypoints)
    at_corner = Screen()(replace(batch, keypoints=corner, image_size=size))
    expected = torch.tensor([[1, 1080 / 1920], [720 / 1280, 1], [5, 5]])
    torch.testing.assert_close(at_corner.keypoints[:, 0, 0, 0], expected)
    at_origin = Screen()(replace(batch, keypoints=torch.zeros_like(corner), image_size=size))
    torch.testing.assert_close(at_origin.keypoints[:2, 0, 0, 0], -expected[:2])
    assert at_corner.image_size.isnan().all()
    assert torch.equal(Screen()(at_corner).keypoints, at_corner.keypoints)


@pytest.mark.parametrize("coordinates", [2, 3])
def test_box_against_the_literal_version(coordinates):
    batch = example_batch(coordinates=coordinates)
    batch.score[3] = 0
    pixels = batch.with_keypoints(batch.keypoints * 50 + 300)
    batch = replace(pixels, image_size=torch.full((4, 2), 640.0))
    boxed = Box()(batch)
    assert boxed.image_size.isnan().all()
    for clip in range(3):
        points = batch.keypoints[clip][batch.seen[clip]]
        lowest, highest = points.min(0).values, points.max(0).values
        side = (highest - lowest).max()
        expected = (points - (lowest + highest) / 2) / (side / 2)
        torch.testing.assert_close(boxed.keypoints[clip][batch.seen[clip]], expected, rtol=1e-4, atol=1e-5)
        assert expected.abs().max().item() == pytest.approx(1, abs=1e-5)
    assert not boxed.keypoints[3].any()


def test_scale_by_the_torso_against_the_literal_version():
    batch = example_batch(coordinates=3)
    index = batch.layout.index
    batch.score[2, ..., index("left_hip")] = 0
    batch = replace(batch.with_keypoints(batch.keypoints), image_size=torch.full((4, 2), 640.0))
    scaled, by_spread = ScaleToBody(by="torso")(batch), ScaleToBody()(batch)
    four = [index(f"{side}_{joint}") for joint in ("shoulder", "hip") for side in ("left", "right")]
    for clip in (0, 1, 3):
        lengths = []
        for person, frame in torch.cartesian_prod(torch.arange(2), torch.arange(16)).tolist():
            if batch.seen[clip, person, frame, four].all():
                joints = batch.keypoints[clip, person, frame, four]
                lengths.append((joints[:2].mean(0) - joints[2:].mean(0)).norm().item())
        expected = batch.keypoints[clip] / (sum(lengths) / len(lengths))
        torch.testing.assert_close(scaled.keypoints[clip], expected)
    torch.testing.assert_close(scaled.keypoints[2], by_spread.keypoints[2])
    assert scaled.image_size.isnan().all()
    with pytest.raises(LayoutError, match="left_shoulder"):
        ScaleToBody(by="torso")(example_batch(layout=TINY))

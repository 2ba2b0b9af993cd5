"""Pictures against a pinhole joint by joint, and what must hold for every lens."""

import math
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from dancekit_preprocessing.camera import Camera
from dancekit_preprocessing.normalise import ScaleToBody
from dancekit_preprocessing.picture import Screen
from dancekit_preprocessing.projection import Project
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.errors import RecipeError
from dancekit.plugin import Registry
from dancekit.skeleton.layout import Layout
from dancekit.testing import example_batch
from dancekit.testing.examples import clips_of, with_absent_frames, with_missing_as


def _before_camera(**arguments):
    return Camera(offset=0.1)(example_batch(coordinates=3, **arguments))


def _pixel(point, focal, inner, outer, width, height):
    """Where a point before the camera lies in the picture, or None where it does not."""
    x, y, z = point
    if z > -0.1:
        return None
    x, y = focal * width * x / -z, focal * width * -y / -z
    radius = math.hypot(x, y) / (math.hypot(width, height) / 2)
    factor = 1 + inner * radius**2 + outer * radius**4
    x, y = x * factor, y * factor
    if radius > 1 or abs(x) > width / 2 or abs(y) > height / 2:
        return None
    return x + width / 2, y + height / 2


@pytest.mark.parametrize(("inner", "outer"), [(0.0, 0.0), (-0.2, 0.05), (0.1, -0.02)])
@pytest.mark.parametrize("aspect", [1.0, 1.6, 0.5])
def test_against_a_pinhole(inner, outer, aspect):
    batch = _before_camera()
    batch = batch.with_keypoints(
        batch.keypoints + torch.tensor([0, 0, 2.5])
    )  # some are behind the camera now
    focal = 1.3
    lens = {"focal": (focal, focal), "distortion": (inner, inner), "outer_distortion": (outer, outer)}
    result = Project(**lens, aspects=(aspect,), width=800, fit=False)(batch)
    width, height = 800, round(800 / aspect)
    assert (result.image_size == torch.tensor([width, height])).all()
    inside, seen = 0, batch.seen
    for place in np.ndindex(*batch.score.shape):
        pixel = _pixel(batch.keypoints[place].double().tolist(), focal, inner, outer, width, height)
        if not seen[place] or pixel is None:
            assert result.score[place] == 0 and not result.keypoints[place].any()
            continue
        inside += 1
        assert result.score[place] == batch.score[place]
        assert result.keypoints[place].tolist() == pytest.approx(pixel, rel=1e-4, abs=1e-2)
    assert 100 < inside < seen.sum()


def test_left_is_at_the_right_of_the_picture_and_the_head_at_its_top():
    batch = example_batch(coordinates=3, layout="h36m17", clips=1, persons=1, complete=True)
    points = torch.zeros_like(batch.keypoints)
    for name, place in {"left_wrist": (0.5, 1, 0), "right_wrist": (-0.5, 1, 0), "head": (0, 1.6, 0)}.items():
        points[..., batch.layout.index(name), :] = torch.tensor(place)
    camera = Camera(yaw=(0, 0), elevation=(0, 0), roll=(0, 0))
    pixels = Project()(camera(batch.with_keypoints(points))).keypoints[0, 0, 0]
    left, right, head, foot = (
        pixels[batch.layout.index(name)].tolist()
        for name in ("left_wrist", "right_wrist", "head", "left_ankle")
    )
    assert left[0] > head[0] > right[0]
    assert head[1] < left[1] < foot[1]


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    size=st.floats(0.1, 20),
    margin=st.floats(0, 0.4),
    inner=st.floats(-0.3, 0.3),
    outer=st.floats(-0.1, 0.1),
    aspect=st.floats(0.4, 2.5),
    fit=st.booleans(),
)
def test_what_holds_for_every_lens(seed, size, margin, inner, outer, aspect, fit):
    batch = example_batch(coordinates=3, seed=seed, frames=8)
    batch = Camera(seed=seed)(batch.with_keypoints(batch.keypoints * size))
    try:
        lens = Project(
            distortion=(inner, inner),
            outer_distortion=(outer, outer),
            aspects=(aspect,),
            margin=margin,
            fit=fit,
        )
    except ValueError:
        radius = torch.linspace(0, 1, 1001, dtype=torch.float64)
        assert (radius * (1 + inner * radius**2 + outer * radius**4)).diff().min() < 2e-6
        return
    result = lens(batch)
    assert result.keypoints.isfinite().all() and not result.keypoints[~result.seen].any()
    assert torch.equal(result.present, batch.present) and not (result.seen & ~batch.seen).any()
    assert torch.equal(result.score[result.seen], batch.score[result.seen])
    share = result.keypoints / result.image_size[:, None, None, None]
    free = margin if fit else 0
    places = share[result.seen]
    if len(places):
        assert places.min() >= free - 1e-4 and places.max() <= 1 - free + 1e-4
    if fit:
        assert torch.equal(result.seen, batch.seen)


def test_a_lens_that_fits_is_left_as_it_was_drawn():
    batch = _before_camera()
    near = batch.with_keypoints(batch.keypoints * torch.tensor([0.1, 0.1, 1.0]))
    lens = {"focal": (0.8, 0.8), "distortion": (0.0, 0.0), "aspects": (1.0,)}
    results = [Project(**lens, fit=fit)(near) for fit in (True, False)]
    assert torch.equal(results[0].keypoints, results[1].keypoints)
    # And one that does not fit touches the edge.
    whole = Project(focal=(5, 5), distortion=(0, 0), aspects=(1.0,), margin=0.1)(batch)
    for clip in range(len(batch)):
        pixels = whole.keypoints[clip][whole.seen[clip]]
        assert (pixels - 500).abs().max().item() == pytest.approx(400, rel=1e-4)


def test_what_is_not_before_the_camera_is_missing():
    batch = _before_camera(complete=True)
    points = batch.keypoints.clone()
    depths = torch.tensor([1.0, 0.0, -1e-9, -0.09, -0.11])
    points[..., :5, 2] = depths
    for fit in (True, False):
        result = Project(fit=fit)(batch.with_keypoints(points))
        assert result.keypoints.isfinite().all()
        assert not result.seen[..., :4].any()
    assert Project(fit=True)(batch.with_keypoints(points)).seen[..., 4:].all()


def test_nothing_of_what_is_missing_or_absent_counts():
    batch = _before_camera()
    torch.testing.assert_close(Project()(with_missing_as(batch, -9.0)).keypoints, Project()(batch).keypoints)
    longer = Project()(with_absent_frames(batch, 9)).keypoints
    torch.testing.assert_close(longer[:, :, :-9], Project()(batch).keypoints)
    batch.score[2] = 0
    nothing = Project()(batch.with_keypoints(batch.keypoints))
    assert not nothing.keypoints[2].any() and nothing.image_size[2].isfinite().all()


def test_outside_training_a_clip_has_one_lens_and_no_camera_of_its_own():
    batch = _before_camera(clips=6)
    whole = Project()(batch)
    for start, stop in [(0, 2), (3, 6), (5, 6)]:
        part = Project()(clips_of(batch, start, stop))
        torch.testing.assert_close(part.keypoints, whole.keypoints[start:stop])
        assert torch.equal(part.image_size, whole.image_size[start:stop])
    assert not torch.allclose(Project(seed=1)(batch).keypoints, whole.keypoints)
    many = replace(example_batch(coordinates=3, clips=2000, frames=1, persons=1), index=torch.arange(2000))
    flat = many.with_keypoints(torch.tensor([0.01, 0, -1.0]).expand_as(many.keypoints))
    focal = Project(distortion=(0, 0))(flat).keypoints[:, 0, 0, 0, 0] / 1000 - 0.5
    line = many.with_keypoints(torch.zeros_like(many.keypoints))
    line.keypoints[..., 0, 2] = 1
    seen = Camera(elevation=(0, 0), roll=(0, 0))(line).keypoints[:, 0, 0]
    yaw = torch.atan2(seen[:, 1, 0] - seen[:, 0, 0], seen[:, 0, 2] - seen[:, 1, 2])
    assert focal.min().item() == pytest.approx(0.008, abs=1e-3) and focal.max().item() == pytest.approx(
        0.022, abs=1e-3
    )
    assert abs(np.corrcoef(focal, yaw)[0, 1]) < 0.07


def test_aspects_are_drawn_alike_and_the_screen_keeps_them():
    batch = Camera()(example_batch(coordinates=3, clips=900, frames=2, training=True))
    result = Project(aspects=(1.0, 1.7778, 0.5625), width=720)(batch)
    heights, counts = result.image_size[:, 1].unique(return_counts=True)
    assert heights.tolist() == [405, 720, 1280] and counts.min() > 250
    shown = Screen()(result)
    assert shown.keypoints.abs().max() <= 1


def test_what_is_refused():
    with pytest.raises(RecipeError, match="these are 2D"):
        Project()(example_batch())
    for arguments in (
        {"focal": (0, 1)},
        {"aspects": ()},
        {"aspects": (0.0,)},
        {"width": 0},
        {"margin": 0.5},
        {"nearest": 0},
        {"seed": -1},
        {"distortion": (-0.4, 0)},
        {"distortion": (-0.5, -0.5), "outer_distortion": (0.1, 0.1)},
        {"outer_distortion": (-0.3, 0)},
        {"distortion": (math.nan, 0)},
    ):
        with pytest.raises(ValueError, match=r"must|would fold"):
            Project(**arguments)


@pytest.mark.parametrize(("name", "layout"), [("pyskl", "bandai21"), ("videopose3d", "h36m17")])
def test_real_recordings_stay_in_the_picture(real_data, name, layout):
    """Of whole recordings, some of them walks of many metres, every joint is seen by a usual lens."""
    given = {
        "pyskl": {"path": real_data / "bandai2_3d.pkl", "classes": real_data / "bandai2.classes.txt"},
        "videopose3d": {"path": real_data / "data_3d_cmu.npz", "vertical": "y"},
    }[name]
    dataset = Registry.load().find("dataset", name).load()(layout=Layout.named(layout), **given)
    split = {"pyskl": "style_val", "videopose3d": "all"}[name]
    store = RecordingStore.pack(islice(dataset.recordings(split), 40), dataset.layout)
    batch = ScaleToBody(by="torso", size=0.5)(gather(store, torch.arange(len(store)), frames=64))
    seen = Camera(offset=0.1)(batch)
    result = Project()(seen)
    assert torch.equal(result.seen, batch.seen)
    share = (result.keypoints / result.image_size[:, None, None, None])[result.seen]
    assert share.min() >= 0.02 - 1e-4 and share.max() <= 0.98 + 1e-4
    for clip in range(len(store)):
        points, pixels = seen.keypoints[clip][seen.seen[clip]], result.keypoints[clip][seen.seen[clip]]
        across = (points[:, 0] / -points[:, 2]).double()
        focal = torch.linalg.lstsq(across[:, None], pixels[:, :1].double() - 500).solution.item() / 1000
        assert 0.3 < focal < 2.3

"""The pictures of dance_six as a user gets them."""

from __future__ import annotations

import pickle
from typing import Literal

import numpy as np
import pytest
import torch
from dancekit_sources.dance_six import DanceSix
from dancekit_sources.dance_six.anatomy import JOINTS
from dancekit_sources.dance_six.rendering import RenderedPictures
from dancekit_sources.dance_six.rendering.view import View

from dancekit.data.pictures import Strip, intersection_over_union
from dancekit.errors import DataError, RecipeError

MOMENTS = np.array([3, 40, 3])
SCENERIES: tuple[Literal["plain", "stage"], ...] = ("plain", "stage")


def pictures(scenery: Literal["plain", "stage"], seed: int = 6) -> RenderedPictures:
    return DanceSix(recordings_train=12, recordings_test=24, scenery=scenery, seed=seed).pictures("test")


@pytest.fixture(scope="module")
def plain() -> RenderedPictures:
    return pictures("plain")


@pytest.fixture(scope="module")
def stage() -> RenderedPictures:
    return pictures("stage")


def names() -> list[str]:
    return [f"test-{number:05d}" for number in range(24)]


def mask_of(strip: Strip) -> np.ndarray:
    assert strip.person_mask is not None
    return strip.person_mask


@pytest.mark.parametrize("scenery", SCENERIES)
def test_the_same_arguments_give_the_same_pictures(scenery: Literal["plain", "stage"]) -> None:
    source = pictures(scenery)
    strip = source.read("test-00004", MOMENTS, size=48)
    assert strip.frames.shape == (3, 3, 48, 48) and strip.frames.dtype == np.uint8
    assert mask_of(strip).shape == (3, 48, 48) and mask_of(strip).dtype == np.bool_
    np.testing.assert_array_equal(strip.frames[0], strip.frames[2])
    assert (strip.frames[0] != strip.frames[1]).any()

    alone = source.read("test-00004", MOMENTS[1:2], size=48)
    np.testing.assert_array_equal(alone.frames[0], strip.frames[1])
    for other in (pictures(scenery), pickle.loads(pickle.dumps(source))):
        again = other.read("test-00004", MOMENTS, size=48)
        np.testing.assert_array_equal(again.frames, strip.frames)
        np.testing.assert_array_equal(mask_of(again), mask_of(strip))
    elsewhere = pictures(scenery, seed=7).read("test-00004", MOMENTS, size=48)
    assert (elsewhere.frames != strip.frames).mean() > 0.5


def test_a_pickled_copy_is_small(plain: RenderedPictures) -> None:
    assert len(pickle.dumps(plain)) < 1000


def test_the_mask_is_where_the_joints_are(plain: RenderedPictures) -> None:
    data = DanceSix(recordings_train=12, recordings_test=24)
    (scene,) = data.scenes("test")
    for place, frames in enumerate(scene.frames.tolist()):
        joints = scene.joints[place, :frames]
        view = View.around(joints, scene.cameras.of(np.array([place])), size=96)
        moments = np.array([0, frames - 1])
        mask = mask_of(plain.read(f"test-{place:05d}", moments, size=96))
        for joint in ("pelvis", "spine", "left_knee", "right_knee", "left_elbow", "right_elbow", "neck"):
            points, _ = view.see(joints[moments, JOINTS.index(joint)])
            across, down = points.astype(int).T
            assert mask[[0, 1], down, across].all(), (place, joint)
        assert not mask[:, [0, -1]].any() and not mask[:, :, [0, -1]].any()  # nobody leaves the picture


def test_an_audience_hides_and_never_adds(plain: RenderedPictures, stage: RenderedPictures) -> None:
    hidden = 0
    for name in names():
        whole, seen = (mask_of(each.read(name, MOMENTS[:2], size=96)) for each in (plain, stage))
        assert (seen & ~whole).sum() < 5, name  # the light falls from elsewhere, and is rounded to pixels
        hidden += int((whole & ~seen).sum() > 5)
    assert 1 < hidden < 12


def test_a_dancer_stands_out_from_a_plain_wall(plain: RenderedPictures) -> None:
    for name in names():
        strip = plain.read(name, MOMENTS[1:2], size=96)
        mask, picture = mask_of(strip)[0], strip.frames[0].mean(0)
        wall = np.median(picture[~mask])
        assert np.abs(picture[~mask] - wall).mean() < 12 < 40 < np.abs(picture[mask] - wall).mean(), name


def test_a_stage_is_busy(plain: RenderedPictures, stage: RenderedPictures) -> None:
    spread = {"plain": 0.0, "stage": 0.0}
    for source, kind in ((plain, "plain"), (stage, "stage")):
        for name in names():
            strip = source.read(name, MOMENTS[1:2], size=96)
            spread[kind] += float(strip.frames[0].mean(0)[~mask_of(strip)[0]].std()) / len(names())
    assert spread["stage"] > 3 * spread["plain"]


def test_sizes_show_the_same(plain: RenderedPictures) -> None:
    for name in names()[:6]:
        small, large = (mask_of(plain.read(name, MOMENTS[:2], size=size)) for size in (96, 192))
        shrunk = large.reshape(2, 96, 2, 96, 2).mean((2, 4)) > 0.5
        assert intersection_over_union(torch.tensor(small), torch.tensor(shrunk)).min() > 0.85


def test_keypoints_know_nothing_of_the_scenery() -> None:
    one, other = (
        list(DanceSix(recordings_train=6, recordings_test=6, scenery=scenery).recordings("test"))
        for scenery in SCENERIES
    )
    for before, after in zip(one, other, strict=True):
        np.testing.assert_array_equal(before.keypoints, after.keypoints)


@pytest.mark.parametrize("name", ["test-00024", "train-00001", "test-1", "", "test-0000١"])
def test_a_recording_that_is_not_there_is_a_sentence(plain: RenderedPictures, name: str) -> None:
    with pytest.raises(DataError, match="test-00000 to test-00023"):
        plain.read(name, MOMENTS, size=32)


@pytest.mark.parametrize("moment", [-1, 120, 10**9])
def test_a_frame_that_is_not_there_is_a_sentence(plain: RenderedPictures, moment: int) -> None:
    with pytest.raises(DataError, match=rf"it has no frame {moment}\. It has \d+, from 0"):
        plain.read("test-00000", np.array([0, moment]), size=32)


def test_splits_and_sceneries_that_are_not_there_are_sentences() -> None:
    with pytest.raises(DataError, match="no split 'val'"):
        DanceSix().pictures("val")
    with pytest.raises(RecipeError, match="Take one of plain, stage"):
        DanceSix(scenery="street")  # type: ignore[arg-type]

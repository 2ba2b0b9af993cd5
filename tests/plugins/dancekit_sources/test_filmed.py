"""Recordings with their videos."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from dancekit_sources.filmed import Filmed, around, window_of

from dancekit.assembly import prepare_data
from dancekit.data.clips import Clip
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import Draft
from dancekit.skeleton.layout import Layout

SIZE = (96, 64)
FRAMES = 6


class Made(Dataset):
    """Two recordings of a person who stands where a white square is filmed."""

    layout = Layout.named("coco17")
    classes = ("stand",)
    splits = ("train",)

    def recordings(self, split: str):
        for name in ("a", "sub/b"):
            keypoints = np.tile(np.array([40.0, 30.0]), (FRAMES, 17, 1))
            keypoints[:, 0] += 10
            yield Clip.of(keypoints, label=0, name=name, frame_rate=25, image_size=SIZE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Videos whose pictures grow brighter from frame to frame, with a square at the person."""
    cv2 = pytest.importorskip("cv2")
    for number, name in enumerate(("a.avi", "sub/b.avi")):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        video = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"MJPG"), 25, SIZE)
        for frame in range(FRAMES):
            picture = np.full((SIZE[1], SIZE[0], 3), 20 * frame + 100 * number, np.uint8)
            picture[20:40, 30:60] = 255
            video.write(picture)
        video.release()
    return tmp_path


def test_frames_are_those_of_the_recording(folder: Path) -> None:
    whole = Filmed(recordings=Made, folder=folder, shows="whole").pictures("train")
    moments = np.array([4, 0, 4, 2])
    strip = whole.read("a", moments, size=96)
    assert strip.frames.shape == (4, 3, 96, 96) and strip.person_mask is None
    np.testing.assert_allclose(strip.frames[:, :, 20, 5].mean(1), 20 * moments, atol=6)
    assert not strip.frames[:, :, :10].any()  # above the picture, which is not square
    np.testing.assert_array_equal(strip.frames[0], strip.frames[2])
    assert whole.read("sub/b", moments, size=8).frames[1, :, 4, 0].mean() == pytest.approx(100, abs=8)
    copy = pickle.loads(pickle.dumps(whole))
    np.testing.assert_array_equal(copy.read("a", moments, size=96).frames, strip.frames)


def test_the_person_fills_the_square(folder: Path) -> None:
    person = Filmed(recordings=Made, folder=folder).pictures("train")
    frames = person.read("a", np.array([0]), size=13).frames
    left, top, side = window_of(next(Made().recordings("train")))
    assert (left, top, side) == (38, 28, 13)  # 10 pixels and 15 % of them on each side
    assert frames[0, :, 3, 3].min() > 200


def test_the_square_around_a_picture() -> None:
    assert around(96, 64) == (0, -16, 96) and around(3, 7) == (-2, 0, 7)


def test_a_recipe_names_what_is_filmed(folder: Path) -> None:
    recipe = {
        "data": {"name": "filmed", "recordings": {"name": "dance_six"}, "folder": str(folder)},
        "backbone": {"name": "stgcn"},
        "batches": {"pictures": 16},
    }
    checked = check_recipe(Draft(content=recipe, folder=folder, name="r"), Registry.load())
    with pytest.raises(DataError, match=r"has no video of train-00000.*train-00000\.mp4"):
        prepare_data(checked)


def test_what_is_missing_is_said(folder: Path) -> None:
    with pytest.raises(RecipeError, match="there is no folder"):
        Filmed(recordings=Made, folder=folder / "nowhere")
    with pytest.raises(RecipeError, match="Take one of person, whole"):
        Filmed(recordings=Made, folder=folder, shows="face")  # type: ignore[arg-type]
    pictures = Filmed(recordings=Made, folder=folder).pictures("train")
    with pytest.raises(DataError, match="no video of a recording 'c'"):
        pictures.read("c", np.array([0]), size=8)
    clip = next(Made().recordings("train"))
    with pytest.raises(DataError, match="not in pixels"):
        window_of(Clip.of(clip.keypoints, label=0, name="x"))
    nobody = Clip.of(np.full((3, 17, 2), np.nan), label=0, name="x", image_size=SIZE)
    with pytest.raises(DataError, match="nobody is seen"):
        window_of(nobody)
    (folder / "a.avi").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be read as a video"):
        Filmed(recordings=Made, folder=folder).pictures("train").read("a", np.array([0]), size=8)

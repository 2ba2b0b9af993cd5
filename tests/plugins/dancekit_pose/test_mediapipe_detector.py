"""MediaPipe for real, in an environment of its own, on a dancer whose joints are known."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from dancekit_pose.blazepose import silence
from dancekit_pose.mediapipe import MediaPipe
from dancekit_sources.dance_six import DanceSix
from dancekit_sources.dance_six.anatomy import JOINTS
from dancekit_sources.dance_six.rendering.view import View
from environments import environment_with
from PIL import Image

from dancekit.errors import PluginError, RecipeError
from dancekit.skeleton.layout import Layout

HERE = Path(__file__).parent
SIZE, FRAMES = 400, 24
STRIP, ROW = 200, 4
"""The width of one dancer in a row, and how many there are."""
COMPARED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def test_without_mediapipe_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(PluginError, match=r"dancekit\[video\].*environment of its own"):
        MediaPipe()


def test_arguments_that_make_no_sense() -> None:
    with pytest.raises(RecipeError, match="confidence is 2"):
        MediaPipe(confidence=2)
    with pytest.raises(RecipeError, match="persons is 0"):
        MediaPipe(persons=0)


def test_native_code_is_silent_for_a_while_only(capfd: pytest.CaptureFixture[str]) -> None:
    with silence():
        os.write(2, b"from native code")
    with pytest.raises(ValueError, match="wrong"), silence():
        raise ValueError("wrong")
    os.write(2, b"heard again")
    assert capfd.readouterr().err == "heard again"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DANCEKIT_MEDIAPIPE_PYTHON names one that is kept between runs."""
    kept = os.environ.get("DANCEKIT_MEDIAPIPE_PYTHON")
    packages = ["mediapipe==0.10.21", "numpy<2", "opencv-contrib-python<4.12"]
    return Path(kept) if kept else environment_with(tmp_path_factory.mktemp("mediapipe") / "env", packages)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """A dance as a video, one frame of it, the same stage without anybody, and several dancers in a row."""
    folder = tmp_path_factory.mktemp("recordings")
    strip = (
        DanceSix(recordings_train=6, recordings_test=6)
        .pictures("test")
        .read("test-00001", np.arange(FRAMES), size=SIZE)
    )
    pictures = strip.frames.transpose(0, 2, 3, 1)  # (T, H, W, 3)
    write_video(folder / "dance.mp4", pictures)
    Image.fromarray(pictures[12]).save(folder / "photo.png")
    assert strip.person_mask is not None
    colour = np.median(pictures[0][~strip.person_mask[0]], axis=0).astype(np.uint8)
    Image.fromarray(np.broadcast_to(colour, (SIZE, SIZE, 3)).copy()).save(folder / "wall.png")
    row = dancers_in_a_row()
    (folder / "picture").mkdir()
    write_video(folder / f"row_of_{ROW}.mp4", row)
    Image.fromarray(row[12]).save(folder / "picture" / f"row_of_{ROW}.png")
    names = ("dance.mp4", "photo.png", "wall.png", f"row_of_{ROW}.mp4", f"picture/row_of_{ROW}.png")
    return tuple(folder / name for name in names)


def dancers_in_a_row() -> np.ndarray:
    """(T, H, W, 3) so close that a window around one shows the next."""
    dances = DanceSix(recordings_train=6, recordings_test=6, scenery="plain").pictures("test")
    strips = []
    for number in range(ROW):
        strip = dances.read(f"test-{number:05d}", np.arange(FRAMES), size=SIZE)
        assert strip.person_mask is not None
        columns = np.nonzero(strip.person_mask.any(axis=(0, 1)))[0]
        left = int(np.clip((columns.min() + columns.max() - STRIP) // 2, 0, SIZE - STRIP))
        strips.append(strip.frames.transpose(0, 2, 3, 1)[:, :, left : left + STRIP])
    return np.concatenate(strips, axis=2)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """(T, J, 2) where the joints of JOINTS are in the pictures."""
    (scene,) = DanceSix(recordings_train=6, recordings_test=6).scenes("test")
    joints = scene.joints[1, : scene.frames[1]]
    view = View.around(joints, scene.cameras.of(np.array([1])), size=SIZE)
    return view.see(joints[:FRAMES])[0]


def write_video(file: Path, pictures: np.ndarray) -> None:
    height, width = pictures.shape[1:3]
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 30, (width, height))
    for picture in pictures:
        writer.write(np.ascontiguousarray(picture[..., ::-1]))
    writer.release()


@pytest.mark.slow
def test_mediapipe_finds_the_dancer(
    python: Path, sources: tuple[Path, ...], truth: np.ndarray, tmp_path: Path
) -> None:
    done = subprocess.run(
        [python, HERE / "in_mediapipe.py", tmp_path, *sources],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stderr  # MediaPipe does not tell of itself
    with np.load(tmp_path / "dance.npz") as dance:
        assert dance["keypoints"].shape == (1, FRAMES, 33, 2) and dance["present"].all()
        assert dance["size"].tolist() == [SIZE, SIZE] and dance["rate"] == pytest.approx(30)
        errors = distances(dance["keypoints"][0], truth)
    with np.load(tmp_path / "photo.npz") as photo:
        assert photo["keypoints"].shape == (1, 1, 33, 2) and photo["rate"] == 0
        errors_of_photo = distances(photo["keypoints"][0], truth[12:13])
    height = float(np.ptp(truth[0, :, 1]))
    assert np.median(errors) < 0.05 * height and np.median(errors_of_photo) < 0.05 * height
    with np.load(tmp_path / "wall.npz") as wall:
        assert wall["keypoints"].shape == (1, 1, 33, 2) and not wall["present"].any()


def distances(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(T, 12) in pixels, left compared with left."""
    layout = Layout.named("mediapipe33")
    names = [f"{side}_{part}" for side in ("left", "right") for part in COMPARED]
    ours = found[:, [layout.index(name) for name in names]]
    return np.linalg.norm(ours - truth[:, [JOINTS.index(name) for name in names]], axis=-1)

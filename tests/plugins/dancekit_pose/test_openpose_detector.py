"""OpenPose's files as a detector: both models, people followed, and files that are not as they should be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_pose.openpose import OpenPoseFiles
from dancekit_sources.dance_six import DanceSix

from dancekit.errors import DataError, RecipeError
from dancekit.testing import check_detector


def write_frame(folder: Path, number: int, people: Sequence[np.ndarray]) -> Path:
    """As OpenPose does: (V, 3) each."""
    folder.mkdir(exist_ok=True)
    listed = [{"person_id": [-1], "pose_keypoints_2d": each.ravel().tolist()} for each in people]
    file = folder / f"dance_{number:012d}_keypoints.json"
    file.write_text(json.dumps({"version": 1.3, "people": listed}))
    return file


def person(x: float, joints: int = 25) -> np.ndarray:
    shape = np.random.default_rng(1).uniform((0, 0), (60, 180), (joints, 2))
    return np.column_stack([shape + np.array((x, 50)), np.linspace(0.2, 1, joints)])


@pytest.fixture
def dance(tmp_path: Path) -> Path:
    """Two people who change places in the files, 20 frames; the sixth has no file."""
    for number in (each for each in range(20) if each != 5):
        pair = [person(100 + 3 * number), person(400 - 3 * number)]
        write_frame(tmp_path / "dance", number, pair[:: (-1) ** number])
    return tmp_path / "dance"


def test_two_people_by_body_25(dance: Path) -> None:
    clip = OpenPoseFiles(frame_rate=25, image_size=(640, 480))(dance)
    assert clip.keypoints.shape == (2, 20, 25, 2)
    assert (clip.name, clip.frame_rate, clip.image_size, clip.label) == ("dance", 25, (640, 480), -1)
    assert clip.present.sum(axis=1).tolist() == [19, 19] and not clip.present[:, 5].any()
    moved = clip.keypoints[:, 19, 3, 0] - clip.keypoints[:, 0, 3, 0]
    assert sorted(moved.tolist()) == pytest.approx([-57, 57], abs=1e-3)
    np.testing.assert_allclose(clip.score[0, 0], np.linspace(0.2, 1, 25), rtol=1e-6)


def test_a_dance_in_coco_18_comes_back_as_it_was(tmp_path: Path) -> None:
    truth = next(
        iter(DanceSix(recordings_train=6, recordings_test=6, keypoints="true_2d").recordings("test"))
    )
    for number in range(30):
        joints = np.column_stack([truth.keypoints[0, number], truth.score[0, number]])
        write_frame(tmp_path / "dance", number, [joints])
    detector = OpenPoseFiles(model="COCO")
    clip = detector(tmp_path / "dance")
    assert detector.layout.name == "openpose18" and clip.present.all()
    np.testing.assert_allclose(clip.keypoints[0], truth.keypoints[0, :30], rtol=1e-6)


def test_one_file_is_an_image(tmp_path: Path) -> None:
    file = write_frame(tmp_path / "dance", 7, [person(100), np.zeros((25, 3)), person(300)])
    clip = OpenPoseFiles()(file)
    assert clip.keypoints.shape == (2, 1, 25, 2) and clip.frame_rate is None


def test_nobody_is_found(tmp_path: Path) -> None:
    for number in range(4):
        write_frame(tmp_path / "dance", number, [])
    clip = OpenPoseFiles()(tmp_path / "dance")
    assert clip.keypoints.shape == (1, 4, 25, 2) and not clip.present.any()


def test_it_recognises_its_own_files_alone(dance: Path, tmp_path: Path) -> None:
    assert OpenPoseFiles.recognises(dance) and OpenPoseFiles.recognises(min(dance.iterdir()))
    (tmp_path / "other.json").write_text('{"version": 1.3}')
    (tmp_path / "dance.mp4").touch()
    store = tmp_path / "a.store"  # of dancekit, which keeps the names of its people in JSON
    store.mkdir()
    (store / "names.json").write_text('{"names": ["dance"], "people": ["anna"]}')
    pictures = (tmp_path / "dance.mp4", Path("0"))
    others = (tmp_path, tmp_path / "other.json", store, tmp_path / "nowhere", *pictures)
    assert not any(map(OpenPoseFiles.recognises, others))


def test_the_contract(dance: Path) -> None:
    check_detector(OpenPoseFiles, source=dance, frame_rate=25)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "empty"),
        ("{", "no JSON"),
        ('{"people": 3}', "no list `people`"),
        ('{"people": [{}]}', "pose_keypoints_2d"),
        (json.dumps({"people": [{"pose_keypoints_2d": [1.0] * 54}]}), "54 numbers in place of 75"),
        (json.dumps({"people": [{"pose_keypoints_2d": [0.5] * 75}]}), "no pixels"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(dance: Path, content: str, problem: str) -> None:
    (dance / "dance_000000000009_keypoints.json").write_text(content)
    if problem == "no pixels":
        for file in dance.iterdir():
            file.write_text(content)
    with pytest.raises(DataError, match=problem):
        OpenPoseFiles()(dance)


@pytest.mark.parametrize(
    "wrong", [{"model": "MPI"}, {"frame_rate": 0.0}, {"persons": 0}, {"image_size": (0, 480)}]
)
def test_arguments_without_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        OpenPoseFiles(**wrong)


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no"):
        OpenPoseFiles()(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no frame"):
        OpenPoseFiles()(tmp_path / "empty")

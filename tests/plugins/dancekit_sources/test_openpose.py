"""OpenPose's folders: frames, people, models, scales, and whatever is wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.openpose import OpenPose
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.openpose_json import read_recording
from dancekit.errors import DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset

BODY25, COCO18 = Layout.named("body25"), Layout.named("openpose18")


def person(x: float, joints: int = 25, score: float = 0.8) -> list[float]:
    points = np.random.default_rng(0).uniform((0, 50), (100, 350), (joints, 2)) + np.array([x, 0])
    return [float(value) for row in points.round(3) for value in (*row, score)]


def frame(*people: Any) -> dict[str, Any]:
    return {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": each} for each in people]}


def write(folder: Path, frames: dict[int, Any], *, name: str = "{:012d}_keypoints.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in frames.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{folder.name}_{name.format(number)}").write_text(text)
    return folder


def dataset(path: Path, **arguments: Any) -> OpenPose:
    usual = {
        "layout": BODY25,
        "keypoint_scale": "pixels",
        "frame_rate": 25,
        "label_pattern": r"^([a-z]+)_",
        "person_pattern": r"_(s\d+)$",
    }
    return OpenPose(path=path, **{**usual, **arguments})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    walk = {
        number: frame(person(10 + 5 * number), person(600 - 5 * number, score=0.6)) for number in range(4)
    }
    write(tmp_path / "walk_s1", walk)
    write(tmp_path / "wave_s2", {7: frame(person(10)), 9: frame(person(12))})
    return tmp_path


def test_recordings(folder: Path) -> None:
    data = dataset(folder, image_size=(1280, 720))
    assert data.splits == ("all",) and data.classes == ("walk", "wave")
    walk, wave = data.recordings("all")
    assert (walk.name, walk.label, walk.person, walk.frame_rate) == ("walk_s1", 0, "s1", 25)
    assert walk.image_size == (1280, 720) and walk.keypoints.shape == (2, 4, 25, 2)
    expected = np.array(person(15)).reshape(25, 3)
    np.testing.assert_allclose(walk.keypoints[0, 1], expected[:, :2], rtol=1e-6)
    np.testing.assert_allclose(walk.score[:, :, 0], [[0.8] * 4, [0.6] * 4], rtol=1e-6)
    assert wave.present.tolist() == [[True, False, True]] and wave.person == "s2"


def test_people_change_places_in_the_file(tmp_path: Path) -> None:
    a, b = person(10), person(500, score=0.7)
    write(tmp_path / "walk_s1", {0: frame(a, b), 1: frame(b, a), 2: frame(b), 3: frame(a, b)})
    (clip,) = dataset(tmp_path).recordings("all")
    assert clip.present.tolist() == [[True] * 4, [True, True, False, True]]  # 4 times 0.7 before 3 times 0.8
    np.testing.assert_allclose(clip.score[:, [0, 1, 3], 3], [[0.7] * 3, [0.8] * 3], rtol=1e-6)


def test_the_model_coco(tmp_path: Path) -> None:
    write(tmp_path / "walk_s1", {0: frame(person(10, 18)), 1: frame(person(10, 18), [])})
    (clip,) = dataset(tmp_path, layout=COCO18).recordings("all")
    assert clip.keypoints.shape == (1, 2, 18, 2)
    with pytest.raises(
        DataError, match=r"people\[0\]: `pose_keypoints_2d` has 54 numbers in place of 75.*layout"
    ):
        list(dataset(tmp_path).recordings("all"))


def test_a_joint_that_was_not_found_is_missing(tmp_path: Path) -> None:
    values = person(10)
    values[6:9] = 0, 0, 0
    write(tmp_path / "walk_s1", {0: frame(values)})
    (clip,) = dataset(tmp_path).recordings("all")
    assert clip.score[0, 0, :4].tolist() == pytest.approx([0.8, 0.8, 0, 0.8])


def test_nobody_in_any_frame(tmp_path: Path) -> None:
    write(tmp_path / "walk_s1", {0: frame(), 1: frame([0.0] * 75)})
    (clip,) = dataset(tmp_path).recordings("all")
    assert clip.keypoints.shape == (1, 2, 25, 2) and not clip.present.any()


def test_splits_are_folders(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write(tmp_path / split / "walk_s1", {0: frame(person(1))}, name="{}.json")
    data = dataset(tmp_path)
    assert data.splits == ("test", "train")
    assert [clip.name for clip in data.recordings("train")] == ["walk_s1"]
    write(tmp_path / "wave_s2", {0: frame(person(1))})
    with pytest.raises(DataError, match="wave_s2 is a recording, and test is a folder of some"):
        dataset(tmp_path)


def test_scales(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"walk_s1: keypoints go up to \d+\.?\d*, so they are not normalised"):
        list(dataset(folder, keypoint_scale="normalised").recordings("all"))
    small = [value / 1000 for value in person(10)]
    write(tmp_path / "more" / "wave_s1", {0: frame(small)})
    (clip,) = dataset(tmp_path / "more", keypoint_scale="normalised").recordings("all")
    assert clip.image_size is None and clip.keypoints.max() < 1
    with pytest.raises(DataError, match=r"no keypoint is beyond 1, so they are no pixels"):
        list(dataset(tmp_path / "more").recordings("all"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"keypoint_scale": "metres"}, "Take one of pixels, normalised"),
        ({"keypoint_scale": "normalised", "image_size": (10, 10)}, "for keypoints in pixels only"),
        ({"image_size": (0, 10)}, r"image_size is \(0, 10\)"),
        ({"frame_rate": 0}, "frame_rate is 0"),
        ({"frame_rate": float("inf")}, "frame_rate is inf"),
        ({"persons": 0}, "persons is 0"),
        ({"label_pattern": "walk"}, "label_pattern 'walk' has 0 groups"),
        ({"person_pattern": "("}, "person_pattern .* no regular expression"),
    ],
)
def test_parameters_that_make_no_sense(folder: Path, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        dataset(folder, **arguments)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        ('{"people": [', "line 1, column 13: this is no JSON"),
        ("[]", "there is no list `people`"),
        ('{"people": 3}', "there is no list `people`"),
        ('{"people": [3]}', r"people\[0\] has no `pose_keypoints_2d`"),
        ('{"people": [{"pose_keypoints": [1, 2, 3]}]}', "has no `pose_keypoints_2d`.*1.2 or later"),
        (frame("text"), r"people\[0\]: `pose_keypoints_2d` is no list of numbers"),
        (frame(person(1), person(1)[:-3]), r"people\[1\]: .* has 72 numbers in place of 75"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_wrong_file_is_named(folder: Path, content: Any, words: str) -> None:
    write(folder / "walk_s1", {2: content})
    with pytest.raises(DataError, match=rf"walk_s1_000000000002_keypoints\.json: .*{words}"):
        list(dataset(folder).recordings("all"))


def test_folders_that_do_not_fit(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="walk_s1: there is no folder of JSON files in it"):
        dataset(folder / "walk_s1")
    with pytest.raises(DataError, match="this is no folder"):
        dataset(next((folder / "walk_s1").iterdir()))
    with pytest.raises(DataError, match=r"label_pattern .* finds nothing in 2 of 2 names"):
        dataset(folder, label_pattern="^([A-Z]+)_")
    with pytest.raises(DataError, match=r"no split 'train'.*There is: all"):
        dataset(folder).recordings("train")
    (folder / "wave_s2" / "last.json").write_text("{}")
    with pytest.raises(DataError, match=r"last\.json: its name has no frame number"):
        list(dataset(folder).recordings("all"))
    (folder / "wave_s2" / "last.json").rename(folder / "wave_s2" / "other_7.json")
    with pytest.raises(
        DataError, match=r"wave_s2_000000000007_keypoints\.json: other_7\.json is frame 7 too"
    ):
        list(dataset(folder).recordings("all"))
    (folder / "wave_s2" / "other_7.json").unlink()
    write(folder / "wave_s2", {999_999_999: frame()})
    with pytest.raises(DataError, match="numbered from 7 to 999999999"):
        list(dataset(folder).recordings("all"))


TEXT = json.dumps(frame(person(1), person(300)))


@settings(max_examples=200, deadline=None)
@given(
    cut=st.integers(1, len(TEXT)),
    at=st.integers(0, len(TEXT) - 1),
    put=st.text(max_size=3) | st.sampled_from(["NaN", "-Infinity", "1e999", "[", "]", "{}", "null", "true"]),
)
def test_any_damage_gives_frames_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, at: int, put: str
) -> None:
    damaged = (TEXT[:at] + put + TEXT[at + len(put) :])[:cut]
    folder = tmp_path_factory.mktemp("damage")
    (folder / "1.json").write_text(damaged, encoding="utf-8")
    try:
        frames = read_recording(folder, BODY25)
    except DataError as error:
        assert error.message.startswith(str(folder / "1.json"))
    else:
        assert len(frames) == 1 and np.isfinite(frames[0]).all()


def test_the_contract(folder: Path) -> None:
    check_dataset(
        OpenPose,
        path=folder,
        layout=BODY25,
        keypoint_scale="pixels",
        frame_rate=30.0,
        label_pattern="^([a-z]+)",
    )

"""COCO keypoint JSON: recordings from file names, tracks or association, and whatever is wrong."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.coco_json import CocoJson
from dancekit_sources.coco_parse import gather
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError, RecipeError
from dancekit.testing import check_dataset

VIDEO = re.compile("^(.+)/")


def keypoints(x: float, third: float = 2) -> list[float]:
    points = np.random.default_rng(0).uniform((0, 50), (100, 350), (17, 2)) + np.array([x, 0])
    return [value for row in points.round(2).tolist() for value in (*row, third)]


def content() -> dict[str, Any]:
    """walk_s1: two people in frames 1, 2 and 4, listed out of order; wave_s2: one person in frame 10."""
    images = [
        {"id": 11, "file_name": "walk_s1/000002.jpg", "width": 640, "height": 480},
        {"id": 10, "file_name": "walk_s1/000001.jpg", "width": 640, "height": 480},
        {"id": 12, "file_name": "walk_s1/000004.jpg", "width": 640, "height": 480},
        {"id": 20, "file_name": "wave_s2/img_10.v2.jpg", "width": 320, "height": 240},
    ]
    who = [(11, 400, 5), (11, 12, 3), (10, 10, 3), (10, 400, 5), (12, 14, 3), (20, 10, 0)]
    annotations = [
        {"image_id": image, "keypoints": keypoints(x), "track_id": track} for image, x, track in who
    ]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}


def without_tracks() -> dict[str, Any]:
    made = content()
    for annotation in made["annotations"]:
        del annotation["track_id"]
    return made


Read = Callable[..., CocoJson]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def dataset(made: Any, **arguments: Any) -> CocoJson:
        file = tmp_path / "people.json"
        file.write_text(json.dumps(made))
        usual = {"video_pattern": "^(.+)/", "label_pattern": "^([a-z]+)_", "frame_rate": 25.0}
        return CocoJson(path=file, **{**usual, **arguments})

    return dataset


@pytest.mark.parametrize("made", [content(), without_tracks()], ids=["tracks", "followed"])
def test_recordings(read: Read, made: dict[str, Any]) -> None:
    data = read(made, person_pattern=r"_(s\d)$")
    assert data.classes == ("walk", "wave") and data.splits == ("all",)
    walk, wave = data.recordings("all")
    assert (walk.name, walk.label, walk.person, walk.frame_rate) == ("walk_s1", 0, "s1", 25)
    assert walk.image_size == (640, 480) and wave.image_size == (320, 240)
    assert walk.present.tolist() == [[True, True, False, True], [True, True, False, False]]
    expected = np.array(keypoints(12)).reshape(17, 3)[:, :2]
    np.testing.assert_allclose(walk.keypoints[0, 1], expected, rtol=1e-6)
    assert walk.score[walk.present].min() == 1 and wave.keypoints.shape == (1, 1, 17, 2)


def test_tracks_are_believed_even_where_people_jump(read: Read) -> None:
    made = content()
    made["annotations"][0]["track_id"], made["annotations"][1]["track_id"] = 3, 5
    walk, _ = read(made).recordings("all")
    assert walk.keypoints[0, 1, 0, 0] > 399
    assert [clip.name for clip in read(made, persons=1).recordings("all")] == ["walk_s1", "wave_s2"]


def test_visibility_and_scores(read: Read) -> None:
    made = content()
    made["annotations"][-1]["keypoints"][2], made["annotations"][-1]["keypoints"][5] = 1, 0
    _, wave = read(made).recordings("all")
    assert wave.score[0, 0, :3].tolist() == [0.5, 0, 1] and wave.keypoints[0, 0, 1].tolist() == [0, 0]
    made["annotations"][-1]["keypoints"] = keypoints(0, 0.25)
    with pytest.raises(
        DataError, match=r"annotations\[5\]: the third number .* not 0, 1 or 2.*confidence to score"
    ):
        read(made)
    _, wave = read(made, confidence="score").recordings("all")
    assert wave.score.min() == wave.score.max() == 0.25


def test_people_without_joints_are_nobody(read: Read) -> None:
    made = content()
    made["annotations"].append({"image_id": 20, "keypoints": [0] * 51})
    _, wave = read(made).recordings("all")
    assert wave.keypoints.shape[0] == 1


def test_images_without_sizes(read: Read) -> None:
    made = content()
    for image in made["images"]:
        del image["width"], image["height"]
    assert all(clip.image_size is None for clip in read(made).recordings("all"))


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = content()
    holder: Any = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return made


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ([], "there is no list `images`"),
        ({"images": []}, "the list `images` is empty"),
        ({"images": content()["images"]}, "there is no list `annotations`"),
        (changed(("images", 0), 3), r"images\[0\] has no whole number `id`"),
        (changed(("images", 0, "id"), "a"), r"images\[0\] has no whole number `id`"),
        (changed(("images", 0, "id"), 10), r"images\[1\]: the id 10 is there twice"),
        (changed(("images", 0, "file_name"), None), r"images\[0\] has no text `file_name`"),
        (changed(("images", 0, "file_name"), "walk_s1/a.jpg"), "'walk_s1/a.jpg' has no frame number"),
        (changed(("images", 0, "file_name"), "000002.jpg"), "video_pattern .* finds nothing in 1 of 4 names"),
        (changed(("images", 0, "file_name"), "walk_s1/1.jpg"), "'walk_s1' has two images of frame 1"),
        (
            changed(("images", 0, "file_name"), "walk_s1/900000.jpg"),
            "'walk_s1': the frames are numbered from 1",
        ),
        (changed(("images", 0, "file_name"), "WALK/1.jpg"), "label_pattern .* finds nothing in 1 of 3 names"),
        (changed(("images", 0, "width"), 641), "the images of 'walk_s1' have several sizes"),
        (changed(("images", 0, "width"), -1), r"images\[0\] has a `width` or `height`"),
        (changed(("images", 0, "width"), None), r"images\[0\] has a `width` or `height`"),
        (changed(("annotations", 0), None), r"annotations\[0\] has no whole number `image_id`"),
        (changed(("annotations", 0, "image_id"), 99), r"annotations\[0\]: there is no image 99"),
        (
            changed(("annotations", 0), {"image_id": 10}),
            r"annotations\[0\] has no `keypoints`.*not that with boxes",
        ),
        (changed(("annotations", 0, "keypoints"), [1] * 50), "has 50 numbers in place of 51"),
        (changed(("annotations", 0, "keypoints"), "x"), "`keypoints` is no list of numbers"),
        (changed(("annotations", 0, "track_id"), "a"), "`track_id` that is no whole number"),
        (changed(("annotations", 0, "track_id"), 2**70), "`track_id` that is no whole number"),
        (changed(("annotations", 0, "track_id"), None), "'walk_s1': 1 of 5 annotations have no `track_id`"),
        (changed(("annotations", 1, "track_id"), 5), r"annotations\[1\]: the track 5 is twice in one image"),
    ],
)
def test_a_wrong_file_is_told_with_the_place(read: Read, made: Any, words: str) -> None:
    with pytest.raises(DataError, match=rf"people\.json: .*{words}"):
        list(read(made).recordings("all"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"confidence": "v"}, "Take one of visibility, score"),
        ({"frame_rate": -1.0}, "frame_rate is -1"),
        ({"persons": 0}, "persons is 0"),
        ({"video_pattern": ".*"}, "video_pattern .* has 0 groups"),
    ],
)
def test_parameters_that_make_no_sense(read: Read, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        read(content(), **arguments)


def test_no_such_split(read: Read) -> None:
    with pytest.raises(DataError, match=r"no split 'train'.*There is: all"):
        read(content()).recordings("train")


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just([]) | st.just({})
)
PLACES = [
    *[("images", 0), ("images", 0, "id"), ("images", 0, "file_name"), ("images", 1, "width"), ("images",)],
    *[("annotations", 2), ("annotations", 2, "image_id"), ("annotations", 2, "track_id"), ("annotations",)],
    *[
        ("annotations", 2, "keypoints"),
        ("annotations", 2, "keypoints", 0),
        ("annotations", 2, "keypoints", 2),
    ],
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACES), VALUES, st.sampled_from(["visibility", "score"]))
def test_any_field_gives_recordings_or_an_error(path: tuple[Any, ...], value: Any, confidence: Any) -> None:
    made = copy.deepcopy(changed(path, value))
    try:
        recordings = gather(made, VIDEO, confidence=confidence, file=Path("a.json"))
    except DataError as error:
        assert error.message.startswith("a.json")
    else:
        people = [each for made in recordings.values() for frame in made.frames.values() for each in frame]
        assert all(each.shape == (17, 3) and np.isfinite(each).all() for each in people)


def test_the_contract(read: Read, tmp_path: Path) -> None:
    read(content())
    check_dataset(
        CocoJson,
        path=tmp_path / "people.json",
        video_pattern="^(.+)/",
        label_pattern="^([a-z]+)_",
        frame_rate=25.0,
    )

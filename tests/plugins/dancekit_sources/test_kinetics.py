"""Kinetics-skeleton: clips with their label file, gaps, persons by score, and whatever is wrong."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.kinetics import Kinetics
from dancekit_sources.kinetics_clip import parse_clip
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError, RecipeError
from dancekit.testing import check_dataset

SHAPE = np.random.default_rng(3).uniform((0, 0), (0.1, 0.3), (18, 2))
Write = Callable[..., Path]


def person(x: float, score: float = 0.8) -> dict[str, Any]:
    return {"pose": (SHAPE + np.array([x, 0.2])).round(4).ravel().tolist(), "score": [score] * 18}


def clip(*frames: tuple[int, list[dict[str, Any]]], label: int = 0) -> dict[str, Any]:
    data = [{"frame_index": index, "skeleton": people} for index, people in frames]
    return {"data": data, "label": "any", "label_index": label}


WAVE = clip((1, [person(0.1)]), (2, []), (5, [person(0.12)]))
PAIR = clip((3, [person(0.1, 0.9), person(0.6, 0.5)]), (4, [person(0.61, 0.6), person(0.1, 0.5)]), label=2)
LABELS: dict[str, Any] = {
    "wave": {"has_skeleton": True, "label": "waving", "label_index": 0},
    "empty": {"has_skeleton": False, "label": "jumping", "label_index": 1},
    "pair": {"has_skeleton": True, "label": "dancing", "label_index": 2},
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_folder(labels: Any = LABELS, split: str = "kinetics_train", **clips: Any) -> Path:
        (tmp_path / split).mkdir(exist_ok=True)
        (tmp_path / f"{split}_label.json").write_text(json.dumps(labels))
        for name, content in {"wave": WAVE, "pair": PAIR, **clips}.items():
            (tmp_path / split / f"{name}.json").write_text(json.dumps(content))
        return tmp_path

    return to_folder


def test_splits_classes_and_clips(write: Write) -> None:
    write()
    data = Kinetics(path=write(split="kinetics_val"))
    assert data.splits == ("train", "val") and data.classes == ("waving", "class_1", "dancing")
    wave, pair = data.recordings("train")
    assert (wave.name, wave.label, wave.frame_rate, wave.image_size) == ("wave", 0, 30, None)
    assert wave.present.tolist() == [[True, False, False, False, True]]
    np.testing.assert_allclose(wave.keypoints[0, 4], SHAPE + np.array([0.12, 0.2]), atol=1e-4)
    assert (pair.name, pair.label, pair.keypoints.shape) == ("pair", 2, (2, 2, 18, 2))


def test_persons_are_followed_or_ordered_in_each_frame(write: Write) -> None:
    folder = write()
    (_, followed) = Kinetics(path=folder).recordings("train")
    assert followed.score[:, :, 0].tolist() == pytest.approx(np.array([[0.9, 0.5], [0.5, 0.6]]))
    (_, ordered) = Kinetics(path=folder, follow_persons=False).recordings("train")
    assert ordered.score[:, :, 0].tolist() == pytest.approx(np.array([[0.9, 0.6], [0.5, 0.5]]))
    (_, alone) = Kinetics(path=folder, persons=1).recordings("train")
    assert alone.score[:, :, 0].tolist() == pytest.approx(np.array([[0.9, 0.5]]))


def test_a_joint_without_a_score_is_missing(write: Write) -> None:
    content = copy.deepcopy(WAVE)
    content["data"][0]["skeleton"][0]["score"][4] = 0
    content["data"][0]["skeleton"][0]["pose"][10] = float("nan")
    made, _ = Kinetics(path=write(wave=content)).recordings("train")
    assert made.score[0, 0, 3:7].tolist() == pytest.approx([0.8, 0, 0, 0.8])
    assert made.keypoints[0, 0, 4].tolist() == [0, 0]


def with_entry(**changes: Any) -> dict[str, Any]:
    return {**LABELS, "wave": {**LABELS["wave"], **changes}}


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([], "this is no label file"),
        ({}, "no \\*_label.json that lists clips with people"),
        ({"wave": 3}, "the entry 'wave' has no text `label`"),
        (with_entry(label=3), "the entry 'wave' has no text `label`"),
        (with_entry(label_index="0"), "the entry 'wave' has no `label_index` from 0"),
        (with_entry(label_index=-1), "no `label_index` from 0"),
        (with_entry(label_index=True), "no `label_index` from 0"),
        (with_entry(label_index=10**9), "no `label_index` from 0"),
        (with_entry(has_skeleton="yes"), "not true or false"),
        (with_entry(label_index=2), "class 2 is 'waving' and also 'dancing'"),
        (with_entry(label="dancing"), "the class 'dancing' has two numbers"),
        ({**LABELS, "../secret": LABELS["wave"]}, "the entry '../secret' has no file"),
    ],
)
def test_wrong_labels_are_told_at_once(write: Write, labels: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        Kinetics(path=write(labels))


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    content = copy.deepcopy(WAVE)
    change(content)
    return content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "there is no list `data`"),
        ({"data": {}}, "there is no list `data`"),
        ({"data": []}, "there is no frame"),
        ({"data": [3]}, r"data\[0\] has no whole number `frame_index`"),
        (changed(lambda c: c["data"][1].update(frame_index=1)), r"data\[1\]: the frame 1 is there twice"),
        (changed(lambda c: c["data"][1].update(frame_index=10**12)), "numbered from 1 to 1000000000000"),
        (changed(lambda c: c["data"][1].update(skeleton=None)), r"data\[1\] has no list `skeleton`"),
        (changed(lambda c: c["data"][0].update(skeleton=[7])), r"data\[0\]\.skeleton\[0\] is no object"),
        (changed(lambda c: c["data"][0]["skeleton"][0].pop("pose")), r"skeleton\[0\]: `pose` is no list"),
        (
            changed(lambda c: c["data"][0]["skeleton"][0]["score"].pop()),
            "`score` has 17 numbers in place of 18",
        ),
        (changed(lambda c: c.update(label_index=1)), "it says label 1, and the label file says 0"),
    ],
)
def test_a_wrong_clip_is_named_with_the_place(write: Write, content: Any, words: str) -> None:
    with pytest.raises(DataError, match=rf"wave\.json: .*{words}"):
        list(Kinetics(path=write(wave=content)).recordings("train"))


def test_what_is_not_there(write: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no \*_label\.json"):
        Kinetics(path=tmp_path)
    data = Kinetics(path=write())
    with pytest.raises(DataError, match=r"no split 'trian'.*'train'"):
        data.recordings("trian")
    with pytest.raises(RecipeError, match="persons is 0"):
        Kinetics(path=tmp_path, persons=0)
    (tmp_path / "kinetics_train" / "wave.json").unlink()
    with pytest.raises(DataError, match=r"the entry 'wave' has no file in .*kinetics_train"):
        Kinetics(path=tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["pose", "score"]), inner),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(
    JSON, st.sampled_from(["data", "label_index", "frame_index", "skeleton", "person", "pose", "score", "x"])
)
def test_any_field_gives_frames_or_an_error(value: Any, key: str) -> None:
    content = copy.deepcopy(WAVE)
    first = content["data"][0]["skeleton"][0]
    places: dict[str, tuple[Any, Any]] = {
        "data": (content, "data"),
        "label_index": (content, "label_index"),
        "frame_index": (content["data"][0], "frame_index"),
        "skeleton": (content["data"][0], "skeleton"),
        "person": (content["data"][0]["skeleton"], 0),
        "pose": (first, "pose"),
        "score": (first, "score"),
        "x": (first["pose"], 0),
    }
    holder, place = places[key]
    holder[place] = value
    try:
        frames = parse_clip(content, 18, label=0, file=Path("a.json"))
    except DataError as error:
        assert error.message.startswith("a.json")
    else:
        assert frames and all(each.shape[1:] == (18, 3) and np.isfinite(each).all() for each in frames)


def test_the_contract(write: Write) -> None:
    write()
    check_dataset(Kinetics, path=write(split="kinetics_val"))

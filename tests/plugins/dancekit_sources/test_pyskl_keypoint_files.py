"""PYSKL's annotations whose skeletons lie in keypoint files, as those of Kinetics-400."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.pyskl import Pyskl
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset

COCO = Layout.named("coco17")
BODY = np.random.default_rng(7).uniform((0, 50), (100, 350), (17, 2))


def person(x: float, score: float = 0.8) -> np.ndarray:
    """(17, 3): x, y and score."""
    return np.column_stack([BODY + np.array([x, 0]), np.full(17, score)])


def item(name: str = "a", file: str = "data/k400/kpfiles/one.pkl", **other: Any) -> dict[str, Any]:
    """Two people over four frames, in the order of their boxes; in frame 2 nobody; in frame 3 a mistake."""
    return {
        "frame_dir": name,
        "label": 1,
        "img_shape": (340, 640),
        "original_shape": (340, 640),
        "total_frames": 5,
        "raw_file": file,
        "frame_inds": np.array([0, 0, 1, 1, 3, 3, 4], np.int16),
        "box_score": np.array([0.9, 0.8, 0.95, 0.7, 0.9, 0.4, 0.9], np.float16),
        "valid": {0.5: 4, 0.9: 3},
        **other,
    }


KEYPOINTS = np.stack(
    [person(10), person(400, 0.6), person(405, 0.6), person(12), person(14), person(200), person(16)]
).astype(np.float16)
CONTENT = {"a": {"keypoint": KEYPOINTS}, "b": {"keypoint": KEYPOINTS}}


def write(folder: Path, items: Any, **files: Any) -> Path:
    """The pickle, with a folder `kpfiles` beside it."""
    file = folder / "k400.pkl"
    names = [each["frame_dir"] for each in items]
    file.write_bytes(pickle.dumps({"split": {"train": names}, "annotations": items}))
    (folder / "kpfiles").mkdir(exist_ok=True)
    for name, content in {"one": CONTENT, **files}.items():
        (folder / "kpfiles" / f"{name}.pkl").write_bytes(
            content if isinstance(content, bytes) else pickle.dumps(content)
        )
    return file


def dataset(file: Path, **arguments: Any) -> Pyskl:
    return Pyskl(**{"path": file, "layout": COCO, "keypoint_files": Path("kpfiles"), **arguments})


def test_contract(tmp_path: Path) -> None:
    file = write(tmp_path, [item(), item("b")])
    check_dataset(
        Pyskl, path=str(file), layout="coco17", keypoint_files=str(tmp_path / "kpfiles"), frame_rate=30.0
    )


def test_people_are_followed_over_the_frames(tmp_path: Path) -> None:
    (clip,) = dataset(write(tmp_path, [item()])).recordings("train")
    assert (clip.name, clip.label, clip.image_size) == ("a", 1, (640, 340))
    assert clip.present.tolist() == [[True, True, False, True, True], [True, True, False, False, False]]
    np.testing.assert_array_equal(clip.keypoints[0, [0, 1, 3, 4]], KEYPOINTS[[0, 3, 4, 6], :, :2])
    np.testing.assert_array_equal(clip.keypoints[1, [0, 1]], KEYPOINTS[[1, 2], :, :2])
    assert clip.score[1, 0, 0] == np.float16(0.6)


def test_boxes_that_count(tmp_path: Path) -> None:
    file = write(tmp_path, [item()])
    (few,) = dataset(file, least_box_score=0.75).recordings("train")
    assert few.present.sum() == 5
    (every,) = dataset(file, least_box_score=0, persons=9).recordings("train")
    assert every.present.sum() == 7 and len(every.keypoints) == 3
    (alone,) = dataset(file, persons=1).recordings("train")
    assert alone.present.tolist() == [[True, True, False, True, True]]
    unscored = item()
    del unscored["box_score"]
    (all_of_them,) = dataset(write(tmp_path, [unscored]), persons=9).recordings("train")
    assert all_of_them.present.sum() == 7
    nan = item(box_score=np.full(7, np.nan))
    (nobody,) = dataset(write(tmp_path, [nan])).recordings("train")
    assert not nobody.present.any() and nobody.frames == 5


def test_the_ten_best_boxes_of_a_frame(tmp_path: Path) -> None:
    crowd = np.stack([person(1000 * number, 0.5) for number in range(15)])
    scores = np.linspace(0.5, 1, 15)
    made = item(total_frames=1, frame_inds=np.zeros(15, int), box_score=scores)
    file = write(tmp_path, [made], one={"a": {"keypoint": crowd}})
    (clip,) = dataset(file, persons=20).recordings("train")
    assert sorted(clip.keypoints[:, 0, 0, 0].round()) == sorted(crowd[5:, 0, 0].round())


def test_missing_joints(tmp_path: Path) -> None:
    points = KEYPOINTS.copy()
    points[0, 3, 2], points[0, 4, 0], points[0, 5] = 0, np.inf, np.nan
    (clip,) = dataset(write(tmp_path, [item()], one={"a": {"keypoint": points}})).recordings("train")
    assert np.flatnonzero(clip.score[0, 0] == 0).tolist() == [3, 4, 5]


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item("a"), item("c", "kpfiles/two.pkl"), item("b")]
    data = dataset(write(tmp_path, items, two={"c": CONTENT["a"]}))
    import dancekit_sources.pyskl as module

    read: list[str] = []
    whole = module.read_pickle
    monkeypatch.setattr(module, "read_pickle", lambda file: read.append(file.name) or whole(file))
    assert [clip.name for clip in data.recordings("train")] == ["a", "b", "c"]
    assert read == ["one.pkl", "two.pkl"]


def test_where_keypoint_files_lie(tmp_path: Path) -> None:
    file = write(tmp_path, [item()])
    assert dataset(file, keypoint_files=tmp_path / "kpfiles" / "one.pkl").splits == ("train",)
    (tmp_path / "root" / "k400").mkdir(parents=True)
    (tmp_path / "kpfiles").rename(tmp_path / "root" / "k400" / "kpfiles")
    assert len(list(dataset(file, keypoint_files=tmp_path / "root").recordings("train"))) == 1


def test_both_kinds_in_one_file(tmp_path: Path) -> None:
    plain = {"frame_dir": "p", "label": 0, "keypoint": KEYPOINTS[None, :, :, :2], "total_frames": 7}
    data = dataset(write(tmp_path, [item(), plain]))
    assert [(clip.name, clip.frames) for clip in data.recordings("train")] == [("a", 5), ("p", 7)]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"persons": 0}, "persons is 0"),
        ({"least_box_score": float("nan")}, "least_box_score is nan"),
    ],
)
def test_parameters_that_make_no_sense(tmp_path: Path, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        dataset(write(tmp_path, [item()]), **parameters)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"raw_file": 3}, "`raw_file` that is no text"),
        ({"raw_file": "absent.pkl"}, r"skeletons in 'absent\.pkl', which is not in .*kpfiles"),
        ({"raw_file": "../k400.pkl/../kpfiles/.."}, "is not in"),
        ({"raw_file": "../k400.pkl"}, r"'k400\.pkl', which is not in"),
        ({"raw_file": ""}, "which is not in"),
        ({"raw_file": "x" * 5000}, "which is not in"),
        ({"raw_file": "a\0b"}, "which is not in"),
        ({"total_frames": 0}, "`total_frames` that is no length"),
        ({"total_frames": 10**9}, "from 1 to 100000"),
        ({"total_frames": 4}, "`frame_inds` beyond `total_frames`"),
        ({"frame_inds": [0, 0]}, "`frame_inds` that is no list of frames"),
        ({"frame_inds": np.zeros(7)}, "`frame_inds` that is no list of frames"),
        ({"frame_inds": np.full(7, -1)}, "`frame_inds` beyond"),
        ({"box_score": np.ones(6)}, "`box_score` that does not fit"),
        ({"label": [0, 1]}, "2 labels for 1 persons"),
        ({"img_shape": (0, 3)}, "`img_shape`"),
    ],
)
def test_a_wrong_annotation_is_told_at_once(tmp_path: Path, other: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=rf"k400\.pkl: annotation 'a' .*{words}"):
        dataset(write(tmp_path, [item(**other)]))


def test_keypoint_files_have_to_be_named(tmp_path: Path) -> None:
    file = write(tmp_path, [item(), item("b")])
    with pytest.raises(DataError, match=r"'a' \(like 1 more\) has its skeletons .*Set keypoint_files"):
        dataset(file, keypoint_files=None)
    lacking = item()
    del lacking["frame_inds"]
    with pytest.raises(DataError, match="has no `frame_inds`"):
        dataset(write(tmp_path, [lacking]))


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"a": []},
        {"a": {}},
        {"a": {"keypoint": KEYPOINTS[:6]}},
        {"a": {"keypoint": KEYPOINTS[..., :2]}},
        {"a": {"keypoint": KEYPOINTS[:, :16]}},
        {"a": {"keypoint": KEYPOINTS.astype(str)}},
    ],
)
def test_keypoint_files_that_do_not_fit(tmp_path: Path, content: Any) -> None:
    file = write(tmp_path, [item()], one=content)
    with pytest.raises(
        DataError, match=r"one\.pkl: 'a' must have a `keypoint` of shape \(7, 17, 3\)"
    ) as caught:
        list(dataset(file).recordings("train"))
    assert caught.value.hint


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ARRAY = arrays.arrays(
    st.sampled_from([np.float16, np.int16, np.bool_, "U2"]),
    st.sampled_from([(7,), (), (0,), (7, 1), (7, 17, 3)]),
)
FIELD = PLAIN | ARRAY | st.lists(PLAIN, max_size=3)


@settings(max_examples=200, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from([*item()]), FIELD, max_size=3),
    keypoint=FIELD | st.just(KEYPOINTS),
)
def test_any_field_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any], keypoint: Any
) -> None:
    folder = tmp_path_factory.mktemp("fields")
    made = item(**changes)
    name = made["frame_dir"] if isinstance(made["frame_dir"], str) else "a"
    file = write(folder, [made], one={name: {"keypoint": keypoint}})
    file.write_bytes(pickle.dumps([made]))
    try:
        clips = list(dataset(file, keypoint_files=folder / "kpfiles" / "one.pkl").recordings("all"))
    except DancekitError as error:
        assert str(folder) in str(error)
    else:
        assert all(np.isfinite(clip.keypoints).all() for clip in clips)


SOUND = pickle.dumps(CONTENT)


@settings(max_examples=200, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 255)), max_size=3),
    cut=st.none() | st.integers(0, 100_000),
)
def test_damage_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], cut: int | None
) -> None:
    damaged = bytearray(SOUND)
    for place, change in flips:
        damaged[place % len(damaged)] ^= change
    folder = tmp_path_factory.mktemp("damaged")
    file = write(folder, [item()], one=bytes(damaged if cut is None else damaged[: cut % len(damaged)]))
    try:
        clips = list(dataset(file).recordings("train"))
    except DancekitError as error:
        assert str(folder) in str(error)
    else:
        assert all(np.isfinite(clip.keypoints).all() for clip in clips)

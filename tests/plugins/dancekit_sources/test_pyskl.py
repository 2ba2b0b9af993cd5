"""PYSKL's annotation pickles: what they become, and how everything wrong is told before training."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.pyskl import Pyskl
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.data.clips import Clip
from dancekit.data.exporting import write_pyskl
from dancekit.data.store import RecordingStore
from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.skeleton.layout import Layout

CHAIN = Layout.from_mapping(
    {"joints": ["a", "b", "c"], "bones": {"b": "a", "c": "b"}, "centre": "a", "pairs": {}}, name="chain3"
)


def item(name: str = "a1_s1", label: Any = 0, frames: int = 4, **more: Any) -> dict[str, Any]:
    points = np.arange(1, frames * 9 + 1, dtype=np.float16).reshape(1, frames, 3, 3)
    return {"frame_dir": name, "label": label, "keypoint": points, "total_frames": frames, **more}


def without(key: str) -> dict[str, Any]:
    made = item()
    del made[key]
    return made


ITEMS = [item("a1_s1", 0), item("a2_s1", 2, frames=1), item("a1_s2", np.int64(1))]
Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: Any) -> Path:
        file = tmp_path / "clips.pkl"
        file.write_bytes(pickle.dumps(content))
        return file

    return to_file


def test_splits_keep_the_order_of_the_file(write: Write) -> None:
    splits = {"train": ["a1_s2", "a1_s1", "a1_s2"], "val": ["a2_s1"]}
    data = Pyskl(path=write({"split": splits, "annotations": ITEMS}), layout=CHAIN, frame_rate=30)
    assert data.splits == ("train", "val")
    assert data.classes == ("class_0", "class_1", "class_2")
    first, second = data.recordings("train")
    assert (first.name, first.label, first.person, first.frame_rate) == ("a1_s2", 1, "", 30)
    assert second.name == "a1_s1"
    np.testing.assert_array_equal(second.keypoints, ITEMS[0]["keypoint"].astype(np.float32))
    assert second.keypoints.dtype == np.float32 and second.score.all() and second.present.all()
    (short,) = data.recordings("val")
    assert short.frames == 1
    assert [clip.name for clip in data.recordings("train")] == ["a1_s2", "a1_s1"]


@pytest.mark.parametrize("content", [ITEMS, {"annotations": ITEMS}])
def test_without_splits_there_is_one_of_all(write: Write, content: Any) -> None:
    data = Pyskl(path=write(content), layout=CHAIN)
    assert data.splits == ("all",)
    assert [clip.name for clip in data.recordings("all")] == ["a1_s1", "a2_s1", "a1_s2"]


def test_flat_keypoints_with_scores_and_an_image(write: Write) -> None:
    points = np.ones((2, 4, 3, 2), dtype=np.float16)
    score = np.full((2, 4, 3), 0.5, dtype=np.float16)
    score[0, 1, 2] = 0
    made = item(keypoint=points, keypoint_score=score, img_shape=(1080, 1920), original_shape=(1080, 1920))
    (clip,) = Pyskl(path=write([made]), layout=CHAIN).recordings("all")
    assert clip.image_size == (1920, 1080)
    np.testing.assert_array_equal(clip.score, score.astype(np.float32))
    assert clip.keypoints[0, 1, 2].tolist() == [0, 0] and clip.keypoints.shape == (2, 4, 3, 2)


@pytest.mark.parametrize("scored", [False, True])
def test_zeros_are_an_absent_person(write: Write, scored: bool) -> None:
    points = np.ones((2, 3, 3, 3), dtype=np.float16)
    points[1, 1:] = 0  # the second person leaves
    points[0, 0, 2] = 0  # one joint in the origin is no absence
    points[0, 2] = np.nan  # nothing was seen
    more = {"keypoint_score": np.ones((2, 3, 3))} if scored else {}
    (clip,) = Pyskl(path=write([item(frames=3, keypoint=points, **more)]), layout=CHAIN).recordings("all")
    assert clip.present.tolist() == [[True, True, False], [True, False, False]]
    assert clip.score[0, 0].tolist() == [1, 1, 1]
    assert not clip.score[~clip.present].any() and np.isfinite(clip.keypoints).all()


def test_one_person_needs_no_axis(write: Write) -> None:
    made = item(keypoint=np.ones((4, 3, 2)), keypoint_score=np.ones((4, 3)))
    (clip,) = Pyskl(path=write([made]), layout=CHAIN).recordings("all")
    assert clip.keypoints.shape == (1, 4, 3, 2)


def test_what_dancekit_writes_beside_the_keys_of_pyskl(tmp_path: Path) -> None:
    made = [
        Clip.of(
            np.ones((2, 4, 3, 3)),
            score=np.full((2, 4, 3), 0.5),
            present=present,
            label=number,
            name=f"r{number}",
            person=["", "ann"][number],
            frame_rate=[None, 25.0][number],
        )
        for number, present in enumerate([np.ones((2, 4)), np.eye(4)[:2]])
    ]
    made[0].score[0, 1], made[0].keypoints[0, 1] = 0, 0  # there, though no joint of hers was seen
    write_pyskl(tmp_path / "a.pkl", {"train": RecordingStore.pack(made, CHAIN)})
    for found, expected in zip(
        Pyskl(path=tmp_path / "a.pkl", layout=CHAIN).recordings("train"), made, strict=True
    ):
        for name in ("keypoints", "score", "present"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert (found.person, found.frame_rate) == (expected.person, expected.frame_rate)
    told = list(Pyskl(path=tmp_path / "a.pkl", layout=CHAIN, frame_rate=50).recordings("train"))
    assert {clip.frame_rate for clip in told} == {50}


@pytest.mark.parametrize("label", [[1, 0], (1, 0), np.array([1, 0])])
def test_a_label_per_person(write: Write, label: Any) -> None:
    made = item(label=label, keypoint=np.ones((2, 4, 3, 3)))
    data = Pyskl(path=write([made]), layout=CHAIN)
    assert next(iter(data.recordings("all"))).label == (1, 0)
    assert data.classes == ("class_0", "class_1")


def test_classes_lie_beside_the_pickle(write: Write) -> None:
    file = write(ITEMS)
    (file.parent / "names.txt").write_text("wave\n\n  walk \nspread both\n", encoding="utf-8")
    data = Pyskl(path=file, layout=CHAIN, classes=Path("names.txt"))
    assert data.classes == ("wave", "walk", "spread both")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wave\nwalk\n", r"names 2 classes, but the labels .* go up to 2.*at least 3"),
        ("wave\nwalk\nwave", "'wave' is there twice"),
        ("", "names 0 classes"),
    ],
)
def test_classes_that_do_not_fit(write: Write, text: str, words: str) -> None:
    file = write(ITEMS)
    names = file.parent / "names.txt"
    names.write_text(text)
    with pytest.raises(DataError, match=rf"names\.txt: .*{words}"):
        Pyskl(path=file, layout=CHAIN, classes=names)


def test_persons_come_from_the_names(write: Write) -> None:
    data = Pyskl(path=write(ITEMS), layout=CHAIN, person_pattern=r"_(s\d+)$")
    assert [clip.person for clip in data.recordings("all")] == ["s1", "s1", "s2"]


def test_persons_that_are_not_found(write: Write) -> None:
    file = write([*ITEMS, item("somebody")])
    with pytest.raises(
        DataError, match=r"clips\.pkl: .* finds nothing in 1 of 4 names, the first is 'somebody'"
    ):
        Pyskl(path=file, layout=CHAIN, person_pattern=r"_s(\d+)")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"person_pattern": "_s("}, "no regular expression"),
        ({"person_pattern": "_s\\d"}, "has 0 groups"),
        ({"person_pattern": "(a)(b)"}, "has 2 groups"),
        ({"frame_rate": 0}, "frame_rate is 0"),
        ({"frame_rate": float("nan")}, "frame_rate is nan"),
    ],
)
def test_parameters_that_make_no_sense(write: Write, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        Pyskl(path=write(ITEMS), layout=CHAIN, **parameters)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("text", "number 0 is a str, not a dict"),
        (without("frame_dir"), "number 0 has no `frame_dir`"),
        (without("label"), "'a1_s1' has no `label`"),
        (without("keypoint"), "has no `keypoint`"),
        (item(frame_dir=3), "`frame_dir` that is no text"),
        (item(total_frames=5), "`total_frames`"),
        (item(total_frames="4"), "`total_frames`"),
        (item(label="wave"), "`label` that is no class"),
        (item(label=None), "`label` that is no class"),
        (item(label=True), "`label` that is no class"),
        (item(label=-1), "`label` that is no class"),
        (item(label=10**9), "`label` that is no class"),
        (item(label=[0, 1]), "2 labels for 1 persons"),
        (item(label=[]), "0 labels for 1 persons"),
        (item(keypoint=[[1.0]]), "no array of numbers"),
        (item(keypoint=np.array(["a"])), "no array of numbers"),
        (item(keypoint=np.ones((1, 4, 3, 4))), r"shape \(1, 4, 3, 4\)"),
        (item(keypoint=np.ones((4, 3))), r"shape \(4, 3\)"),
        (item(keypoint=np.ones((1, 0, 3, 3))), r"shape \(1, 0, 3, 3\)"),
        (item(keypoint=np.ones((1, 4, 25, 3))), "25 joints, but layout chain3 has 3.*body25, ntu25"),
        (item(keypoint=np.ones((1, 4, 999, 3))), "999 joints.*declare one"),
        (item(keypoint_score=np.ones((1, 4, 2))), r"`keypoint_score` of shape \(1, 4, 2\)"),
        (item(keypoint_score="high"), "`keypoint_score` that is no array"),
        (item(keypoint=np.ones((1, 4, 3, 2)), img_shape=(0, 5)), "`img_shape`"),
        (item(keypoint=np.ones((1, 4, 3, 2)), img_shape=7), "`img_shape`"),
        (item(present=np.ones((1, 3), bool)), "`present` that does not fit"),
        (item(present=np.ones((1, 4))), "`present` that does not fit"),
        (item(person=7), "`person` that is no text"),
        (item(frame_rate=0), "`frame_rate` that is none"),
        (item(frame_rate="30"), "`frame_rate` that is none"),
    ],
)
def test_a_wrong_annotation_is_told_at_once(write: Write, made: Any, words: str) -> None:
    with pytest.raises(DataError, match=rf"clips\.pkl: annotation .*{words}"):
        Pyskl(path=write([made, *ITEMS[1:]]), layout=CHAIN)


def test_everything_wrong_is_told_together_and_the_same_thing_once(write: Write) -> None:
    made = [item("a", label=None), item("b", label=None), item("c", label=-1), item("d"), item("d"), 7]
    with pytest.raises(DataError) as caught:
        Pyskl(path=write(made), layout=CHAIN)
    labels, double, no_dict = str(caught.value).splitlines()
    assert "annotation 'a' (like 2 more) has a `label`" in labels
    assert "annotation 'd' is there twice" in double
    assert "annotation number 5 is a int, not a dict" in no_dict


def test_many_kinds_of_problems_stay_short(write: Write) -> None:
    made = [item(f"r{count}", label=[0] * count) for count in range(2, 20)]
    with pytest.raises(DataError) as caught:
        Pyskl(path=write(made), layout=CHAIN)
    (last,) = str(caught.value).splitlines()[5:]
    assert last.endswith("clips.pkl: and 13 more kinds of problems.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "list of annotations is empty"),
        ({"annotations": []}, "list of annotations is empty"),
        ({"split": {"train": ["a1_s1"]}}, "not PYSKL's annotations"),
        ("text", "not PYSKL's annotations"),
        ({"annotations": ITEMS, "split": ["train"]}, "not PYSKL's annotations"),
        ({"annotations": ITEMS, "split": {}}, "no split in it"),
        ({"annotations": ITEMS, "split": {"train": "a1_s1"}}, "no list of names"),
        ({"annotations": ITEMS, "split": {"train": [3]}}, "no list of names"),
        (
            {"annotations": ITEMS, "split": {"train": ["a1_s1", "x9", "x8"]}},
            "2 of the 3 names of split 'train' have no annotation, the first is 'x9'",
        ),
    ],
)
def test_a_wrong_file_is_told_at_once(write: Write, content: Any, words: str) -> None:
    with pytest.raises(DataError, match=rf"clips\.pkl: .*{words}"):
        Pyskl(path=write(content), layout=CHAIN)


def test_splits_that_are_not_there_or_empty(write: Write) -> None:
    splits = {"xsub_train": ["a1_s1"], "xsub_val": []}
    data = Pyskl(path=write({"annotations": ITEMS, "split": splits}), layout=CHAIN)
    with pytest.raises(DataError, match=r"no split 'xsub_trian'.*'xsub_train'"):
        data.recordings("xsub_trian")
    with pytest.raises(DataError, match=r"clips\.pkl: the split 'xsub_val' is empty"):
        data.recordings("xsub_val")


def test_files_that_are_not_there(write: Write) -> None:
    with pytest.raises(DataError, match=r"no absent\.pkl"):
        Pyskl(path=Path("absent.pkl"), layout=CHAIN)
    with pytest.raises(DataError, match=r"no absent\.txt"):
        Pyskl(path=write(ITEMS), layout=CHAIN, classes=Path("absent.txt"))


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5)
ARRAY = arrays.arrays(
    st.sampled_from([np.float16, np.float64, np.int32, np.bool_, "U2"]),
    arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=3),
)
FIELD = PLAIN | ARRAY | st.lists(PLAIN, max_size=3)
KEYS = [*item(), "keypoint_score", "img_shape", "present", "person", "frame_rate"]


@settings(max_examples=200, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(KEYS), FIELD, min_size=1))
def test_any_field_gives_a_clip_in_the_contract_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]
) -> None:
    file = tmp_path_factory.mktemp("fields") / "clips.pkl"
    file.write_bytes(pickle.dumps([item(**{"total_frames": 4, **changes}), *ITEMS[1:]]))
    try:
        clips = list(Pyskl(path=file, layout=CHAIN).recordings("all"))
    except DancekitError as error:
        assert str(file) in str(error)
    else:
        assert all(np.isfinite(clip.keypoints).all() and clip.keypoints.ndim == 4 for clip in clips)


def test_utd_mhad(real_data: Path) -> None:
    data = Pyskl(
        path=real_data / "utd_mhad_3d.pkl",
        layout=Layout.named("kinect20"),
        classes=Path("utd_mhad.classes.txt"),
        person_pattern=r"_s(\d+)_",
    )
    assert len(data.classes) == 27 and data.classes[:2] == ("swipe_left", "swipe_right")
    train, val = (list(data.recordings(split)) for split in ("xsub_train", "xsub_val"))
    assert (len(train), len(val)) == (431, 430)
    assert {clip.person for clip in train} == set("1357") and {clip.person for clip in val} == set("2468")
    first = next(clip for clip in train if clip.name == "a10_s1_t1")
    assert first.keypoints.shape == (1, 76, 20, 3) and first.present.all() and first.label == 9
    assert {clip.label for clip in train} == set(range(27))


def test_bandai(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANCEKIT_REAL_DATA", str(real_data))
    data = Pyskl(
        path=Path("bandai2_3d.pkl"),
        layout=Layout.named("bandai21"),
        classes=Path("bandai2.classes.txt"),
        frame_rate=30,
    )
    counts = {split: sum(1 for _ in data.recordings(split)) for split in data.splits}
    assert counts == {"style_train": 1953, "style_val": 282, "style_test": 667}
    assert all(clip.keypoints.shape[2:] == (21, 3) for clip in data.recordings("style_val"))
    with pytest.raises(
        DataError, match=r"\(like 2901 more\) has 21 joints, but layout coco17 has 17.*bandai21"
    ):
        Pyskl(path=real_data / "bandai2_3d.pkl", layout=Layout.named("coco17"))


@pytest.mark.parametrize("empty", [np.zeros((2**40, 0)), np.zeros(2**40, "V0")])
def test_a_shape_larger_than_its_bytes_is_not_unrolled(write: Write, empty: np.ndarray) -> None:
    for content in ([item(label=empty)], {"split": {"train": empty}, "annotations": [item()]}):
        with pytest.raises(DataError):
            Pyskl(path=write(content), layout=CHAIN)

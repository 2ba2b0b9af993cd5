"""AIST++: names, keypoints of both kinds, lists of recordings, and whatever is wrong."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.aist import Aist
from dancekit_sources.aist_names import Name, listed_names
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.testing import check_dataset

BREAK, WAACK = "gBR_sBM_cAll_d05_mBR1_ch02", "gWA_sFM_cAll_d26_mWA2_ch10"
BAD = "gBR_sBM_cAll_d04_mBR0_ch01"
T = 5


def content_2d(frames: int = T, **other: Any) -> dict[str, Any]:
    points = np.random.default_rng(2).uniform(1, 1000, (9, frames, 17, 3)).astype(np.float32)
    points[..., 2] = 0.75
    times = (np.arange(frames) * 1e6 / 60).astype(np.int64)
    return {
        "keypoints2d": points,
        "det_scores": np.ones((9, frames), np.float32),
        "timestamps": times,
        **other,
    }


def content_3d(frames: int = T, **other: Any) -> dict[str, Any]:
    points = np.random.default_rng(3).uniform(0, 180, (frames, 17, 3))
    return {"keypoints3d": points, "keypoints3d_optim": points + 1, **other}


def write(folder: Path, name: str, content: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pkl").write_bytes(pickle.dumps(content))
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (BREAK, WAACK):
        write(tmp_path / "keypoints2d", name, content_2d())
        write(tmp_path / "keypoints3d", name, content_3d())
    return tmp_path


def test_contract(root: Path) -> None:
    check_dataset(Aist, path=str(root))
    check_dataset(Aist, path=str(root), keypoints="2d", views=["c01", "c09"], label="situation")


@pytest.mark.parametrize(("keypoints", "key"), [("3d", "keypoints3d"), ("3d_optimised", "keypoints3d_optim")])
def test_three_dimensions_in_metres(root: Path, keypoints: Any, key: str) -> None:
    data = Aist(path=root, keypoints=keypoints)
    assert data.layout.name == "coco17" and data.splits == ("all",) and len(data.classes) == 10
    first, second = data.recordings("all")
    assert (first.name, first.person, first.frame_rate, first.image_size) == (BREAK, "d05", 60, None)
    assert [data.classes[clip.label] for clip in (first, second)] == ["break", "waack"]
    np.testing.assert_allclose(first.keypoints[0], content_3d()[key] / 100, rtol=1e-6)  # y stays up


def test_views(root: Path) -> None:
    data = Aist(path=root, keypoints="2d", label="situation")
    clips = list(data.recordings("all"))
    assert [clip.name for clip in clips[:2]] == [f"{BREAK}/c01", f"{BREAK}/c02"] and len(clips) == 18
    np.testing.assert_array_equal(clips[3].keypoints[0], content_2d()["keypoints2d"][3, ..., :2])
    assert clips[3].image_size == (1920, 1080) and (clips[3].score == 0.75).all()
    assert data.classes == ("basic", "advanced") and [clips[0].label, clips[-1].label] == [0, 1]
    some = Aist(path=root, keypoints="2d", views=("c09", "c02"))
    assert [clip.name[-3:] for clip in some.recordings("all")] == ["c02", "c09"] * 2


def test_views_that_are_known_to_be_bad(root: Path) -> None:
    write(root / "keypoints2d", BAD, content_2d())
    names = [clip.name for clip in Aist(path=root, keypoints="2d").recordings("all")]
    assert f"{BAD}/c04" in names and f"{BAD}/c05" not in names
    (asked,) = [
        clip for clip in Aist(path=root, keypoints="2d", views=("c05",)).recordings("all") if BAD in clip.name
    ]
    assert asked.name == f"{BAD}/c05"


def test_what_was_not_seen_is_missing(root: Path) -> None:
    content = content_3d()
    content["keypoints3d"][1, 4] = np.nan
    content["keypoints3d"][2] = np.nan
    write(root / "keypoints3d", BREAK, content)
    clip = next(Aist(path=root, keypoints="3d").recordings("all"))
    assert clip.score[0, 1].tolist() == [1] * 4 + [0] + [1] * 12
    assert clip.present[0].tolist() == [True, True, False, True, True]


def test_lists(root: Path) -> None:
    (root / "splits").mkdir()
    (root / "splits" / "crossmodal_train.txt").write_text(f"{WAACK}\ngKR_sBM_cAll_d30_mKR2_ch03\n\n")
    (root / "splits" / "pose_test.txt").write_text(f"\ufeff{BREAK.replace('cAll', 'c03')}\n{BREAK}\n")
    (root / "splits" / "pose_val.txt").write_text("")
    data = Aist(path=root)
    assert data.splits == ("crossmodal_train", "pose_test")
    assert [clip.name for clip in data.recordings("crossmodal_train")] == [WAACK]
    assert [clip.name for clip in data.recordings("pose_test")] == [BREAK]
    views = [clip.name[-3:] for clip in Aist(path=root, keypoints="2d").recordings("pose_test")]
    assert views == ["c03", "c01", "c02", "c04", "c05", "c06", "c07", "c08", "c09"]
    (root / "ignore_list.txt").write_text(f"{BREAK}\n")
    assert Aist(path=root).splits == ("crossmodal_train",)
    with pytest.raises(DataError, match="no split 'pose_test'"):
        Aist(path=root).recordings("pose_test")
    (root / "splits" / "pose_val.txt").write_text(f"{BREAK}\nsomething else\n")
    with pytest.raises(DataError, match=r"pose_val\.txt: line 2, 'something else', is no name"):
        Aist(path=root)


def test_a_folder_of_keypoints_or_one_file(root: Path) -> None:
    (root / "ignore_list.txt").write_text(WAACK)
    (root / "splits").mkdir()
    (root / "splits" / "own.txt").write_text(BREAK)
    assert Aist(path=root).splits == ("own",)
    below = Aist(path=root / "keypoints3d")
    assert [clip.name for clip in below.recordings("all")] == [BREAK, WAACK]
    alone = Aist(path=root / "keypoints3d" / f"{WAACK}.pkl")
    assert alone.splits == ("all",) and [clip.name for clip in alone.recordings("all")] == [WAACK]
    elsewhere = write(root / "mine", BREAK, content_3d())
    assert Aist(path=elsewhere).splits == ("all",)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"keypoints": "3D"}, "keypoints: there is no '3D'.*There is: 3d_optimised, 3d"),
        ({"label": "music"}, "label: there is no 'music'"),
        ({"keypoints": "2d", "views": ("c10",)}, "views: there is no 'c10'"),
        ({"views": ("c01",)}, "3D recordings have none"),
        ({"frame_rate": 0}, "frame_rate is 0"),
    ],
)
def test_parameters_that_make_no_sense(root: Path, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        Aist(path=root, **parameters)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1], "no array `keypoints3d_optim` of numbers"),
        ({"keypoints3d": np.ones((5, 17, 3))}, "no array `keypoints3d_optim`"),
        (content_3d(keypoints3d_optim=np.ones((5, 18, 3))), r"shape \(5, 18, 3\).*\(frames, 17, 3\)"),
        (content_3d(keypoints3d_optim=np.ones((0, 17, 3))), r"shape \(0, 17, 3\)"),
        (content_3d(keypoints3d_optim=np.ones(17)), r"shape \(17,\)"),
        (content_3d(keypoints3d_optim=np.full((5, 17, 3), "x")), "no array `keypoints3d_optim` of numbers"),
    ],
)
def test_content_that_does_not_fit(root: Path, content: Any, words: str) -> None:
    write(root / "keypoints3d", BREAK, content)
    with pytest.raises(DataError, match=rf"{BREAK}\.pkl: .*{words}"):
        list(Aist(path=root).recordings("all"))


def test_times(root: Path) -> None:
    for times in (np.arange(T) / 60, np.arange(T) * 1000 / 60, np.arange(T), None):
        content = content_2d() if times is None else content_2d(timestamps=times)
        write(root / "keypoints2d", BREAK, content)
        assert next(Aist(path=root, keypoints="2d").recordings("all")).frame_rate == 60
    write(root / "keypoints2d", BREAK, content_2d(timestamps=np.arange(T) * 1e6 / 30))
    with pytest.raises(DataError, match=r"timestamps are 33333\.3 apart, which is not 60"):
        next(Aist(path=root, keypoints="2d").recordings("all"))
    assert next(Aist(path=root, keypoints="2d", frame_rate=30).recordings("all")).frame_rate == 30
    write(root / "keypoints2d", BREAK, content_2d(timestamps=np.arange(3)))
    with pytest.raises(DataError, match=r"`timestamps` has shape \(3,\)"):
        next(Aist(path=root, keypoints="2d").recordings("all"))


def test_folders_that_do_not_fit(root: Path) -> None:
    with pytest.raises(DataError, match=r"these are other keypoints than are asked for.*keypoints2d"):
        Aist(path=root / "keypoints3d", keypoints="2d")
    (root / "empty").mkdir()
    with pytest.raises(DataError, match="there is no recording in it"):
        Aist(path=root / "empty")
    (root / "ignore_list.txt").write_text(f"{BREAK}\n{WAACK}")
    with pytest.raises(DataError, match="all are on the list to ignore"):
        Aist(path=root)
    (root / "ignore_list.txt").write_text("")
    for wrong in ("dance", "gXX_sBM_cAll_d05_mBR1_ch02", BREAK.replace("cAll", "c01")):
        write(root / "keypoints3d", wrong, content_3d())
        with pytest.raises(DataError, match=rf"{wrong}\.pkl: its name tells no genre"):
            Aist(path=root)
        (root / "keypoints3d" / f"{wrong}.pkl").unlink()


@given(st.text() | st.from_regex(r"g[A-Z]{2}_s[A-Z]{2}_c(All|\d\d)_d\d\d_m[A-Z]{2}\d_ch\d\d"))
def test_names_are_names_or_none(text: str) -> None:
    name = Name.of(text)
    assert name is None or Name.of(name.recording) is not None


PLAIN = st.none() | st.integers() | st.floats() | st.text(max_size=5)
ARRAY = arrays.arrays(
    st.sampled_from([np.float16, np.float64, np.int32, np.bool_, "U2"]),
    st.sampled_from([(2, 17, 3), (9, 2, 17, 3), (2,), (0, 17, 3), (), (9, 0, 17, 3)]),
)
KEYS = ["keypoints2d", "keypoints3d", "keypoints3d_optim", "det_scores", "timestamps"]


@settings(max_examples=200, deadline=None)
@given(
    content=st.dictionaries(st.sampled_from(KEYS), ARRAY | PLAIN) | PLAIN,
    keypoints=st.sampled_from(["2d", "3d", "3d_optimised"]),
)
def test_any_content_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, content: Any, keypoints: Any
) -> None:
    folder = write(tmp_path_factory.mktemp("any"), BREAK, content)
    try:
        clips = list(Aist(path=folder, keypoints=keypoints).recordings("all"))
    except DancekitError as error:
        assert str(folder) in str(error) and error.hint
    else:
        assert clips and all(np.isfinite(clip.keypoints).all() for clip in clips)


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from([f"keypoints2d/{BREAK}.pkl", "ignore_list.txt", "splits/own.txt"]),
    flips=st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 255)), max_size=3),
    cut=st.none() | st.integers(0, 100_000),
)
def test_damage_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, flips: list[tuple[int, int]], cut: int | None
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    write(folder / "keypoints2d", BREAK, content_2d(frames=2))
    write(folder / "keypoints2d", WAACK, content_2d(frames=2))
    (folder / "splits").mkdir()
    for text in ("ignore_list.txt", "splits/own.txt"):
        (folder / text).write_text(f"{WAACK}\n{BREAK}\n" if "own" in text else f"{WAACK}\n")
    damaged = bytearray((folder / name).read_bytes())
    for place, change in flips:
        damaged[place % len(damaged)] ^= change
    (folder / name).write_bytes(damaged if cut is None else damaged[: cut % len(damaged)])
    try:
        data = Aist(path=folder, keypoints="2d", views=("c02",))
        clips = [clip for split in data.splits for clip in data.recordings(split)]
    except DancekitError as error:
        assert str(folder) in str(error)
    else:
        assert all(np.isfinite(clip.keypoints).all() for clip in clips)


def test_an_unreadable_list(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(DataError, match=r"list\.txt: line 1"):
        listed_names(tmp_path / "list.txt")

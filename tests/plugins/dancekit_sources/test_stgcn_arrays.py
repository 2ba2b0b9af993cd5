"""The arrays of ST-GCN and of the CTR-GCN family as data sets."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.stgcn_arrays import StgcnArrays
from dancekit_sources.stgcn_files import open_folder
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset

CHAIN = Layout.from_mapping(
    {"joints": ["a", "b", "c"], "bones": {"b": "a", "c": "b"}, "centre": "a", "pairs": {}}, name="chain3"
)
N, T, V, M = 3, 5, 3, 2


def recordings() -> np.ndarray:
    """(N, M, T, V, 3): one person for three frames; two, of whom one comes later; nobody."""
    points = np.random.default_rng(1).uniform(0.1, 1, (N, M, T, V, 3)).astype(np.float32)
    points[0, 1] = 0
    points[0, 0, 3:] = 0
    points[0, 0, :, 1] = 0  # the centre of centred recordings is no missing joint
    points[1, 0, :2] = 0
    points[2] = 0
    return points


def write_folder(folder: Path, split: str = "train", suffix: str = "_data.npy", labels: Any = None) -> Path:
    np.save(folder / f"{split}{suffix}", recordings().transpose(0, 4, 2, 3, 1))  # (N, C, T, V, M)
    names = [f"S001C001P00{number}R001A001.skeleton" for number in range(N)]
    (folder / f"{split}_label.pkl").write_bytes(
        pickle.dumps((names, [2, 0, 1]) if labels is None else labels)
    )
    return folder


def write_archive(folder: Path, **other: Any) -> Path:
    x = recordings().transpose(0, 2, 1, 3, 4).reshape(N, T, -1)  # (N, T, M * V * C)
    file = folder / "NTU60_CS.npz"
    np.savez(
        file, **{"x_train": x, "y_train": np.eye(3)[[2, 0, 1]], "x_test": x, "y_test": [0, 1, 2], **other}
    )
    return file


def test_contract(tmp_path: Path) -> None:
    layout = CHAIN.to_mapping()
    check_dataset(StgcnArrays, path=str(write_folder(tmp_path)), layout=layout, channels="3d", vertical="z")
    check_dataset(StgcnArrays, path=str(write_archive(tmp_path)), layout=layout, channels="3d", vertical="y")


@pytest.mark.parametrize("write", [write_folder, write_archive])
def test_zeros_are_nobody(tmp_path: Path, write: Any) -> None:
    data = StgcnArrays(path=write(tmp_path), layout=CHAIN, channels="3d", vertical="y", frame_rate=30)
    assert data.classes == ("class_0", "class_1", "class_2")
    alone, pair, nobody = data.recordings("train")
    stored = recordings()
    np.testing.assert_array_equal(alone.keypoints, stored[0, :1, :3])
    assert alone.score.all() and alone.present.all() and alone.frame_rate == 30
    np.testing.assert_array_equal(pair.keypoints, stored[1])
    assert pair.present.tolist() == [[False, False, True, True, True], [True] * 5]
    assert nobody.keypoints.shape == (1, 1, V, 3) and not nobody.present.any()
    assert [clip.label for clip in (alone, pair, nobody)] == [2, 0, 1]


def test_names_and_splits_of_a_folder(tmp_path: Path) -> None:
    write_folder(write_folder(tmp_path), split="val", suffix="_data_joint.npy")
    (tmp_path / "names.txt").write_text("wave\nwalk\njump\n")
    data = StgcnArrays(
        path=tmp_path,
        layout=CHAIN,
        channels="3d",
        vertical="y",
        classes=tmp_path / "names.txt",
        person_pattern="P([0-9]+)",
    )
    assert data.splits == ("train", "val") and data.classes == ("wave", "walk", "jump")
    assert [clip.person for clip in data.recordings("val")] == ["000", "001", "002"]
    assert next(data.recordings("val")).name == "S001C001P000R001A001.skeleton"


def test_a_folder_is_mapped(tmp_path: Path) -> None:
    array = open_folder(write_folder(tmp_path), CHAIN)["train"].keypoints
    assert isinstance(array, np.memmap) and array.shape == (N, T, M, V, 3)


def test_splits_of_an_archive(tmp_path: Path) -> None:
    data = StgcnArrays(path=write_archive(tmp_path), layout=CHAIN, channels="3d", vertical="y")
    assert data.splits == ("train", "test")
    assert [(clip.name, clip.label) for clip in data.recordings("test")] == [
        ("test/0", 0),
        ("test/1", 1),
        ("test/2", 2),
    ]


def test_z_up_is_turned(tmp_path: Path) -> None:
    write_folder(tmp_path)
    up, turned = (
        next(
            StgcnArrays(path=tmp_path, layout=CHAIN, channels="3d", vertical=axis).recordings("train")
        ).keypoints
        for axis in ("y", "z")
    )
    np.testing.assert_array_equal(turned, np.stack([up[..., 0], up[..., 2], -up[..., 1]], axis=-1))


def test_scores_in_the_third_channel(tmp_path: Path) -> None:
    (clip, *_) = StgcnArrays(path=write_folder(tmp_path), layout=CHAIN, channels="2d_score").recordings(
        "train"
    )
    stored = recordings()[0, :1, :3]
    np.testing.assert_array_equal(clip.score, stored[..., 2])
    np.testing.assert_array_equal(clip.keypoints, stored[..., :2])


def test_flat_recordings(tmp_path: Path) -> None:
    file = tmp_path / "flat.npz"
    np.savez(file, x_train=np.ones((2, 4, V * 2), np.float32), y_train=[0, 0])
    clips = list(StgcnArrays(path=file, layout=CHAIN, channels="2d").recordings("train"))
    assert [clip.keypoints.shape for clip in clips] == [(1, 4, V, 2)] * 2 and clips[0].score.all()


def test_numbers_that_are_not_finite_are_missing(tmp_path: Path) -> None:
    x = np.ones((1, 2, V * 3))
    x[0, 0, 4], x[0, 1, 8] = np.nan, 1e300
    file = write_archive(tmp_path, x_train=x, y_train=[0])
    (clip,) = StgcnArrays(path=file, layout=CHAIN, channels="3d", vertical="y").recordings("train")
    assert clip.score[0].tolist() == [[1, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"vertical": None}, "vertical is missing"),
        ({"frame_rate": 0.0}, "frame_rate is 0"),
        ({"person_pattern": "P"}, "person_pattern 'P' has 0 groups"),
    ],
)
def test_parameters_that_make_no_sense(tmp_path: Path, parameters: Any, words: str) -> None:
    arguments = {
        "path": write_folder(tmp_path),
        "layout": CHAIN,
        "channels": "3d",
        "vertical": "y",
        **parameters,
    }
    with pytest.raises(RecipeError, match=words):
        StgcnArrays(**arguments)


NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (NAMES, "no pair of names and labels"),
        ({"names": NAMES}, "no pair of names and labels"),
        (([1, 2, 3], [0, 1, 2]), "names are no list of texts"),
        ((NAMES[:2], [0, 1]), "2 names and 2 labels for 3 recordings"),
        ((NAMES, [0, 1]), "3 names and 2 labels"),
        ((NAMES, 7), "no labels for 3 recordings"),
        ((["a", "a", "b"], [0, 1, 2]), "a name is there twice"),
        ((NAMES, [0, -1, 2]), "label 1 is -1"),
        ((NAMES, [0, 1.5, 2]), r"label 1 is 1\.5"),
        ((NAMES, [0, 1, 10**9]), "label 2 is 1000000000"),
        ((NAMES, [0, 1, "wave"]), "label 2 is wave"),
        ((NAMES, [0, 1, float("nan")]), "label 2 is nan"),
    ],
)
def test_labels_that_do_not_fit(tmp_path: Path, labels: Any, words: str) -> None:
    with pytest.raises(DataError, match=rf"train_label\.pkl: .*{words}"):
        StgcnArrays(path=write_folder(tmp_path, labels=labels), layout=CHAIN, channels="2d_score")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"x_train": np.ones((3, 5, 17))}, r"x_train has shape \(3, 5, 17\)"),
        ({"x_train": np.ones((3, 18))}, r"x_train has shape \(3, 18\)"),
        ({"x_train": np.ones((3, 0, 18))}, r"x_train has shape \(3, 0, 18\)"),
        ({"x_train": np.ones((3, 5, 18), int)}, "type int64"),
        ({"y_train": np.ones((3, 3))}, "y_train: row 0 is not one-hot"),
        ({"y_train": np.eye(3) * 2}, "row 0 is not one-hot"),
        ({"y_train": np.array([[1, 0], [0, 1], [0, 0]])}, "row 2 is not one-hot"),
        ({"y_train": np.eye(2)}, r"y_train has shape \(2, 2\) for 3"),
        ({"y_train": [0, 1, -2]}, "y_train: label 2 is -2"),
        ({"x_own": np.ones((1, 5, 18))}, "no array 'y_own'"),
    ],
)
def test_archives_that_do_not_fit(tmp_path: Path, other: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=rf"NTU60_CS\.npz: .*{words}"):
        StgcnArrays(path=write_archive(tmp_path, **other), layout=CHAIN, channels="2d_score")


def test_folders_that_do_not_fit(tmp_path: Path) -> None:
    def opened(channels: Any = "2d_score", layout: Layout = CHAIN) -> StgcnArrays:
        return StgcnArrays(path=tmp_path, layout=layout, channels=channels)

    with pytest.raises(DataError, match="no label file in it"):
        opened()
    write_folder(tmp_path)
    with pytest.raises(DataError, match=r"train_data\.npy: it has 3 channels, but 2d are 2"):
        opened(channels="2d")
    with pytest.raises(DataError, match=r"train_data\.npy: the array has shape .*25 joints of ntu25"):
        opened(layout=Layout.named("ntu25"))
    with pytest.raises(DataError, match="there is no split 'test'"):
        opened().recordings("test")
    (tmp_path / "train_data.npy").write_bytes((tmp_path / "train_data.npy").read_bytes()[:-4])
    with pytest.raises(
        DataError, match=r"train_data\.npy: an array of shape .* does not have as many values"
    ):
        opened()
    (tmp_path / "train_data.npy").unlink()
    with pytest.raises(DataError, match=r"train_label\.pkl: the recordings that it labels are not there"):
        opened()
    np.savez(tmp_path / "other.npz", z=np.ones(3))
    with pytest.raises(DataError, match=r"other\.npz: there are no recordings in it"):
        StgcnArrays(path=tmp_path / "other.npz", layout=CHAIN, channels="2d")


@settings(max_examples=200, deadline=None)
@given(
    file_name=st.sampled_from(["train_data.npy", "train_label.pkl", "NTU60_CS.npz"]),
    flips=st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 255)), max_size=3),
    cut=st.none() | st.integers(0, 100_000),
)
def test_damage_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, file_name: str, flips: list[tuple[int, int]], cut: int | None
) -> None:
    folder = write_folder(tmp_path_factory.mktemp("damaged"))
    archive = write_archive(folder)
    file = folder / file_name
    content = bytearray(file.read_bytes())
    for place, change in flips:
        content[place % len(content)] ^= change
    file.write_bytes(content if cut is None else content[: cut % len(content)])
    for source in (folder, archive):
        try:
            data = StgcnArrays(path=source, layout=CHAIN, channels="3d", vertical="y")
            clips = [clip for split in data.splits for clip in data.recordings(split)]
        except DancekitError as error:
            assert str(folder) in str(error)
        else:
            assert all(np.isfinite(clip.keypoints).all() for clip in clips)

"""One archive of many recordings: read back as written, and never believed."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.plain_arrays import PlainArrays
from dancekit_sources.recordings_archive import open_archive
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.clips import Clip
from dancekit.data.exporting import write_archive
from dancekit.data.store import RecordingStore
from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset

CHAIN = Layout.from_mapping(
    {"joints": ["a", "b", "c"], "bones": {"b": "a", "c": "b"}, "centre": "a", "pairs": {}}, name="chain3"
)
CLASSES = ("wave", "walk")


def clips(*, per_person: bool = False) -> list[Clip]:
    """Of several lengths and numbers of persons, with gaps, absences, unknown rates and sizes."""
    random = np.random.default_rng(4)
    made = []
    for number, (m, t) in enumerate([(1, 4), (2, 3), (2, 1), (1, 6)]):
        score = random.uniform(0.1, 1, (m, t, 3)) * (random.uniform(size=(m, t, 3)) > 0.2)
        present = random.uniform(size=(m, t)) > 0.2
        label: Any = [1, 0][:m] if per_person else (1, 0, -1, 1)[number]
        made.append(
            Clip.of(
                random.uniform(1, 9, (m, t, 3, 2)),
                score=score,
                present=present,
                label=label,
                name=f"größe {number}",
                person=["", "ann"][number % 2],
                frame_rate=[None, 25.0][number // 2],
                image_size=[None, (640, 480)][number % 2],
            )
        )
    return made


def content(recordings: list[Clip], **other: Any) -> dict[str, Any]:
    """The archive's arrays, written out by hand."""
    labels = [each.label for each in recordings]
    if isinstance(labels[0], tuple):
        labels = [[*label, *[-1] * (2 - len(label))] for label in labels]
    nan = float("nan")
    return {
        "format": np.array("dancekit-recordings-1"),
        "layout": np.array(json.dumps(CHAIN.to_mapping())),
        "classes": np.array(CLASSES),
        "names": np.array([each.name for each in recordings]),
        "people": np.array([each.person for each in recordings]),
        "labels": np.array(labels),
        "frames": np.array([each.frames for each in recordings]),
        "persons": np.array([len(each.keypoints) for each in recordings]),
        "frame_rate": np.array([each.frame_rate or nan for each in recordings], np.float32),
        "image_size": np.array([each.image_size or (nan, nan) for each in recordings], np.float32),
        "keypoints": np.concatenate([each.keypoints.reshape(-1, 3, 2) for each in recordings]),
        "score": np.concatenate([each.score.reshape(-1, 3) for each in recordings]),
        "present": np.concatenate([each.present.reshape(-1) for each in recordings]),
        "split_train": np.array([2, 0]),
        "split_test": np.array([1, 3]),
        **other,
    }


def save(folder: Path, arrays: dict[str, Any], write: Any = np.savez) -> Path:
    file = folder / "all.npz"
    write(file, **{name: array for name, array in arrays.items() if array is not None})
    return file


def assert_equal(found: Clip, expected: Clip) -> None:
    for name in ("keypoints", "score", "present"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    for name in ("label", "name", "person", "frame_rate", "image_size"):
        assert getattr(found, name) == getattr(expected, name)


def test_contract(tmp_path: Path) -> None:
    check_dataset(PlainArrays, path=str(save(tmp_path, content(clips()))))
    check_dataset(PlainArrays, path=str(save(tmp_path, content(clips(per_person=True)))))


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("per_person", [False, True])
def test_what_is_written_is_read_back(tmp_path: Path, write: Any, per_person: bool) -> None:
    made = clips(per_person=per_person)
    data = PlainArrays(path=save(tmp_path, content(made), write))
    assert (data.layout, data.classes, data.splits) == (CHAIN, CLASSES, ("train", "test"))
    for split, places in {"train": [2, 0], "test": [1, 3]}.items():
        for found, place in zip(data.recordings(split), places, strict=True):
            assert_equal(found, made[place])


@pytest.mark.parametrize("per_person", [False, True])
def test_what_dancekit_writes_is_read_back(tmp_path: Path, per_person: bool) -> None:
    made = clips(per_person=per_person)
    store = RecordingStore.pack(made, CHAIN)
    write_archive(tmp_path / "all.npz", store, classes=CLASSES, splits={"train": [0, 1, 2, 3]})
    data = PlainArrays(path=tmp_path / "all.npz")
    assert (data.layout, data.classes, data.splits) == (CHAIN, CLASSES, ("train",))
    for found, expected in zip(data.recordings("train"), made, strict=True):
        assert_equal(found, expected)


def test_without_splits_there_is_one_of_all(tmp_path: Path) -> None:
    arrays = content(clips(), split_train=None, split_test=np.array([], dtype=np.int64))
    assert PlainArrays(path=save(tmp_path, arrays)).splits == ("all",)


def test_rows_stay_on_the_disk(tmp_path: Path) -> None:
    assert isinstance(open_archive(save(tmp_path, content(clips()))).keypoints, np.memmap)


def test_it_tells_everything_itself(tmp_path: Path) -> None:
    file = save(tmp_path, content(clips()))
    with pytest.raises(RecipeError, match=r"layout, frame_rate: .*all\.npz tells this itself.*nothing else"):
        PlainArrays(path=file, layout=CHAIN, frame_rate=30)
    with pytest.raises(DataError, match=r"all\.npz: there is no split 'val'"):
        PlainArrays(path=file).recordings("val")
    with pytest.raises(DataError, match=r"all\.npz: it is an archive of many recordings"):
        PlainArrays(path=tmp_path, layout=CHAIN, units="pixels", frame_rate=30)


MAPPING = CHAIN.to_mapping()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"format": np.array("dancekit-recordings-2")}, "its format is 'dancekit-recordings-2'.*newer"),
        ({"format": np.array(1)}, "format: it holds int64, no texts"),
        ({"format": np.array([["a"]])}, "format: it is no list of texts"),
        ({"names": None}, "no array 'names'"),
        ({"layout": np.array("{")}, "layout: line 1, column 2: this is no JSON"),
        ({"layout": np.array("[" * 50_000)}, "layout: its JSON is nested too deeply"),
        ({"layout": np.array("3")}, "this is not a mapping"),
        ({"layout": np.array(json.dumps({**MAPPING, "bones": {}}))}, "not in one piece"),
        ({"layout": np.array(json.dumps(Layout.named("coco17").to_mapping()))}, "17 joints of its layout"),
        ({"layout": np.array(" " * 70_000)}, "its layout is of 70000 letters"),
        ({"classes": np.array(["a", "a"])}, "classes are none, or one is empty or there twice"),
        ({"classes": np.array(["a"])}, "labels are not of 4 recordings of 1 classes"),
        ({"names": np.array(["a", "b", "c", ""])}, "names are none, or one is empty"),
        ({"names": np.array(["a", "b", "c", "\ud800"])}, "names: it is no list of texts"),
        ({"names": np.array([0x110000], np.uint32).view("U1")}, "names: it is no list of texts"),
        ({"names": np.array(["a", "b", "c"])}, "labels are not of 3 recordings"),
        ({"people": np.array(["a"])}, "people are 1 for 4 recordings"),
        ({"labels": np.array([0, 1, 1, 2])}, "labels are not of 4 recordings of 2 classes"),
        ({"labels": np.array([0, 1, 1, -2])}, "labels are not of"),
        ({"labels": np.ones(4)}, "labels are not of"),
        ({"labels": np.zeros((4, 0), int)}, "labels are not of"),
        ({"labels": np.zeros((4, 1), int)}, "more persons than labels"),
        ({"frames": np.array([4, 3, 1, 7])}, "its 4 recordings do not make the 18 rows"),
        ({"frames": np.array([18, 0, 0, 0])}, "do not make the 18 rows"),
        ({"frames": np.array([2**62, 2**62, 2**62, 2**62])}, "do not make the 18 rows"),
        ({"frames": np.array([-4, -3, -1, 6]), "persons": np.array([-1, -2, -2, 1])}, "do not make the"),
        ({"frames": np.ones(4)}, r"frames has shape \(4,\) for \(4,\) and type float64"),
        ({"frame_rate": np.zeros(4)}, "frame_rate has numbers that are not positive"),
        ({"frame_rate": np.full(4, np.inf)}, "frame_rate has numbers that are not positive"),
        ({"image_size": np.full((4, 2), 0.5)}, "image_size has numbers that are not positive"),
        ({"image_size": np.ones(4)}, r"image_size has shape \(4,\) for \(4, 2\)"),
        ({"score": np.ones((17, 3))}, r"score has shape \(17, 3\) for \(18, 3\)"),
        ({"present": np.ones(18)}, "present has shape .* and type float64"),
        ({"keypoints": np.ones((18, 3, 4))}, r"keypoints have shape \(18, 3, 4\) for the 3 joints"),
        ({"keypoints": np.ones((0, 3, 2))}, r"keypoints has shape \(0, 3, 2\)"),
        ({"split_train": np.array([0, 4])}, "split_train lists a recording twice, or one that is not there"),
        ({"split_train": np.array([1, 1])}, "split_train lists a recording twice"),
        ({"split_train": np.array([[1]])}, "split_train is no list of whole numbers"),
    ],
)
def test_archives_that_do_not_fit(tmp_path: Path, other: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=rf"all\.npz: .*{words}") as caught:
        PlainArrays(path=save(tmp_path, content(clips(), **other)))
    assert caught.value.hint


def sound(write: Any) -> bytes:
    file = io.BytesIO()
    write(file, **content(clips()))
    return file.getvalue()


SOUND = [sound(np.savez), sound(np.savez_compressed)]


@settings(max_examples=200, deadline=None)
@given(
    archive=st.sampled_from(SOUND),
    flips=st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 255)), max_size=4),
    cut=st.none() | st.integers(0, 100_000),
)
def test_damage_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, archive: bytes, flips: list[tuple[int, int]], cut: int | None
) -> None:
    damaged = bytearray(archive)
    for place, change in flips:
        damaged[place % len(damaged)] ^= change
    file = tmp_path_factory.mktemp("damaged") / "all.npz"
    file.write_bytes(damaged if cut is None else damaged[: cut % len(damaged)])
    try:
        data = PlainArrays(path=file)
        made = [clip for split in data.splits for clip in data.recordings(split)]
    except DancekitError as error:
        # Without its name `format` it is a recording alone, of which a recipe has to say more.
        assert str(file) in str(error) or isinstance(error, RecipeError)
    else:
        assert all(np.isfinite(clip.keypoints).all() for clip in made)

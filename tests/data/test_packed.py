"""Stores on the disk: every recording comes back, damage is told, an interrupted import leaves nothing."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dancekit.data.clips import Clip
from dancekit.data.packed import INDEX, Packed, is_packed, open_packed
from dancekit.data.packing import write_packed
from dancekit.data.store import RecordingStore
from dancekit.errors import DancekitError, DataError
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.from_mapping(
    {"name": "three", "joints": ["a", "b", "c"], "bones": {"b": "a", "c": "a"}, "centre": "a", "pairs": {}}
)
CLASSES = ("wave", "walk", "run")


def clip(
    seed: int, *, persons: int = 1, frames: int = 2, label: Any = 0, joints: int = 3, **more: Any
) -> Clip:
    random = np.random.default_rng(seed)
    seen = random.random((persons, frames, joints)) > 0.3
    return Clip.of(
        random.normal(size=(persons, frames, joints, more.pop("coordinates", 3))),
        score=random.random((persons, frames, joints)) * seen,
        present=random.random((persons, frames)) > 0.2,
        label=label,
        name=more.pop("name", f"clip-{seed}"),
        **more,
    )


def packed(folder: Path, splits: dict[str, list[Clip]], **more: Any) -> Packed:
    write_packed(folder, splits, layout=LAYOUT, classes=CLASSES, **more)
    return open_packed(folder)


def assert_same(one: Clip, other: Clip) -> None:
    for name in ("keypoints", "score", "present"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("label", "name", "person", "frame_rate", "image_size"):
        assert getattr(one, name) == getattr(other, name)


@st.composite
def recordings(draw: st.DrawFn) -> list[Clip]:
    per_person = draw(st.booleans())
    label = st.integers(-1, 2)
    clips = []
    for seed in range(draw(st.integers(1, 5))):
        persons = draw(st.integers(1, 3))
        each = st.lists(label, min_size=persons, max_size=persons).map(tuple)
        clips.append(
            clip(
                seed,
                persons=persons,
                frames=draw(st.integers(1, 6)),
                label=draw(each if per_person else label),
                person=draw(st.text(max_size=4)),
                name=f"{draw(st.text(max_size=4))}-{seed}",
                frame_rate=draw(st.none() | st.floats(1, 240, width=32)),
                image_size=draw(st.none() | st.tuples(st.integers(1, 8000), st.integers(1, 8000))),
            )
        )
    return clips


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clips=recordings())
def test_every_recording_comes_back(tmp_path: Path, clips: list[Clip]) -> None:
    folder = tmp_path / "a.store"
    found = packed(folder, {"train": clips[:3], "all": clips}, about={"licence": "mine"})
    assert found.classes == CLASSES and found.layout == LAYOUT and found.about == {"licence": "mine"}
    assert len(found.recordings) == len(clips)
    for split, wanted in (("train", clips[:3]), ("all", clips)):
        store = found.split(split)
        assert store.names == tuple(each.name for each in wanted)
        for place, each in enumerate(wanted):
            assert_same(store.clip(place), each)


def test_splits_share_what_is_mapped(tmp_path: Path) -> None:
    clips = [clip(seed, frames=4) for seed in range(4)]
    found = packed(tmp_path / "s", {"train": clips[:2], "test": clips[1:]})
    assert len(found.recordings.present) == 16  # the recording of both splits is there once
    assert found.split("test").keypoints.data_ptr() == found.recordings.keypoints.data_ptr()
    assert isinstance(np.load(tmp_path / "s" / "keypoints.npy"), np.ndarray)  # numpy alone reads it


def test_equals_packing_in_memory(tmp_path: Path) -> None:
    clips = [clip(seed, persons=1 + seed % 2, frames=3, label=seed % 3) for seed in range(5)]
    on_disk, in_memory = (
        packed(tmp_path / "s", {"all": clips}).split("all"),
        RecordingStore.pack(clips, LAYOUT),
    )
    for name in ("keypoints", "score", "present", "first", "frames", "persons", "label"):
        assert torch.equal(getattr(on_disk, name), getattr(in_memory, name))


def test_a_selection_moves_only_its_own_rows(tmp_path: Path) -> None:
    clips = [clip(seed, persons=1 + seed % 2, frames=3 + seed) for seed in range(5)]
    chosen = packed(tmp_path / "s", {"all": clips}).split("all").select([4, 1])
    rows = 3 + 4 + 2 * 4
    moved = chosen.compact()
    assert len(moved.present) == 7 + 8 == rows
    for place, each in enumerate((clips[4], clips[1])):
        assert_same(moved.clip(place), each)
    assert moved.bytes == chosen.bytes
    assert chosen.to(torch.device("meta")).keypoints.shape[0] == 15
    assert moved.compact() is moved


def test_a_name_stands_for_one_recording(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two recordings are called 'same'"):
        packed(tmp_path / "s", {"train": [clip(0, name="same")], "test": [clip(1, name="same")]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (clip(1, joints=4), "clip-1: it has 4 joints, the layout three has 3"),
        (clip(1, coordinates=2), "clip-1: it has 2 coordinates, others have 3"),
        (clip(1, label=3), "clip-1: it has label 3, and there are 3 classes"),
    ],
)
def test_recordings_that_do_not_go_together_are_told(tmp_path: Path, wrong: Clip, told: str) -> None:
    with pytest.raises(DataError, match=told):
        packed(tmp_path / "s", {"all": [clip(0), wrong]})
    assert list(tmp_path.iterdir()) == []


def test_an_empty_split_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="split 'test' is empty"):
        packed(tmp_path / "s", {"train": [clip(0)], "test": []})


def test_an_interrupted_import_leaves_the_old_store(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    packed(folder, {"all": [clip(0)]})

    def stopped() -> Iterator[Clip]:
        yield clip(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_packed(folder, {"all": stopped()}, layout=LAYOUT, classes=CLASSES)
    assert [each.name for each in tmp_path.iterdir()] == ["s"]
    assert open_packed(folder).recordings.names == ("clip-0",)


def test_a_new_import_takes_the_place_of_an_open_one(tmp_path: Path) -> None:
    old = packed(tmp_path / "s", {"all": [clip(0)]})
    new = packed(tmp_path / "s", {"all": [clip(1)]})
    assert_same(old.recordings.clip(0), clip(0))  # who has it open keeps it
    assert_same(new.recordings.clip(0), clip(1))
    assert [each.name for each in tmp_path.iterdir()] == ["s"]


def test_what_a_killed_import_left_is_cleared_after_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "s.123-456.part"
    left.mkdir()
    (left / "keypoints.npy").write_bytes(b"half")
    packed(tmp_path / "s", {"all": [clip(0)]})
    assert left.exists()  # it may be another import that is still at it
    now = time.time()
    monkeypatch.setattr("dancekit.data.packing.time.time", lambda: now + 4000)
    packed(tmp_path / "s", {"all": [clip(0)]})
    assert not left.exists()


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    clips = [clip(seed, frames=5) for seed in range(3)]
    packed(tmp_path / "s", {"a": clips[:2], "b": clips[1:]}, progress=lambda *each: told.append(each))
    assert told == [("a", 1, 5), ("a", 2, 10), ("b", 2, 10), ("b", 3, 15)]


def test_other_folders_are_no_store(tmp_path: Path) -> None:
    assert not is_packed(tmp_path)
    assert not is_packed(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"store\.json: it cannot be read: No such file"):
        open_packed(tmp_path)
    (tmp_path / INDEX).write_text('{"format": "dancekit-store-99"}')
    with pytest.raises(DataError, match="no store that this dancekit reads"):
        open_packed(tmp_path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "s"
    clips = [clip(seed, persons=1 + seed % 2, frames=3, label=seed % 3, frame_rate=30.0) for seed in range(4)]
    packed(folder, {"train": clips[:3], "test": clips[2:]})
    return folder


ARRAYS = (
    "keypoints",
    "score",
    "present",
    "frames",
    "persons",
    "label",
    "frame_rate",
    "image_size",
    "split_0",
)
FILES = ("store.json", "names.json", *(f"{name}.npy" for name in ARRAYS))


def damaged(sound: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound, folder)
    return folder


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "pickle"])
def test_a_damaged_store_is_told(sound: Path, tmp_path: Path, name: str, damage: str) -> None:
    file = damaged(sound, tmp_path / "s") / name
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    elif damage == "pickle":
        np.save(file.with_suffix(".npy"), np.array([print, {}], dtype=object), allow_pickle=True)
        file.with_suffix(".npy").replace(file)
    else:
        file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"")
    with pytest.raises(DataError, match=r"damaged|cannot be read"):
        open_packed(tmp_path / "s")


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("frames", [3, 3, 3, -3], "impossible length"),
        ("frames", [3, 3, 3, 4], "do not have the 18 rows"),
        ("persons", [2**62, 2, 1, 2], "impossible length"),
        ("label", [0, 1, 2, 3], "a label is none of its classes"),
        ("split_1", [2, 4], "split 'test' lists recordings that are not there"),
        ("split_0", [-1], "split 'train' lists recordings that are not there"),
        ("label", [0, 1], r"label has shape \(2,\), not \(4,\)"),
    ],
)
def test_numbers_that_contradict_each_other_are_told(
    sound: Path, tmp_path: Path, name: str, values: list[int], told: str
) -> None:
    np.save(damaged(sound, tmp_path / "s") / f"{name}.npy", np.array(values, dtype="<i8"))
    with pytest.raises(DataError, match=told):
        open_packed(tmp_path / "s")


def test_an_array_of_another_type_is_told(sound: Path, tmp_path: Path) -> None:
    np.save(damaged(sound, tmp_path / "s") / "score.npy", np.zeros((18, 3)))
    with pytest.raises(DataError, match=r"score\.npy holds float64, not float32"):
        open_packed(tmp_path / "s")


@pytest.mark.slow
def test_ten_thousand_mutations_give_stores_or_errors(sound: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    contents = {name: (sound / name).read_bytes() for name in FILES}
    folder = damaged(sound, tmp_path / "s")
    opened = 0
    for _ in range(10_000):
        name = FILES[random.integers(len(FILES))]
        content = bytearray(contents[name])
        for _ in range(random.integers(1, 4)):
            place = int(random.integers(min(len(content), 400)))
            content[place] = int(random.integers(256))
        if random.random() < 0.2:
            content = content[: int(random.integers(len(content)))]
        (folder / name).write_bytes(content)
        try:
            found = open_packed(folder)
            for place in range(len(found.recordings)):
                found.recordings.clip(place)
            opened += 1
        except DancekitError:
            pass
        (folder / name).write_bytes(contents[name])
    assert 0 < opened < 10_000


def test_the_index_says_what_a_person_wants_to_know(sound: Path) -> None:
    index = json.loads((sound / INDEX).read_text())
    assert (
        index["recordings"] == 4
        and index["splits"] == ["train", "test"]
        and index["classes"] == list(CLASSES)
    )

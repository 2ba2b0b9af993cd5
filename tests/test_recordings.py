"""Recordings are packed once, and again when anything that they follow from has changed."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dancekit import recordings
from dancekit.assembly import prepare_data
from dancekit.data.packed import open_packed
from dancekit.errors import DataError
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.recordings import cache_folder, find_cached, fingerprint, read_split
from dancekit.schema import Part


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DANCEKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_pickle(file: Path, seed: int = 0) -> Path:
    random = np.random.default_rng(seed)
    annotations = [
        {
            "frame_dir": f"clip_s{number % 3}_{number}",
            "label": number % 2,
            "total_frames": 6,
            "keypoint": random.uniform(1, 2, (1, 6, 14, 3)).astype(np.float32),
        }
        for number in range(12)
    ]
    names = [each["frame_dir"] for each in annotations]
    content = {"split": {"train": names[:9], "test": names[9:]}, "annotations": annotations}
    file.write_bytes(pickle.dumps(content))
    return file


@pytest.fixture
def recipe(tmp_path: Path, registry: Registry) -> Recipe:
    write_pickle(tmp_path / "dances.pkl")
    return made(tmp_path, registry)


def made(folder: Path, registry: Registry, *overrides: str) -> Recipe:
    file = folder / "mine.yaml"
    file.write_text(
        f"""
data: {{name: pyskl, path: {folder / "dances.pkl"}, layout: dance14, person_pattern: '_s(\\d+)_'}}
splits: {{hold_out: 0.3}}
backbone: {{name: stgcn, width: 4}}
"""
    )
    return check_recipe(read_recipe(file, overrides), registry)


def read_first(part: Part, split: str = "train") -> np.ndarray:
    return read_split(part, part.build(), split).clip(0).keypoints.copy()  # not the mapped file itself


def test_the_second_time_nothing_is_read(
    recipe: Recipe, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare_data(recipe)
    assert len(list(cache.iterdir())) == 2  # train and test
    monkeypatch.setattr("dancekit.assembly.open_dataset", lambda recipe: pytest.fail("it was opened"))
    again = prepare_data(recipe)
    assert again.classes == first.classes
    for split in ("train", "validate", "test"):
        one, other = first.store(split), again.store(split)
        assert one.names == other.names and one.people == other.people
        np.testing.assert_array_equal(one.clip(0).keypoints, other.clip(0).keypoints)


def test_held_out_recordings_are_not_copied(recipe: Recipe) -> None:
    data = prepare_data(recipe)
    train, held = data.store("train"), data.store("validate")
    assert train.keypoints.data_ptr() == held.keypoints.data_ptr()
    assert not set(train.people) & set(held.people)
    assert len(train) + len(held) == 9


def test_reading_a_split_takes_what_is_kept(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_first(recipe.data)
    dataset = recipe.data.build()
    monkeypatch.setattr(recipe.data.target, "recordings", lambda self, split: pytest.fail("it was read"))
    np.testing.assert_array_equal(read_split(recipe.data, dataset, "train").clip(0).keypoints, before)


def test_another_file_is_read_again(recipe: Recipe, tmp_path: Path) -> None:
    before = read_first(recipe.data)
    write_pickle(tmp_path / "dances.pkl", seed=1)
    os.utime(tmp_path / "dances.pkl", (1, 1))
    assert not find_cached(recipe.data, ["train"])
    assert not np.array_equal(read_first(recipe.data), before)
    assert find_cached(recipe.data, ["train"])


def test_other_arguments_have_another_place(
    recipe: Recipe, tmp_path: Path, registry: Registry, cache: Path
) -> None:
    read_first(recipe.data)
    other = made(tmp_path, registry, "data.frame_rate=25")
    assert not find_cached(other.data, ["train"])
    read_first(other.data)
    assert len(list(cache.iterdir())) == 2


def test_other_code_reads_again(recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read_first(recipe.data)
    package = tmp_path / "package"
    shutil.copytree(recordings._folder_of(recipe.data), package, ignore=shutil.ignore_patterns("__pycache__"))
    before = fingerprint(recipe.data)
    monkeypatch.setattr(recordings, "_folder_of", lambda part: package)
    (package / "pyskl.py").write_text("changed = True\n")
    assert fingerprint(recipe.data) != before
    assert not find_cached(recipe.data, ["train"])


def test_a_folder_is_as_new_as_its_files(registry: Registry, tmp_path: Path) -> None:
    root = "OFFSET 0 0 0\nCHANNELS 3 Xposition Yposition Zposition\nEnd Site\n{\nOFFSET 0 1 0\n}\n"
    bvh = f"HIERARCHY\nROOT a\n{{\n{root}}}\n"
    (tmp_path / "clips").mkdir()
    for name in ("one", "two"):
        (tmp_path / "clips" / f"{name}.bvh").write_text(bvh + "MOTION\nFrames: 1\nFrame Time: 0.1\n1 2 3\n")
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        f"data: {{name: bvh, path: {tmp_path / 'clips'}, metres_per_unit: 1}}\n"
        "splits: {train: all, test: none, hold_out: 0}\nbackbone: {name: stgcn, width: 4}\n"
    )
    part = check_recipe(read_recipe(recipe), registry).data
    before = fingerprint(part)
    (tmp_path / "clips" / "three.bvh").write_text(bvh)
    assert fingerprint(part) != before


@pytest.mark.parametrize("damage", ["cut", "emptied", "gone"])
def test_a_damaged_entry_is_made_again(recipe: Recipe, cache: Path, damage: str) -> None:
    whole = read_first(recipe.data)
    (folder,) = cache.iterdir()
    file = folder / "keypoints.npy"
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:1000] if damage == "cut" else b"")
    assert not find_cached(recipe.data, ["train"])
    np.testing.assert_array_equal(read_first(recipe.data), whole)
    assert open_packed(folder).splits.keys() == {"train"}


def test_without_a_cache_recordings_are_packed_in_memory(
    recipe: Recipe, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANCEKIT_CACHE", "off")
    assert cache_folder() is None
    assert prepare_data(recipe).store("train").names
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_said_and_done_without(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where the folder should be")
    monkeypatch.setenv("DANCEKIT_CACHE", str(occupied))
    assert len(prepare_data(recipe).store("test")) == 3
    assert "are not kept for the next time" in capsys.readouterr().err


def test_a_data_set_that_says_nothing_is_not_cached(
    recipe: Recipe, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe.data.target, "cached", False)
    read_first(recipe.data)
    assert not cache.exists()


def test_a_recording_that_cannot_be_read_is_told_and_nothing_is_kept(
    recipe: Recipe, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, split: str) -> Iterator[Any]:
        raise DataError("clip-3: it is damaged.")
        yield

    monkeypatch.setattr(recipe.data.target, "recordings", broken)
    with pytest.raises(DataError, match="clip-3: it is damaged"):
        prepare_data(recipe)
    assert not list(cache.iterdir())


@pytest.mark.parametrize("cached", [True, False])
def test_wrong_labels_are_told_with_and_without_a_cache(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch, cached: bool
) -> None:
    dataset = recipe.data.build()
    dataset.classes = ("only one",)
    monkeypatch.setattr(recipe.data.target, "cached", cached)
    with pytest.raises(DataError, match="has label 1, and there are 1 classes"):
        read_split(recipe.data, dataset, "train")

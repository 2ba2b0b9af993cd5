"""The recordings of a data set: a store of its own, or packed once and kept for the next run."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

import dancekit
from dancekit.console import say
from dancekit.data.clips import Clip
from dancekit.data.packed import FORMAT, Packed, open_packed
from dancekit.data.packing import Progress, write_packed
from dancekit.data.paths import data_file
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError
from dancekit.interfaces import Dataset
from dancekit.schema import Part

CACHE_FOLDER = "DANCEKIT_CACHE"
"""The environment variable that puts the cache elsewhere; "off" does without one."""


def cache_folder() -> Path | None:
    """The user's cache of dancekit; it may be deleted at any time. None where there is to be none."""
    chosen = os.environ.get(CACHE_FOLDER)
    if chosen == "off":
        return None
    return Path(chosen) if chosen else platformdirs.user_cache_path("dancekit")


def find_cached(part: Part, splits: Sequence[str]) -> dict[str, Packed]:
    """Those of some splits that are kept, if neither the recordings nor the code that reads them changed."""
    found: dict[str, Packed] = {}
    for split in splits:
        folder = _entry(part, split)
        if folder is not None and folder.is_dir():
            with suppress(DataError):  # whatever is wrong with it, it can be made again
                found[split] = open_packed(folder)
    if not found:
        return {}
    stamp = fingerprint(part)
    return {split: each for split, each in found.items() if each.about.get("fingerprint") == stamp}


def read_split(
    part: Part, dataset: Dataset, split: str, *, progress: Progress | None = None
) -> RecordingStore:
    """The recordings of a split: its own store, or packed and kept in the cache, or in memory.

    Raises:
        DataError: the split is empty, or a recording cannot be read.
    """
    own = dataset.packed(split)
    if own is not None:
        return own
    kept = find_cached(part, [split])
    if kept:
        return kept[split].split(split)
    folder = _entry(part, split)
    if folder is not None:
        stamp = fingerprint(part)
        clips = _Watched(dataset.recordings(split))
        try:
            write_packed(
                folder,
                {split: clips},
                layout=dataset.layout,
                classes=tuple(dataset.classes),
                about={"fingerprint": stamp, "data": part.node()},
                progress=progress,
            )
            return open_packed(folder).split(split)
        except OSError as error:
            if clips.failed:  # the recordings cannot be read; that is not the cache's matter
                raise
            reason = error.strerror or type(error).__name__
            say(f"The recordings are not kept for the next time: {folder.parent}: {reason}.")
    return pack_in_memory(dataset, split)


def pack_in_memory(dataset: Dataset, split: str) -> RecordingStore:
    """The recordings of a split without a cache, as the cache would have them."""
    recordings = list(dataset.recordings(split))
    if not recordings:
        raise DataError(f"split {split!r} is empty.")
    highest = max(max(clip.label) if isinstance(clip.label, tuple) else clip.label for clip in recordings)
    if highest >= len(dataset.classes):
        raise DataError(
            f"split {split!r} has label {highest}, and there are {len(dataset.classes)} classes.",
            hint="Labels count from 0.",
        )
    return RecordingStore.pack(recordings, dataset.layout)


def fingerprint(part: Part) -> str:
    """What recordings follow from: the arguments, the files, and the code that reads them."""
    files = [stamp for path in _paths(part) for stamp in _stamps(path)]
    core = Path(dancekit.__file__).parent
    folders = dict.fromkeys(_folder_of(each) for each in _with_members(part))
    code = [file for each in (*folders, core / "data", core / "skeleton") for file in _sources(each)]
    digest = hashlib.sha256(json.dumps([FORMAT, part.node(), files], sort_keys=True).encode())
    for file in code:
        digest.update(file.read_bytes())
    return digest.hexdigest()


class _Watched:
    """Recordings that remember whether reading them failed."""

    def __init__(self, clips: Any) -> None:
        self._clips = clips
        self.failed = False

    def __iter__(self) -> Iterator[Clip]:
        try:
            yield from self._clips
        except Exception:
            self.failed = True
            raise


def _entry(part: Part, split: str) -> Path | None:
    """Where a split is kept: a place for each data set, arguments and split, whatever changes in files."""
    folder = cache_folder()
    kept = all(getattr(each.target, "cached", False) for each in _with_members(part))
    if folder is None or not kept:
        return None
    where = [str(path) for path in _paths(part)]
    key = hashlib.sha256(json.dumps([part.node(), where, split], sort_keys=True).encode()).hexdigest()[:20]
    return folder / f"{part.name}-{key}.store"


def _with_members(part: Part) -> Iterator[Part]:
    """A data set, and those that it is made of."""
    yield part
    for value in part.arguments.values():
        for each in value.values() if isinstance(value, dict) else (value,):
            if isinstance(each, Part):
                yield from _with_members(each)


def _paths(part: Part) -> list[Path]:
    """The files and folders that the arguments name, where they are."""
    return [path for each in _with_members(part) for path in _own_paths(each)]


def _own_paths(part: Part) -> list[Path]:
    given = [value for value in part.arguments.values() if isinstance(value, Path)]
    found: list[Path] = []
    for path in given:
        try:
            found.append(data_file(path, beside=found[0] if found else None).resolve())
        except DataError:
            found.append(path)  # the data set will say what is wrong
    return found


def _stamps(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name, size and time of change of a file, or of all in a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file():
            status = file.stat()
            yield str(file), status.st_size, status.st_mtime_ns


def _folder_of(part: Part) -> Path:
    """The package that a data set's code is in, or its one file."""
    module = part.target.__module__
    for package in (module, module.partition(".")[0]):
        file = getattr(sys.modules[package], "__file__", None)
        if file is not None and Path(file).name == "__init__.py":
            return Path(file).parent
    return Path(inspect.getfile(part.target))


def _sources(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]

"""Telling formats apart by the names in a folder and the first bytes of a file.

`recognises` of the data sets is made of these. Nothing here raises, reads more than a little, or follows a
link to another folder: what cannot be read has no bytes and no names.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from dancekit.errors import DataError
from dancekit_sources.numpy_files import npz_names

_READ = 64 * 1024
_MOST_IN_A_FOLDER = 100
_MOST_ENTRIES = 1000
_MOST_FILES = 20
_PROTOCOLS = (b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5")


def start_of(path: Path) -> bytes:
    """The first 64 KiB of a file; empty for anything else."""
    return _bytes(path, end=False)


def ends_of(path: Path) -> bytes:
    """The first and the last 64 KiB of a file, for formats whose keys stand in any order."""
    return _bytes(path, end=True)


def archive_names(path: Path) -> frozenset[str]:
    """The names of the arrays in an .npz archive; none for anything else."""
    if not start_of(path).startswith(b"PK"):
        return frozenset()
    try:
        return frozenset(npz_names(path))
    except DataError:
        return frozenset()


def starts_as_pickle(start: bytes) -> bool:
    """Whether these are the first bytes of a pickle of a dict, a list or a tuple, of any protocol."""
    return start[:2] in _PROTOCOLS or start[:1] in (b"(", b"}", b"]")


def folder_entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files and the folders among the first hundred entries of a folder, each in alphabetical order."""
    files, folders = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, _MOST_IN_A_FOLDER):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif entry.is_file():
                    files.append(Path(entry.path))
    except (OSError, ValueError):
        pass
    return sorted(files), sorted(folders)


def files_below(folder: Path) -> Iterator[Path]:
    """The first files of a folder, of the folders in it, and so on; a thousand entries at most."""
    waiting, seen = deque([folder]), 0
    while waiting and seen < _MOST_ENTRIES:
        files, folders = folder_entries(waiting.popleft())
        seen += len(files) + len(folders)
        waiting.extend(folders)
        yield from files


def files_of(path: Path, *endings: str) -> Iterator[Path]:
    """A file itself, or the first twenty of a folder, that have one of the endings."""
    candidates = [path] if path.is_file() else files_below(path)
    return islice((file for file in candidates if file.suffix.lower() in endings), _MOST_FILES)


def _bytes(path: Path, *, end: bool) -> bytes:
    try:
        if not path.is_file():  # opening a pipe would wait for somebody to write
            return b""
        with path.open("rb") as file:
            start = file.read(_READ)
            if not end or len(start) < _READ:
                return start
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _READ, _READ))
            return start + file.read(_READ)
    except (OSError, ValueError):
        return b""

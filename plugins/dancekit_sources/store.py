"""Stores, as `dancekit data import` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dancekit.data.clips import Clip
from dancekit.data.packed import is_packed, open_packed
from dancekit.data.paths import data_file
from dancekit.errors import DataError
from dancekit.interfaces import Dataset
from dancekit.wording import nearest

if TYPE_CHECKING:
    from dancekit.data.store import RecordingStore


class Store(Dataset):
    """Recordings that `dancekit data import` has packed. Opening them takes no time and no memory.

    Keypoints, splits, people, classes, layout and frame rates are those of the source.

    Args:
        path: the folder of the store.

    Raises:
        DataError: it is no store, or it is damaged.
    """

    def __init__(self, *, path: Path) -> None:
        self._folder = data_file(path)
        self._packed = open_packed(self._folder)
        self.layout = self._packed.layout
        self.classes = self._packed.classes
        self.splits = tuple(self._packed.splits)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return is_packed(path)

    def packed(self, split: str) -> RecordingStore:
        self._check(split)
        return self._packed.split(split)

    def recordings(self, split: str) -> Iterator[Clip]:
        self._check(split)
        return (self._packed.clip(int(place)) for place in self._packed.splits[split])

    def _check(self, split: str) -> None:
        if split not in self._packed.splits:
            raise DataError(f"{self._folder}: there is no split {split!r}.", hint=nearest(split, self.splits))

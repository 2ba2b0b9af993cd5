"""The recordings of a split, or what to take in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from dancekit.errors import DataError
from dancekit.wording import nearest

Recording = TypeVar("Recording")


def recordings_of(splits: Mapping[str, Sequence[Recording]], split: str, source: Path) -> Sequence[Recording]:
    """The recordings listed under a split.

    Args:
        source: the file or folder that the splits are of, for errors.

    Raises:
        DataError: there is no such split.
    """
    if split not in splits:
        raise DataError(f"{source}: there is no split {split!r}.", hint=nearest(split, splits))
    return splits[split]

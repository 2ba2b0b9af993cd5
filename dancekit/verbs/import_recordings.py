"""data import: recordings of any format into one store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dancekit import __version__
from dancekit.data.clips import Clip
from dancekit.data.packed import is_packed
from dancekit.data.packing import Progress, write_packed
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.convert import conversion_matrix
from dancekit.skeleton.layout import Layout
from dancekit.verbs.source import Source
from dancekit.wording import nearest

_LICENCES = ("LICENSE", "LICENCE", "LICENSE.txt", "LICENCE.txt", "LICENSE.md", "LICENCE.md")
_LONGEST_LICENCE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What lies in a new store.

    Attributes:
        splits: name -> how many recordings.
        licence: where the text of the licence was found; None without one.
    """

    folder: Path
    splits: dict[str, int]
    frames: int
    licence: Path | None


def import_recordings(
    source: Source,
    folder: Path,
    *,
    splits: Sequence[str] = (),
    layout: Layout | None = None,
    licence: Path | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Pack recordings into a store.

    Args:
        splits: those that are wanted; none are all.
        layout: put every recording into this layout.
        licence: a file with the licence of the recordings. Without it a file called LICENSE beside them
            is taken.

    Raises:
        DataError: something else lies where the store should be, or a recording cannot be read.
        RecipeError: a split is not there, or the layout lacks what the other one needs.
    """
    if folder.exists() and not is_packed(folder):
        raise DataError(f"{folder} is there already, and is no store.", hint="Name another folder.")
    dataset = source.open()
    wanted = chosen_splits(dataset, splits)
    licence = licence or _licence_beside(source.path)
    about = {
        "source": source.part.node(),
        "licence": None if licence is None else _text(licence),
        "dancekit": __version__,
    }
    counts: dict[str, int] = {}
    frames = 0

    def count(split: str, recordings: int, so_far: int) -> None:
        nonlocal frames
        counts[split], frames = counts.get(split, 0) + 1, so_far
        if progress is not None:
            progress(split, recordings, so_far)

    write_packed(
        folder,
        {split: recordings_in(dataset, split, layout) for split in wanted},
        layout=layout or dataset.layout,
        classes=tuple(dataset.classes),
        about=about,
        progress=count,
    )
    return Imported(folder=folder, splits=counts, frames=frames, licence=licence)


def chosen_splits(dataset: Dataset, splits: Sequence[str]) -> tuple[str, ...]:
    """The splits that are wanted, or all.

    Raises:
        RecipeError: one is not there.
    """
    for split in splits:
        if split not in dataset.splits:
            raise RecipeError(f"there is no split {split!r}.", hint=nearest(split, dataset.splits))
    return tuple(splits) or tuple(dataset.splits)


def recordings_in(dataset: Dataset, split: str, layout: Layout | None) -> Iterator[Clip]:
    """The recordings of a split, in another layout if one is given.

    Raises:
        LayoutError: the data set's layout cannot give all of its joints; at once, not at the first clip.
    """
    if layout is None:
        return iter(dataset.recordings(split))
    conversion_matrix(dataset.layout, layout)
    return (clip.in_layout(dataset.layout, layout) for clip in dataset.recordings(split))


def _licence_beside(path: Path | None) -> Path | None:
    if path is None:
        return None
    folders = [path, path.parent] if path.is_dir() else [path.parent]
    candidates = (folder / name for folder in folders for name in _LICENCES)
    return next((file for file in candidates if file.is_file()), None)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")[:_LONGEST_LICENCE]
    except OSError as error:
        raise DataError(f"{file}: it cannot be read: {error.strerror}.", hint="Name a text file.") from None

"""data convert: recordings of any format as a file that others read."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from dancekit.data.exporting import write_archive, write_pyskl
from dancekit.data.packed import Packed, open_packed
from dancekit.data.packing import Progress, write_packed
from dancekit.errors import RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.verbs.import_recordings import chosen_splits, recordings_in
from dancekit.verbs.source import Source

ENDINGS = {".pkl": "PYSKL's annotation pickle", ".npz": "one npz archive"}


def convert_recordings(
    source: Source,
    file: Path,
    *,
    splits: Sequence[str] = (),
    layout: Layout | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Write recordings as a PYSKL pickle or as an npz archive, by the ending of the file.

    Args:
        splits: those that are wanted; none are all.
        layout: put every recording into this layout.

    Returns:
        How many recordings each split has.

    Raises:
        RecipeError: the ending is another one, or a split is not there.
        DataError: a recording cannot be read, or the file cannot be written.
    """
    if file.suffix not in ENDINGS:
        known = ", ".join(f"{ending} ({what})" for ending, what in ENDINGS.items())
        raise RecipeError(f"{file} has no ending that says what to write.", hint=f"Take one of {known}.")
    dataset = source.open()
    wanted = chosen_splits(dataset, splits)
    # By way of a store: recordings are read one by one, and kept once however many splits they are in.
    with tempfile.TemporaryDirectory(prefix="dancekit-") as folder:
        write_packed(
            Path(folder) / "store",
            {split: recordings_in(dataset, split, layout) for split in wanted},
            layout=layout or dataset.layout,
            classes=tuple(dataset.classes),
            progress=progress,
        )
        packed = open_packed(Path(folder) / "store")
        _write(packed, file)
        return {split: len(places) for split, places in packed.splits.items()}


def _write(packed: Packed, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".npz":
        write_archive(file, packed.recordings, classes=packed.classes, splits=packed.splits)
        return
    write_pyskl(file, {split: packed.split(split) for split in packed.splits})
    classes_of(file).write_text("".join(f"{name}\n" for name in packed.classes), encoding="utf-8")


def classes_of(file: Path) -> Path:
    """The text beside a PYSKL pickle that names its classes."""
    return file.with_suffix(".classes.txt")

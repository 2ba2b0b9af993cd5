"""data inspect: what to know of recordings before training on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dancekit.data.inspection.inspection import Inspection, conclude
from dancekit.data.inspection.measurements import Measurements, measure
from dancekit.data.packing import Progress
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError
from dancekit.recordings import read_split
from dancekit.verbs.import_recordings import chosen_splits
from dancekit.verbs.source import Source


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """A source and what is known of it.

    Attributes:
        dataset: the name of the data set that reads it.
        path: the file or folder; "" for a data set that is made.
    """

    dataset: str
    path: str
    classes: tuple[str, ...]
    inspection: Inspection

    def to_mapping(self) -> dict[str, Any]:
        """As JSON has it."""
        found = self.inspection
        return {
            "dataset": self.dataset,
            "path": self.path,
            "layout": {"name": found.layout.name, "joints": list(found.layout.joints)},
            "coordinates": found.coordinates,
            "classes": list(self.classes),
            "splits": {split: asdict(summary) for split, summary in found.splits.items()},
            "total": asdict(found.total),
            "findings": [asdict(finding) for finding in found.findings],
        }


def inspect_source(
    source: Source, splits: Sequence[str] = (), *, progress: Progress | None = None
) -> Inspected:
    """Read the recordings of a source, a split at a time, and look at them.

    Args:
        splits: those that are wanted; none are all.

    Raises:
        DataError: a recording cannot be read, or a split is empty.
        RecipeError: a split is not there.
    """
    dataset = source.open()
    wanted = chosen_splits(dataset, splits)
    inspection = inspect(
        {
            split: lambda split=split: read_split(source.part, dataset, split, progress=progress)  # type: ignore[misc]
            for split in wanted
        },
        classes=tuple(dataset.classes),
    )
    path = source.path or source.part.arguments.get("path") or ""
    return Inspected(
        dataset=source.part.name, path=str(path), classes=tuple(dataset.classes), inspection=inspection
    )


def inspect(stores: Mapping[str, Callable[[], RecordingStore]], *, classes: Sequence[str]) -> Inspection:
    """Look at splits one after the other.

    Args:
        stores: split -> opens its recordings, which are not kept.

    Raises:
        DataError: there is no split, or one is in 2D and another in 3D.
    """
    parts: dict[str, Measurements] = {}
    kinds = {}
    for split, opened in stores.items():
        store = opened()
        parts[split] = measure(store)
        kinds[store.coordinates] = store.layout
    if len(kinds) != 1:
        raise DataError("the splits are in 2D and in 3D." if kinds else "there is no split.")
    ((coordinates, layout),) = kinds.items()
    return conclude(parts, layout=layout, coordinates=coordinates, classes=classes)

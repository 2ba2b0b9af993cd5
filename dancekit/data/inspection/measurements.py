"""All that is measured of the recordings of a split: one pass over its frames, a row for each clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from dancekit.data.inspection.bodies import ROWS, Array, IntArray, pieces
from dancekit.data.inspection.completeness import Completeness, completeness
from dancekit.data.inspection.fingerprints import Fingerprints, fingerprints
from dancekit.data.inspection.motion import Motion, motion
from dancekit.data.inspection.shape import Shape, shape
from dancekit.data.inspection.sizes import body_sizes
from dancekit.data.store import RecordingStore

UNKNOWN, NO_PERSON = -1, -2
"""Labels: of a movement that nobody named, and where a clip has fewer persons than another."""

Record = TypeVar("Record")


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """Of N clips.

    Attributes:
        name: (N,) text.
        person: (N,) text; "" = unknown.
        frames: (N,)
        persons: (N,)
        label: (N, L) one for the clip, or one for each person.
        frame_rate: (N,) NaN = unknown.
        image_size: (N, 2) NaN = not in pixels.
        bytes: (N,) of memory.
    """

    name: Array
    person: Array
    frames: IntArray
    persons: IntArray
    label: IntArray
    frame_rate: Array
    image_size: Array
    bytes: IntArray
    completeness: Completeness
    shape: Shape
    motion: Motion
    fingerprints: Fingerprints

    def __len__(self) -> int:
        return len(self.frames)

    def select(self, clips: Array) -> Measurements:
        """Those of some clips: their places, or (N,) whether."""
        return _mapped([self], lambda values: values[0][clips])


def measure(store: RecordingStore, *, rows: int = ROWS) -> Measurements:
    """Measure every clip of a store, about `rows` rows at a time."""
    found: list[tuple[Completeness, Shape, Motion, Fingerprints]] = []
    with np.errstate(over="ignore", invalid="ignore"):  # numbers no body has are not known afterwards
        for bodies in pieces(store, rows=rows):
            sizes = body_sizes(bodies, store.layout)  # (B,)
            moved = motion(bodies, sizes, store.layout)
            prints = fingerprints(bodies, sizes, moved.still)
            found.append((completeness(bodies), shape(bodies, sizes, store.layout), moved, prints))
    whole, shapes, motions, prints_of_all = zip(*found, strict=True)
    frames, persons = store.frames.numpy(force=True), store.persons.numpy(force=True)
    of_a_row = sum(values[:1].nbytes for values in (store.keypoints, store.score, store.present))
    return Measurements(
        name=_texts(store.names),
        person=_texts(store.people),
        frames=frames,
        persons=persons,
        label=_labels(store),
        frame_rate=store.frame_rate.numpy(force=True),
        image_size=store.image_size.numpy(force=True),
        bytes=frames * persons * of_a_row,
        completeness=_joined(whole),
        shape=_joined(shapes),
        motion=_joined(motions),
        fingerprints=_joined(prints_of_all),
    )


def joined(parts: Sequence[Measurements]) -> Measurements:
    """The clips of several splits, one behind the other."""
    most = max(part.label.shape[1] for part in parts)
    padded = [
        replace(
            part,
            label=np.pad(part.label, ((0, 0), (0, most - part.label.shape[1])), constant_values=NO_PERSON),
        )
        for part in parts
    ]
    return _joined(padded)


def _joined(parts: Sequence[Record]) -> Record:
    return _mapped(parts, np.concatenate)


def _mapped(parts: Sequence[Record], function: Callable[[list[Array]], Array]) -> Record:
    """A record whose arrays are a function of those of several records."""
    values: dict[str, Any] = {}
    for each in fields(parts[0]):  # type: ignore[arg-type]
        of_parts = [getattr(part, each.name) for part in parts]
        values[each.name] = _mapped(of_parts, function) if is_dataclass(of_parts[0]) else function(of_parts)
    return type(parts[0])(**values)


def _labels(store: RecordingStore) -> IntArray:
    label = store.label.numpy(force=True)
    if label.ndim == 1:
        return label[:, None]
    nobody = np.arange(label.shape[1]) >= store.persons.numpy(force=True)[:, None]  # (N, M)
    return np.where(nobody, NO_PERSON, label)


def _texts(values: Sequence[str]) -> Array:
    array = np.empty(len(values), object)
    array[:] = values
    return array

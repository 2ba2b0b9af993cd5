"""One file with one recording: what it says of itself, and what is in it.

    .npy   (T, V, C) or (M, T, V, C)
    .npz   `keypoints` likewise; optional `score` (M, T, V) or (T, V), `present` (M, T) or (T,), `label`, one
           whole number or one per person, `person`, a text, and `frame_rate`, a number
    .csv   `dancekit_sources.csv_recordings`

C is the number of coordinates, or one more for a score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout
from dancekit_sources.csv_columns import WideColumns, find_columns
from dancekit_sources.csv_recordings import read_table
from dancekit_sources.fitting_layouts import layouts_with
from dancekit_sources.numpy_files import npz_names, npz_texts, open_npy, open_npz

ENDINGS = (".npz", ".npy", ".csv")
_MOST_CLASSES = 100_000


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a file says beside its keypoints.

    Attributes:
        label: one class, or one per person; None without.
        person: "" where it doesn't say.
        timed: it has a frame rate, or times.
    """

    label: int | tuple[int, ...] | None = None
    person: str = ""
    timed: bool = False


@dataclass(frozen=True, kw_only=True)
class Plain:
    """The recording in a file.

    Attributes:
        keypoints: (M, T, V, C), NaN where a joint is missing.
        score: (M, T, V); None without.
        present: (M, T); None without.
        frame_rate: None where the file doesn't say.
    """

    keypoints: npt.NDArray[Any]
    score: npt.NDArray[Any] | None = None
    present: npt.NDArray[Any] | None = None
    frame_rate: float | None = None


def told_by(file: Path, layout: Layout, *, coordinates: int) -> Told:
    """Check a file without reading its keypoints.

    Raises:
        DataError: it is none of the forms, or does not fit the layout or the number of coordinates.
    """
    if file.suffix.lower() == ".csv":
        columns = find_columns(file, layout, coordinates=coordinates)
        return Told(timed=isinstance(columns, WideColumns) and columns.time is not None)
    names = npz_names(file) if file.suffix.lower() == ".npz" else ()
    if "format" in names:
        raise DataError(f"{file}: it is an archive of many recordings.", hint="Name it alone as `path`.")
    points = _points(file, layout, coordinates)
    return Told(
        label=_label(file, len(points)) if "label" in names else None,
        person=_text(file, "person") if "person" in names else "",
        timed="frame_rate" in names,
    )


def read_plain(file: Path, layout: Layout, *, coordinates: int) -> Plain:
    """The recording in a file.

    Raises:
        DataError: as `told_by`, or a value in it cannot be.
    """
    score = present = rate = None
    if file.suffix.lower() == ".csv":
        table = read_table(file, layout, coordinates=coordinates)
        points, rate = table.values, table.frame_rate
    else:
        points = _points(file, layout, coordinates)
        names = npz_names(file) if file.suffix.lower() == ".npz" else ()
        shape = points.shape[:3]
        score = _beside(file, "score", shape) if "score" in names else None
        present = _beside(file, "present", shape[:2]) if "present" in names else None
        rate = _frame_rate(file) if "frame_rate" in names else None
    if points.shape[-1] > coordinates:
        points, last = points[..., :coordinates], points[..., coordinates]
        score = last if score is None else score
    return Plain(keypoints=points, score=score, present=present, frame_rate=rate)


def _points(file: Path, layout: Layout, coordinates: int) -> npt.NDArray[Any]:
    """(M, T, V, C or C + 1), mapped where it can be."""
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise DataError(f"{file}: this is no {', '.join(ENDINGS)} file.", hint="Name another data set.")
    array = open_npz(file, "keypoints") if ending == ".npz" else open_npy(file)
    points = array[None] if array.ndim == 3 else array  # (M, T, V, C)
    allowed = (coordinates, coordinates + 1)
    if (
        points.ndim != 4
        or points.shape[-1] not in allowed
        or not points.size
        or array.dtype.kind not in "fiu"
    ):
        raise DataError(
            f"{file}: keypoints have shape {array.shape} and type {array.dtype}.",
            hint=f"They must be numbers, (persons, frames, joints, {allowed[0]}), or {allowed[1]} with a"
            " score; persons may be left out. units is for two coordinates, metres_per_unit for three.",
        )
    if points.shape[2] != layout.num_joints:
        raise DataError(
            f"{file}: it has {points.shape[2]} joints, but layout {layout.name} has {layout.num_joints}.",
            hint=layouts_with(points.shape[2]),
        )
    return points


def _beside(file: Path, name: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """An array in the shape of the keypoints, without the persons' axis if there is one person."""
    array = open_npz(file, name)
    if array.shape not in (shape, shape[1:] if shape[0] == 1 else shape) or array.dtype.kind not in "fiub":
        raise DataError(
            f"{file}: {name} has shape {array.shape} and type {array.dtype}.", hint=f"It must be {shape}."
        )
    return array.reshape(shape)


def _label(file: Path, persons: int) -> int | tuple[int, ...]:
    array = open_npz(file, "label")
    labels = array.ravel().tolist() if array.ndim < 2 and array.dtype.kind in "iu" else []
    if len(labels) not in (1, persons) or not all(0 <= label < _MOST_CLASSES for label in labels):
        raise DataError(
            f"{file}: its label is {str(array)[:60]}.",
            hint=f"Store a whole number from 0, or one for each of the {persons} persons.",
        )
    return labels[0] if len(labels) == 1 else tuple(labels)


def _text(file: Path, name: str) -> str:
    texts = npz_texts(file, name)
    if len(texts) != 1:
        raise DataError(f"{file}: {name} has {len(texts)} texts.", hint="Store one.")
    return texts[0]


def _frame_rate(file: Path) -> float:
    array = open_npz(file, "frame_rate")
    rate = float(array.reshape(-1)[0]) if array.size == 1 and array.dtype.kind in "fiu" else math.nan
    if not (math.isfinite(rate) and rate > 0):
        raise DataError(f"{file}: its frame_rate is {str(array)[:60]}.", hint="Store frames per second.")
    return rate

"""A recording in a table, in one of the forms of `dancekit_sources.csv_columns`.

Nobody is in a frame of which there is no row, a joint whose cells are empty is missing, and one without a
score is certain. `time` is in seconds, and tells frames that are not there as well as the frame rate.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dancekit.data.detections import MOST_FRAMES
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout
from dancekit.wording import nearest
from dancekit_sources.csv_columns import LongColumns, WideColumns, find_columns
from dancekit_sources.csv_table import read_rows

_MOST_JOINTS = 10_000_000
"""Persons times frames times joints: two rows may number them as they like."""
_RATES = (0.5, 10_000)


@dataclass(frozen=True, kw_only=True)
class Tabled:
    """A recording as it stands in a table.

    Attributes:
        values: (M, T, V, C), or with a score (M, T, V, C + 1); NaN where nothing is.
        frame_rate: None where it has no times.
    """

    values: npt.NDArray[np.float32]
    frame_rate: float | None


def read_table(file: Path, layout: Layout, *, coordinates: int) -> Tabled:
    """The recording in a file.

    Raises:
        DataError: as `find_columns`, or a row says what cannot be; the message has its number.
    """
    columns = find_columns(file, layout, coordinates=coordinates)
    if isinstance(columns, LongColumns):
        return _long(file, layout, columns)
    return read_wide(file, columns)


def read_wide(file: Path, columns: WideColumns) -> Tabled:
    """The recording in a file with a row for each frame.

    Raises:
        DataError: a row says what cannot be; the message has its number.
    """
    joints, each = len(columns.values), len(columns.values[0])
    flat = [place for places in columns.values for place in places]
    cells, frames, times = array("d"), array("q"), array("d")
    for row in read_rows(file):
        cells.extend(row.numbers(flat))
        frames.append(len(frames) if columns.frame is None else row.frame(columns.frame))
        times.append(0 if columns.time is None else row.number(columns.time))
    rate, frame = None, np.array(frames)  # (rows,)
    if columns.time is not None:
        counted, rate = _counted(np.array(times), file)
        frame = counted if columns.frame is None else frame
    frame = _from_first(frame, file)
    _check_once(frame, file)
    values = _nothing((1, int(frame.max()) + 1, joints), each, file)
    values[0, frame] = _single(cells).reshape(len(frame), joints, each)  # (rows, V, C or C + 1)
    return Tabled(values=values, frame_rate=rate)


def _long(file: Path, layout: Layout, columns: LongColumns) -> Tabled:
    joints = {joint: place for place, joint in enumerate(layout.joints)}
    persons: dict[str, int] = {}
    cells, frames, who, which = array("d"), array("q"), array("q"), array("q")
    for row in read_rows(file):
        name = row.cells[columns.joint].strip()
        if name not in joints:
            raise DataError(
                f"{row.where}: layout {layout.name} has no joint {name[:60]!r}.", hint=nearest(name, joints)
            )
        person = "" if columns.person is None else row.cells[columns.person].strip()
        cells.extend(row.numbers(columns.values))
        frames.append(row.frame(columns.frame))
        who.append(persons.setdefault(person, len(persons)))
        which.append(joints[name])
    frame = _from_first(np.array(frames), file)  # (rows,)
    index = np.array(who), frame, np.array(which)
    shape = (len(persons), int(frame.max()) + 1, len(joints))  # (M, T, V)
    values = _nothing(shape, len(columns.values), file)
    _check_once(np.ravel_multi_index(index, shape), file)
    values[index] = _single(cells).reshape(len(frame), -1)  # (rows, C or C + 1)
    return Tabled(values=values, frame_rate=None)


def _nothing(shape: tuple[int, int, int], each: int, file: Path) -> npt.NDArray[np.float32]:
    """(M, T, V) joints of `each` values that are NaN."""
    if math.prod(shape) > _MOST_JOINTS:
        raise DataError(
            f"{file}: {shape[0]} persons in {shape[1]} frames are more than is read of one recording.",
            hint="Check the columns frame and person, or divide the recording.",
        )
    return np.full((*shape, each), np.nan, dtype=np.float32)


def _single(cells: array[float]) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what float32 cannot hold is missing
        return np.array(cells).astype(np.float32)


def _from_first(frames: npt.NDArray[np.int64], file: Path) -> npt.NDArray[np.int64]:
    """The frames of the rows, counted from the first."""
    if not len(frames):
        raise DataError(f"{file}: there is no row in it.", hint="Write it again, or leave it out.")
    first, last = int(frames.min()), int(frames.max())
    if last - first >= MOST_FRAMES:
        raise DataError(
            f"{file}: the frames are numbered from {first} to {last}, more than {MOST_FRAMES}.",
            hint="Number them in steps of one, and divide what is longer.",
        )
    return frames - first


def _check_once(places: npt.NDArray[np.int64], file: Path) -> None:
    """Raises DataError where two rows stand for one place."""
    order = np.argsort(places, kind="stable")
    again = np.flatnonzero(np.diff(places[order]) == 0)
    if again.size:
        rows = sorted(order[again[0] : again[0] + 2] + 1)
        raise DataError(
            f"{file}: rows {rows[0]} and {rows[1]} below the header are of the same frame.",
            hint="Give each frame, or each joint of a person in a frame, one row.",
        )


def _counted(times: npt.NDArray[np.float64], file: Path) -> tuple[npt.NDArray[np.int64], float | None]:
    """The frame of each row by its time, and the frame rate; None for one row alone.

    Times are rounded as they are written, so the steps are counted first and then measured together.
    """
    if len(times) < 2:
        return np.zeros(len(times), dtype=np.int64), None
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        steps = np.diff(times)
        counts = np.rint(steps / np.median(steps))
    wrong = np.flatnonzero(~((steps > 0) & (counts > 0) & (counts <= MOST_FRAMES)))
    if wrong.size:
        row = int(wrong[0]) + 2
        raise DataError(
            f"{file}: row {row} below the header is at {times[row - 1]:g} s after {times[row - 2]:g} s, which"
            " is no frame of its own.",
            hint="Times rise evenly. Where they don't, leave `time` out, and set frame_rate.",
        )
    frames = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)  # (rows,)
    rate = round(float(frames[-1] / (times[-1] - times[0])), 3)
    if not _RATES[0] <= rate <= _RATES[1]:
        raise DataError(
            f"{file}: by its times it has {rate:g} frames per second.", hint="Write `time` in seconds."
        )
    return frames, rate

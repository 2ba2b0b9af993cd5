"""The columns of a recording in a table: which of the two forms it has, and where in a row each thing stands.

long    frame,joint,x,y[,z][,score][,person]     a row for each joint in each frame
wide    [frame,][time,]nose_x,nose_y[,nose_z][,nose_score],left_eye_x,...     a row for each frame
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout
from dancekit.wording import nearest
from dancekit_sources.csv_table import read_header

_AXES = ("x", "y", "z")
_SCORE = "score"
_FEWEST_JOINTS = 3
_FORMS = (
    "The columns are frame, joint, x, y[, z][, score][, person]; or the name of each joint with _x,"
    " _y[, _z][, _score], and perhaps frame and time."
)


@dataclass(frozen=True, kw_only=True)
class LongColumns:
    """A row is one joint.

    Attributes:
        values: the coordinates, and the score if there is one.
    """

    frame: int
    joint: int
    values: tuple[int, ...]
    person: int | None


@dataclass(frozen=True, kw_only=True)
class WideColumns:
    """A row is one frame.

    Attributes:
        values: of each joint in the order of the layout the coordinates, and the score if there is one.
    """

    values: tuple[tuple[int, ...], ...]
    frame: int | None
    time: int | None


def is_recording(header: Sequence[str]) -> bool:
    """Whether columns can be nothing but one of the two forms; a wide one needs three joints."""
    if set(header) >= {"frame", "joint", "x", "y"}:
        return True
    stems = [name.removesuffix("_x") for name in header if name.endswith("_x")]
    known = {"frame", "time", *(f"{stem}_{suffix}" for stem in stems for suffix in (*_AXES, _SCORE))}
    return len(stems) >= _FEWEST_JOINTS and {f"{stem}_y" for stem in stems} <= set(header) <= known


def find_columns(file: Path, layout: Layout, *, coordinates: int) -> LongColumns | WideColumns:
    """What the header of a table says.

    Args:
        coordinates: 2 or 3.

    Raises:
        DataError: it lacks a column, or has one that is of no joint of the layout.
    """
    header = read_header(file)
    if "joint" in header:
        return _long(header, file, _AXES[:coordinates])
    return _wide(header, file, _AXES[:coordinates], layout)


def _long(header: tuple[str, ...], file: Path, axes: tuple[str, ...]) -> LongColumns:
    optional = (_SCORE, "person")
    _check_there(("frame", *axes), header, file)
    _check_known(header, ("frame", "joint", *axes, *optional), file)
    place = {name: number for number, name in enumerate(header)}
    return LongColumns(
        frame=place["frame"],
        joint=place["joint"],
        values=tuple(place[name] for name in (*axes, _SCORE) if name in place),
        person=place.get("person"),
    )


def _wide(header: tuple[str, ...], file: Path, axes: tuple[str, ...], layout: Layout) -> WideColumns:
    for name in header:
        joint, _, suffix = name.rpartition("_")
        if suffix in (*_AXES, _SCORE) and joint not in layout.joints:
            raise DataError(
                f"{file}: the column {name[:60]!r} is of no joint of layout {layout.name}.",
                hint=nearest(joint, layout.joints),
            )
    scored = any(f"{joint}_{_SCORE}" in header for joint in layout.joints)
    suffixes = (*axes, _SCORE) if scored else axes
    wanted = [[f"{joint}_{suffix}" for suffix in suffixes] for joint in layout.joints]
    flat = [name for names in wanted for name in names]
    _check_there(flat, header, file)
    _check_known(header, ("frame", "time", *flat), file)
    place = {name: number for number, name in enumerate(header)}
    return WideColumns(
        values=tuple(tuple(place[name] for name in names) for names in wanted),
        frame=place.get("frame"),
        time=place.get("time"),
    )


def _check_there(wanted: Sequence[str], header: Sequence[str], file: Path) -> None:
    missing = [name for name in wanted if name not in set(header)]
    if missing:
        others = f", nor {len(missing) - 1} others" if len(missing) > 1 else ""
        raise DataError(f"{file}: there is no column {missing[0]!r}{others}.", hint=_FORMS)


def _check_known(header: Sequence[str], known: Sequence[str], file: Path) -> None:
    for name in header:
        if name not in set(known):
            raise DataError(f"{file}: the column {name[:60]!r} is none that is read.", hint=_FORMS)

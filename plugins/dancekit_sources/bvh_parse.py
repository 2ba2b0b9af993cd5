"""The text of a BVH recording, read into its hierarchy of joints and its matrix of channels.

    HIERARCHY                                           MOTION
    ROOT Hips                                           Frames: 2
    {                                                   Frame Time: 0.0333333
        OFFSET 0 0 0                                    0 95 0 0.1 0 0 2.5 0 0
        CHANNELS 6 Xposition ... Zrotation ...          0 96 0 0.2 0 0 2.4 0 0
        JOINT Chest
        {
            OFFSET 0 20 0
            CHANNELS 3 Zrotation Xrotation Yrotation
            End Site
            {
                OFFSET 0 15 0
            }
        }
    }

Every joint may have any channels in any order. One line of the motion is one frame, with a value for
every channel in the order in which the hierarchy declares them.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dancekit.data.guarded_files import MEBIBYTE, read_limited
from dancekit.errors import DataError
from dancekit_sources.bvh_hierarchy import Hierarchy, parse_hierarchy

_MOTION = re.compile(rb"(?im)^[ \t]*MOTION[ \t]*$")
_FRAMES = re.compile(rb"\s*Frames[ \t]*:[ \t]*(\S+)[ \t]*(?:\n|\Z)", re.IGNORECASE)
_FRAME_TIME = re.compile(rb"\s*Frame[ \t]*Time[ \t]*:[ \t]*(\S+)[ \t]*(?:\n|\Z)", re.IGNORECASE)
_FORMAT = "A BVH file has HIERARCHY, the joints, MOTION, `Frames:`, `Frame Time:` and a line for each frame."
_LARGEST = 1024 * MEBIBYTE
_ROUNDED = 1e-4
"""How far, as a share, the few digits of a frame time may be from that of a whole rate."""


@dataclass(frozen=True, kw_only=True)
class BvhRecording:
    """One file, as it stands in the text.

    Attributes:
        frame_time: seconds.
        values: (T, channels) in the order of the hierarchy; units of the file and degrees.
    """

    hierarchy: Hierarchy
    frame_time: float
    values: npt.NDArray[np.float64]

    @property
    def frame_rate(self) -> float:
        """Frames per second: whole where the frame time is that of a whole rate to within 0.01 %.

        Files write the time with few digits: 0.0083333 is meant to be 120 frames per second.
        """
        rate = 1 / self.frame_time
        whole = round(rate)
        return float(whole) if abs(rate - whole) <= _ROUNDED * whole else rate


def read_bvh(path: Path) -> BvhRecording:
    """Read a file.

    Raises:
        DataError: it cannot be read, is damaged or contradicts itself; the message says on which line.
    """
    return parse_bvh(read_limited(path, most=_LARGEST), name=str(path))


def read_hierarchy(path: Path) -> Hierarchy:
    """The joints of a file, without the numbers of its motion.

    Raises:
        DataError: as `read_bvh`.
    """
    hierarchy, _, _ = _divided(_unix_lines(read_limited(path, most=_LARGEST)), name=str(path))
    return hierarchy


def parse_bvh(content: bytes, *, name: str) -> BvhRecording:
    """As `read_bvh`, for a file in memory.

    Args:
        name: what errors call it.
    """
    hierarchy, motion, line = _divided(_unix_lines(content), name=name)
    frames_match = _FRAMES.match(motion)
    if not frames_match:
        raise DataError(f"{name}: line {line + 1}: after MOTION there is no `Frames:`.", hint=_FORMAT)
    time_match = _FRAME_TIME.match(motion, frames_match.end())
    if not time_match:
        where = line + motion.count(b"\n", 0, frames_match.end())
        raise DataError(f"{name}: line {where}: after `Frames:` there is no `Frame Time:`.", hint=_FORMAT)
    block = motion[time_match.end() :]
    values = _numbers(
        block, hierarchy.num_channels, name=name, line=line + motion.count(b"\n", 0, time_match.end())
    )
    declared = frames_match[1]
    if not declared.isdigit() or declared.lstrip(b"0") != str(len(values)).encode():
        raise DataError(
            f"{name}: `Frames:` says {_shown(declared)}, but there are {len(values)} lines of motion.",
            hint="Fetch or export it again; if it is whole, mend that number.",
        )
    return BvhRecording(hierarchy=hierarchy, frame_time=_seconds(time_match[1], name), values=values)


def _unix_lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content


def _divided(content: bytes, *, name: str) -> tuple[Hierarchy, bytes, int]:
    """The hierarchy, what follows the line MOTION, and the number of that line."""
    if not content.strip():
        raise DataError(f"{name}: the file is empty.", hint="Fetch or export it again.")
    heading = _MOTION.search(content)
    header = content[: heading.start()] if heading else content
    if b"\0" in header:
        raise DataError(f"{name}: it is no text in UTF-8.", hint="Export it again, or save it as UTF-8.")
    try:
        text = header.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = header.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}: line {line}: this is no text in UTF-8.", hint="Export it again, or save it as UTF-8."
        ) from None
    hierarchy = parse_hierarchy(text, name=name)
    if heading is None:
        raise DataError(f"{name}: there is no line MOTION.", hint=_FORMAT)
    return hierarchy, content[heading.end() :], header.count(b"\n") + 1


def _numbers(block: bytes, channels: int, *, name: str, line: int) -> npt.NDArray[np.float64]:
    """The lines of the motion as (T, channels); NaN stays, for the joints that it makes missing.

    Args:
        line: the number of the block's first line.
    """
    if not block.strip():
        raise DataError(f"{name}: there is no frame in it.", hint="Fetch or export it again.")
    try:
        values = np.loadtxt(io.BytesIO(block), comments=None, ndmin=2, encoding="ascii")
    except (ValueError, MemoryError, OverflowError):
        raise _wrong_line(block, channels, name=name, line=line) from None
    if values.shape[1] != channels:
        raise _wrong_line(block, channels, name=name, line=line)
    return values


def _wrong_line(block: bytes, channels: int, *, name: str, line: int) -> DataError:
    """Find out, slowly, which line keeps the motion from being read."""
    for number, text in enumerate(block.split(b"\n"), start=line):
        values = text.split()
        for value in values:
            if not _is_number(value):
                return DataError(
                    f"{name}: line {number}: {_shown(value)} is no number.",
                    hint="Write numbers with a decimal point and spaces between them.",
                )
        if values and len(values) != channels:
            return DataError(
                f"{name}: line {number}: there are {len(values)} values, but the joints have {channels}"
                " channels.",
                hint="Fetch or export it again: a frame is one line with a value for every channel.",
            )
    return DataError(f"{name}: the motion cannot be read as numbers.", hint="Fetch or export it again.")


def _is_number(value: bytes) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return b"_" not in value and value.isascii()


def _seconds(value: bytes, name: str) -> float:
    seconds = float(value) if _is_number(value) else math.nan
    if not (math.isfinite(seconds) and seconds > 0 and math.isfinite(1 / seconds)):
        raise DataError(
            f"{name}: `Frame Time:` is {_shown(value)}.", hint="It must be seconds, such as 0.0333333."
        )
    return seconds


def _shown(value: bytes) -> str:
    return repr(value[:40].decode("ascii", errors="replace"))

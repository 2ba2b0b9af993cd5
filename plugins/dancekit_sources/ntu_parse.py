"""The text of an NTU RGB+D `.skeleton` file: what Kinect v2 tracked, body by body.

    frames
      for each frame:  bodies
        for each body: 10 values: its number, then clipping, hands and lean
                       25, the number of joints
                       25 lines of 12 values: x y z, depth x y, colour x y, rotation w x y z, state

Every count is compared with the lines that follow it, so memory and time stay proportional to the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError

JOINTS = 25
_BODY_VALUES = 10
_JOINT_VALUES = 12
_BODY_LINES = 2 + JOINTS
_USED = itemgetter(0, 1, 2, 11)
"""x, y, z and the state of a joint's twelve values."""
_STATES = frozenset("012")
_WAY_OUT = "The file is damaged or cut off: fetch it again, or leave it out."


@dataclass(frozen=True, kw_only=True)
class Body:
    """What was tracked under one body number.

    Attributes:
        number: Kinect's own, unique within a recording.
        frames: (n,) the frames it was tracked in, ascending from 0.
        keypoints: (n, 25, 3) metres; x to the sensor's left, y up, z away from the sensor.
        state: (n, 25) 0 = not tracked, 1 = inferred from other joints, 2 = tracked.
    """

    number: int
    frames: npt.NDArray[np.int64]
    keypoints: npt.NDArray[np.float32]
    state: npt.NDArray[np.int8]


def parse_skeleton(content: bytes, *, name: str) -> tuple[int, tuple[Body, ...]]:
    """The number of frames and the bodies, in the order in which they appear.

    Args:
        name: of the file, for errors.

    Raises:
        DataError: the text is not as above; the message has the line.
    """
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(name, line, "there are characters that no number has") from None
    if "_" in text:  # Python takes 1_000 for a number, and nobody else does
        raise _error(name, text.count("\n", 0, text.index("_")) + 1, "there is an underscore")
    lines = text.rstrip().split("\n")
    frames, places = _places(lines, name)
    values = _values(lines, chain.from_iterable(of_body for _, of_body in places.values()), name)
    starts = np.cumsum([0, *(len(of_body) for _, of_body in places.values())])
    return frames, tuple(
        Body(
            number=number,
            frames=np.array(at, dtype=np.int64),
            keypoints=values[start : start + len(at), :, :3],
            state=values[start : start + len(at), :, 3].astype(np.int8),
        )
        for (number, (at, _)), start in zip(places.items(), starts[:-1].tolist(), strict=True)
    )


def _places(lines: list[str], name: str) -> tuple[int, dict[int, tuple[list[int], list[int]]]]:
    """The number of frames; for each body its frames, and the first line of its joints in each."""
    places: dict[int, tuple[list[int], list[int]]] = {}
    frames = _count(lines, 0, "frames", name)
    if not frames:
        raise _error(name, 1, "it says that there is no frame")
    at = 1
    for frame in range(frames):
        bodies = _count(lines, at, f"bodies of frame {frame}", name)
        at += 1
        for _ in range(bodies):
            number = _body_number(lines, at, name)
            joints = _count(lines, at + 1, "joints", name)
            if joints != JOINTS:
                raise _error(name, at + 2, f"a body has {joints} joints in place of {JOINTS}")
            if at + _BODY_LINES > len(lines):
                raise _error(name, len(lines), f"the text ends within frame {frame} of {frames}")
            seen, of_body = places.setdefault(number, ([], []))
            if seen and seen[-1] == frame:
                raise _error(name, at + 1, f"the body {number} is there twice in frame {frame}")
            seen.append(frame)
            of_body.append(at + 2)
            at += _BODY_LINES
    if at < len(lines):
        raise _error(name, at + 1, f"there is more text after the last of {frames} frames")
    return frames, places


def _count(lines: list[str], at: int, what: str, name: str) -> int:
    if at >= len(lines):
        raise _error(name, len(lines), f"the text ends where the number of {what} should stand")
    line = lines[at].strip()
    if not line.isdigit() or len(line) > 9:
        raise _error(name, at + 1, f"{line[:40]!r} is no number of {what}")
    return int(line)


def _body_number(lines: list[str], at: int, name: str) -> int:
    values = lines[at].split() if at < len(lines) else []
    if len(values) != _BODY_VALUES or not values[0].isdigit() or len(values[0]) > 20:
        raise _error(name, min(at + 1, len(lines)), f"a body should start here, with {_BODY_VALUES} values")
    return int(values[0])


def _values(lines: list[str], starts: Iterable[int], name: str) -> npt.NDArray[np.float32]:
    """(n, 25, 4): x, y, z and state of the joints whose lines start at `starts`."""
    first = list(starts)
    rows = [line.split() for start in first for line in lines[start : start + JOINTS]]
    if not set(map(len, rows)) <= {_JOINT_VALUES}:
        line, row = next(_numbered(first, rows, lambda row: len(row) != _JOINT_VALUES))
        raise _error(name, line, f"a joint has {len(row)} values in place of {_JOINT_VALUES}")
    if not {row[-1] for row in rows} <= _STATES:
        line, row = next(_numbered(first, rows, lambda row: row[-1] not in _STATES))
        raise _error(name, line, f"a joint has the state {row[-1][:40]!r} in place of 0, 1 or 2")
    count = len(rows) * 4
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and so missing
        try:
            numbers = np.fromiter(map(float, chain.from_iterable(map(_USED, rows))), np.float64, count)
        except ValueError:
            line, _ = next(_numbered(first, rows, lambda row: not all(map(_is_number, _USED(row)))))
            raise _error(name, line, "a joint has values that are no numbers") from None
        return numbers.astype(np.float32).reshape(-1, JOINTS, 4)  # (n, V, 4)


def _numbered(
    starts: list[int], rows: list[list[str]], wrong: Callable[[list[str]], bool]
) -> Iterator[tuple[int, list[str]]]:
    """The rows that are wrong, with the number of their line."""
    for place, row in enumerate(rows):
        if wrong(row):
            yield starts[place // JOINTS] + place % JOINTS + 1, row


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _error(name: str, line: int, problem: str) -> DataError:
    return DataError(f"{name}: line {line}: {problem}.", hint=_WAY_OUT)

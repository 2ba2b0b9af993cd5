"""The pickles of AIST++: whether they hold what they should, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError
from dancekit_sources.aist_names import VIEWS

FRAME_RATE = 60.0
_JOINTS = 17
_PER_SECOND = (1, 1e3, 1e6, 1e9, FRAME_RATE)
"""What timestamps may count in a second: seconds and their parts, or frames."""
_TOLERANCE = 0.02
_AGAIN = "Fetch the annotations of AIST++ again."


def keypoints_3d(content: Any, key: str, where: str) -> npt.NDArray[Any]:
    """(T, 17, 3), in centimetres.

    Args:
        content: of a file in `keypoints3d`.
        key: keypoints3d or keypoints3d_optim.
        where: the file, for errors.

    Raises:
        DataError: it holds something else.
    """
    return _array(content, key, (None, _JOINTS, 3), where)


def keypoints_2d(content: Any, where: str, *, timed: bool) -> npt.NDArray[Any]:
    """(9, T, 17, 3): x and y in pixels, and a score.

    Args:
        content: of a file in `keypoints2d`.
        where: the file, for errors.
        timed: check that the timestamps are 60 in a second.

    Raises:
        DataError: it holds something else.
    """
    points = _array(content, "keypoints2d", (len(VIEWS), None, _JOINTS, 3), where)
    if timed and "timestamps" in content:
        _check_times(_array(content, "timestamps", (points.shape[1],), where), where)
    return points


def _array(content: Any, key: str, shape: tuple[int | None, ...], where: str) -> npt.NDArray[Any]:
    """An array of numbers, of a shape in which None is any size but 0."""
    array = content.get(key) if isinstance(content, Mapping) else None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise DataError(f"{where}: there is no array `{key}` of numbers in it.", hint=_AGAIN)
    fits = array.ndim == len(shape) and array.size > 0
    if not fits or any(side not in (None, found) for side, found in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("frames" if side is None else str(side) for side in shape)
        raise DataError(f"{where}: `{key}` has shape {array.shape}.", hint=f"It must be ({wanted}). {_AGAIN}")
    return array


def _check_times(times: npt.NDArray[Any], where: str) -> None:
    """The unit of the timestamps is told nowhere, but 60 of them in a second look alike in any."""
    if len(times) < 2:
        return
    with np.errstate(invalid="ignore", over="ignore"):
        step = float(np.median(np.diff(times.astype(np.float64))))
    if not any(abs(step * FRAME_RATE / unit - 1) < _TOLERANCE for unit in _PER_SECOND):
        raise DataError(
            f"{where}: its timestamps are {step:g} apart, which is not 60 frames per second.",
            hint="Set frame_rate if the recordings are not as published.",
        )

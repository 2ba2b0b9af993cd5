"""Numbers for a page's script: rounded to whole steps, thinned in time, and written as base64."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.reporting.gallery import Points

_MILLIMETRE, _TENTH_OF_A_PIXEL = 1e-3, 0.1
_STEPS = 500  # at least, from one end of a recording to the other


def pack_points(points: Points) -> dict[str, Any]:
    """Points (T, M, V, C) as whole steps from an origin, little-endian; NaN is the lowest number there is.

    A step is a millimetre in 3D and a tenth of a pixel in 2D, or less where the recording is small. What
    does not fit into 32 bits is put at their end.
    """
    known = points[np.isfinite(points).all(-1)]  # (n, C)
    if len(known) == 0:
        known = np.zeros((1, points.shape[-1]))
    step = _step(points.shape[-1], float(np.ptp(known, axis=0).max()))
    origin = np.rint(np.median(known, axis=0) / step)  # (C,); the middle of a stray joint's range is nowhere
    with np.errstate(invalid="ignore"):
        whole = np.rint(points / step) - origin  # (T, M, V, C)
    bits = 16 if np.abs(np.rint(known / step) - origin).max() < 2**15 else 32
    most = 2 ** (bits - 1) - 1
    filled = np.where(np.isfinite(whole), whole.clip(-most, most), -most - 1)
    return {
        "step": step,
        "origin": [float(each) for each in origin],
        "bits": bits,
        "points": _base64(filled.astype(f"<i{bits // 8}")),
    }


def pack_scores(score: npt.NDArray[np.floating]) -> str | None:
    """Scores in 255ths, a byte each; what is seen stays seen. None where all that is seen is certain."""
    if bool(((score <= 0) | (score >= 1)).all()):
        return None
    whole = np.rint(255 * score)
    return _base64(np.where(score > 0, whole.clip(1), 0).astype(np.uint8))


def thinning(sizes: Sequence[int], *, most: int) -> list[int]:
    """Every how many-th frame of each recording is kept, so that all together have `most` bytes or less.

    What short ones don't need is left to the long ones.

    Args:
        sizes: bytes of each recording with all its frames.
    """
    room, left = float(most), len(sizes)
    kept = [1] * len(sizes)
    for place in sorted(range(len(sizes)), key=lambda place: sizes[place]):
        kept[place] = max(1, int(np.ceil(sizes[place] * left / room)))
        room -= sizes[place] / kept[place]
        left -= 1
    return kept


def _step(coordinates: int, extent: float) -> float:
    step = _MILLIMETRE if coordinates == 3 else _TENTH_OF_A_PIXEL
    while step > extent / _STEPS > 0 and step > 1e-9:
        step /= 10
    return float(f"{step:.0e}")


def _base64(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")

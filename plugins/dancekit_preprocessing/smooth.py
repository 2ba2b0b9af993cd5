"""Jitter of detectors, smoothed away along time. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor


class Smooth(Preprocessor):
    """Replace every seen joint by a local fit to the frames around it in which it is seen.

    Missing frames, and those beyond the ends of the clip, have no weight: near them the fit is to what is
    left of the window, so that nothing is pulled towards 0. Missing joints stay missing.

    Source: Savitzky and Golay, "Smoothing and differentiation of data by simplified least squares
    procedures", 1964.

    Args:
        method: "savitzky_golay" fits a polynomial by least squares, which keeps the height of quick
            movements; of a lower degree where too few frames are left. "binomial" is the mean with
            binomial weights, which smooths more.
        window: frames, odd, 3 to 11.
        degree: of the polynomial, below `window`; 0 is the plain mean. "binomial" has none.
    """

    def __init__(
        self,
        *,
        method: Literal["savitzky_golay", "binomial"] = "savitzky_golay",
        window: int = 5,
        degree: int = 2,
    ) -> None:
        if window % 2 == 0 or not 3 <= window <= 11:
            raise ValueError(f"window must lie between 3 and 11 and be odd, not {window}.")
        if not 0 <= degree < window:
            raise ValueError(f"degree must lie from 0 up to, but not at, the window {window}, not {degree}.")
        self.window = window
        self._weights = _weights_of_patterns(window, degree if method == "savitzky_golay" else None)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        frames, half = batch.score.shape[2], self.window // 2
        seen = batch.seen
        points = batch.keypoints.masked_fill(~seen[..., None], 0).movedim(-1, 0)  # (C, N, M, T, V)
        points = F.pad(points, (0, 0, half, half))  # (C, N, M, T + window - 1, V)
        around = F.pad(seen.int(), (0, 0, half, half))  # (N, M, T + window - 1, V)
        pattern = torch.zeros_like(batch.score, dtype=torch.int)  # (N, M, T, V)
        for place in range(self.window):
            pattern += around[:, :, place : place + frames] << place
        smooth = torch.zeros_like(points[:, :, :, :frames])  # (C, N, M, T, V)
        for place, weights in enumerate(self._weights.to(points.device)):
            weight = weights.index_select(0, pattern.flatten()).view_as(pattern)  # (N, M, T, V)
            smooth.addcmul_(points[:, :, :, place : place + frames], weight)
        return batch.with_keypoints(smooth.movedim(0, -1).contiguous())


def _weights_of_patterns(window: int, degree: int | None) -> Tensor:
    """(window, 2**window): for each set of frames that are seen, what each counts in the middle.

    Bit k of a column's number says that frame k of the window is seen. Without a degree the weights are
    binomial. A column whose middle is not seen is never asked for and is 0.
    """
    half = window // 2
    table = np.zeros((window, 2**window))
    binomial = np.array([math.comb(window - 1, place) for place in range(window)], dtype=float)
    for pattern in range(2**window):
        seen = np.flatnonzero([pattern >> place & 1 for place in range(window)])
        if half not in seen:
            continue
        if degree is None:
            table[seen, pattern] = binomial[seen] / binomial[seen].sum()
        else:
            # The fit at time 0 is its constant term: the first row of the pseudo-inverse.
            powers = np.vander((seen - half) / half, min(degree + 1, len(seen)), increasing=True)
            table[seen, pattern] = np.linalg.pinv(powers)[0]
    return torch.from_numpy(table).float()

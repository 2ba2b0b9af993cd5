"""Jitter of detectors, smoothed away along time. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep
from dancekit_preprocessing.pairs import each_apart


class Smooth(Preprocessor):
    """Replace every seen joint by a local fit to the frames around it in which it is seen.

    Missing frames, and those beyond the ends of the clip, have no weight: near them the fit is to what is
    left of the window, so that nothing is pulled towards 0. Missing joints stay missing. Of
    `batches.frame_pairs`, the moments and the frames after them are smoothed each among their own.

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
        return each_apart(self._smooth, batch)

    def _smooth(self, batch: ClipBatch) -> ClipBatch:
        frames, half = batch.score.shape[2], self.window // 2
        seen = batch.seen
        points = keep(batch.keypoints, seen).flatten(3)  # (N, M, T, V*C)
        around = F.pad(seen, (0, 0, half, half))  # (N, M, T + window - 1, V)
        smooth = torch.zeros_like(points)
        partly = torch.zeros_like(seen)
        for place, weight in enumerate(self._weights[:, -1].tolist()):
            away = place - half
            here, there = _overlap(frames, away), _overlap(frames, -away)
            smooth[:, :, here].add_(points[:, :, there], alpha=weight)
            partly |= ~around[:, :, place : place + frames]
        own = (seen & partly).flatten().nonzero()[:, 0]  # (K,) few: only these need weights of their own
        points = points.reshape(-1, batch.keypoints.shape[-1])  # (N*M*T*V, C)
        smooth = smooth.view_as(points).index_copy_(0, own, self._fitted(points, around, own))
        return replace(batch, keypoints=keep(smooth.view_as(batch.keypoints), seen))

    def _fitted(self, points: Tensor, around: Tensor, own: Tensor) -> Tensor:
        """The fit at some places (K,) of points (N*M*T*V, C): (K, C).

        Args:
            around: (N, M, T + window - 1, V), which are seen; with frames at both ends in which none is.
        """
        frames, joints = around.shape[2] - self.window + 1, around.shape[3]
        first = own + own // (frames * joints) * ((self.window - 1) * joints)
        pattern = torch.zeros_like(own)
        for place in range(self.window):
            pattern.add_(around.flatten().index_select(0, first + place * joints), alpha=1 << place)
        fitted = points.new_zeros(len(own), points.shape[1])
        for place, weights in enumerate(self._weights.to(points.device)):
            # Beyond an end of the clip lies another clip, whose weight is 0, or nothing.
            row = (own + (place - self.window // 2) * joints).clamp(0, len(points) - 1)
            fitted.addcmul_(points.index_select(0, row), weights.index_select(0, pattern)[:, None])
        return fitted


def _overlap(frames: int, away: int) -> slice:
    """The frames that have one so far away, within a clip."""
    return slice(max(0, -away), max(0, min(frames, frames - away)))


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

"""Movements that repeat themselves: their period, and how even the repetitions are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from dancekit_coach.body import Array

SHORTEST_PERIOD, LONGEST_PERIOD = 0.25, 2.5
"""Seconds: a fast wave and a slow step."""

REPEATS = 0.5
"""The autocorrelation from which on a movement counts as one that repeats itself."""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A repeated movement.

    Attributes:
        period: seconds of one cycle.
        regularity: the autocorrelation at that period, up to 1.
    """

    period: float
    regularity: float


def autocorrelation(values: Array, most: int) -> Array:
    """Of curves (T, D) about their means, together, at lags 0 to `most` frames: (most + 1,), at most 1."""
    centred = values - values.mean(axis=0)
    found = np.zeros(most + 1)
    for lag in range(most + 1):
        early, late = centred[: len(centred) - lag], centred[lag:]
        energy = np.sqrt((early**2).sum() * (late**2).sum())
        found[lag] = (early * late).sum() / energy if energy > 0 else 0.0
    return found


def find_cycle(values: Array, rate: float) -> Cycle | None:
    """The cycle of curves (T, D); None where they do not repeat themselves at least twice.

    A period is the first peak of the autocorrelation that is nearly as high as the highest.
    """
    most = min(int(LONGEST_PERIOD * rate), len(values) // 2)
    least = max(round(SHORTEST_PERIOD * rate), 2)
    if most <= least + 1:
        return None
    found = autocorrelation(values, most)
    peaks, _ = find_peaks(found, height=REPEATS, prominence=0.3)
    peaks = peaks[peaks >= least]
    if not len(peaks):
        return None
    first = int(peaks[found[peaks] >= 0.9 * found[peaks].max()][0])
    return Cycle(period=_vertex(found, first) / rate, regularity=float(found[first]))


def cycle_starts(values: Array, rate: float, cycle: Cycle) -> list[int]:
    """The frames where cycles of curves (T, D) begin: the main component crosses its mean, rising.

    Crossings less than 0.6 of a period apart are one.
    """
    centred = values - values.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    # The sign of a singular vector is arbitrary: the largest part is made to be positive.
    axis = axes[0] * np.sign(axes[0][np.abs(axes[0]).argmax()])
    curve = centred @ axis  # (T,)
    rising = np.flatnonzero((curve[:-1] < 0) & (curve[1:] >= 0)) + 1
    starts: list[int] = []
    for frame in rising.tolist():
        if not starts or frame - starts[-1] >= 0.6 * cycle.period * rate:
            starts.append(frame)
    return starts


def _vertex(values: Array, place: int) -> float:
    """Where the parabola through a peak and its neighbours is highest, in frames."""
    before, here, after = values[place - 1 : place + 2]
    bend = before - 2 * here + after
    return place + (0.5 * (before - after) / bend if bend < 0 else 0.0)

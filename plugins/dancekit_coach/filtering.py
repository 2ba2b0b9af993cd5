"""What is done to both clips alike before they are compared: even time, outliers, gaps, a low-pass filter.

The order is that of the field: resample by the time stamps, Hampel filter, fill short gaps, Butterworth
filter forwards and backwards. Shapes as in `body`; what is missing is NaN.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.signal import butter, sosfiltfilt

from dancekit_coach.body import Array, Flags, seen

LONGEST_GAP = 0.2
"""Seconds without a joint that are filled; longer gaps stay."""

CUTOFF = 6.0
"""Hertz: usual for human movement. 10 for fast dance."""

_HAMPEL_HALF_WINDOW = 3
_HAMPEL_DEVIATIONS = 3.0
_MAD_TO_DEVIATION = 1.4826


def at_positions(values: Array, positions: Array) -> Array:
    """Values (T, ...) read between frames, at positions (P,); NaN outside and beside missing ones."""
    last = len(values) - 1
    inside = (positions >= 0) & (positions <= last)  # NaN is not inside
    safe = np.where(inside, positions, 0.0)
    before = np.minimum(safe.astype(np.int64), max(last - 1, 0))
    share = (safe - before).reshape(-1, *[1] * (values.ndim - 1))  # (P, 1, ...)
    low, high = values[before], values[np.minimum(before + 1, last)]
    read = np.where(share == 0, low, np.where(share == 1, high, (1 - share) * low + share * high))
    read[~inside] = np.nan
    result: Array = read
    return result


def resampled(points: Array, times: Array, rate: float) -> Array:
    """Points (T, J, C) seen at `times` (T,) seconds, at an even rate from the first of them on.

    Between two frames more than `LONGEST_GAP` apart nothing was seen, so nothing is there.
    """
    clock = times - times[0]
    count = int(np.floor(clock[-1] * rate + 1e-6)) + 1
    wanted = np.arange(count) / rate
    positions = np.interp(wanted, clock, np.arange(len(clock)))
    whole = np.rint(positions)
    positions = np.where(np.abs(positions - whole) < 1e-6, whole, positions)
    read = at_positions(points, positions)
    before = np.minimum(positions.astype(np.int64), len(clock) - 2)
    torn = (np.diff(clock)[before] > LONGEST_GAP) & (positions != whole)
    read[torn] = np.nan
    return read


def without_outliers(points: Array, floor: float) -> Array:
    """Hampel filter: a joint that lies far from the median of seven frames is missing in that frame.

    Its place is left to `gaps_filled`: the median itself lags behind where a joint moves.

    Args:
        floor: the smallest distance that counts as far, in the unit of the points: what hardly moves must
            not have its least movement taken for an outlier.
    """
    if len(points) < 2 * _HAMPEL_HALF_WINDOW + 1:
        return points
    half = _HAMPEL_HALF_WINDOW
    padded = np.pad(points, [(half, half), (0, 0), (0, 0)], constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)  # (T, J, C, 7)
    median = median_of_seen(windows)
    spread = median_of_seen(np.abs(windows - median[..., None])) * _MAD_TO_DEVIATION
    away = np.abs(points - median)
    # Seven frames of jitter are by chance often close together: what is usual in the recording is not far.
    usual = median_of_seen(np.moveaxis(away, 0, -1)) * _MAD_TO_DEVIATION  # (J, C)
    # At the ends a window has too little of one side to tell an outlier from a movement.
    far = away > np.maximum(_HAMPEL_DEVIATIONS * np.fmax(spread, usual), floor)
    far[:half] = far[len(far) - half :] = False
    return np.where(far.any(axis=-1, keepdims=True), np.nan, points)


def median_of_seen(windows: Array) -> Array:
    """The median over the last axis of what is not NaN; NaN where nothing is."""
    ordered = np.sort(windows, axis=-1)  # NaN last
    count = (~np.isnan(ordered)).sum(-1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0), axis=-1)
    high = np.take_along_axis(ordered, count // 2, axis=-1)
    median: Array = np.where(count > 0, (low + high) / 2, np.nan)[..., 0]
    return median


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Where flags (T,) are true without a break: (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def gaps_filled(points: Array, rate: float) -> Array:
    """Short gaps of a joint filled by a monotone cubic, which never overshoots (Fritsch and Carlson 1980)."""
    filled = points.copy()
    for place in range(points.shape[1]):
        there = seen(points[:, place])  # (T,)
        if there.sum() < 2 or there.all():
            continue
        frames = np.flatnonzero(there)
        curve = PchipInterpolator(frames, points[frames, place])
        for start, stop in runs(~there):
            if start > frames[0] and stop <= frames[-1] and (stop - start) / rate <= LONGEST_GAP:
                filled[start:stop, place] = curve(np.arange(start, stop))
    return filled


def low_passed(points: Array, rate: float, cutoff: float = CUTOFF) -> Array:
    """Zero-phase Butterworth filter of the fourth order: the second order, forwards and backwards.

    Each stretch that is seen without a break is filtered on its own.

    Args:
        points: (..., T, J, C), with the same joints missing in all leading axes.
    """
    sections = butter(2, cutoff, fs=rate, output="sos")
    filtered = points.copy()
    there = seen(points.reshape(-1, *points.shape[-3:])[0])  # (T, J)
    patterns: dict[bytes, list[int]] = {}
    for place in range(there.shape[1]):
        patterns.setdefault(there[:, place].tobytes(), []).append(place)
    for places in patterns.values():
        for start, stop in runs(there[:, places[0]]):
            if stop - start > 3:
                stretch = points[..., start:stop, places, :]
                padding = min(9, stop - start - 1)
                filtered[..., start:stop, places, :] = sosfiltfilt(sections, stretch, axis=-3, padlen=padding)
    return filtered


def passed_noise(rate: float, cutoff: float = CUTOFF) -> float:
    """The share of white noise's standard deviation that the filter lets through."""
    return float(np.sqrt((_response(rate, cutoff) ** 2).sum()))


def passed_speed(rate: float, cutoff: float = CUTOFF) -> float:
    """The standard deviation per second of the change that filtered white noise of deviation 1 shows."""
    return float(np.sqrt((np.diff(_response(rate, cutoff)) ** 2).sum()) * rate)


def _response(rate: float, cutoff: float) -> Array:
    """What the filter makes of one frame of 1 amid zeros."""
    impulse = np.zeros((512, 1, 1))
    impulse[256] = 1.0
    return low_passed(impulse, rate, cutoff)[:, 0, 0]


def noise_level(raw: Array, filtered: Array, rate: float, cutoff: float = CUTOFF) -> Array:
    """The standard deviation of each joint's jitter, (J,), in the unit of the points.

    What the filter takes away is the part of the jitter above its cut-off; jitter is taken to be white.
    Robust (median absolute deviation), so that single quick movements do not count as jitter. NaN for a
    joint that is never seen.
    """
    response = _response(rate, cutoff)
    response[256] -= 1.0
    taken = float(np.sqrt((response**2).sum()))
    residual = np.abs(raw - filtered)  # (T, J, C)
    level = np.full(raw.shape[1], np.nan)
    for place in range(raw.shape[1]):
        values = residual[:, place]
        values = values[~np.isnan(values)]
        if values.size:
            level[place] = float(np.median(values)) * _MAD_TO_DEVIATION / taken
    return level

"""How much a person moves and in which posture, frame by frame."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from dancekit.prediction.windows import Track

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_BLUR = 0.1  # seconds: standard deviation of the smoothing that keeps a detector's jitter out
_STEADY = 0.1  # seconds to each side over which energy is averaged
_MEMORY = 2.0  # seconds back over which the size of the body is taken, and its jitter in that size
_SHARE = 0.25  # of the joints: those that move most count, since one arm is a movement too
_NOISE = 1.47
"""Speed that a detector's jitter seems to have after smoothing, per jitter and (frames of smoothing)^1.5, in
frames: measured on what dance_six's detector sees of people at rest, for three levels of its noise."""

REACH = 3 * _BLUR + _STEADY
"""Seconds: no later frame has a say in the energy of a frame."""
MEMORY = 2 * _MEMORY + REACH
"""Seconds: no earlier frame has one."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """How one person moves, over F frames.

    Attributes:
        energy: (F,) mean speed of the fastest quarter of the joints, in body sizes per second.
        noise: (F,) speed that the detector's jitter alone seems to have; taken off `energy` already.
        posture: (F, V, C) places of the joints about their middle, in body sizes; 0 where not known.
        known: (F, V), the joint is seen about then.
    """

    energy: Floats
    noise: Floats
    posture: Floats
    known: Flags


def motion(track: Track) -> Motion:
    """Measure a track.

    The size of a body is the root mean square distance of its joints from their middle, about 0.4 m of a
    grown person: the median over the last two seconds, so that neither the camera's distance nor walking
    towards it matters. What a detector's jitter adds is taken off the energy, as independent errors add up:
    in squares. Joints that are missing have no speed; a frame with none has energy 0.
    """
    seen = (track.score > 0) & track.present[:, None]  # (F, V)
    points, known = _smoothed(track, seen)  # (F, V, C), (F, V)
    speed = np.zeros(known.shape)
    if len(points) > 1:
        speed = np.linalg.norm(np.gradient(points, axis=0), axis=-1) * track.frame_rate  # (F, V)
    fastest = top(np.where(known & _neighbours(known), speed, 0), known)  # (F,)
    count = known.sum(1).clip(1)[:, None]  # (F, 1)
    about = points - (points.sum(1) / count)[:, None]  # (F, V, C)
    size = _body_size(about, known, round(_MEMORY * track.frame_rate))  # (F,)
    energy = np.divide(fastest, size, out=np.zeros_like(fastest), where=size > 0)
    energy = _mean_around(energy, round(_STEADY * track.frame_rate))
    noise = _jitter(track, seen, size) * _NOISE * track.frame_rate / max(_BLUR * track.frame_rate, 1) ** 1.5
    visible = known & (size > 0)[:, None]
    posture = np.divide(about, size[:, None, None], out=np.zeros_like(about), where=visible[..., None])
    quiet = np.sqrt((energy**2 - noise**2).clip(0))
    return Motion(energy=quiet, noise=noise, posture=posture, known=visible)


def top(values: Floats, known: Flags) -> Floats:
    """(...,) mean of the largest quarter of the known values of joints (..., V); 0 where none is known."""
    counted = (known.sum(-1) * _SHARE).clip(1).round().astype(int)[..., None]  # (..., 1)
    running = np.sort(np.where(known, values, 0), axis=-1)[..., ::-1].cumsum(
        -1
    )  # of the first, the first two, ...
    mean: Floats = (np.take_along_axis(running, counted - 1, -1) / counted)[..., 0]
    return mean


def _smoothed(track: Track, seen: Flags) -> tuple[Floats, Flags]:
    """Places blurred over time, over the frames in which each joint is seen; and where it is known."""
    sigma = _BLUR * track.frame_rate
    radius = max(1, round(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 1e-6)) ** 2)
    weight = seen.astype(np.float64)
    total = _convolved(weight, kernel)  # (F, V)
    places = _convolved(np.where(seen[..., None], track.keypoints, 0).astype(np.float64), kernel)
    known = total > 0.05 * kernel.sum()
    divisor = np.where(known, total, 1)[..., None]
    return np.where(known[..., None], places / divisor, 0), known


def _convolved(values: Floats, kernel: Floats) -> Floats:
    """(F, ...) blurred along time, nothing beyond the ends."""
    radius = len(kernel) // 2
    padded = np.pad(values, [(radius, radius)] + [(0, 0)] * (values.ndim - 1))
    total = np.zeros_like(values, dtype=np.float64)
    for place, share in enumerate(kernel):
        total += share * padded[place : place + len(values)]
    return total


def _neighbours(known: Flags) -> Flags:
    """Where the frames on both sides are known too, so that a speed is one."""
    before = np.concatenate([known[:1], known[:-1]])
    after = np.concatenate([known[1:], known[-1:]])
    both: Flags = before & after
    return both


def _jitter(track: Track, seen: Flags, size: Floats) -> Floats:
    """(F,) how far a joint typically is from the middle of where it is one frame before and one after.

    In body sizes, the median over joints and the last two seconds: a limb that swings does not count.
    """
    away = np.full(len(size), np.nan)
    if len(size) > 2:
        points = track.keypoints.astype(np.float64)
        bend = np.linalg.norm(points[1:-1] - (points[2:] + points[:-2]) / 2, axis=-1)  # (F - 2, V)
        known = seen[1:-1] & seen[2:] & seen[:-2]
        typical = _median(np.where(known, bend, np.nan))  # (F - 2,)
        away[1:-1] = np.divide(typical, size[1:-1], out=np.full(len(typical), np.nan), where=size[1:-1] > 0)
    return np.nan_to_num(_median(_last(away, round(_MEMORY * track.frame_rate))))


def _body_size(about: Floats, known: Flags, memory: int) -> Floats:
    """(F,) the median size over the last frames; 0 where nothing is known."""
    away = np.where(known, (about**2).sum(-1), 0).sum(1)  # (F,)
    count = known.sum(1)
    size = np.where(count > 1, np.sqrt(away / count.clip(1)), np.nan)
    return np.nan_to_num(_median(_last(size, memory)))


def _last(values: Floats, count: int) -> Floats:
    """(F,) to (F, count): each value with those before it, NaN before the first."""
    count = max(count, 1)
    return sliding_window_view(np.concatenate([np.full(count - 1, np.nan), values]), count)


def _median(values: Floats) -> Floats:
    """Over the last axis, of what is there; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        middle: Floats = np.nanmedian(values, axis=-1)
    return middle


def _mean_around(values: Floats, half: int) -> Floats:
    """The mean over `half` frames to each side, of those that there are."""
    ones = np.ones(2 * half + 1)
    return _convolved(values, ones) / _convolved(np.ones_like(values), ones)

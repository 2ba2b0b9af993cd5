"""What the arms do in each of the six movements.

An arm goes from a hanging pose to a target pose, drawn within the ranges of a gesture, stays there and may
come back; a wave swings about its target. Many recordings of one movement hold something of another: the
arm that has nothing to do may rest on the waist or be half spread, a raise may dip and go up again, and every
arm that is held trembles.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dancekit_sources.dance_six.curves import Array, minimum_jerk, pulse, wander
from dancekit_sources.dance_six.performers import FRAME_RATE, TIME, Dancers, Integers, Timing

Flags = npt.NDArray[np.bool_]

CLASSES = ("hands_on_waist", "raising_high", "spreading_one_arm", "waving", "spreading_both_arms", "walking")
WAIST, RAISE, SPREAD_ONE, WAVE, SPREAD_BOTH, WALK = range(len(CLASSES))

# Degrees, lowest and highest: elevation, plane, rotation and flexion as in `Poses.arms`.
_GESTURES: dict[str, tuple[tuple[float, float], ...]] = {
    "rest": ((3, 13), (-10, 15), (75, 110), (5, 32)),
    "on_waist": ((26, 46), (-18, 6), (150, 168), (66, 92)),
    "raised_aside": ((126, 172), (0, 30), (10, 60), (4, 40)),
    "raised_in_front": ((122, 170), (35, 85), (-10, 40), (4, 40)),
    "raised_bent": ((82, 140), (5, 65), (-15, 30), (40, 92)),
    "spread": ((62, 110), (-8, 34), (50, 110), (3, 38)),
    "half_spread": ((18, 42), (-8, 30), (50, 110), (5, 40)),
    "carried": ((4, 30), (30, 80), (0, 70), (50, 115)),
    "wave_forearm": ((55, 125), (5, 65), (-15, 25), (55, 108)),
    "wave_arm": ((118, 165), (0, 75), (0, 50), (6, 50)),
}
_WAITING = {"rest": 0.68, "carried": 0.2, "on_waist": 0.12}  # before and after the movement
_NAMES = tuple(_GESTURES)
_RANGES: Array = np.radians(np.array(list(_GESTURES.values())))  # (gestures, 4, 2)


def move_arms(rng: np.random.Generator, labels: Integers, dancers: Dancers, timing: Timing) -> Array:
    """Joint angles of both arms, (N, T, 2, 4), but for the swing of walking."""
    count = len(labels)
    active = np.where(rng.random(count) < 0.85, dancers.favourite, 1 - dancers.favourite)
    is_active = active[:, None] == np.arange(2)  # (N, 2)
    gesture = _choose_gestures(rng, labels, is_active)
    effort = 0.5 * dancers.expression[:, None, None] + 0.5 * rng.random((count, 2, 1))  # (N, 2, 1)
    target = _draw_pose(rng, gesture, effort)  # (N, 2, 4)
    waits = rng.choice([_NAMES.index(name) for name in _WAITING], size=(count, 2), p=list(_WAITING.values()))
    rest = _draw_pose(rng, waits, rng.random((count, 2, 1)))
    # A hanging arm bends its elbow forward, in whatever plane it is about to be raised.
    rest[..., 2] += rest[..., 1] - target[..., 1]
    rest[..., 1] = target[..., 1]

    how_far = _progress(rng, labels, is_active, timing)  # (N, T, 2)
    angles = rest[:, None] + how_far[..., None] * (target - rest)[:, None]  # (N, T, 2, 4)
    angles[..., 0] *= 1 - _dips(rng, labels, timing)[..., None] * how_far
    angles += _tremble(rng, dancers, labels, how_far)
    waving = (labels == WAVE)[:, None] & is_active
    angles += _swing_of_wave(rng, gesture, timing) * (waving[:, None] * how_far**2)[..., None]
    return angles


def _choose_gestures(rng: np.random.Generator, labels: Integers, is_active: Flags) -> Integers:
    """Which gesture each arm goes to, (N, 2)."""
    count = len(labels)

    def choose(**odds: float) -> Integers:
        names = np.array([_NAMES.index(name) for name in odds])
        return names[rng.choice(len(names), size=count, p=list(odds.values()))][:, None]

    idle = choose(rest=0.56, on_waist=0.12, half_spread=0.14, carried=0.18)
    raised = choose(raised_aside=0.4, raised_in_front=0.4, raised_bent=0.2)
    both_raised = rng.random((count, 1)) < 0.3
    rest, spread, on_waist = (_NAMES.index(name) for name in ("rest", "spread", "on_waist"))
    by_label: dict[int, tuple[Integers | int, Integers | int]] = {
        WAIST: (on_waist, on_waist),
        RAISE: (raised, np.where(both_raised, raised, idle)),
        SPREAD_ONE: (spread, idle),
        WAVE: (choose(wave_forearm=0.6, wave_arm=0.4), idle),
        SPREAD_BOTH: (spread, spread),
        WALK: (choose(rest=0.62, carried=0.16, on_waist=0.08, half_spread=0.14), rest),
    }
    gesture = np.zeros((count, 2), dtype=np.int64)
    for label, (leading, other) in by_label.items():
        gesture = np.where((labels == label)[:, None], np.where(is_active, leading, other), gesture)
    return gesture


def _draw_pose(rng: np.random.Generator, gesture: Integers, effort: Array) -> Array:
    """An arm's angles within the ranges of its gesture; `effort` sets how far it is lifted."""
    lowest, highest = _RANGES[gesture][..., 0], _RANGES[gesture][..., 1]  # (N, 2, 4)
    where = rng.random(lowest.shape)
    where[..., :1] = 0.8 * effort + 0.2 * where[..., :1]
    pose: Array = lowest + where * (highest - lowest)
    return pose


def _progress(rng: np.random.Generator, labels: Integers, is_active: Flags, timing: Timing) -> Array:
    """How far each arm is on its way from rest to target, (N, T, 2)."""
    count = len(labels)
    other_arm = rng.uniform(-0.05, 0.35, (count, 1))
    leading = timing.shape()
    following = timing.shape(delay=other_arm, haste=rng.uniform(0.8, 1.3, (count, 1)))
    # An arm without a part in the movement is often there from the beginning, or moves when it likes.
    idle = (labels != WAIST) & (labels != SPREAD_BOTH)
    settled = (rng.random(count) < 0.5) & idle
    following = np.where(settled[:, None], 1.0, following)
    briefly = (rng.random(count) < 0.25) & idle
    begins = rng.uniform(-0.3, 2.5, (count, 1))
    moment = pulse(TIME, start=begins, rise=0.4, stop=begins + rng.uniform(0.4, 1.0, (count, 1)), fall=0.4)
    following = np.where(briefly[:, None], moment, following)
    at_ease = (rng.random(count) < 0.7) & (labels == WALK)
    leading = np.where(at_ease[:, None], 1.0, leading)
    return np.where(is_active[:, None], leading[..., None], following[..., None])


def _dips(rng: np.random.Generator, labels: Integers, timing: Timing) -> Array:
    """Raised and spread arms that go down in part and up again, (N, T): once is not a wave."""
    count = len(labels)
    dips = (rng.random((count, 1)) < 0.125) & (labels != WAVE)[:, None]
    depth = np.where(dips, rng.uniform(0.08, 0.35, (count, 1)), 0.0)
    middle = timing.start + timing.rise + rng.uniform(0.2, 1.2, (count, 1))
    half = rng.uniform(0.35, 0.6, (count, 1))
    return depth * minimum_jerk(1 - np.abs(TIME - middle) / half)


def _tremble(rng: np.random.Generator, dancers: Dancers, labels: Integers, how_far: Array) -> Array:
    """Unrest of every arm, more in one that is lifted, (N, T, 2, 4)."""
    count = len(labels)
    slow = wander(rng, TIME, (count, 2, 4), slowest=0.1, fastest=0.6)
    quick = wander(rng, TIME, (count, 2, 4), slowest=0.7, fastest=2.0)
    lively = np.where(rng.random(count) < 0.2, rng.uniform(0.7, 1.2, count), rng.uniform(0.2, 0.6, count))
    lively *= labels != WAVE
    degrees = 3.0 * slow + lively[:, None, None, None] * quick * (0.3 + how_far[..., None])
    unrest: Array = np.radians(degrees) * dancers.unrest[:, None, None, None]
    return unrest


def _swing_of_wave(rng: np.random.Generator, gesture: Integers, timing: Timing) -> Array:
    """The oscillation of a wave about its pose, (N, T, 2, 4)."""
    count = len(gesture)
    length = timing.frames[:, None] / FRAME_RATE
    lasts = (np.minimum(timing.stop, length) - timing.start.clip(0) - timing.rise).clip(0.4)
    frequency = np.clip(rng.uniform(1.3, 2.7, (count, 1)), 2.0 / lasts, 3.2)
    size = np.radians(rng.uniform(30, 50, (count, 1))) * np.clip(1.7 / frequency, 0.7, 1.2)
    phase = 2 * np.pi * frequency * (TIME - timing.start) + rng.uniform(0, 2 * np.pi, (count, 1))
    swing = size * np.sin(phase + 0.3 * np.sin(phase / 2))  # (N, T), not quite even
    # Shares of the swing in elevation, plane, rotation and flexion.
    forearm = np.array([0.12, 0.1, 0.6, 0.8])
    whole_arm = np.array([0.65, 0.2, 0.2, 0.75])
    is_forearm = (gesture == _NAMES.index("wave_forearm"))[..., None]
    share = np.where(is_forearm, forearm, whole_arm)  # (N, 2, 4)
    share[..., 2] *= rng.choice([-1.0, 1.0], (count, 1))
    return swing[:, :, None, None] * share[:, None]

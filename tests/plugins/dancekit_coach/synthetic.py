"""Dancers whose angles are known: forward kinematics from angle curves, with faults put in on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dancekit_sources.dance_six.anatomy import JOINTS, Bodies, Poses, place_joints
from dancekit_sources.dance_six.curves import minimum_jerk

from dancekit.data.clips import Clip
from dancekit.skeleton.layout import Layout

Array = npt.NDArray[np.float64]

RATE = 30
LAYOUT = Layout.named("h36m17")
MOVEMENTS = ("waist", "raise", "spread_one", "wave", "spread_both", "walk")

_REST = (8.0, 10.0, 90.0, 15.0)
_TARGETS = {  # elevation, plane, rotation, flexion of the left and the right arm
    "waist": ((36.0, -5.0, 158.0, 80.0), (36.0, -5.0, 158.0, 80.0)),
    "raise": ((150.0, 15.0, 30.0, 20.0), (150.0, 15.0, 30.0, 20.0)),
    "spread_one": (_REST, (90.0, 10.0, 80.0, 20.0)),
    "wave": (_REST, (90.0, 30.0, 0.0, 80.0)),
    "spread_both": ((88.0, 10.0, 80.0, 20.0), (88.0, 10.0, 80.0, 20.0)),
    "walk": (_REST, _REST),
}


def dance(
    movement: str = "raise",
    *,
    frames: int = 135,
    late: float = 0.0,
    tempo: float = 1.0,
    elbow: float = 0.0,
    right_arm: float = 1.0,
    pause: float = 0.0,
    body: int = 0,
) -> Array:
    """The joints (T, 17, 3) of `LAYOUT` in metres, y up: 1 s of rest, 0.8 s up, 1.2 s held, 0.8 s down.

    Args:
        late: frames by which everything happens later.
        tempo: how much quicker everything happens.
        elbow: degrees that the left elbow is bent more.
        right_arm: share of the right arm's movement that is danced.
        pause: seconds that the way up is interrupted halfway.
        body: other numbers are other proportions.
    """
    time = (np.arange(frames) - late) / RATE * tempo  # (T,)
    waited = np.where(time > 1.4, np.clip(time - pause, 1.4, None), time)
    progress = minimum_jerk((waited - 1.0) / 0.8) * (1 - minimum_jerk((time - pause - 3.0) / 0.8))
    arms = np.empty((1, frames, 2, 4))
    for side, target in enumerate(_TARGETS[movement]):
        rest, goal = np.radians(_REST), np.radians(target)
        amount = right_arm if side else 1.0
        arms[0, :, side] = rest + amount * progress[:, None] * (goal - rest)
    if movement == "wave":
        arms[0, :, 1, 3] += np.radians(35) * progress * np.sin(2 * np.pi * 1.6 * (time - 1.0))
    arms[0, :, 0, 3] += np.radians(elbow)
    bodies = Bodies.draw(np.random.default_rng(body), 1)
    step = np.sin(2 * np.pi * 0.9 * time) if movement == "walk" else np.zeros(frames)
    arms[0, :, :, 0] += np.abs(step)[:, None] * 0.25
    arms[0, :, 0, 1] += np.where(step < 0, 1.2, -1.2) * np.abs(step) * 1.0
    arms[0, :, 1, 1] += np.where(step > 0, 1.2, -1.2) * np.abs(step) * 1.0
    return _placed(bodies, arms, step, frames)


def _placed(bodies: Bodies, arms: Array, step: Array, frames: int) -> Array:
    still = np.zeros((1, frames, 3))
    leg = float(bodies.thigh[0] + bodies.shank[0])
    pelvis = still.copy()
    pelvis[..., 1] = bodies.ankle[0] + 0.985 * leg - 0.03 * np.abs(step)
    ankles = np.zeros((1, frames, 2, 3))
    for side, sign in enumerate((1.0, -1.0)):
        ankles[0, :, side, 0] = sign * bodies.hip[0]
        ankles[0, :, side, 1] = bodies.ankle[0] + 0.06 * np.clip(-sign * np.gradient(step) * 8, 0, 1)
        ankles[0, :, side, 2] = 0.3 * sign * step
    poses = Poses(pelvis=pelvis, turn=still, chest=still, head=still, arms=arms, ankles=ankles)
    joints = place_joints(bodies, poses)[0]  # (T, 22, 3)
    return joints[:, [JOINTS.index(name) for name in LAYOUT.joints]]


def turned(points: Array, degrees: float) -> Array:
    """Points (..., 3) turned about the vertical."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def jittered(points: Array, millimetres: float, seed: int = 0) -> Array:
    """White noise on every coordinate of points in metres."""
    return points + np.random.default_rng(seed).normal(0, millimetres / 1000, points.shape)


def mirror_image(points: Array) -> Array:
    """Left and right exchanged, in a mirror."""
    mirrored = points[:, list(LAYOUT.flip)].copy()
    mirrored[..., 0] *= -1
    return mirrored


def as_clip(points: Array, *, name: str = "clip", **more: Any) -> Clip:
    return Clip.of(points, **{"label": 0, "name": name, "frame_rate": float(RATE), **more})


def filmed(points: Array, *, yaw: float = 0.0) -> Array:
    """What a distant camera in front of the dancer sees, in pixels, y down: (T, V, 2)."""
    seen = turned(points, yaw)
    return np.stack([640 + 250 * seen[..., 0], 600 - 250 * seen[..., 1]], axis=-1)

"""Bodies and how angles place their joints (forward kinematics).

World coordinates are metres with y up. In the frame of a body x points to its left, y up and z forward.
Where there are two sides, index 0 is left and 1 is right.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from dancekit_sources.dance_six.curves import Array

PARENTS: dict[str, str] = {
    "pelvis": "",
    "right_hip": "pelvis",
    "right_knee": "right_hip",
    "right_ankle": "right_knee",
    "left_hip": "pelvis",
    "left_knee": "left_hip",
    "left_ankle": "left_knee",
    "spine": "pelvis",
    "thorax": "spine",
    "neck": "thorax",
    "head": "neck",
    "left_shoulder": "thorax",
    "left_elbow": "left_shoulder",
    "left_wrist": "left_elbow",
    "right_shoulder": "thorax",
    "right_elbow": "right_shoulder",
    "right_wrist": "right_elbow",
    "nose": "neck",
    "right_eye": "neck",
    "left_eye": "neck",
    "right_ear": "neck",
    "left_ear": "neck",
}
"""Every joint and the one it hangs on: the joints of h36m17 in its order, then those of the face."""

JOINTS: tuple[str, ...] = tuple(PARENTS)

_SIDES = (("left", 1.0), ("right", -1.0))

# From the top of the neck, in lengths of the head: left, up, forward.
_FACE: dict[str, tuple[float, float, float]] = {
    "nose": (0.0, 0.40, 0.55),
    "left_eye": (0.16, 0.56, 0.46),
    "right_eye": (-0.16, 0.56, 0.46),
    "left_ear": (0.38, 0.48, 0.02),
    "right_ear": (-0.38, 0.48, 0.02),
}


@dataclass(frozen=True, kw_only=True)
class Bodies:
    """Lengths of N left-right symmetric bodies, each (N,) in metres."""

    height: Array
    hip: Array
    lower_back: Array
    upper_back: Array
    neck: Array
    head: Array
    collar: Array
    upper_arm: Array
    forearm: Array
    thigh: Array
    shank: Array
    ankle: Array

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int) -> Bodies:
        """Adults of varied height and proportions (mean proportions: Drillis and Contini 1966)."""
        height = np.clip(rng.normal(1.69, 0.09, count), 1.45, 1.98)

        def part(share: float, spread: float, common: Array | float = 1.0) -> Array:
            own = np.clip(rng.normal(1, spread, count), 1 - 2 * spread, 1 + 2 * spread)
            return height * share * common * own

        legs = rng.normal(1, 0.02, count)
        arms = rng.normal(1, 0.025, count)
        return cls(
            height=height,
            hip=part(0.052, 0.07),
            lower_back=part(0.135, 0.03),
            upper_back=part(0.150, 0.03),
            neck=part(0.055, 0.06),
            head=part(0.120, 0.04),
            collar=part(0.108, 0.06),
            upper_arm=part(0.180, 0.02, arms),
            forearm=part(0.150, 0.02, arms),
            thigh=part(0.245, 0.02, legs),
            shank=part(0.243, 0.02, legs),
            ankle=part(0.042, 0.05),
        )

    def of(self, index: npt.NDArray[np.int64]) -> Bodies:
        """The bodies at `index`, again and in any order."""
        return Bodies(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Poses:
    """What N bodies do over T frames; angles in radians.

    Attributes:
        pelvis: (N, T, 3) where the pelvis is, in the world.
        turn: (N, T, 3) yaw, pitch and roll of the pelvis in the world.
        chest: (N, T, 3) the same of the chest, seen from the pelvis.
        head: (N, T, 3) the same of the head, seen from the chest.
        arms: (N, T, 2, 4) per side: elevation of the upper arm (0 hangs, pi points up), the plane it is
            raised in (0 sideways, pi/2 forward), its rotation about itself (the elbow then bends 0: towards
            more elevation, pi/2: forward, pi: towards the body) and flexion of the elbow (0 straight).
        ankles: (N, T, 2, 3) where the ankles should be, in the world; met as far as the legs reach.
    """

    pelvis: Array
    turn: Array
    chest: Array
    head: Array
    arms: Array
    ankles: Array


def rotation(angles: Array) -> Array:
    """Matrices (..., 3, 3) for yaw, pitch and roll (..., 3): about y, then x, then z of the turned frame."""
    (cy, cp, cr), (sy, sp, sr) = (np.moveaxis(f(angles), -1, 0) for f in (np.cos, np.sin))
    rows = (
        (cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp),
        (cp * sr, cp * cr, -sp),
        (cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def place_joints(bodies: Bodies, poses: Poses) -> Array:
    """The joints (N, T, 22, 3) of `JOINTS` in the world, in metres."""
    pelvis_frame = rotation(poses.turn)
    middle_frame = pelvis_frame @ rotation(poses.chest / 2)
    chest_frame = pelvis_frame @ rotation(poses.chest)
    head_frame = chest_frame @ rotation(poses.head)

    at: dict[str, Array] = {"pelvis": poses.pelvis}
    at["spine"] = at["pelvis"] + _along(middle_frame, (0, 1, 0), bodies.lower_back)
    at["thorax"] = at["spine"] + _along(chest_frame, (0, 1, 0), bodies.upper_back)
    at["neck"] = at["thorax"] + _along(chest_frame, (0, 0.98, 0.2), bodies.neck)
    at["head"] = at["neck"] + _along(head_frame, (0, 1, 0), bodies.head)
    for name, offset in _FACE.items():
        at[name] = at["neck"] + _along(head_frame, offset, bodies.head)
    for side, (name, sign) in enumerate(_SIDES):
        at |= _arm(bodies, poses.arms[:, :, side], chest_frame, at["thorax"], name, sign)
        hip = at["pelvis"] + _along(pelvis_frame, (sign, 0, 0), bodies.hip)
        at |= _leg(bodies, hip, poses.ankles[:, :, side], pelvis_frame[..., 2], name)
    return np.stack([at[joint] for joint in JOINTS], axis=2)  # (N, T, 22, 3)


def _along(frame: Array, direction: tuple[float, float, float], length: Array) -> Array:
    moved: Array = frame @ np.asarray(direction, dtype=np.float64) * length[:, None, None]
    return moved


def _arm(
    bodies: Bodies, angles: Array, frame: Array, thorax: Array, name: str, sign: float
) -> dict[str, Array]:
    elevation, plane, twist, flexion = np.moveaxis(angles, -1, 0)
    se, ce, sp, cp = np.sin(elevation), np.cos(elevation), np.sin(plane), np.cos(plane)
    upper = np.stack([sign * se * cp, -ce, se * sp], axis=-1)
    raising = np.stack([sign * ce * cp, se, ce * sp], axis=-1)
    turning = np.stack([-sign * sp, np.zeros_like(sp), cp], axis=-1)
    bend = np.cos(twist)[..., None] * raising + np.sin(twist)[..., None] * turning
    lower = np.cos(flexion)[..., None] * upper + np.sin(flexion)[..., None] * bend
    shrug = 0.12 * elevation  # the collar bone goes up with the arm
    collar = np.stack([sign * np.cos(shrug), np.sin(shrug), np.zeros_like(shrug)], axis=-1)

    def into_world(direction: Array, length: Array) -> Array:
        turned: Array = (frame @ direction[..., None])[..., 0] * length[:, None, None]
        return turned

    shoulder = thorax + into_world(collar, bodies.collar)
    elbow = shoulder + into_world(upper, bodies.upper_arm)
    wrist = elbow + into_world(lower, bodies.forearm)
    return {f"{name}_shoulder": shoulder, f"{name}_elbow": elbow, f"{name}_wrist": wrist}


def _leg(bodies: Bodies, hip: Array, target: Array, forward: Array, name: str) -> dict[str, Array]:
    """Two bones from the hip to the ankle; the knee always bends forward."""
    thigh, shank = bodies.thigh[:, None, None], bodies.shank[:, None, None]
    away = target - hip
    distance = np.linalg.norm(away, axis=-1, keepdims=True)
    axis = away / distance
    reach = np.clip(distance, 0.5 * (thigh + shank), 0.999 * (thigh + shank))
    foot_of_knee = (thigh**2 - shank**2 + reach**2) / (2 * reach)  # on the line from hip to ankle
    ahead = forward - (forward * axis).sum(-1, keepdims=True) * axis
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    knee = hip + axis * foot_of_knee + ahead * np.sqrt(thigh**2 - foot_of_knee**2)
    return {f"{name}_hip": hip, f"{name}_knee": knee, f"{name}_ankle": hip + axis * reach}

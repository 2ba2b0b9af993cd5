"""Joint angles in degrees, from atan2 and in the frame of the trunk: no view, scale or proportion matters.

atan2(|a x b|, a.b) keeps its accuracy near 0 and 180 degrees, where acos loses it. Shapes as in `body`, with
A angles of `ANGLES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dancekit_coach.body import (
    SIDES,
    Array,
    into_frame,
    joint,
    limb_directions,
    neck,
    trunk_frame,
    unit,
)

Part = Literal["arm", "leg", "trunk", "head"]

_RAISED = 0.3  # sine of the elevation from which on a limb has a plane


@dataclass(frozen=True, kw_only=True)
class Angle:
    """What an angle is of.

    Attributes:
        side: "" for the middle of the body.
        planar: it can be measured in 2D, from the front.
    """

    name: str
    part: Part
    side: Literal["left", "right", ""]
    planar: bool


def _declared() -> tuple[Angle, ...]:
    def on(side: Literal["left", "right"]) -> list[Angle]:
        return [
            Angle(name=f"{side}_elbow_flexion", part="arm", side=side, planar=True),
            Angle(name=f"{side}_shoulder_elevation", part="arm", side=side, planar=True),
            Angle(name=f"{side}_shoulder_plane", part="arm", side=side, planar=False),
            Angle(name=f"{side}_knee_flexion", part="leg", side=side, planar=True),
            Angle(name=f"{side}_hip_elevation", part="leg", side=side, planar=True),
            Angle(name=f"{side}_hip_plane", part="leg", side=side, planar=False),
        ]

    return (
        *on("left"),
        *on("right"),
        Angle(name="trunk_inclination_forward", part="trunk", side="", planar=False),
        Angle(name="trunk_inclination_left", part="trunk", side="", planar=False),
        Angle(name="trunk_twist", part="trunk", side="", planar=False),
        Angle(name="head_tilt", part="head", side="", planar=True),
    )


ANGLES = _declared()
"""Every angle, in the order of the A axis."""

PLACES = {angle.name: place for place, angle in enumerate(ANGLES)}


def angle_between(first: Array, second: Array) -> Array:
    """The angle from 0 to 180 degrees between vectors (..., 2 or 3)."""
    dot = (first * second).sum(-1)
    if first.shape[-1] == 2:
        area = np.abs(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])
    else:
        area = np.linalg.norm(np.cross(first, second), axis=-1)
    between: Array = np.degrees(np.arctan2(area, dot))
    return between


def wrapped(degrees: Array) -> Array:
    """The same differences between -180 and 180."""
    return (degrees + 180.0) % 360.0 - 180.0


def joint_angles(points: Array, *, vertical: bool = True) -> Array:
    """All angles over time, (..., T, A), of points (..., T, J, C); NaN where one cannot be measured.

    Args:
        vertical: y of the points is known to be the vertical; without it the trunk's inclination is not
            measured.
    """
    frame = trunk_frame(points)
    flat = points.shape[-1] == 2
    none = np.full(points.shape[:-2], np.nan)  # (..., T)
    found: dict[str, Array] = {}
    for side in SIDES:
        for proximal, hinge, distal, far in (
            ("shoulder", "elbow", "elbow", "wrist"),
            ("hip", "knee", "knee", "ankle"),
        ):
            upper = joint(points, f"{side}_{distal}") - joint(points, f"{side}_{proximal}")
            lower = joint(points, f"{side}_{far}") - joint(points, f"{side}_{distal}")
            found[f"{side}_{hinge}_flexion"] = angle_between(upper, lower)
            found[f"{side}_{proximal}_elevation"] = angle_between(upper, -frame[..., 1, :])
            found[f"{side}_{proximal}_plane"] = none if flat else _plane(upper, frame, side)
    found["trunk_inclination_forward"], found["trunk_inclination_left"] = (
        (none, none) if flat or not vertical else _inclination(frame)
    )
    found["trunk_twist"] = none if flat else _twist(points, frame)
    found["head_tilt"] = angle_between(joint(points, "head") - neck(points), frame[..., 1, :])
    return np.stack([found[angle.name] for angle in ANGLES], axis=-1)  # (..., T, A)


def directions(points: Array) -> Array:
    """Limb directions in the trunk's own frame, (..., T, B, C)."""
    return limb_directions(points, trunk_frame(points))


def _plane(limb: Array, frame: Array, side: str) -> Array:
    """0 sideways, 90 forward; only where the limb is raised enough to have a plane."""
    u = into_frame(unit(limb), frame)
    outward = u[..., 0] if side == "left" else -u[..., 0]
    raised = np.hypot(u[..., 0], u[..., 2]) > _RAISED
    return np.where(raised, np.degrees(np.arctan2(u[..., 2], outward)), np.nan)


def _inclination(frame: Array) -> tuple[Array, Array]:
    """How far the trunk leans forward and to its left, degrees from the vertical y."""
    up, ahead = frame[..., 1, :], frame[..., 2, :]
    level = np.array([1.0, 0.0, 1.0])
    forward = unit(ahead * level)
    left = np.cross(np.array([0.0, 1.0, 0.0]), forward)
    rise = up[..., 1]
    lean = [np.degrees(np.arctan2((up * way).sum(-1), rise)) for way in (forward, left)]
    return lean[0], lean[1]


def _twist(points: Array, frame: Array) -> Array:
    """The signed angle from the line of the shoulders to that of the hips, about the spine."""
    hips = into_frame(joint(points, "left_hip") - joint(points, "right_hip"), frame)
    twist: Array = np.degrees(np.arctan2(-hips[..., 2], hips[..., 0]))
    return twist

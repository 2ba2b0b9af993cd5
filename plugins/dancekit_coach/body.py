"""The body as the coach sees it: joints by name, the frame of the trunk, and limbs.

Notation used for shapes: T frames, J joints of `JOINTS`, C coordinates (3: y up; 2: x right, y up), B limbs.
Functions take any leading axes before T, so that many noisy copies can be measured at once. What is missing
is NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SIDES = ("left", "right")
JOINTS = (
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_hip",
    "right_knee",
    "right_ankle",
    "pelvis",
    "head",
)
"""What is taken from a recording. `pelvis` is the middle of the hips, where there are any."""

LIMBS = (
    ("left_upper_arm", "left_shoulder", "left_elbow"),
    ("left_forearm", "left_elbow", "left_wrist"),
    ("right_upper_arm", "right_shoulder", "right_elbow"),
    ("right_forearm", "right_elbow", "right_wrist"),
    ("left_thigh", "left_hip", "left_knee"),
    ("left_shank", "left_knee", "left_ankle"),
    ("right_thigh", "right_hip", "right_knee"),
    ("right_shank", "right_knee", "right_ankle"),
)
"""Name, the joint where it starts and the joint where it ends."""

_PLACES = {name: place for place, name in enumerate(JOINTS)}


def joint(points: Array, name: str) -> Array:
    """One joint, (..., T, C), of points (..., T, J, C)."""
    found: Array = points[..., _PLACES[name], :]
    return found


def neck(points: Array) -> Array:
    """The middle of the shoulders, (..., T, C): every layout has it, wherever its own neck is."""
    shoulders: Array = (joint(points, "left_shoulder") + joint(points, "right_shoulder")) / 2
    return shoulders


def seen(vectors: Array) -> Flags:
    """Whether vectors (..., C) are there: (...) bool."""
    return np.asarray(np.isfinite(vectors).all(axis=-1))


def unit(vectors: Array) -> Array:
    """The directions of vectors (..., C); NaN for what has no length."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    directions: Array = vectors / np.where(length > 0, length, np.nan)
    return directions


def trunk_frame(points: Array) -> Array:
    """Axes of the trunk as rows, (..., T, C, C): towards its left, up the spine, and in 3D forward.

    In 2D the first axis is the perpendicular to the spine on the side of the left shoulder, as most of the
    frames show it: seen from behind is then as seen from the front.
    """
    up = unit(neck(points) - joint(points, "pelvis"))  # (..., T, C)
    across = joint(points, "left_shoulder") - joint(points, "right_shoulder")
    if points.shape[-1] == 2:
        aside = np.stack([up[..., 1], -up[..., 0]], axis=-1)
        with np.errstate(invalid="ignore"):
            towards = np.sign((across * aside).sum(-1))  # (..., T)
        side = np.where(np.nansum(towards, axis=-1) < 0, -1.0, 1.0)  # (...)
        return np.stack([aside * side[..., None, None], up], axis=-2)  # (..., T, 2, 2)
    left = unit(across - (across * up).sum(-1, keepdims=True) * up)
    return np.stack([left, up, np.cross(left, up)], axis=-2)  # (..., T, 3, 3)


def into_frame(vectors: Array, frame: Array) -> Array:
    """Vectors (..., T, C) of the world in the trunk's axes (..., T, C, C)."""
    turned: Array = (frame @ vectors[..., None])[..., 0]
    return turned


def limb_directions(points: Array, frame: Array) -> Array:
    """Unit vectors of the limbs in the frame of the trunk, (..., T, B, C): what clips are aligned by."""
    limbs = [into_frame(unit(joint(points, end) - joint(points, start)), frame) for _, start, end in LIMBS]
    return np.stack(limbs, axis=-2)  # (..., T, B, C)


def trunk_length(points: Array) -> float:
    """The median distance from the middle of the hips to that of the shoulders."""
    return _median(np.linalg.norm(neck(points) - joint(points, "pelvis"), axis=-1))


def leg_length(points: Array) -> float:
    """Thigh and shank together, the mean of both sides, over time the median."""
    return _limb_length(points, "thigh") + _limb_length(points, "shank")


def arm_length(points: Array) -> float:
    """Upper arm and forearm together, the mean of both sides, over time the median."""
    return _limb_length(points, "upper_arm") + _limb_length(points, "forearm")


def _limb_length(points: Array, part: str) -> float:
    sides = [
        _median(np.linalg.norm(joint(points, end) - joint(points, start), axis=-1))
        for name, start, end in LIMBS
        if name.endswith(part)
    ]
    known = [length for length in sides if not np.isnan(length)]
    return float(np.mean(known)) if known else float("nan")


def _median(values: Array) -> float:
    return float(np.nanmedian(values)) if not np.isnan(values).all() else float("nan")

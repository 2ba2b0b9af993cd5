"""How far a body in 2D is turned away from the camera, and which of its angles can be believed there.

The shoulders narrow with the cosine of the turn while the trunk keeps its length. How wide they look from the
front depends on the layout first: each puts its shoulders and hips elsewhere on a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy.ndimage import median_filter

from dancekit_coach.angles import ANGLES
from dancekit_coach.body import LIMBS, SIDES, Array, Flags, joint, neck

WIDEST_VIEW = 30.0
"""Degrees away from frontal at which angles in 2D stop being measured."""

_SHORTEST = 0.6  # share of a limb's length: it points 53 degrees into depth
_COCO = 0.74  # OpenPose in CMU Panoptic's 3D: 0.63 to 0.76, in the middle 0.74, of four people

FRONTAL_RATIO: Mapping[str, float] = MappingProxyType(
    {
        "mediapipe33": 0.58,  # two people who exercise facing a camera: 0.55 and 0.60 over all their poses
        "coco17": _COCO,
        "openpose18": _COCO,
        "body25": _COCO,
        "dance14": _COCO,
        "dance11": _COCO,
        "kinect20": 0.88,  # four people of UTD-MHAD in 3D: 0.85 to 0.95
        "bandai21": 0.50,  # 120 recordings of the Bandai-Namco data set 2 in 3D
    }
)
"""Layout -> width of the shoulders over length of the trunk, between joints and seen from the front.

Layouts that come from several sources have none: h36m17 has 1.04 in conversions of CMU motion capture and
0.74 in made dancers. `docs/explanation/coach.md` shows what the gate does with other people."""

RAISED_RATIO = 0.93
"""What is left of that ratio with both arms up: the median of 54 motion captures of raising both arms.

Nine in ten of them have 0.91 to 0.96."""


def shoulder_ratio(points: Array) -> Array:
    """Width of the shoulders over length of the trunk, (T,), as both look in points (T, J, C)."""
    width = np.linalg.norm(joint(points, "left_shoulder") - joint(points, "right_shoulder"), axis=-1)
    length = np.linalg.norm(neck(points) - joint(points, "pelvis"), axis=-1)
    ratio: Array = width / np.where(length > 0, length, np.nan)
    return ratio


def view_angle(points: Array, rate: float, frontal_ratio: float) -> Array:
    """How far a body in 2D is turned away from the camera, |psi| in degrees, (T,).

    Raised arms lift the collar bones and narrow the shoulders too: `RAISED_RATIO` is allowed for where both
    elbows are above them. The ratio is smoothed with a running median over half a second.

    Args:
        frontal_ratio: `shoulder_ratio` of this body seen from the front.
    """
    spine = neck(points) - joint(points, "pelvis")
    lifted = [
        ((joint(points, f"{side}_elbow") - joint(points, f"{side}_shoulder")) * spine).sum(-1) > 0
        for side in SIDES
    ]
    usual = np.where(lifted[0] & lifted[1], RAISED_RATIO, 1.0) * frontal_ratio  # (T,)
    ratio = shoulder_ratio(points) / usual
    window = 2 * round(rate / 4) + 1
    smooth = median_filter(np.where(np.isnan(ratio), 0, ratio), size=window, mode="nearest")
    smooth = np.where(np.isnan(ratio), np.nan, smooth)
    angle: Array = np.degrees(np.arccos(np.clip(smooth, 0, 1)))
    return angle


def foreshortened(points: Array) -> Flags:
    """Whether a limb in 2D points into depth, (T, B): it looks shorter than 0.6 of its full length.

    Its direction in the picture then says little of its direction in the world.
    """
    lengths = np.stack(
        [np.linalg.norm(joint(points, end) - joint(points, start), axis=-1) for _, start, end in LIMBS],
        axis=-1,
    )  # (T, B)
    known = ~np.isnan(lengths).all(axis=0)
    full = np.full(len(LIMBS), np.nan)
    full[known] = np.nanpercentile(lengths[:, known], 95, axis=0)
    return lengths < _SHORTEST * full


def view_gate(points: Array, view: Array) -> Array:
    """Where angles in 2D can be believed, (T, A) bool as 0 and 1: frontal views, limbs not into depth.

    Args:
        view: (T,) as `view_angle` tells it; NaN where it is not known.
    """
    frontal = view <= WIDEST_VIEW  # (T,); NaN is no
    deep = foreshortened(points)  # (T, B)
    limbs = {"arm": {"left": (0, 1), "right": (2, 3)}, "leg": {"left": (4, 5), "right": (6, 7)}}
    gate = np.zeros((len(points), len(ANGLES)))
    for place, angle in enumerate(ANGLES):
        allowed = frontal & angle.planar
        if angle.side:
            upper, lower = limbs[angle.part][angle.side]
            allowed = allowed & ~deep[:, upper]
            if angle.name.endswith("flexion"):
                allowed = allowed & ~deep[:, lower]
        gate[:, place] = allowed
    return gate

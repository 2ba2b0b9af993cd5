"""Which joints are hidden behind the dancer's own body."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dancekit_sources.dance_six.anatomy import JOINTS
from dancekit_sources.dance_six.curves import Array

Single = npt.NDArray[np.float32]

# The body as capsules: a bone or a column of the trunk, and its radius in metres.
CAPSULES: tuple[tuple[str, str, float], ...] = (
    ("left_shoulder", "left_hip", 0.085),
    ("right_shoulder", "right_hip", 0.085),
    ("thorax", "pelvis", 0.11),
    ("neck", "head", 0.085),
    ("left_shoulder", "left_elbow", 0.045),
    ("right_shoulder", "right_elbow", 0.045),
    ("left_elbow", "left_wrist", 0.038),
    ("right_elbow", "right_wrist", 0.038),
    ("left_hip", "left_knee", 0.075),
    ("right_hip", "right_knee", 0.075),
    ("left_knee", "left_ankle", 0.05),
    ("right_knee", "right_ankle", 0.05),
)
CLEARANCE = 0.05  # a joint is behind a capsule when its depth exceeds the bone's by this many metres


def hidden(pixels: Array, depth: Array, focal: Array, joints: tuple[str, ...]) -> Single:
    """How far each of `joints` is hidden, (N, T, len(joints)) from 0 (in view) to 1.

    A joint is hidden where its pixel lies within the image of a capsule that is nearer to the camera.

    Args:
        pixels: (N, T, 22, 2) of all `JOINTS`.
        depth: (N, T, 22) metres.
        focal: (N,) pixels.
    """
    flat, far = pixels.astype(np.float32), depth.astype(np.float32)
    asked = [JOINTS.index(joint) for joint in joints]
    point, point_depth = flat[:, :, asked], far[:, :, asked]  # (N, T, V, 2), (N, T, V)
    covered = np.zeros_like(point_depth)
    for begin, end, radius in CAPSULES:
        a, b = JOINTS.index(begin), JOINTS.index(end)
        bone = flat[:, :, b] - flat[:, :, a]  # (N, T, 2)
        offset = point - flat[:, :, a, None]  # (N, T, V, 2)
        length = (bone**2).sum(-1)[..., None] + np.float32(1e-3)
        along = ((offset * bone[:, :, None]).sum(-1) / length).clip(0, 1)  # (N, T, V)
        apart = np.hypot(*np.moveaxis(offset - along[..., None] * bone[:, :, None], -1, 0))
        bone_depth = far[:, :, a, None] + along * (far[:, :, b] - far[:, :, a])[..., None]
        width = np.float32(radius) * focal.astype(np.float32)[:, None, None] / bone_depth
        inside = (1.25 - apart / width).clip(0, 0.5) * 2  # soft towards the rim
        behind = ((point_depth - bone_depth - CLEARANCE) / 0.04).clip(0, 1)
        np.maximum(covered, inside * behind, out=covered)
    return covered

"""From the channels of a BVH recording to where its joints are in the world.

With R the rotation and p the position of a joint in the world, and a joint's own channels in the order
of the file:

    R_joint = R_parent . R_first(angle) . R_second(angle) . R_third(angle)
    p_joint = p_parent + R_parent . t,   t = the offset, with every position channel in its place

so the rotation written first is the outermost, and a position channel replaces that coordinate of the
offset. All frames are computed at once; the loop is over joints.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dancekit_sources.bvh_hierarchy import Hierarchy

FloatArray = npt.NDArray[np.float64]

_BLOCK = 1024
"""Frames at a time: the rotations of a block stay in the processor's cache."""


def world_positions(hierarchy: Hierarchy, values: FloatArray) -> FloatArray:
    """Where every joint and end site is, (T, J, 3), in the units of the file.

    What is not finite in `values` makes that joint, or its children, not finite.

    Args:
        values: (T, channels), in the order in which the hierarchy declares them; rotations in degrees.
    """
    positions = np.empty((len(values), len(hierarchy.joints), 3))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(values), _BLOCK):
            _place(hierarchy, values[start : start + _BLOCK], out=positions[start : start + _BLOCK])
    return positions


def _place(hierarchy: Hierarchy, values: FloatArray, *, out: FloatArray) -> None:
    channels = np.ascontiguousarray(values.T)  # (channels, T)
    angles = np.radians(channels)
    cosines, sines = np.cos(angles), np.sin(angles)
    identity = np.repeat(np.eye(3)[..., None], len(values), axis=2)  # (3, 3, T)
    rotations: list[FloatArray] = []
    places: list[FloatArray] = []
    row = 0
    for number, joint in enumerate(hierarchy.joints):
        step = np.repeat(np.array(joint.offset)[:, None], len(values), axis=1)  # (3, T)
        outer = rotations[joint.parent] if number else identity
        rotation = outer.copy() if joint.channels else outer
        for channel in joint.channels:
            if channel.kind == "position":
                step[channel.axis] = channels[row]
            else:
                _turn(rotation, channel.axis, cosines[row], sines[row])
            row += 1
        moved = np.einsum("ijt,jt->it", outer, step)  # (3, T)
        places.append(places[joint.parent] + moved if number else moved)
        rotations.append(rotation)
        out[:, number] = places[number].T  # (3, T) -> (T, 3)


def _turn(rotation: FloatArray, axis: int, cosine: FloatArray, sine: FloatArray) -> None:
    """rotation (3, 3, T) times the rotation about one axis, in place: only two columns change."""
    one, other = (axis + 1) % 3, (axis + 2) % 3
    turned = rotation[:, one] * cosine + rotation[:, other] * sine  # (3, T)
    rotation[:, other] = rotation[:, other] * cosine - rotation[:, one] * sine
    rotation[:, one] = turned

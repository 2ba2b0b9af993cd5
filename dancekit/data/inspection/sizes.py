"""How large a body is, by which everything else is measured; and which joints are its head and its feet."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from dancekit.data.inspection.bodies import Array, Bodies
from dancekit.skeleton.layout import Layout

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_HEAD = ("head", "nose", "neck")
_FEET = {"ankle", "ankles", "foot", "feet", "toe", "toes", "heel", "heels"}
_TALL = 0.95  # of the frames are no taller than what counts as the size of a body


def head_and_feet(layout: Layout) -> tuple[list[int], list[int]]:
    """Joints at the top and at the bottom of a standing body, by their names; empty where none tells."""
    words = [{word.lower() for word in _WORDS.findall(joint)} for joint in layout.joints]
    feet = [joint for joint, found in enumerate(words) if found & _FEET]
    for name in _HEAD:
        head = [joint for joint, found in enumerate(words) if name in found]
        if head:
            return head, feet
    return [], feet


def body_sizes(bodies: Bodies, layout: Layout) -> Array:
    """(B,) the size of each body in the unit of its keypoints; NaN where never two joints are seen.

    In 3D it is the way along the bones from the head to a foot, which is the same in every pose. Where
    that isn't known, and in 2D, it is the longest side of the box around the body, which 95 % of its frames
    don't exceed.
    """
    if bodies.keypoints.shape[2] == 2:
        return _boxes(bodies)
    sizes = _standing(bodies, layout)
    if not np.isfinite(sizes).all():
        sizes = np.where(np.isfinite(sizes), sizes, _boxes(bodies))
    return np.where(sizes > 0, sizes, np.nan)


def _boxes(bodies: Bodies) -> Array:
    """(B,) the longest side of the box around each body."""
    seen = bodies.seen[..., None]  # (R, V, 1)
    low = np.where(seen, bodies.keypoints, np.inf).min(1)  # (R, C)
    high = np.where(seen, bodies.keypoints, -np.inf).max(1)  # (R, C)
    enough = bodies.seen.sum(1) >= 2  # (R,)
    extent = np.full(len(enough), np.nan, np.float32)
    extent[enough] = (high - low)[enough].max(1)
    sizes = bodies.quantile_per_body(extent, _TALL)
    return np.where(sizes > 0, sizes, np.nan)


def _standing(bodies: Bodies, layout: Layout) -> Array:
    """(B,) the longest way along bones from the head to a foot, each bone of its median length."""
    head, feet = head_and_feet(layout)
    ways = [_way(layout, head[0], foot) for foot in feet] if head else []
    length = {
        (child, parent): bodies.quantile_per_body(_lengths(bodies, child, parent), 0.5)
        for child, parent in {bone for way in ways for bone in way}
    }
    standing = np.full(len(bodies.starts), np.nan)
    for way in ways:
        standing = np.fmax(standing, np.sum([length[bone] for bone in way], axis=0))
    return standing


def _way(layout: Layout, start: int, end: int) -> Sequence[tuple[int, int]]:
    """The bones (child, parent) between two joints."""

    def to_root(joint: int) -> list[tuple[int, int]]:
        bones = []
        while layout.parents[joint] >= 0:
            bones.append((joint, layout.parents[joint]))
            joint = layout.parents[joint]
        return bones

    one, other = to_root(start), to_root(end)
    return [bone for bone in one if bone not in other] + [bone for bone in other if bone not in one]


def _lengths(bodies: Bodies, child: int, parent: int) -> Array:
    """(R,) of one bone; NaN where an end isn't seen."""
    difference = bodies.keypoints[:, child] - bodies.keypoints[:, parent]  # (R, C)
    both = bodies.seen[:, child] & bodies.seen[:, parent]
    return np.where(both, np.sqrt((difference**2).sum(-1)), np.nan)

"""How large bodies are, which way up they stand, whether bones keep their lengths, who is in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit.data.clips import BoolArray
from dancekit.data.inspection.bodies import Array, Bodies, IntArray
from dancekit.data.inspection.sizes import head_and_feet
from dancekit.skeleton.layout import Layout

_MARGIN = 0.05  # of the picture's width and height, by which a joint may be beside it


@dataclass(frozen=True, kw_only=True)
class Shape:
    """For each of N clips.

    Attributes:
        size: (N,) of the largest body, in the unit of the keypoints; NaN = unknown.
        up: (N, 3) mean way from the feet to the head, which the layout's names tell; NaN where unknown.
        bones: (N, E) how much each bone of a 3D recording varies in length, as a share of its mean.
        outside: (N,) joints beside a picture of known size.
        unit: (N,) all keypoints of a picture of known size lie within -1 and 1.
    """

    size: Array
    up: Array
    bones: Array
    outside: IntArray
    unit: BoolArray


def shape(bodies: Bodies, sizes: Array, layout: Layout) -> Shape:
    """Measure one piece of a store; `sizes` are its `body_sizes`."""
    largest = bodies.per_clip(np.fmax, sizes)
    outside, unit = _in_picture(bodies)
    return Shape(
        size=largest,
        up=_up(bodies, layout),
        bones=_bones(bodies, layout),
        outside=outside,
        unit=unit,
    )


def _up(bodies: Bodies, layout: Layout) -> Array:
    head, feet = head_and_feet(layout)
    clips = len(bodies.clip_bodies)
    if not head or not feet:
        return np.full((clips, 3), np.nan)
    top, top_seen = _middle(bodies, head)
    bottom, bottom_seen = _middle(bodies, feet)
    both = top_seen & bottom_seen  # (R,)
    way = np.where(both[:, None], top - bottom, 0)  # (R, C)
    total = bodies.per_clip(np.add, bodies.per_body(np.add, way))  # (N, C)
    count = bodies.per_clip(np.add, bodies.per_body(np.add, both.astype(np.int64)))  # (N,)
    mean = total / np.where(count, count, np.nan)[:, None]
    return np.pad(mean, ((0, 0), (0, 3 - mean.shape[1])), constant_values=0)  # (N, 3)


def _middle(bodies: Bodies, joints: list[int]) -> tuple[Array, BoolArray]:
    """(R, C) the middle of those joints that are seen, and (R,) whether any is."""
    seen = bodies.seen[:, joints, None]  # (R, joints, 1)
    count = seen.sum(1)  # (R, 1)
    total = np.where(seen, bodies.keypoints[:, joints].astype(np.float64), 0).sum(1)  # (R, C)
    return total / np.maximum(count, 1), np.asarray(count[:, 0] > 0)


def _bones(bodies: Bodies, layout: Layout) -> Array:
    clips = len(bodies.clip_bodies)
    if bodies.keypoints.shape[2] == 2 or not layout.bones:
        return np.full((clips, len(layout.bones)), np.nan)
    child, parent = np.array(layout.bones).T  # (E,)
    ends = bodies.keypoints[:, child] - bodies.keypoints[:, parent]  # (R, E, C)
    length = np.sqrt(np.einsum("rec,rec->re", ends, ends))  # (R, E)
    both = bodies.seen[:, child] & bodies.seen[:, parent]  # (R, E)
    count = bodies.per_body(np.add, both.astype(np.int64))  # (B, E)
    some = np.where(count, count, np.nan)
    mean = bodies.per_body(np.add, np.where(both, length, 0)) / some  # (B, E)
    off = np.where(both, length - bodies.over_rows(np.nan_to_num(mean).astype(np.float32)), 0)  # (R, E)
    deviation = np.sqrt(bodies.per_body(np.add, off**2) / some)  # (B, E)
    with np.errstate(divide="ignore", invalid="ignore"):  # a bone of no length has no share of it
        return bodies.mean_per_clip(deviation / mean)  # (N, E)


def _in_picture(bodies: Bodies) -> tuple[IntArray, BoolArray]:
    picture = bodies.over_rows(bodies.over_bodies(bodies.image_size))[:, None]  # (R, 1, 2)
    if bodies.keypoints.shape[2] == 3:
        nobody = np.zeros(len(bodies.clip_bodies), np.int64)
        return nobody, nobody.astype(bool)
    points = bodies.keypoints
    beside = (points < -_MARGIN * picture) | (points > (1 + _MARGIN) * picture)  # (R, V, 2), false with NaN
    outside = (beside.any(-1) & bodies.seen).sum(1)  # (R,)
    tiny = np.asarray(((np.abs(points) <= 1).all(-1) | ~bodies.seen).all(1))  # (R,)
    somebody = np.asarray(bodies.seen.any(1))  # (R,)
    unit = bodies.per_clip(np.logical_and, bodies.per_body(np.logical_and, tiny))
    unit &= bodies.per_clip(np.logical_or, bodies.per_body(np.logical_or, somebody))
    unit &= ~np.isnan(bodies.image_size).any(1)
    return bodies.per_clip(np.add, bodies.per_body(np.add, outside)), unit

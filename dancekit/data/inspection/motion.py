"""What moves, what stands still, and what moves as no body can."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit.data.clips import BoolArray
from dancekit.data.inspection.bodies import Array, Bodies, IntArray
from dancekit.data.inspection.sizes import head_and_feet
from dancekit.skeleton.layout import Layout

FASTEST = 15.0  # metres a second, which a hand or a foot hardly reaches, and never in one frame
_IMPOSSIBLE = 2  # times as fast: no part of a body ever is
USUAL_RATE = 30.0  # frames a second where nobody has said
TALL = 1.5  # metres from the head to the feet of a body of an unknown unit
METRES = (0.5, 2.5)  # sizes that bodies in metres have, arms up or on the floor included
_UNUSUAL = 6  # times the middle of the clip's own steps, from where a step is none of them
_STILL = 0.01  # of the body, within which nobody is still only in a recording of nothing
_ABRUPT = 4  # times the steps around it, from where a fast step is no part of a fast movement
_AROUND = 3  # frames before and after
_FROZEN = 0.0005  # of the body, within which a joint of a moving body never stays by itself
_MOVES = 0.05  # of the body, beyond which it does move
_PASSES = 0.5  # of the body, beyond which most joints must move for a foot to have to as well
_DROPPED = 0.005  # of the body that is passed right before and after a frame that is there twice
_ENOUGH = 8  # frames from which on standing still means something


@dataclass(frozen=True, kw_only=True)
class Motion:
    """For each of N clips.

    Attributes:
        still: (N,) nothing of anybody moves by more than 1 % of the body.
        frozen: (N, V) this joint of somebody stays in its place while the body moves. A foot may, unless
            the body passes by.
        jumps: (N, V) steps of a joint that no body can make, the one after the first frame left out.
        starts: (N,) joints that jump right after the first frame.
        farthest: (N, 2) frame and joint of the farthest of `jumps`; -1 where there is none.
        repeated: (N,) frames of moving persons that are exactly the frame before.
    """

    still: BoolArray
    frozen: BoolArray
    jumps: IntArray
    starts: IntArray
    farthest: IntArray
    repeated: IntArray


def motion(bodies: Bodies, sizes: Array, layout: Layout) -> Motion:
    """Measure one piece of a store; `sizes` are its `body_sizes`."""
    steps, seen_twice = _steps(bodies)  # (R, V)
    still, frozen = _still(bodies, sizes, _support(layout))
    far = np.where(seen_twice, steps, 0)
    reach = far.max(1)  # (R,) the longest step of each row
    jump = _jumps(bodies, sizes, far, np.where(seen_twice.any(1), reach, np.nan))  # (R, V)
    after_first = np.zeros((len(bodies.starts), jump.shape[1]), np.int64)  # (B, V)
    long = bodies.body_frames > 1
    second = bodies.starts[long] + 1
    after_first[long] = jump[second]
    jump[second] = False
    return Motion(
        still=still,
        frozen=frozen,
        jumps=bodies.per_clip(np.add, bodies.per_body(np.add, jump.astype(np.int64))),
        starts=bodies.per_clip(np.add, after_first.sum(1)),
        farthest=_farthest(bodies, np.where(jump, far, 0)),
        repeated=_repeated(bodies, sizes, reach, seen_twice),
    )


def _steps(bodies: Bodies) -> tuple[Array, BoolArray]:
    """(R, V) how far each joint has come since the frame before, and whether it is seen in both."""
    steps = np.zeros(bodies.seen.shape, np.float32)
    way = bodies.keypoints[1:] - bodies.keypoints[:-1]  # (R - 1, V, C)
    steps[1:] = np.sqrt(np.einsum("rvc,rvc->rv", way, way))
    both = np.zeros(bodies.seen.shape, bool)
    both[1:] = bodies.seen[1:] & bodies.seen[:-1] & bodies.same_body[:, None]
    return steps, both


def _support(layout: Layout) -> BoolArray:
    """(V,) joints that someone can stand or kneel on: the feet and what they hang on, by their names."""
    _, feet = head_and_feet(layout)
    support = np.zeros(layout.num_joints, bool)
    support[feet] = True
    support[[layout.parents[foot] for foot in feet if layout.parents[foot] >= 0]] = True
    return support


def _still(bodies: Bodies, sizes: Array, support: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Per clip whether all is still (N,), and which joints are although the body moves (N, V)."""
    seen = bodies.seen[..., None]  # (R, V, 1)
    low = bodies.per_body(np.minimum, np.where(seen, bodies.keypoints, np.inf))  # (B, V, C)
    high = bodies.per_body(np.maximum, np.where(seen, bodies.keypoints, -np.inf))  # (B, V, C)
    reach = (high - low).max(-1)  # (B, V), -inf where a joint is never seen
    count = bodies.per_body(np.add, bodies.seen.astype(np.int64))  # (B, V)
    size = sizes[:, None]  # (B, 1), false in every comparison where NaN
    farthest = reach.max(1, keepdims=True)  # (B, 1)
    here = count.max(1) >= _ENOUGH  # (B,)
    moving = here & ~(farthest < _STILL * size)[:, 0]
    still = bodies.per_clip(np.logical_or, here) & ~bodies.per_clip(np.logical_or, moving)
    often = (count >= _ENOUGH) & (2 * count >= count.max(1, keepdims=True))  # (B, V)
    frozen = often & (reach < _FROZEN * size) & (farthest > _MOVES * size)
    passes = np.median(np.maximum(reach, 0), axis=1, keepdims=True) > _PASSES * size  # (B, 1)
    frozen &= passes | ~support
    return still, bodies.per_clip(np.logical_or, frozen)


def _jumps(bodies: Bodies, sizes: Array, far: Array, reach: Array) -> BoolArray:
    """(R, V) which steps no body can make; `reach` is the longest of each row, NaN where there is none."""
    rate = np.nan_to_num(bodies.over_bodies(bodies.frame_rate), nan=USUAL_RATE)  # (B,)
    metre = sizes / TALL  # (B,)
    if bodies.keypoints.shape[2] == 3:
        metre = np.where((sizes >= METRES[0]) & (sizes <= METRES[1]), 1.0, metre)
    possible = FASTEST / rate * metre
    usual = bodies.quantile_per_body(reach, 0.5)  # (B,)
    limit = bodies.over_rows(np.nan_to_num(np.fmax(possible, _UNUSUAL * usual), nan=np.inf))  # (R,)
    jump = far > limit[:, None]
    row, joint = np.nonzero(jump)
    step, around = far[row, joint], _around(bodies, far, row, joint)
    jump[row, joint] = (step > _ABRUPT * around) | (step > _IMPOSSIBLE * limit[row])
    return jump


def _around(bodies: Bodies, far: Array, row: IntArray, joint: IntArray) -> Array:
    """The middle of the steps of a joint before and after some of its steps, within the body."""
    offset = np.array([each for each in range(-_AROUND, _AROUND + 1) if each])
    body = np.searchsorted(bodies.starts, row, side="right") - 1
    place = row[:, None] + offset  # (steps, 6)
    start = bodies.starts[body][:, None]
    inside = (place > start) & (place < start + bodies.body_frames[body][:, None])
    steps = np.where(inside, far[place.clip(0, len(far) - 1), joint[:, None]], np.nan)
    steps[~inside.any(1)] = 0
    return np.asarray(np.nanmedian(steps, axis=1)) if len(row) else np.zeros(0)


def _farthest(bodies: Bodies, far: Array) -> IntArray:
    """(N, 2) frame and joint of the longest of some steps (R, V); -1 without one."""
    farthest = np.full((len(bodies.clip_bodies), 2), -1, np.int64)
    row, joint = np.nonzero(far)
    if len(row):
        body = np.searchsorted(bodies.starts, row, side="right") - 1
        clip = np.searchsorted(bodies.first_bodies, body, side="right") - 1
        order = np.argsort(far[row, joint], kind="stable")  # the longest of a clip is written last
        farthest[clip[order], 0] = (row - bodies.starts[body])[order]
        farthest[clip[order], 1] = joint[order]
    return farthest


def _repeated(bodies: Bodies, sizes: Array, reach: Array, seen_twice: BoolArray) -> IntArray:
    """(N,) frames like the one before of persons who are on their way right before and after.

    Someone who rests can be in the same place twice to the last digit; someone on the way can't. At the
    end of a clip only the way before counts.
    """
    alike = np.zeros(len(reach), bool)
    alike[1:] = (bodies.seen[1:] == bodies.seen[:-1]).all(1) & bodies.same_body
    alike &= seen_twice.any(1) & (reach == 0)
    repeated = np.zeros(len(reach), bool)
    row = np.flatnonzero(alike)
    if len(row):
        body = np.searchsorted(bodies.starts, row, side="right") - 1
        moving = (reach > _DROPPED * np.nan_to_num(bodies.over_rows(sizes), nan=np.inf)) | ~np.isfinite(reach)
        # The last row before, and the first one after, that is no repetition.
        place = np.arange(len(reach))
        before = np.maximum.accumulate(np.where(alike, -1, place))[row]
        after = np.minimum.accumulate(np.where(alike, len(reach), place)[::-1])[::-1][row]
        start, end = bodies.starts[body], (bodies.starts + bodies.body_frames)[body]
        at_start, at_end = before <= start, after >= end
        way_before = at_start | moving[np.maximum(before, 0)]
        way_after = at_end | moving[np.minimum(after, len(reach) - 1)]
        repeated[row] = way_before & way_after & ~(at_start & at_end)
    count = bodies.per_body(np.add, repeated.astype(np.int64))  # (B,)
    return bodies.per_clip(np.add, count)

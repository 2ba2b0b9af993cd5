"""Whether it is the same movement at all: what two movements share of their course, and of its pace.

The course is how limbs point about their own mean, how far the body has turned beyond 30 degrees, and how
fast it travels. So a posture that is a little different throughout hardly counts here, and a turn to the
wrong side does.

Of two courses s and r, 1 - |s - r|^2 / (|s|^2 + |r|^2) is shared: all of one movement, nothing of two that
are unrelated, less than nothing of opposites. It is summed on the clocks of both, so that a wave of one is
not passed over where the other holds still. Where one course is the other at k times the pace, what the
velocities share by the same formula is 2 k / (1 + k^2) = 1 / cosh(log k): the share is multiplied by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancekit_coach.alignment import Alignment
from dancekit_coach.body import Array, joint, leg_length, trunk_frame
from dancekit_coach.features import alignment_features
from dancekit_coach.filtering import at_positions
from dancekit_coach.motion import Motion, angular_noise

_TRAVEL = 0.3  # radians that a length of the leg per second counts as
_TURN = 2.0  # a turn of the body counts as if half of the eight limbs were turned by it
_WANDER = np.radians(30.0)  # up to here a body faces where it did, as for a camera, and nothing was turned
_BEGINNING = 0.25  # seconds whose direction is the one that a turn is counted from
_FASTEST = 20.0  # the pace of a warp that hardly advances in one of the two


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """What two movements share, for each frame of the reference.

    Attributes:
        away: (T,) squared differences of both courses, without what jitter adds to them.
        size: (T,) squared sizes of both.
        pace: what is shared of the pace: 1 for the same, 0.8 for twice.
    """

    away: Array
    size: Array
    pace: float

    @property
    def shared(self) -> float:
        """The share that both movements have in common, from -1 for opposites to 1."""
        return float(self.shared_of(self.away.sum(), self.size.sum()))

    def shared_of(self, away: Array, size: Array) -> Array:
        """The same of any sums of `away` and `size` over some of the frames, (...)."""
        lost: Array = np.maximum(away, 0.0) / np.maximum(size, np.finfo(np.float64).tiny)
        return self.pace * (1 - np.minimum(lost, 2.0))


def course_of(student: Motion, reference: Motion, alignment: Alignment, *, vertical: bool) -> Course:
    """Compare two courses along the warp, on both clocks.

    Args:
        vertical: y is the vertical in both, so that turning and travelling can be told.
    """
    theirs, ours = alignment_features(student, reference)
    dimensions = student.points.shape[-1]
    columns = theirs.shape[1]  # of limbs; turning and travelling come after them
    # What jitter adds to the squared length of the difference, and of both together.
    noise = columns / dimensions * sum(np.radians(angular_noise(each)) ** 2 for each in (student, reference))
    if dimensions == 3 and vertical:
        theirs, ours = (np.column_stack([f, _way(m)]) for f, m in ((theirs, student), (ours, reference)))
    back = _inverse(alignment.warp, len(theirs))
    frames, away, size = [], [], []
    clocks = ((theirs, ours, alignment.warp, np.arange(len(ours))), (ours, theirs, back, np.rint(back)))
    for moved, still, positions, clock in clocks:
        aligned = at_positions(moved, positions)
        seen = ~np.isnan(aligned).any(axis=1)
        one, other = (_centred(values[seen], columns, reference.rate) for values in (aligned, still))
        frames.append(clock[seen].astype(np.int64))
        away.append(((one - other) ** 2).sum(axis=1) - noise)
        size.append((one**2).sum(axis=1) + (other**2).sum(axis=1) - noise)
    place = np.concatenate(frames)
    sums: list[Array] = [
        np.bincount(place, np.concatenate(each), minlength=len(ours)).astype(np.float64)
        for each in (away, size)
    ]
    return Course(away=sums[0], size=sums[1], pace=_shared_pace(alignment))


def _inverse(warp: Array, frames: int) -> Array:
    """The reference's frame, a fraction, for each of the student's, (frames,); NaN outside the warp."""
    known = np.flatnonzero(~np.isnan(warp))
    if not len(known):
        return np.full(frames, np.nan)
    reached, first = np.unique(warp[known], return_index=True)
    mean = np.add.reduceat(known.astype(np.float64), first) / np.diff(np.append(first, len(known)))
    inverse: Array = np.interp(np.arange(frames), reached, mean, left=np.nan, right=np.nan)
    return inverse


def _shared_pace(alignment: Alignment) -> float:
    """1 / cosh(log k) with k how much longer the student takes from the first move to the last."""
    moves = np.flatnonzero(alignment.moving & ~np.isnan(alignment.warp))
    if len(moves) < 2:
        return 1.0
    span = alignment.warp[moves[-1]] - alignment.warp[moves[0]]
    longer = np.clip(span / (moves[-1] - moves[0]), 1 / _FASTEST, _FASTEST)
    return float(2 * longer / (1 + longer**2))


def _way(motion: Motion) -> Array:
    """How far the body has turned, and how fast it goes forward, (T, 2) in radians that count as a limb's."""
    forward = trunk_frame(motion.points)[:, 2]
    speed = np.gradient(joint(motion.points, "pelvis"), 1 / motion.rate, axis=0) / leg_length(motion.points)
    heading = np.arctan2(forward[:, 0], forward[:, 2])
    ahead = speed[:, 0] * np.sin(heading) + speed[:, 2] * np.cos(heading)
    return np.column_stack([_TURN * _bridged(heading, turns=True), _TRAVEL * _bridged(ahead)])


def _bridged(values: Array, *, turns: bool = False) -> Array:
    """Values (T,) with what is missing put in between; turns are followed beyond a half circle."""
    frames = np.flatnonzero(~np.isnan(values))
    if not len(frames):
        return np.zeros_like(values)
    known = np.unwrap(values[frames]) if turns else values[frames]
    bridged: Array = np.interp(np.arange(len(values)), frames, known)
    return bridged


def _centred(values: Array, columns: int, rate: float) -> Array:
    """Limbs about their means; the turn from where it began on, beyond wandering; the travel as it is."""
    centred = values.copy()
    centred[:, :columns] -= values[:, :columns].mean(axis=0)
    if values.shape[1] > columns:
        turn = values[:, columns] - values[: max(round(_BEGINNING * rate), 1), columns].mean()
        centred[:, columns] = np.sign(turn) * np.maximum(np.abs(turn) - _TURN * _WANDER, 0.0)
    return centred

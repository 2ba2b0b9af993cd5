"""Whether it is the same movement at all: how the course of one follows that of the other.

The course is how limbs point about their own mean, how far the body has turned, and how fast it travels. So a
posture that is a little different throughout hardly counts here, and a turn to the wrong side does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dancekit_coach.alignment import Alignment, alignment_features
from dancekit_coach.body import Array, joint, leg_length, trunk_frame
from dancekit_coach.filtering import at_positions
from dancekit_coach.motion import Motion

_TRAVEL = 0.3  # radians that a length of the leg per second counts as
_BEGINNING = 0.25  # seconds whose direction is the one that a turn is counted from


def course_errors(
    student: Motion, reference: Motion, alignment: Alignment, *, vertical: bool
) -> tuple[Array, float]:
    """Differences between both courses over time, and the share that they have not in common.

    Returns:
        (T,) differences as a share of the size of both courses, NaN outside the student's recording; and
        |s - r|^2 / (|s|^2 + |r|^2) over all frames: 0 for the same movement, 1 for two that have nothing in
        common, up to 2 for the opposite.
    """
    theirs, ours = alignment_features(student, reference)
    if not student.flat and vertical:
        theirs = np.column_stack([theirs, _way(student)])
        ours = np.column_stack([ours, _way(reference)])
    aligned = at_positions(theirs, alignment.warp)
    seen = ~np.isnan(aligned).any(axis=1)
    limbs = theirs.shape[1] - (2 if not student.flat and vertical else 0)
    s, r = (_centred(values[seen], limbs, reference.rate) for values in (aligned, ours))
    away = ((s - r) ** 2).sum(axis=1)  # (frames,)
    size = (s**2).sum() + (r**2).sum()
    errors = np.full(len(ours), np.nan)
    errors[seen] = np.sqrt(away / (size / max(seen.sum(), 1)))
    return errors, float(away.sum() / size)


def _way(motion: Motion) -> Array:
    """How far the body has turned, radians, and how fast it goes forward, (T, 2); bridged where unseen."""
    forward = trunk_frame(motion.points)[:, 2]
    speed = np.gradient(joint(motion.points, "pelvis"), 1 / motion.rate, axis=0) / leg_length(motion.points)
    heading = np.arctan2(forward[:, 0], forward[:, 2])
    ahead = speed[:, 0] * np.sin(heading) + speed[:, 2] * np.cos(heading)
    return np.column_stack([np.unwrap(_bridged(heading, turns=True)), _TRAVEL * _bridged(ahead)])


def _bridged(values: Array, *, turns: bool = False) -> Array:
    frames = np.flatnonzero(~np.isnan(values))
    if not len(frames):
        return np.zeros_like(values)
    known = np.unwrap(values[frames]) if turns else values[frames]
    bridged: Array = np.interp(np.arange(len(values)), frames, known)
    return bridged


def _centred(values: npt.NDArray[np.float64], limbs: int, rate: float) -> Array:
    """Limbs about their means; the turn about where it began; the travel as it is."""
    centred = values.copy()
    centred[:, :limbs] -= values[:, :limbs].mean(axis=0)
    if values.shape[1] > limbs:
        centred[:, limbs] -= values[: max(round(_BEGINNING * rate), 1), limbs].mean()
    return centred

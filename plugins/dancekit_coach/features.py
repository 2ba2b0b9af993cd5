"""What clips are aligned by: how their limbs point, how fast they turn, and which of them can be trusted."""

from __future__ import annotations

import numpy as np

from dancekit.errors import DataError
from dancekit_coach.angles import directions
from dancekit_coach.body import Array, seen
from dancekit_coach.motion import Motion

SPAN = 0.1
"""Seconds before and after a frame over which its speed is taken."""

_MOVES = 0.1  # the share of the motion of the limb that moves most from which on a limb moves
_OUTLYING = 2.0  # times the usual difference from which on a limb has less weight
_LEAST_WEIGHT = 0.1


def alignment_features(student: Motion, reference: Motion) -> tuple[Array, Array]:
    """Directions (T, D) of the limbs that both clips show most of the time, short absences bridged.

    Raises:
        DataError: these are fewer than two.
    """
    both = [directions(motion.points) for motion in (student, reference)]  # (T, B, C) each
    there = [seen(each) for each in both]  # (T, B)
    limbs = np.flatnonzero((there[0].mean(axis=0) > 0.5) & (there[1].mean(axis=0) > 0.5))
    if len(limbs) < 2:
        raise DataError(
            f"{student.name} and {reference.name} show too few arms and legs in common to be compared.",
            hint="Film the whole body, from the head to the feet.",
        )
    bridged = []
    for each, flags in zip(both, there, strict=True):
        columns = []
        for limb in limbs:
            frames = np.flatnonzero(flags[:, limb])
            clock = np.arange(len(each))
            columns += [np.interp(clock, frames, each[frames, limb, c]) for c in range(each.shape[-1])]
        bridged.append(np.stack(columns, axis=1))
    return bridged[0], bridged[1]


def speed_of(features: Array, rate: float, dimensions: int) -> Array:
    """How fast directions (T, D) turn, degrees per second, (T,): root mean square over limbs."""
    span = max(round(SPAN * rate), 1)
    clock = np.arange(len(features))
    late, early = np.minimum(clock + span, len(features) - 1), np.maximum(clock - span, 0)
    squares = ((features[late] - features[early]) ** 2).sum(axis=1) / (features.shape[1] / dimensions)
    speed: Array = np.degrees(np.sqrt(squares)) * rate / np.maximum(late - early, 1)
    return speed


def trust(student: Array, reference: Array, dimensions: int) -> Array:
    """Weights (D,) of aligned directions (L, D): less for limbs that differ much more than limbs usually do.

    What counts is the difference as a share of the limb's own motion, beside its median over limbs that move.
    """
    shape = (len(student), -1, dimensions)
    theirs, ours = student.reshape(shape), reference.reshape(shape)  # (L, B, C)
    squares = ((theirs - theirs.mean(axis=0)) ** 2 + (ours - ours.mean(axis=0)) ** 2).sum(axis=2)
    motion = np.sqrt(squares.mean(axis=0))  # (B,)
    away = np.sqrt(((theirs - ours) ** 2).sum(axis=2).mean(axis=0))  # (B,)
    moves = motion > _MOVES * motion.max()
    share = np.where(moves, away / np.where(moves, motion, 1.0), 0.0)
    usual = float(np.median(share[moves])) if moves.any() else 0.0
    outlying = share > _OUTLYING * usual
    weights = np.ones(len(share))
    weights[outlying] = np.maximum(_OUTLYING * usual / share[outlying], _LEAST_WEIGHT)
    return np.repeat(weights, dimensions)

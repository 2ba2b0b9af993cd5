"""Movements that repeat themselves: how often, how evenly, and the steps of walking."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dancekit_coach.angles import PLACES, joint_angles
from dancekit_coach.body import Array, into_frame, joint, trunk_frame
from dancekit_coach.comparison import Comparison
from dancekit_coach.cycles import cycle_starts, find_cycle
from dancekit_coach.features import alignment_features
from dancekit_coach.filtering import runs
from dancekit_coach.motion import Motion
from dancekit_coach.range_of_motion import range_of

_STEP = 20.0  # degrees of range of both thighs from which on cycles are steps


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """The rhythm of one recording.

    Attributes:
        frequency: cycles per second.
        regularity: autocorrelation at one cycle: 1 repeats itself exactly.
        amplitude_variation: coefficient of variation of the size of the cycles; None for fewer than 3.
        cadence: steps per minute; None where the legs do not step.
        step_symmetry: percent; how much longer left steps last than right ones; None as for cadence.
    """

    frequency: float
    regularity: float
    amplitude_variation: float | None
    cadence: float | None
    step_symmetry: float | None

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def rhythms(comparison: Comparison) -> tuple[Rhythm | None, Rhythm | None]:
    """Of the student and of the reference; None where a recording does not repeat itself."""
    theirs, ours = alignment_features(comparison.student, comparison.reference)
    return _rhythm(comparison.student, theirs), _rhythm(comparison.reference, ours)


def _rhythm(motion: Motion, features: Array) -> Rhythm | None:
    cycle = find_cycle(features, motion.rate)
    if cycle is None:
        return None
    starts = cycle_starts(features, motion.rate, cycle)
    sizes = [float(np.linalg.norm(np.ptp(features[a:b], axis=0))) for a, b in pairwise(starts)]
    steps = _step_times(motion)
    return Rhythm(
        frequency=1 / cycle.period,
        regularity=cycle.regularity,
        amplitude_variation=float(np.std(sizes, ddof=1) / np.mean(sizes)) if len(sizes) >= 3 else None,
        cadence=None if steps is None else 60 / float(np.mean(np.concatenate(steps))),
        step_symmetry=None if steps is None else _symmetry(*steps),
    )


def _step_times(motion: Motion) -> tuple[Array, Array] | None:
    """Seconds of the left and of the right steps: how long each ankle stays ahead of the other."""
    if motion.flat:
        return None
    angles = joint_angles(motion.points)
    thighs = [range_of(angles[:, PLACES[f"{side}_hip_elevation"]]) for side in ("left", "right")]
    apart = joint(motion.points, "left_ankle") - joint(motion.points, "right_ankle")
    ahead = into_frame(apart, trunk_frame(motion.points))[:, 2]  # (T,)
    if not min(thighs) >= _STEP or np.isnan(ahead).any():
        return None
    whole = [
        np.array([stop - start for start, stop in runs(flags) if start > 0 and stop < len(ahead)])
        for flags in (ahead > 0, ahead <= 0)
    ]
    if min(map(len, whole)) < 1:
        return None
    return whole[0] / motion.rate, whole[1] / motion.rate


def _symmetry(left: Array, right: Array) -> float:
    return float(100 * (left.mean() - right.mean()) / ((left.mean() + right.mean()) / 2))

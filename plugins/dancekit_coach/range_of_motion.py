"""How far joints were moved: the range between the 2.5th and the 97.5th percentile of an angle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dancekit_coach.angles import ANGLES
from dancekit_coach.body import Array
from dancekit_coach.comparison import Comparison
from dancekit_coach.filtering import low_passed
from dancekit_coach.motion import Motion

SMALLEST = 15.0
"""Degrees of the reference's range below which the joint is not part of the movement."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """The range of one angle, in degrees.

    Attributes:
        ratio: of the reference's range.
        own_ratio: of the dancer's own best; None where that is not known.
        detectable: MDC95 of the range, never less than what preparing the recordings changes.
    """

    angle: str
    student: float
    reference: float
    ratio: float
    own_ratio: float | None
    detectable: float

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def range_of(angles: Array) -> float:
    """The range of an angle over time (T,), without its extremes; NaN where it is never seen."""
    seen = angles[~np.isnan(angles)]
    if not len(seen):
        return float("nan")
    low, high = np.percentile(seen, [2.5, 97.5])
    return float(high - low)


def processing_error(angles: Array, motion: Motion) -> float:
    """By how much preparing a recording changes a range, degrees, for angles (T,) without NaN.

    The curve is read half a frame later and filtered once more: what that does to the range is about what
    the frame rate and the filter did before. It is what remains where there is no jitter at all.
    """
    if len(angles) < 3:
        return 0.0
    between = (angles[1:] + angles[:-1]) / 2
    again = low_passed(between[:, None, None], motion.rate, motion.cutoff)[:, 0, 0]
    return abs(range_of(again) - range_of(angles))


def ranges_of_motion(
    comparison: Comparison, jitter: Array, own_best: Mapping[str, float]
) -> tuple[Range, ...]:
    """The ranges of the angles that the movement uses, over the frames that both recordings show.

    Args:
        jitter: of the errors, (K, T, A).
        own_best: angle -> degrees, the widest that this dancer has shown.
    """
    found = []
    for place, angle in enumerate(ANGLES):
        seen = ~np.isnan(comparison.errors[:, place])
        if not seen.any():
            continue
        student = comparison.angles[seen, place]
        if angle.name.endswith("plane"):
            student = np.degrees(np.unwrap(np.radians(student)))
        ours = range_of(comparison.reference_angles[seen, place])
        if ours < SMALLEST:
            continue
        theirs = range_of(student)
        disturbed = np.array([range_of(student + noise) for noise in jitter[:, seen, place]])
        best = own_best.get(angle.name)
        jitters = 1.96 * disturbed.std(ddof=1) + abs(disturbed.mean() - theirs)
        prepared = processing_error(student, comparison.student)
        found.append(
            Range(
                angle=angle.name,
                student=theirs,
                reference=ours,
                ratio=theirs / ours,
                own_ratio=theirs / best if best else None,
                detectable=float(np.hypot(jitters, prepared)),
            )
        )
    return tuple(found)

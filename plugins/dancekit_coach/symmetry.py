"""Left against right, where the movement itself is the same on both sides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dancekit_coach.angles import PLACES
from dancekit_coach.body import Array, Flags, seen
from dancekit_coach.comparison import Comparison
from dancekit_coach.range_of_motion import processing_error, range_of

KINDS = ("shoulder_elevation", "elbow_flexion", "hip_elevation", "knee_flexion")

SMALLEST_RANGE = 20.0
"""Degrees of both sides' range in the reference from which on a joint's symmetry is looked at."""

SMALLEST_DIFFERENCE = 3.0
"""Percent: a side weaker by a tenth. Less is usual."""

_ALIKE = 0.8  # correlation of both sides' curves in the reference
_RATIO = 0.7  # of the smaller to the larger range in the reference


@dataclass(frozen=True, kw_only=True)
class Symmetry:
    """One joint on both sides.

    Attributes:
        angle: without its side.
        symmetry_angle: percent; negative: the right side moves less. 0 is even, 50 is one side only.
        reference: the same of the reference.
        curves: root mean square of left minus right, in degrees.
        detectable: MDC95 of the symmetry angle, never less than what preparing the recordings changes.
        half_cycle: the right side was compared half a cycle later, as in walking.
        beyond_error: the difference to the baseline is larger than errors of measurement and than usual.
    """

    angle: str
    symmetry_angle: float
    reference: float
    curves: float
    detectable: float
    half_cycle: bool
    beyond_error: bool

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def symmetry_angle(left: float, right: float) -> float:
    """(45 - atan2(left, right)) / 90 in percent, in degrees (Zifchock et al. 2008); both at least 0."""
    return float((45.0 - np.degrees(np.arctan2(left, right))) / 90.0 * 100.0)


def propagated(ranges: tuple[float, float], errors: tuple[float, float]) -> float:
    """Percent of symmetry angle that independent errors of the left and the right range make (Gauss)."""
    (left, right), (of_left, of_right) = ranges, errors
    radians = np.hypot(right * of_left, left * of_right) / (left**2 + right**2)
    return float(np.degrees(radians) / 90 * 100)


def symmetries(
    comparison: Comparison, jitter: Array, baseline: dict[str, float] | None = None
) -> tuple[tuple[Symmetry, ...], str]:
    """The joints that the reference moves alike on both sides; and why there is none, where there is none.

    Args:
        jitter: of the errors, (K, T, A).
        baseline: angle without its side -> this dancer's usual symmetry angle; without it the reference's.
    """
    found = []
    for kind in KINDS:
        left, right = PLACES[f"left_{kind}"], PLACES[f"right_{kind}"]
        measured = seen(comparison.errors[:, [left, right]])
        if measured.sum() < 0.5 * comparison.rate:
            continue
        ours = comparison.reference_angles[:, [left, right]]
        shift = _shift_between_sides(ours[measured], comparison)
        if shift is None:
            continue
        found.append(_measured(comparison, jitter, kind, (left, right), measured, shift, baseline or {}))
    if found:
        return tuple(found), ""
    return (), "the reference does not move both sides alike, or one side was not measured"


def _measured(
    comparison: Comparison,
    jitter: Array,
    kind: str,
    places: tuple[int, int],
    measured: Flags,
    shift: int,
    baseline: dict[str, float],
) -> Symmetry:
    theirs = comparison.angles[measured][:, places]  # (frames, 2)
    ours = comparison.reference_angles[measured][:, places]
    ranges = range_of(theirs[:, 0]), range_of(theirs[:, 1])
    value = symmetry_angle(*ranges)
    reference = symmetry_angle(range_of(ours[:, 0]), range_of(ours[:, 1]))
    disturbed = np.array(
        [
            symmetry_angle(range_of(theirs[:, 0] + noise[:, 0]), range_of(theirs[:, 1] + noise[:, 1]))
            for noise in jitter[:, measured][:, :, places]
        ]
    )
    jitters = 1.96 * disturbed.std(ddof=1) + abs(disturbed.mean() - value)
    prepared = (processing_error(theirs[:, 0], comparison.student),
                processing_error(theirs[:, 1], comparison.student))  # fmt: skip
    change = float(np.hypot(jitters, propagated(ranges, prepared)))
    left, right = _shifted(theirs, shift)
    usual = baseline.get(kind, reference)
    return Symmetry(
        angle=kind,
        symmetry_angle=value,
        reference=reference,
        curves=float(np.sqrt(np.mean((left - right) ** 2))),
        detectable=change,
        half_cycle=shift > 0,
        beyond_error=abs(value - usual) > max(change, SMALLEST_DIFFERENCE),
    )


def _shift_between_sides(curves: Array, comparison: Comparison) -> int | None:
    """0 where both sides (frames, 2) move at once, half a cycle where they take turns, None where neither."""
    ranges = [range_of(curves[:, 0]), range_of(curves[:, 1])]
    if min(ranges) < SMALLEST_RANGE or min(ranges) < _RATIO * max(ranges):
        return None
    shifts = [0]
    if comparison.cycle is not None:
        shifts.append(round(comparison.cycle.period * comparison.rate / 2))
        shifts.append(round(comparison.cycle.period * comparison.rate))
    for shift in shifts:
        left, right = _shifted(curves, shift)
        if len(left) > 5 and np.corrcoef(left, right)[0, 1] >= _ALIKE:
            return shift
    return None


def _shifted(curves: Array, shift: int) -> tuple[Array, Array]:
    """The left curve and the right one `shift` frames later."""
    return curves[: len(curves) - shift, 0], curves[shift:, 1]

"""How the joints were held: the signed error of each angle in each phase, beside what can be measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dancekit_coach.angles import ANGLES
from dancekit_coach.body import Array
from dancekit_coach.comparison import Comparison
from dancekit_coach.error import SMALLEST, by_phase, simultaneous

SCALE = 15.0
"""Degrees beyond tolerance that cost 39 of 100 points."""


@dataclass(frozen=True, kw_only=True)
class FormError:
    """One angle in one phase, in degrees.

    Attributes:
        error: the median of student - reference: positive is more.
        mean_absolute: the mean size of the error.
        largest: its 95th percentile.
        detectable: MDC95 of `error`: what is smaller may be nothing but errors of measurement.
        tolerance: what good performances differ by.
        frames: how many were compared.
        beyond_error: the error is real: above 5 degrees, and above what `detectable` becomes when all figures
            of a review are looked at together.
        beyond_tolerance: it is worth speaking of.
    """

    angle: str
    phase: str
    error: float
    mean_absolute: float
    largest: float
    detectable: float
    tolerance: float
    frames: int
    beyond_error: bool
    beyond_tolerance: bool

    @property
    def excess(self) -> float:
        """How far beyond tolerance, in multiples of the score's scale."""
        return (abs(self.error) - self.tolerance) / SCALE

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def form_errors(comparison: Comparison, change: Array, tolerance: Array) -> tuple[FormError, ...]:
    """Every angle in every phase in which it was measured for at least three frames.

    Args:
        change: MDC95, (P, A).
        tolerance: (P, A).
    """
    certain = simultaneous(change)
    medians = by_phase(comparison.errors, comparison.phases)  # (P, A)
    found = []
    for p, phase in enumerate(comparison.phases):
        for a, angle in enumerate(ANGLES):
            errors = comparison.errors[phase.frames, a]
            errors = errors[~np.isnan(errors)]
            if len(errors) < 3:
                continue
            error, sizes = float(medians[p, a]), np.abs(errors)
            found.append(
                FormError(
                    angle=angle.name,
                    phase=phase.name,
                    error=error,
                    mean_absolute=float(sizes.mean()),
                    largest=float(np.percentile(sizes, 95)),
                    detectable=float(change[p, a]),
                    tolerance=float(tolerance[p, a]),
                    frames=len(errors),
                    beyond_error=abs(error) > max(certain[p, a], SMALLEST),
                    beyond_tolerance=abs(error) > tolerance[p, a],
                )
            )
    return tuple(found)

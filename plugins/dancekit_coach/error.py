"""How large an error of measurement is: from jitter by Monte Carlo, from repeated takes where there are some.

The minimal detectable change of a difference between two measurements of one standard error SEM is
MDC95 = 1.96 sqrt(2) SEM; of measurements with unequal errors it is 1.96 sqrt(SEM1^2 + SEM2^2).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from dancekit_coach.angles import ANGLES, joint_angles, wrapped
from dancekit_coach.body import Array
from dancekit_coach.comparison import Comparison
from dancekit_coach.filtering import at_positions, low_passed, median_of_seen
from dancekit_coach.motion import SURE, Motion
from dancekit_coach.phases import Phase

DRAWS = 40
"""Noisy copies from which the effect of jitter is estimated."""

FEWEST_TAKES = 3
"""Takes of the reference, itself included, from which its natural variability can be told."""

SMALLEST = 5.0
"""Degrees below which nothing is called a difference, however good the recordings are."""

USUAL_TOLERANCE = {"arm": 10.0, "leg": 15.0, "trunk": 10.0, "head": 10.0}
"""Degrees by which good performances differ, where no repeated takes tell."""

_Z95 = 1.96


def jitter_of_errors(comparison: Comparison, *, seed: int, vertical: bool = True) -> Array:
    """What jitter alone does to the errors: (DRAWS, T, A) degrees.

    Both recordings' jitter is laid on the same movement, that of the cleaner recording, and measured as they
    are. So the bias shows too: an angle near 0 cannot become negative and is read too large.
    """
    rng = np.random.default_rng((seed, 1))
    student, reference = comparison.student, comparison.reference
    cleaner_is_student = np.nansum(student.jitter) < np.nansum(reference.jitter)
    base = comparison.points if cleaner_is_student else reference.points
    warp = np.nan_to_num(comparison.alignment.warp)
    confidences = (at_positions(student.confidence, warp), reference.confidence)
    drawn = np.empty((DRAWS, len(base), len(ANGLES)))
    for draw in range(DRAWS):
        theirs, ours = (
            joint_angles(base + _jitter(rng, motion, confidence), vertical=vertical)
            for motion, confidence in zip((student, reference), confidences, strict=True)
        )
        drawn[draw] = wrapped(theirs - ours)
    drawn[:, np.isnan(comparison.errors)] = np.nan
    return drawn


def by_phase(values: Array, phases: Sequence[Phase]) -> Array:
    """Medians (..., P, A) over the frames of each phase of values (..., T, A); NaN where none is seen."""
    medians = [median_of_seen(np.moveaxis(values[..., phase.frames, :], -2, -1)) for phase in phases]
    return np.stack(medians, axis=-2)


def detectable_change(jitter: Array, phases: Sequence[Phase]) -> Array:
    """MDC95 of a phase's median error, (P, A) degrees, from `jitter_of_errors`, and the bias added to it.

    It is never less than the largest of the draws: the plane of a limb that is hardly raised has errors with
    long tails, which a standard deviation does not show.
    """
    medians = by_phase(jitter, phases)  # (DRAWS, P, A)
    change: Array = _Z95 * medians.std(axis=0, ddof=1) + np.abs(medians.mean(axis=0))
    largest: Array = np.abs(medians).max(axis=0)
    return np.maximum(change, largest)


def natural_variability(takes: Sequence[Array]) -> Array | None:
    """By how much repeated takes differ from the reference, MDC95, (P, A); None where there are too few.

    A difference of two takes has sqrt(2) times the standard error of one, so 1.96 times its root mean square
    is 1.96 sqrt(2) SEM.

    Args:
        takes: the median errors (P, A) of other takes of the reference against it.
    """
    if len(takes) + 1 < FEWEST_TAKES:
        return None
    spread: Array = _Z95 * np.sqrt(np.mean(np.square(np.stack(takes)), axis=0))
    return spread


def tolerances(change: Array, natural: Array | None) -> Array:
    """What a dancer may differ by without being told, (P, A) degrees: never less than can be detected."""
    usual = np.array([USUAL_TOLERANCE[angle.part] for angle in ANGLES])
    allowed = np.broadcast_to(usual, change.shape) if natural is None else natural
    allowed = np.where(np.isnan(allowed), usual, np.maximum(allowed, SMALLEST))
    return np.fmax(allowed, simultaneous(change))


def simultaneous(change: Array) -> Array:
    """What many figures all stay below with 95 % where each alone stays below MDC95 (Bonferroni)."""
    figures = max(int(np.isfinite(change).sum()), 1)
    wider: Array = change * (norm.isf(0.025 / figures) / _Z95)
    return wider


def _jitter(rng: np.random.Generator, motion: Motion, confidence: Array) -> Array:
    """Filtered jitter (T, J, C) of joints (T, J): the less certain, the more of it."""
    spread = np.nan_to_num(motion.jitter) / np.clip(np.nan_to_num(confidence), SURE, 1)  # (T, J)
    noise = rng.standard_normal((*spread.shape, motion.points.shape[-1])) * spread[..., None]
    return low_passed(noise, motion.rate, motion.cutoff)

"""How smoothly a hand travels: spectral arc length and log dimensionless jerk of its speed.

Balasubramanian, Melendez-Calderon, Roby-Brami and Burdet, "On the analysis of movement smoothness", 2015.
Both are negative; nearer to 0 is smoother. Sharp styles are not worse, so smoothness is never scored: it is
shown beside the reference's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit_coach.body import SIDES, Array, arm_length, joint, neck
from dancekit_coach.comparison import Comparison

SLOWEST = 0.5
"""Lengths of the arm per second that the reference's hand reaches in a stroke worth measuring."""

_FEWEST_SAMPLES = 8


@dataclass(frozen=True, kw_only=True)
class Smoothness:
    """A stroke of one hand.

    Attributes:
        spectral_arc_length: of the student; does not depend on the tempo, and shows a hesitation.
        reference_spectral_arc_length: of the reference.
        log_dimensionless_jerk: of the student; driven by noise: a second opinion only.
        reference_log_dimensionless_jerk: of the reference.
    """

    side: str
    phase: str
    spectral_arc_length: float
    reference_spectral_arc_length: float
    log_dimensionless_jerk: float
    reference_log_dimensionless_jerk: float

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self) | {"difference": self.difference}

    @property
    def difference(self) -> float:
        """Student - reference of the spectral arc length: below 0 is less smooth."""
        return self.spectral_arc_length - self.reference_spectral_arc_length


def spectral_arc_length(
    speed: npt.ArrayLike, rate: float, *, padding: int = 4, highest: float = 10.0, threshold: float = 0.05
) -> float:
    """The negative length of the normalised spectrum of a speed profile, in [0, 1] squared.

    Args:
        speed: (T,), not all 0.
        rate: samples per second.
        padding: the profile is padded to 2^padding times the next power of two.
        highest: hertz above which nothing counts.
        threshold: the spectrum ends where it falls below this share of its peak for good.
    """
    profile = np.asarray(speed, dtype=np.float64)
    size = 2 ** (int(np.ceil(np.log2(len(profile)))) + padding)
    spectrum = np.abs(np.fft.rfft(profile, size))
    spectrum /= spectrum.max()
    frequency = np.fft.rfftfreq(size, 1 / rate)
    allowed = np.flatnonzero((frequency <= highest) & (spectrum >= threshold))
    part = slice(int(allowed[0]), int(allowed[-1]) + 1)
    frequency, spectrum = frequency[part], spectrum[part]
    if len(frequency) < 2:
        return 0.0
    steps = np.diff(frequency) / (frequency[-1] - frequency[0])
    return -float(np.hypot(steps, np.diff(spectrum)).sum())


def log_dimensionless_jerk(speed: npt.ArrayLike, rate: float) -> float:
    """-ln(T^3 / peak^2 times the integral of the squared second derivative of the speed)."""
    profile = np.asarray(speed, dtype=np.float64)
    jerk = np.diff(profile, 2) * rate**2
    seconds = len(profile) / rate
    cost = float((jerk**2).sum() / rate)
    peak = float(np.abs(profile).max())
    return -float(np.log(seconds**3 / peak**2 * cost)) if cost > 0 else 0.0


def smoothness_of_strokes(comparison: Comparison) -> tuple[tuple[Smoothness, ...], str]:
    """Every stroke of a hand that both clips show whole; and why there is none, where there is none.

    The student's stroke is measured on the student's own clock: the alignment only says where it is.
    """
    speeds = {
        side: (hand_speed(comparison.student.points, side, comparison.rate),
               hand_speed(comparison.reference.points, side, comparison.rate))
        for side in SIDES
    }  # fmt: skip
    warp = comparison.alignment.warp
    found = []
    for phase in comparison.phases:
        if phase.kind == "hold" or phase.name in ("beginning", "end"):
            continue
        ends = warp[[phase.start, phase.stop - 1]]
        if np.isnan(ends).any():
            continue
        first, last = round(float(ends[0])), round(float(ends[1]))
        for side in SIDES:
            theirs, ours = speeds[side][0][first : last + 1], speeds[side][1][phase.frames]
            if (
                min(len(theirs), len(ours)) < _FEWEST_SAMPLES
                or np.isnan(theirs).any()
                or np.isnan(ours).any()
            ):
                continue
            if ours.max() < SLOWEST or theirs.max() <= 0:
                continue
            found.append(
                Smoothness(
                    side=side,
                    phase=phase.name,
                    spectral_arc_length=spectral_arc_length(theirs, comparison.rate),
                    reference_spectral_arc_length=spectral_arc_length(ours, comparison.rate),
                    log_dimensionless_jerk=log_dimensionless_jerk(theirs, comparison.rate),
                    reference_log_dimensionless_jerk=log_dimensionless_jerk(ours, comparison.rate),
                )
            )
    return tuple(found), "" if found else "no hand makes a stroke that both recordings show whole"


def hand_speed(points: Array, side: str, rate: float) -> Array:
    """The speed of a wrist as seen from the neck, in lengths of the arm per second, (T,)."""
    path = (joint(points, f"{side}_wrist") - neck(points)) / arm_length(points)
    speed: Array = np.linalg.norm(np.gradient(path, 1 / rate, axis=0), axis=-1)
    return speed

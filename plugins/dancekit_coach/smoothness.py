"""How smoothly a hand travels: spectral arc length and log dimensionless jerk of its speed.

Balasubramanian, Melendez-Calderon, Roby-Brami and Burdet, "On the analysis of movement smoothness", 2015.
Both are negative; nearer to 0 is smoother. Sharp styles are not worse, so smoothness is never scored: it is
shown beside the reference's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from dancekit_coach.body import SIDES, Array, arm_length, joint, neck
from dancekit_coach.comparison import Comparison

SLOWEST = 0.5
"""Lengths of the arm per second that the reference's hand reaches in a stroke worth measuring."""

_FEWEST_SAMPLES = 8
_SHORTEST = 0.2  # seconds between two turns of a hand
_NEAR = 0.2  # seconds about where the alignment puts the end of a stroke in which the hand turns or rests
_REST = 0.05  # the share of a stroke's peak speed below which the hand rests
_CUT_OFF = 0.2  # the share of it at which a stroke may begin or end with the recording


@dataclass(frozen=True, kw_only=True)
class Smoothness:
    """A stroke of one hand.

    Attributes:
        spectral_arc_length: of the student; shows a hesitation. With the tempo it changes by less than 0.03,
            of strokes shorter than a third of a second by up to 0.2: their spectrum goes beyond 10 Hz.
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

    A stroke is found in the reference, by the hand's own speed. The student's is measured on the student's
    own clock: the alignment only says about where it is, and its ends are where that hand turns or rests.
    """
    warp, rate = comparison.alignment.warp, comparison.rate
    within = round(_NEAR * rate)
    found = []
    for side in SIDES:
        theirs, ours = (
            hand_speed(motion.points, side, rate) for motion in (comparison.student, comparison.reference)
        )
        for start, stop in _strokes(ours, rate):
            ends = warp[[start, stop - 1]]
            if np.isnan(ends).any():
                continue
            # Both are cut by the same rule from there on, so that equal strokes are cut alike.
            stroke = _between(theirs, round(float(ends[0])), round(float(ends[1])), within)
            model = _between(ours, start, stop - 1, within)
            if stroke is None or model is None:
                continue
            profiles = (theirs[slice(*stroke)], ours[slice(*model)])
            peak = start + int(ours[start:stop].argmax())
            phase = next(each.name for each in comparison.phases if each.start <= peak < each.stop)
            arcs = [spectral_arc_length(profile, rate) for profile in profiles]
            jerks = [log_dimensionless_jerk(profile, rate) for profile in profiles]
            found.append(
                Smoothness(
                    side=side,
                    phase=phase,
                    spectral_arc_length=arcs[0],
                    reference_spectral_arc_length=arcs[1],
                    log_dimensionless_jerk=jerks[0],
                    reference_log_dimensionless_jerk=jerks[1],
                )
            )
    return tuple(found), "" if found else "no hand makes a stroke that both recordings show whole"


def hand_speed(points: Array, side: str, rate: float) -> Array:
    """The speed of a wrist as seen from the neck, in lengths of the arm per second, (T,)."""
    path = (joint(points, f"{side}_wrist") - neck(points)) / arm_length(points)
    speed: Array = np.linalg.norm(np.gradient(path, 1 / rate, axis=0), axis=-1)
    return speed


def _strokes(speed: Array, rate: float) -> list[tuple[int, int]]:
    """Whole strokes of the reference's hand: between moments at most half as fast as both sides of them."""
    known = np.where(np.isnan(speed), 0.0, speed)
    turns, facts = find_peaks(-known, distance=max(round(_SHORTEST * rate), 1), prominence=0)
    cuts = [
        int(turn) for turn, depth in zip(turns, facts["prominences"], strict=True) if depth >= known[turn]
    ]
    strokes = (_whole(speed, a, b + 1) for a, b in pairwise([0, *cuts, len(speed) - 1]))
    return [stroke for stroke in strokes if stroke is not None and speed[slice(*stroke)].max() >= SLOWEST]


def _whole(speed: Array, start: int, stop: int) -> tuple[int, int] | None:
    """A stroke from where it passes a twentieth of its peak to where it falls below.

    None where the recording cuts it off, where it is too short, and where it is not seen.
    """
    part = speed[start:stop]
    if len(part) < _FEWEST_SAMPLES or np.isnan(part).any():
        return None
    quick = np.flatnonzero(part >= _REST * part.max())
    first, last = int(quick[0]), int(quick[-1])
    cut_off = (start + first == 0 and part[first] > _CUT_OFF * part.max()) or (
        start + last == len(speed) - 1 and part[last] > _CUT_OFF * part.max()
    )
    if cut_off or last + 1 - first < _FEWEST_SAMPLES:
        return None
    return start + first, start + last + 1


def _between(speed: Array, first: int, last: int, within: int) -> tuple[int, int] | None:
    """The whole stroke between the slowest frames near two frames, at most `within` away from each."""
    ends = []
    for frame in (first, last):
        low = max(frame - within, 0)
        near = speed[low : frame + within + 1]
        ends.append(low + int(np.where(np.isnan(near), np.inf, near).argmin()))
    return _whole(speed, ends[0], ends[1] + 1)

"""Which moment of the student's clip belongs to which of the reference, and what that says of the timing.

Dynamic time warping of the directions of the limbs, smoothed along its path into a monotone
warp. Student and reference play the same part everywhere, so that exchanging them negates the lag and inverts
the tempo ratio exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.stats import theilslopes

from dancekit.errors import DataError
from dancekit_coach.body import Array, Flags
from dancekit_coach.cycles import find_cycle
from dancekit_coach.features import SPAN, alignment_features, speed_of, trust
from dancekit_coach.interfaces import Aligner
from dancekit_coach.motion import Motion, angular_noise
from dancekit_coach.warping import Path, warping_path

MOVES = 0.15
"""The share of its peak speed from which on a body moves; in still frames a lag means nothing."""

_MARGIN = 0.5  # seconds of stillness kept before and after the movement
_MOST_PASSES = 4
_MOST_TREND_POINTS = 600  # the trend compares every pair of points


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """How two clips of one rate fit in time.

    Attributes:
        warp: (T reference,) the student's frame, a fraction, for each frame of the reference; never falling;
            NaN where the student's recording has not begun or is over.
        matched: (T reference,) bool: frames from the first to the last in which both move; before and after,
            the warp goes on with the lag that it has there.
        moving: (T reference,) bool: frames in which there is movement to be timed.
        start_lag: seconds by which the student is late at the beginning.
        tempo_ratio: above 1: the student is quicker.
        local_timing: (T reference,) seconds late beyond start lag and tempo; NaN in still frames.
        mismatch: root mean square angle in degrees between the limbs of both along the path.
        touches_band: the path runs along the edge of what it may do: the true lag may be larger.
        period: seconds of a cycle where both repeat themselves; the lag is then known up to whole cycles.
    """

    warp: Array
    matched: Flags
    moving: Flags
    start_lag: float
    tempo_ratio: float
    local_timing: Array
    mismatch: float
    touches_band: bool
    period: float | None


class WarpingAligner(Aligner):
    """Dynamic time warping between the parts of both clips in which there is movement.

    Args:
        band: seconds by which the warp may leave the diagonal, beyond the difference in length.
        slack: seconds that may be left out at each end of each clip.
        penalty: what a step that advances only one clip costs, in the distance of directions.
    """

    def __init__(self, *, band: float = 0.5, slack: float = 0.33, penalty: float = 0.1) -> None:
        self._band = band
        self._slack = slack
        self._penalty = penalty

    def align(self, student: Motion, reference: Motion) -> Alignment:
        """See `Aligner`.

        Raises:
            DataError: fewer than two limbs are seen in both clips, or one of them hardly moves.
        """
        theirs, ours = alignment_features(student, reference)
        rate = reference.rate
        moving = [_moving(features, motion) for features, motion in ((theirs, student), (ours, reference))]
        (a, a_stop), (b, b_stop) = (_active(flags, rate) for flags in moving)
        path, period = self._path(theirs[a:a_stop], ours[b:b_stop], rate, student.points.shape[-1])
        band = self._window(rate, period)
        edge = abs((a_stop - a) - (b_stop - b)) + band
        touches = bool((np.abs(np.diff(path, axis=1)) >= edge).any())
        path = path + np.array([a, b])  # (L, 2) frames of the student and of the reference
        smooth = _smoothed(path.astype(np.float64))
        timed = _timed(path, theirs, ours, moving)
        lag, tempo, residual = _timing(smooth, timed, rate)
        # Where nothing moves the path is led by jitter and by where its ends happen to be cut.
        steps = np.flatnonzero(timed)
        warp, matched = _warp(smooth[steps[0] : steps[-1] + 1], len(ours), len(theirs))
        difference = theirs[path[:, 0]] - ours[path[:, 1]]
        return Alignment(
            warp=warp,
            matched=matched,
            moving=moving[1],
            start_lag=lag,
            tempo_ratio=tempo,
            local_timing=_by_frame(path[timed, 1], residual[timed], len(ours)),
            mismatch=_mismatch(difference, student.points.shape[-1]),
            touches_band=touches,
            period=period,
        )

    def _path(
        self, student: Array, reference: Array, rate: float, dimensions: int
    ) -> tuple[Path, float | None]:
        """The path (L, 2), and the period where a shift by up to a cycle fits much better than none."""
        slack = round(self._slack * rate)
        warped = partial(self._warped, student, reference, dimensions)
        path, cost = warped(slack, self._window(rate, None))
        cycles = [find_cycle(features, rate) for features in (student, reference)]
        if cycles[0] is None or cycles[1] is None:
            return path, None
        period = (cycles[0].period + cycles[1].period) / 2
        more = self._slack + period
        shifted, shifted_cost = warped(round(more * rate), self._window(rate, period))
        # Leaving out a cycle always makes the sum smaller: it must be the better fit per step.
        return (shifted, period) if shifted_cost < 0.7 * cost else (path, period)

    def _window(self, rate: float, period: float | None) -> int:
        return round((self._band + (period or 0.0)) * rate)

    def _warped(
        self, student: Array, reference: Array, dimensions: int, slack: int, band: int
    ) -> tuple[Path, float]:
        """The path (L, 2) and the root of its mean squared distance.

        It is found again without the constant part of the difference, and with less weight on limbs that
        differ most, until that changes nothing. A limb that is held differently throughout would otherwise
        pull the path to where it happens to point the same way.
        """
        warped = partial(warping_path, band=band, slack=slack, penalty=self._penalty)
        path = warped(student, reference)
        for _ in range(_MOST_PASSES - 1):
            before, (theirs, ours) = path, (student[path[:, 0]], reference[path[:, 1]])  # (L, D) each
            offset = np.median(theirs - ours, axis=0) / 2
            weights = trust(theirs - offset, ours + offset, dimensions)
            path = warped((student - offset) * weights, (reference + offset) * weights)
            if np.array_equal(path, before):
                break
        difference = student[path[:, 0]] - reference[path[:, 1]]
        return path, float(np.sqrt((difference**2).sum(axis=1).mean()))


def _moving(features: Array, motion: Motion) -> Flags:
    dimensions = motion.points.shape[-1]
    speed = speed_of(features, motion.rate, dimensions)
    peak = float(np.percentile(speed, 98))
    noise = angular_noise(motion) * np.sqrt(2) / (2 * SPAN)
    if peak < max(10.0, 1.5 * noise):
        raise DataError(
            f"{motion.name}: hardly anything moves in it.",
            hint="Give a recording in which the movement is danced.",
        )
    flags: Flags = speed > min(max(MOVES * peak, 1.3 * noise), 0.5 * peak)
    return flags


def _active(moving: Flags, rate: float) -> tuple[int, int]:
    """The first frame of the movement and one past its last, with a margin of stillness."""
    frames = np.flatnonzero(moving)
    margin = round(_MARGIN * rate)
    return max(int(frames[0]) - margin, 0), min(int(frames[-1]) + 1 + margin, len(moving))


def _smoothed(path: Array) -> Array:
    """A path (L, 2) averaged over nine steps, over fewer towards its ends; it never falls."""
    length = len(path)
    half = np.minimum(np.minimum(np.arange(length), np.arange(length)[::-1]), 4)
    total = np.concatenate([np.zeros((1, 2)), np.cumsum(path, axis=0)])
    steps = np.arange(length)
    mean = (total[steps + half + 1] - total[steps - half]) / (2 * half + 1)[:, None]
    return np.maximum.accumulate(mean, axis=0)


def _timed(path: Path, student: Array, reference: Array, moving: list[Flags]) -> Flags:
    """The steps of a path (L, 2) at which both move; where there are hardly any, at which either does."""
    flags = moving[0][path[:, 0]] & moving[1][path[:, 1]]
    return flags if flags.sum() >= 5 else moving[0][path[:, 0]] | moving[1][path[:, 1]]


def _timing(smooth: Array, timed: Flags, rate: float) -> tuple[float, float, Array]:
    """Start lag in seconds, tempo ratio, and what is left of the lag at each step, in seconds.

    The lag d = student - reference is a robust line (Theil-Sen) in the middle k of both clocks: with
    d = c + g k the student's clock is c / (1 - g/2) + (1 + g/2) / (1 - g/2) times the reference's.
    """
    late = smooth[:, 0] - smooth[:, 1]  # (L,)
    clock = smooth.mean(axis=1)
    steps = np.flatnonzero(timed)
    chosen = steps[np.linspace(0, len(steps) - 1, min(len(steps), _MOST_TREND_POINTS)).round().astype(int)]
    gain = 0.0
    if np.ptp(clock[chosen]) > 0.5 * rate:
        gain = float(np.clip(theilslopes(late[chosen], clock[chosen]).slope, -1.0, 1.0))
    start = float(np.median(late[steps] - gain * clock[steps]))
    residual = (late - start - gain * clock) / rate
    return start / rate, (1 - gain / 2) / (1 + gain / 2), residual


def _warp(smooth: Array, reference: int, student: int) -> tuple[Array, Flags]:
    """The student's frame for each of the reference's, and which of them the path itself reaches."""
    frames, first = np.unique(smooth[:, 1], return_index=True)
    counts = np.diff(np.append(first, len(smooth)))
    mean = np.add.reduceat(smooth[:, 0], first) / counts
    clock = np.arange(reference, dtype=np.float64)
    warp = np.interp(clock, frames, mean)
    warp = warp + np.minimum(clock - frames[0], 0) + np.maximum(clock - frames[-1], 0)
    matched = (clock >= frames[0]) & (clock <= frames[-1])
    warp = np.maximum.accumulate(warp)
    return np.where((warp >= 0) & (warp <= student - 1), warp, np.nan), matched


def _by_frame(frames: Path, values: Array, count: int) -> Array:
    """The mean of the values of each frame, (count,); NaN where a frame has none."""
    total = np.bincount(frames, values, minlength=count)
    number = np.bincount(frames, minlength=count)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _mismatch(difference: Array, dimensions: int) -> float:
    """Degrees between unit vectors whose difference (L, D) has the root mean square of a chord."""
    chord = np.sqrt((difference**2).sum() / (difference.size / dimensions))
    return float(2 * np.degrees(np.arcsin(min(chord / 2, 1.0))))

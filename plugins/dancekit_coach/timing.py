"""When things were done: late or early, slower or quicker, and unevenly; in seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dancekit_coach.body import Array
from dancekit_coach.comparison import Comparison

TOLERANCE = 0.08
"""Seconds of lag that cost nothing, unless a frame lasts longer."""

SCALE = 0.12
"""Seconds beyond tolerance that cost 39 of 100 points."""

TEMPO_TOLERANCE = 0.08
"""The logarithm of the tempo ratio that costs nothing: 8 percent."""

TEMPO_SCALE = 0.25
"""The logarithm beyond tolerance that costs 39 of 100 points."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The timing of the whole clip.

    Attributes:
        start_lag: seconds late at the beginning; negative is early.
        tempo_ratio: above 1 is quicker than the reference.
        local_deviation: median absolute deviation in seconds from that lag and tempo, while moving.
        by_phase: phase -> median lag in seconds while moving; a phase without movement has none.
        together: both recordings began at one moment of the music, so that being late is a fault.
        period: seconds of a cycle: the lag is known up to whole cycles. None: no cycle.
        at_limit: the alignment was stopped by its band: the true lag may be larger.
        resolution: seconds of a frame of the slower recording: what is said is no finer.
    """

    start_lag: float
    tempo_ratio: float
    local_deviation: float
    by_phase: dict[str, float]
    together: bool
    period: float | None
    at_limit: bool
    resolution: float

    @property
    def tolerance(self) -> float:
        """Seconds of lag that cost nothing."""
        return tolerated(self.resolution)

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)


def tolerated(resolution: float) -> float:
    """Seconds of lag that cost nothing, in recordings whose frames last `resolution` seconds."""
    return max(TOLERANCE, resolution)


def late_words(seconds: float, resolution: float) -> str:
    """A lag in words, in whole frames of `resolution` seconds."""
    amount = max(round(abs(seconds) / resolution), 1) * resolution if resolution > 0 else abs(seconds)
    digits = 2 if resolution < 0.095 else 1
    return f"{amount:.{digits}f} s {'late' if seconds > 0 else 'early'}"


def measure_timing(comparison: Comparison, *, together: bool) -> Timing:
    """Read the timing off the alignment; held poses are timed at their beginning and end only."""
    alignment = comparison.alignment
    local = alignment.local_timing[~np.isnan(alignment.local_timing)]
    late = lag_over_time(comparison)
    by_phase = {}
    for phase in comparison.phases:
        values = late[phase.frames]
        values = values[~np.isnan(values)]
        if len(values):
            by_phase[phase.name] = float(np.median(values))
    return Timing(
        start_lag=alignment.start_lag,
        tempo_ratio=alignment.tempo_ratio,
        local_deviation=float(np.median(np.abs(local - np.median(local)))) if len(local) else 0.0,
        by_phase=by_phase,
        together=together,
        period=alignment.period,
        at_limit=alignment.touches_band,
        resolution=comparison.frame_time,
    )


def lag_over_time(comparison: Comparison) -> Array:
    """Seconds that the student is late, (T,); NaN in still frames and outside what was aligned."""
    alignment = comparison.alignment
    lag = (alignment.warp - np.arange(len(alignment.warp))) / comparison.rate
    return np.where(alignment.moving & alignment.matched, lag, np.nan)

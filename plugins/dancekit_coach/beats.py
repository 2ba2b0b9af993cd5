"""How a dance falls on the beats of its music: a further metric for whoever knows where these are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.errors import RecipeError
from dancekit_coach.comparison import Comparison
from dancekit_coach.interfaces import Metric

SPREAD = 0.05
"""Seconds: the distance from a beat at which the alignment has fallen to 0.61."""


class BeatAlignment(Metric):
    """How near the beats of the music are to moments at which the movement stops or turns, from 0 to 1.

    Both recordings begin with the music.

    Args:
        beats: seconds of the beats from there on, rising.
        spread: seconds, see `SPREAD`.

    Raises:
        RecipeError: there are no beats, or they do not rise.
    """

    name = "beat_alignment"

    def __init__(self, beats: Sequence[float], *, spread: float = SPREAD) -> None:
        self._beats = np.asarray(beats, dtype=np.float64)
        if not self._beats.size or not np.isfinite(self._beats).all() or (np.diff(self._beats) <= 0).any():
            raise RecipeError("the beats are no rising times.", hint="Give their seconds in their order.")
        self._spread = spread

    def measure(self, comparison: Comparison) -> dict[str, Any]:
        starts = np.array([phase.start for phase in comparison.phases[1:]], dtype=np.int64)
        theirs = comparison.alignment.warp[starts]
        both = {"student": theirs[~np.isnan(theirs)], "reference": starts}
        return {
            who: beat_alignment(frames / comparison.rate, self._beats, spread=self._spread)
            for who, frames in both.items()
        }


def beat_alignment(
    dance_beats: npt.ArrayLike, music_beats: npt.ArrayLike, *, spread: float = SPREAD
) -> float:
    """Mean over the music's beats of exp(-d^2 / (2 spread^2)), d to the nearest of the dance's.

    Args:
        dance_beats: seconds.
        music_beats: seconds; at least one.
    """
    dance, music = np.asarray(dance_beats, dtype=np.float64), np.asarray(music_beats, dtype=np.float64)
    if not dance.size or not music.size:
        return 0.0
    nearest = np.abs(music[:, None] - dance[None]).min(axis=1)  # (music, dance) -> (music,)
    return float(np.exp(-(nearest**2) / (2 * spread**2)).mean())

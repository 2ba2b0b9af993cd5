"""How a review looks at two recordings: what is known of them, and the parts that can be exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dancekit.errors import RecipeError
from dancekit_coach.alignment import WarpingAligner
from dancekit_coach.filtering import CUTOFF
from dancekit_coach.hands import HandPlaces
from dancekit_coach.interfaces import Aligner, Metric, Scorer
from dancekit_coach.scoring import WeightedScorer

MirrorMode = Literal["off", "on", "auto"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is known of the recordings and the dancer, and how to look.

    Attributes:
        cutoff: hertz of the low-pass filter; 10 for fast dance.
        together: both recordings begin at one moment of the music, so that being late is a fault.
        vertical: y of 3D recordings is the vertical.
        frontal_ratio: width of the dancer's shoulders over length of the trunk, seen from the front;
            for 2D. None: what is usual in its layout, see `view`.
        reference_frontal_ratio: the same of the reference's dancer.
        own_best: angle -> degrees, the widest range this dancer has shown.
        own_symmetry: angle without its side -> percent, this dancer's usual symmetry angle.
        cues: a file of sentences instead of the shipped one.
        seed: of the Monte Carlo and the bootstrap.
    """

    cutoff: float = CUTOFF
    together: bool = False
    vertical: bool = True
    frontal_ratio: float | None = None
    reference_frontal_ratio: float | None = None
    own_best: Mapping[str, float] = field(default_factory=dict)
    own_symmetry: Mapping[str, float] = field(default_factory=dict)
    cues: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.cutoff <= 12:
            raise RecipeError(
                f"cutoff is {self.cutoff:g} Hz.", hint="Take 1 to 12: 6 is usual, 10 for fast dance."
            )
        for name in ("frontal_ratio", "reference_frontal_ratio"):
            ratio = getattr(self, name)
            if ratio is not None and not 0.3 <= ratio <= 1.5:
                raise RecipeError(f"{name} is {ratio:g}.", hint="Bodies have 0.5 to 1.")
        if self.seed < 0:
            raise RecipeError(f"seed is {self.seed}.", hint="Take 0 or any positive whole number.")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The exchangeable parts of a review; what `metrics` measure is in its `extra`."""

    aligner: Aligner = field(default_factory=WarpingAligner)
    scorer: Scorer = field(default_factory=WeightedScorer)
    metrics: tuple[Metric, ...] = (HandPlaces(),)

"""What a review found that can be worked on, in words that drills, plans and the dancer's file share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dancekit_coach.care_checks import name, number
from dancekit_coach.report_angles import KINDS, difference_words
from dancekit_coach.timing import late_words

MEASURES = (*KINDS, "timing", "tempo", "symmetry")
"""What a drill may be for. Smoothness is no fault: a sharp style is not worse, and it has no known error."""

SIDES = "sides"
"""The fault that left and right were exchanged. Then nothing else is one, and no drill mends it."""

PHASES = ("any", "move", "hold", "cycle", "prepare", "rise", "return", "rest", "beginning", "end")
"""Phases that a drill may name. Those of long clips are numbered: "move 3" is a move."""

_KIND_OF: Mapping[str, str] = {
    "prepare": "hold",
    "rise": "move",
    "return": "move",
    "rest": "hold",
    "beginning": "cycle",
    "end": "cycle",
}

_WHERE: Mapping[str, str] = {
    "any": "",
    "prepare": " before it starts",
    "rise": " in the rise",
    "hold": " in the hold",
    "return": " on the way back",
    "rest": " after it",
    "beginning": " at the beginning",
    "end": " at the end",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A difference to the reference that is larger than can be tolerated.

    Attributes:
        movement: the movement.
        measure: one of `MEASURES`, angles with their side; or `SIDES`.
        phase: as the review calls it; "any" for the whole.
        error: signed: degrees, seconds late, the logarithm of the tempo, percent of symmetry.
        detectable: the smallest change that can be told from measurement error (MDC95), same unit.
        tolerance: what is tolerated, same unit.
    """

    movement: str
    measure: str
    phase: str
    error: float
    detectable: float
    tolerance: float

    def __post_init__(self) -> None:
        for each in ("movement", "measure", "phase"):
            name(getattr(self, each), f"The {each} of a fault")
        number(self.error, "The error of a fault", -1e6, 1e6)
        number(self.detectable, "The detectable change of a fault", 0, 1e6)
        number(self.tolerance, "The tolerance of a fault", 1e-9, 1e6)

    @property
    def severity(self) -> float:
        """(|error| - MDC) / tolerance; not positive where the fault may be measurement error."""
        return (abs(self.error) - self.detectable) / self.tolerance

    @property
    def kind(self) -> str:
        """The measure without its side: drills do not tell sides apart."""
        return self.measure.removeprefix("left_").removeprefix("right_")

    @property
    def words(self) -> str:
        """What differs, by how much and where."""
        if self.kind in KINDS:
            said = difference_words(self.measure, self.error)
        elif self.measure == "timing":
            said = f"timing {late_words(self.error, self.detectable)}"
        elif self.measure == "tempo":
            share = abs(math.exp(self.error) - 1)
            said = f"tempo {share:.0%} {'quicker' if self.error > 0 else 'slower'}"
        else:
            said = {"symmetry": "left and right are uneven", SIDES: "left and right are exchanged"}.get(
                self.measure, self.measure.replace("_", " ")
            )
        return said + _WHERE.get(self.phase, f" in {self.phase}")


def exactness(wanted: str, phase: str) -> int:
    """How exactly a drill's phase is that of a fault.

    Returns:
        3 for the phase itself, 2 for one of its kind, 1 where the drill names none, 0 where it is not for it.
    """
    plain = re.sub(r" \d+$", "", phase)
    if wanted == "any":
        return 1
    if wanted == plain:
        return 3
    numbered = plain != phase
    kin = phase == "any" or wanted == _KIND_OF.get(plain) or (numbered and _KIND_OF.get(wanted) == plain)
    return 2 if kin else 0

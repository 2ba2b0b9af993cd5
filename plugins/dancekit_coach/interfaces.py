"""What can be exchanged in the analysis: how clips are aligned, what is measured, how it is scored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dancekit_coach.alignment import Alignment
    from dancekit_coach.comparison import Comparison
    from dancekit_coach.course import Course
    from dancekit_coach.motion import Motion
    from dancekit_coach.scoring import Component, Score


class Aligner(ABC):
    """Finds which moment of a student's clip belongs to which moment of the reference."""

    @abstractmethod
    def align(self, student: Motion, reference: Motion) -> Alignment:
        """Align two motions of one rate.

        Raises:
            DataError: there is nothing to align by.
        """


class Metric(ABC):
    """Measures one aspect of an aligned pair; what it gives appears under its name in a review's `extra`.

    Attributes:
        name: the key under which the result appears.
    """

    name: str

    @abstractmethod
    def measure(self, comparison: Comparison) -> dict[str, Any]:
        """Plain numbers, texts, lists and dicts; `{"not_measured": reason}` where it cannot be measured."""


class Scorer(ABC):
    """Makes one score with its interval out of components."""

    @abstractmethod
    def score(self, components: Sequence[Component], course: Course, *, seed: int) -> Score:
        """The same components, course and seed give the same score.

        Args:
            components: all cut into the same blocks.
            course: what both movements have in common.
        """

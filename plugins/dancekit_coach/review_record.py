"""What a dancer's file keeps of a review: which take, how it was scored, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dancekit.errors import DataError
from dancekit_coach.care_checks import name, number
from dancekit_coach.faults import Fault
from dancekit_coach.mastery import Trial


@dataclass(frozen=True, kw_only=True)
class ReviewRecord:
    """One review. A take counts once, however often it is reviewed.

    Attributes:
        movement: what was danced.
        day: when, on the dancer's calendar.
        take: a fingerprint of the recording.
        score, width: as those of a `Trial`; None where there was no total, which is not a bad one.
        faults: what differed by more than can be tolerated, with its errors.
    """

    movement: str
    day: date
    take: str
    score: float | None = None
    width: float | None = None
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        name(self.movement, "The movement")
        name(self.take, "The take")
        if (self.score is None) != (self.width is None):
            raise DataError("The review has a score or an interval, but not both.", hint="Give both.")
        if self.score is not None:
            number(self.score, "The score", 0, 100)
            number(self.width, "The width of the score's interval", 0, 200)
        if any(fault.movement != self.movement for fault in self.faults):
            raise DataError("A fault is of another movement than the review.", hint="Check its name.")

    @property
    def trial(self) -> Trial | None:
        """The take as mastery counts it; None without a score."""
        if self.score is None or self.width is None:
            return None
        return Trial(movement=self.movement, day=self.day, score=self.score, width=self.width)

    @classmethod
    def of(cls, content: Mapping[str, Any], faults: tuple[Fault, ...], *, day: date) -> ReviewRecord:
        """The record of a review.

        Args:
            content: its plain data, as in `result.json`.
            faults: as `dancekit_coach.review_faults.faults_of` finds them in it.
            day: when it was danced.
        """
        score = content["score"]
        known = score is not None and score["interval"] is not None
        return cls(
            movement=content["movement"],
            day=day,
            take=content["provenance"]["clip"],
            score=score["value"] if known else None,
            width=score["interval"][1] - score["interval"][0] if known else None,
            faults=faults,
        )


def latest_faults(records: Iterable[ReviewRecord]) -> tuple[Fault, ...]:
    """The faults of the latest review of each movement; of one day, those of the one written last."""
    latest: dict[str, ReviewRecord] = {}
    for record in sorted(records, key=lambda each: each.day):
        latest[record.movement] = record
    return tuple(fault for movement in sorted(latest) for fault in latest[movement].faults)

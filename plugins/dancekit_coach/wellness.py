"""How the dancer feels, against her own past only; and the sum of PSS-10. Neither is a diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from dancekit.errors import DataError
from dancekit_coach.care_checks import whole
from dancekit_coach.care_interfaces import WellnessScale
from dancekit_coach.diary import CheckIn

Gate = Literal["open", "easy", "recovery"]

BASELINE_DAYS = 28
BASELINE_ENTRIES = 10
DEVIATIONS = 1.5


@dataclass(frozen=True, kw_only=True)
class WellnessVerdict:
    """What the last check-ins allow.

    Attributes:
        gate: "open" limits nothing; "easy" after one bad check-in; "recovery" after two in a row.
        total: sum of the last check-in, 4 (very good) to 28 (very bad); None where an item is missing.
        mean, deviation: of the own past; None where it is too short.
        words: the verdict for people.
    """

    gate: Gate
    total: int | None
    mean: float | None
    deviation: float | None
    words: str


class Hooper(WellnessScale):
    """Sleep, fatigue, stress and soreness, 1 to 7 each, summed: 4 to 28, higher is worse (Hooper 1995).

    A check-in is bad if its sum is at least the mean plus 1.5 (population) SD of the complete check-ins of
    the 28 days before the last two; those two are judged, so they are not what they are judged against. With
    fewer than ten there is no gate. An item left out counts as its best value, so that an incomplete check-in
    is bad only where it certainly is; and a bad one stays in force until the next.
    """

    def judge(self, check_ins: Sequence[CheckIn], day: date) -> WellnessVerdict:
        answered = sorted(
            (
                each
                for each in check_ins
                if each.day <= day and any(item is not None for item in each.answers)
            ),
            key=lambda each: each.day,
        )
        if not answered:
            return _open(None, "No check-in yet, so nothing is concluded.")
        last, previous = answered[-1], answered[-2] if len(answered) > 1 else None
        since = min(last, previous or last, key=lambda each: each.day).day
        totals = [
            total(each)
            for each in answered
            if since - timedelta(days=BASELINE_DAYS) <= each.day < since and None not in each.answers
        ]
        if len(totals) < BASELINE_ENTRIES:
            return _open(
                _complete(last),
                f"What is usual for you is not known yet: that takes {BASELINE_ENTRIES} complete check-ins "
                f"within four weeks, and before the last two there are {len(totals)}.",
            )
        mean, deviation = float(np.mean(totals)), float(np.std(totals))
        limit = mean + DEVIATIONS * deviation

        def bad(each: CheckIn) -> bool:
            # Where all check-ins were equal the limit is their value, which is not bad.
            return total(each) >= limit and total(each) > mean

        usual = f"usual for you is {mean:.1f} ± {deviation:.1f}"
        gate: Gate = "open"
        words = f"{last.day}: {total(last)} of 28, {usual}."
        if bad(last) and previous is not None and bad(previous):
            gate, words = (
                "recovery",
                f"{previous.day} and {last.day} felt worse than usual ({usual}).",
            )
        elif bad(last):
            gate, words = "easy", f"{last.day} felt worse than usual: {total(last)} of 28, {usual}."
        return WellnessVerdict(gate=gate, total=_complete(last), mean=mean, deviation=deviation, words=words)


def total(check_in: CheckIn) -> int:
    """The sum of the items, each missing one at its best value 1: what the sum is at least."""
    return sum(1 if item is None else item for item in check_in.answers)


def _complete(check_in: CheckIn) -> int | None:
    return None if None in check_in.answers else total(check_in)


def _open(total: int | None, words: str) -> WellnessVerdict:
    return WellnessVerdict(gate="open", total=total, mean=None, deviation=None, words=words)


PSS10_NOTE = (
    "PSS-10 sums ten answers on how stressful the last month felt, from 0 to 40. "
    "It is not a diagnostic instrument and has no official limits."
)


def pss10(answers: Sequence[int]) -> int:
    """The sum of PSS-10 (Cohen et al. 1983), 0 to 40; items 4, 5, 7 and 8 are reversed.

    The text of the items is not part of dancekit: whoever may use it supplies it.

    Args:
        answers: ten whole numbers, 0 (never) to 4 (very often), in the order of the items.

    Raises:
        DataError: not ten answers, or one out of range: a sum over missing answers is not the scale's.
    """
    if isinstance(answers, str) or len(answers) != 10:
        raise DataError(f"PSS-10 has ten answers, not {len(answers)}.", hint="Answer all, or leave it out.")
    checked = [whole(answer, f"Answer {place} of PSS-10", 0, 4) for place, answer in enumerate(answers, 1)]
    return sum(4 - answer if place in (4, 5, 7, 8) else answer for place, answer in enumerate(checked, 1))

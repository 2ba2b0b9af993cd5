"""How surely a dancer has mastered a movement: a local-level Kalman filter over her scores.

Scores are continuous, few, and come with their own variance. Knowledge tracing would need pass or fail and
many learners, and Elo ratings have no variance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from dancekit.errors import DataError
from dancekit_coach.care_checks import name, number, whole
from dancekit_coach.care_interfaces import MasteryModel

INTERVAL = 3.29
"""Width of a 90 % interval in standard deviations: 2 x 1.645."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One scored take of a movement.

    Attributes:
        movement: its name.
        day: the day on the dancer's calendar.
        score: 0 to 100.
        width: width of the score's 90 % interval, in points.
    """

    movement: str
    day: date
    score: float
    width: float

    def __post_init__(self) -> None:
        name(self.movement, "The movement")
        number(self.score, "The score", 0, 100)
        number(self.width, "The width of the score's interval", 0, 200)

    @property
    def variance(self) -> float:
        """Variance of score / 100. An interval below one point is not believed: no measurement is exact."""
        return (max(self.width, 1.0) / 100 / INTERVAL) ** 2


@dataclass(frozen=True, kw_only=True)
class MasteryState:
    """What is known about one movement.

    Attributes:
        mean: estimated mastery m, 0 to 1.
        variance: its variance P.
        day: the day of the last trial; None before the first.
        first: the day of the first trial.
        confirmed: on how many days the first trial of the day left enough certainty.
    """

    mean: float
    variance: float
    day: date | None = None
    first: date | None = None
    confirmed: int = 0

    @property
    def practised(self) -> bool:
        return self.day is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        days = {"day": self.day, "first": self.first}
        return {**asdict(self), **{key: day and day.isoformat() for key, day in days.items()}}


class LocalLevel(MasteryModel):
    """m follows a random walk of variance q a day, seen through scores of variance r.

    After dt days P <- P + q dt. A trial y = score / 100: K = P / (P + r); m <- m + K (y - m); P <- (1 - K) P.
    Of the trials of a day the first, cold one counts; the mean of the others counts with twice its variance.

    Source: the local level model, Harvey 1989. The numbers are engineering defaults.

    Args:
        start: m before the first trial.
        start_variance: P before the first trial.
        drift: q, growth of P a day without practice.
        target: m from which a movement is mastered.
        certainty: Prob(m >= target) after the first trial of a day that confirms mastery.
        review: Prob(m >= target) below which a review is due.
        days: different days that must confirm.
    """

    def __init__(
        self,
        *,
        start: float = 0.3,
        start_variance: float = 0.09,
        drift: float = 0.0007,
        target: float = 0.8,
        certainty: float = 0.9,
        review: float = 0.8,
        days: int = 2,
    ) -> None:
        self._start = number(start, "The mastery at the start", 0, 1)
        self._start_variance = number(start_variance, "The variance at the start", 1e-6, 1)
        self._drift = number(drift, "The drift a day", 0, 1)
        self._target = number(target, "The target", 0, 1)
        self._certainty = number(certainty, "The certainty", 0.5, 1)
        self._review = number(review, "The certainty of a review", 0.5, 1)
        self._days = whole(days, "The days that confirm", 1, 100)

    def start(self) -> MasteryState:
        return MasteryState(mean=self._start, variance=self._start_variance)

    def after(self, state: MasteryState, trials: Sequence[Trial]) -> MasteryState:
        if not trials:
            return state
        first, *others = trials
        if any(trial.day != first.day for trial in others):
            raise DataError("The trials are of several days.", hint="Give those of one day at a time.")
        state = self._update(self._aged(state, first.day), first.score / 100, first.variance)
        confirmed = self._certain(state) >= self._certainty
        if others:
            mean = sum(trial.score for trial in others) / len(others) / 100
            state = self._update(state, mean, 2 * sum(trial.variance for trial in others) / len(others))
        began = state.first or first.day
        return replace(state, day=first.day, first=began, confirmed=state.confirmed + confirmed)

    def probability(self, state: MasteryState, day: date) -> float:
        return self._certain(self._aged(state, day))

    def mastered(self, state: MasteryState, day: date) -> bool:
        return state.confirmed >= self._days and self.probability(state, day) >= self._review

    def due(self, state: MasteryState, day: date) -> bool:
        return state.confirmed >= self._days and not self.mastered(state, day)

    def due_on(self, state: MasteryState) -> date | None:
        """The first day on which a review is due; None for what was never mastered or is never due."""
        if state.day is None or state.confirmed < self._days:
            return None
        day = state.day
        while not self.due(state, day):
            if self._drift == 0 or (day - state.day).days > 3650:
                return None
            day += timedelta(days=1)
        return day

    def _aged(self, state: MasteryState, day: date) -> MasteryState:
        if state.day is None:
            return state
        # A clock that was set back does not make anybody surer.
        passed = max((day - state.day).days, 0)
        return replace(state, variance=state.variance + self._drift * passed)

    def _update(self, state: MasteryState, score: float, variance: float) -> MasteryState:
        gain = state.variance / (state.variance + variance)
        return replace(
            state, mean=state.mean + gain * (score - state.mean), variance=(1 - gain) * state.variance
        )

    def _certain(self, state: MasteryState) -> float:
        """Prob(m >= target) under the normal distribution."""
        return 0.5 * math.erfc((self._target - state.mean) / math.sqrt(2 * state.variance))


def mastery_of(model: MasteryModel, trials: Iterable[Trial]) -> dict[str, MasteryState]:
    """The state of each movement after all its trials; trials of one day in the order they were made."""
    states: dict[str, MasteryState] = {}
    ordered = sorted(trials, key=lambda trial: (trial.movement, trial.day))
    for (movement, _), of_a_day in groupby(ordered, key=lambda trial: (trial.movement, trial.day)):
        states[movement] = model.after(states.get(movement, model.start()), tuple(of_a_day))
    return states

"""How one movement went over the days: every score with its interval, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

from dancekit.reporting.svg import element, number, picture
from dancekit_coach.care_interfaces import MasteryModel
from dancekit_coach.mastery import INTERVAL, LocalLevel, MasteryState, Trial
from dancekit_coach.report_time import LEFT

_WIDTH, _HEIGHT, _RIGHT, _TOP = 1040.0, 250.0, 110.0, 12.0
_TARGET = 80
_EDGE = 14.0  # between the axes and the first and the last day


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How one movement went over the days.

    Attributes:
        trials: of this movement, by day.
        states: the mastery after each day with a trial.
        sure: how surely it is at least 80 of 100 on the last day, 0 to 1.
        mastered: on the last day.
    """

    movement: str
    trials: tuple[Trial, ...]
    states: tuple[tuple[date, MasteryState], ...]
    sure: float
    mastered: bool

    @classmethod
    def of(cls, movement: str, trials: Sequence[Trial], model: MasteryModel | None = None) -> Progress | None:
        """None where there is no trial of the movement.

        Args:
            trials: of any movements; those of one day in the order in which they were made.
        """
        model = model or LocalLevel()
        mine = sorted((each for each in trials if each.movement == movement), key=lambda each: each.day)
        if not mine:
            return None
        state, states = model.start(), []
        for day, of_day in groupby(mine, key=lambda trial: trial.day):
            state = model.after(state, tuple(of_day))
            states.append((day, state))
        last = mine[-1].day
        return cls(
            movement=movement,
            trials=tuple(mine),
            states=tuple(states),
            sure=model.probability(state, last),
            mastered=model.mastered(state, last),
        )

    @property
    def words(self) -> str:
        mean, half = _points(self.states[-1][1])
        return (
            f"{'Mastered.' if self.mastered else 'Not mastered yet.'} All scores together say "
            f"{mean:.0f} of 100, give or take {half:.0f}; the chance that it is at least {_TARGET} is "
            f"{self.sure:.0%}. It counts as mastered after 90% on two different days."
        )


def progress_chart(progress: Progress) -> Markup:
    """Scores with their intervals, and the estimated mastery with its 90% band."""
    first, last = progress.trials[0].day, progress.trials[-1].day
    span = max((last - first).days, 1)
    bottom, end = _HEIGHT - 28, _WIDTH - _RIGHT

    def x(day: date) -> float:
        return LEFT + _EDGE + (day - first).days / span * (end - LEFT - 2 * _EDGE)

    def y(points: float) -> float:
        return bottom - max(0.0, min(100.0, points)) / 100 * (bottom - _TOP)

    parts = []
    for tick in (0, 25, 50, 75, 100):
        parts.append(_level(y(tick), end, "grid"))
        parts.append(element("text", str(tick), x=LEFT - 8, y=y(tick) + 4, text_anchor="end"))
    parts.append(_level(y(_TARGET), end, "target"))
    parts.append(element("text", f"mastered: {_TARGET}", x=end + 8, y=y(_TARGET) + 4))
    points = [(number(x(day)), *_points(state)) for day, state in progress.states]
    upper = "L".join(f"{at} {number(y(mean + half))}" for at, mean, half in points)
    lower = "L".join(f"{at} {number(y(mean - half))}" for at, mean, half in reversed(points))
    parts.append(element("path", d=f"M{upper}L{lower}Z", class_="sure"))
    middle = "L".join(f"{at} {number(y(mean))}" for at, mean, _ in points)
    parts.append(element("path", d=f"M{middle}", class_="dancer"))
    parts += [_trial(trial, x(trial.day), y) for trial in progress.trials]
    for day in sorted({first, last}):
        parts.append(element("text", day.isoformat(), x=x(day), y=_HEIGHT - 8, text_anchor="middle"))
    label = "Scores and estimated mastery over the days"
    return picture(_WIDTH, _HEIGHT, parts, label=label, class_="coach-chart progress")


def _points(state: MasteryState) -> tuple[float, float]:
    """Estimated mastery and half its 90% interval, of 100."""
    return 100 * state.mean, 50 * INTERVAL * state.variance**0.5


def _level(y: float, end: float, style: str) -> Markup:
    return element("path", d=f"M{number(LEFT)} {number(y)}H{number(end)}", class_=style)


def _trial(trial: Trial, x: float, y: Callable[[float], float]) -> Markup:
    half, at = trial.width / 2, number(x)
    return element(
        "g",
        element("title", f"{trial.day}: {trial.score:.0f} ± {half:.0f}"),
        element("path", d=f"M{at} {number(y(trial.score + half))}V{number(y(trial.score - half))}"),
        element("circle", cx=x, cy=y(trial.score), r=3.5),
        class_="trial",
    )

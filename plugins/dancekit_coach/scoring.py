"""One score out of components, with the interval that belongs to it, or no score where it would mislead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit_coach.body import Array
from dancekit_coach.course import Course
from dancekit_coach.interfaces import Scorer

RESAMPLINGS = 200
WIDEST_INTERVAL = 25.0
"""Points between the ends of the interval above which no total is given."""

LEAST_COVERAGE = 0.7
"""The share of the weights that must be measured for a total."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Component:
    """What goes into a score: errors over time beyond a tolerance.

    Attributes:
        weight: within the total; 0 keeps it out.
        errors: (T,) in any unit; NaN in frames that are not measured. None: nothing is measured.
        tolerance: (T,) below which an error costs nothing.
        scale: the error beyond tolerance that costs 39 of 100 points.
        jitter: (K, T) what errors of measurement add; None: nothing.
        blocks: (first, one past the last) frames that are drawn together.
    """

    name: str
    weight: float
    errors: Array | None
    tolerance: Array
    scale: float
    jitter: Array | None
    blocks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """0 to 100, and how surely.

    Attributes:
        value: the median of the resampled totals; None where no total is given.
        low: the lower end of the 90 % interval.
        high: the upper end.
        coverage: the share of the weights that was measured.
        withheld: why there is no total; "" where there is one.
        components: name -> points of each that was measured, and `course`: the most that the total can be.
        draws: the resampled totals, from which `difference` compares two takes.
    """

    value: float | None
    low: float | None
    high: float | None
    coverage: float
    withheld: str
    components: dict[str, float]
    draws: tuple[float, ...] = field(repr=False)

    def to_mapping(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "interval": None if self.low is None else [self.low, self.high],
            "coverage": self.coverage,
            "withheld": self.withheld,
            "components": dict(self.components),
        }


def points_lost(errors: Array, tolerance: Array, scale: float) -> Array:
    """100 - 100 exp(-z^2 / 2) with z = max(0, |error| - tolerance) / scale; exactly 0 within tolerance."""
    z = np.maximum(np.abs(errors) - tolerance, 0) / scale
    lost: Array = -100 * np.expm1(-(z**2) / 2)
    return lost


class WeightedScorer(Scorer):
    """The weighted mean of components, but no more than 100 times what is shared of the course.

    So what is well held in another movement scores little, and what is shared costs nothing by itself. The
    interval is from a block bootstrap and from jitter together.
    """

    def score(self, components: Sequence[Component], course: Course, *, seed: int) -> Score:
        rng = np.random.default_rng((seed, 2))
        weights = np.array([component.weight for component in components])
        measured = np.array([component.errors is not None for component in components])
        coverage = float(weights[measured].sum() / weights.sum()) if weights.sum() > 0 else 0.0
        if not measured.any():
            return _judged(np.empty(0), coverage, {})
        drawn = np.full((RESAMPLINGS, len(components)), np.nan)
        points = {"course": 100 * max(course.shared, 0.0)}
        # One set of draws for all, so that two takes of one reference are drawn alike.
        blocks = components[0].blocks
        chosen = rng.multinomial(len(blocks), np.full(len(blocks), 1 / len(blocks)), size=RESAMPLINGS)
        copies = rng.random(RESAMPLINGS)
        for place, component in enumerate(components):
            if component.errors is not None:
                lost = points_lost(component.errors, component.tolerance, component.scale)
                points[component.name] = 100 - float(np.nanmean(lost))
                drawn[:, place] = _resampled(component, chosen, copies)
        usable = ~np.isnan(drawn) * weights  # (RESAMPLINGS, components)
        total = usable.sum(axis=1)
        lost_in_all = (np.nan_to_num(drawn) * usable).sum(axis=1) / np.where(total > 0, total, np.nan)
        starts = [start for start, _ in blocks]
        times = chosen.astype(np.float64)  # (RESAMPLINGS, blocks)
        away, size = (times @ np.add.reduceat(each, starts) for each in (course.away, course.size))
        most = 100 * np.maximum(course.shared_of(away, size), 0.0)  # (RESAMPLINGS,)
        return _judged(np.minimum(100 - lost_in_all, most)[total > 0], coverage, points)


def difference(first: Score, second: Score) -> tuple[float, float] | None:
    """The 90 % interval of second - first, of takes compared with the same reference under one seed.

    They differ where it excludes 0. None where one of them has no total.
    """
    if first.value is None or second.value is None or len(first.draws) != len(second.draws):
        return None
    low, high = np.percentile(np.subtract(second.draws, first.draws), [5, 95])
    return float(low), float(high)


def _judged(totals: Array, coverage: float, points: dict[str, float]) -> Score:
    if not len(totals):
        return Score(
            value=None,
            low=None,
            high=None,
            coverage=coverage,
            withheld="nothing could be measured",
            components=points,
            draws=(),
        )
    low, value, high = (float(each) for each in np.percentile(totals, [5, 50, 95]))
    withheld = ""
    if coverage < LEAST_COVERAGE:
        withheld = f"only {coverage:.0%} of what the score is made of could be measured"
    elif high - low > WIDEST_INTERVAL:
        withheld = f"it would be uncertain by {high - low:.0f} points"
    return Score(
        value=None if withheld else value,
        low=None if withheld else low,
        high=None if withheld else high,
        coverage=coverage,
        withheld=withheld,
        components=points,
        draws=tuple(float(each) for each in totals),
    )


def _resampled(component: Component, chosen: npt.NDArray[np.int64], copies: Array) -> Array:
    """The points a component loses in each resampling, (RESAMPLINGS,); NaN where no frame of it was drawn."""
    assert component.errors is not None
    errors = component.errors[None]  # (1, T)
    if component.jitter is not None:
        errors = errors + component.jitter  # (K, T)
    values = points_lost(errors, component.tolerance, component.scale)
    seen = ~np.isnan(values)
    starts = np.array([start for start, _ in component.blocks])
    sums = np.add.reduceat(np.where(seen, values, 0.0), starts, axis=1)  # (K, blocks)
    counts = np.add.reduceat(seen.astype(np.float64), starts, axis=1)
    copy = (copies * len(values)).astype(np.int64)  # (RESAMPLINGS,)
    total, number = (chosen * sums[copy]).sum(axis=1), (chosen * counts[copy]).sum(axis=1)
    result: Array = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return result

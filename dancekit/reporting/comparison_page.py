"""The page of a comparison: accuracies and differences with their intervals, confusions, costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from markupsafe import Markup

from dancekit.reporting.comparison_contents import ComparedRow, Comparison
from dancekit.reporting.comparison_text import chance, explanation, percent
from dancekit.reporting.confusion import confusion_matrix
from dancekit.reporting.curves import Curve, line_chart
from dancekit.reporting.page import filled, write_whole
from dancekit.reporting.svg import element, number, picture
from dancekit.statistics import Difference, Estimate

_WIDTH, _HEIGHT, _EDGE = 300, 26, 8


def render_comparison(comparison: Comparison) -> str:
    """The whole page; equal contents give equal pages. Every name is escaped."""
    accuracies = _scale([bound for row in comparison.rows for bound in _bounds(row.accuracy)], low=0, high=1)
    differences = _scale([0.0, *(bound for row in comparison.rows for bound in _bounds(row.difference))])
    return filled(
        "comparison.html",
        styles=("page.css", "lifting.css", "comparison.css"),
        comparison=comparison,
        explanation=" ".join(explanation(comparison)),
        rows=[
            (row, _forest(row.accuracy, accuracies, row.printed), _forest(row.difference, differences, None))
            for row in comparison.rows
        ],
        printed=any(row.printed is not None for row in comparison.rows),
        confusions=[
            (row, confusion_matrix(np.array(row.confusion), comparison.classes))
            for row in comparison.rows
            if row.confusion
        ],
        persons=_persons(comparison),
        share=percent,
        chance=chance,
    )


def write_comparison_page(comparison: Comparison, file: Path) -> None:
    """Write the page through a temporary file."""
    write_whole(render_comparison(comparison), file)


def _bounds(estimate: Estimate | Difference | None) -> tuple[float, ...]:
    return () if estimate is None else (estimate.low, estimate.value, estimate.high)


def _scale(values: list[float], low: float = -1, high: float = 1) -> tuple[float, float]:
    """Where a scale begins and ends: a little beyond all values, within what they can be."""
    if not values:
        return low, high
    room = max(0.02, 0.06 * (max(values) - min(values)))
    return max(low, min(values) - room), min(high, max(values) + room)


def _forest(
    estimate: Estimate | Difference | None, scale: tuple[float, float], printed: float | None
) -> Markup:
    """A dot with its interval, a line at 0 where the scale has one, and a mark where it was printed."""
    begin, end = scale

    def x(value: float) -> float:
        place = min(max((value - begin) / (end - begin), 0.0), 1.0)
        return _EDGE + place * (_WIDTH - 2 * _EDGE)

    middle = _HEIGHT / 2
    parts = [element("path", d=f"M{_EDGE} {number(middle)}H{_WIDTH - _EDGE}", class_="track")]
    if begin < 0 < end:
        parts.append(element("path", d=f"M{number(x(0))} 2V{_HEIGHT - 2}", class_="guess"))
    words = "nothing measured"
    if estimate is not None:
        low, value, high = _bounds(estimate)
        parts.append(
            element("path", d=f"M{number(x(low))} {number(middle)}H{number(x(high))}", class_="band")
        )
        parts.append(element("circle", cx=x(value), cy=middle, r=5))
        words = f"{percent(value)}, interval {percent(low)} to {percent(high)}"
    if printed is not None:
        at = number(x(printed / 100))
        parts.append(element("path", d=f"M{at} 5V{_HEIGHT - 5}", class_="printed"))
        words += f"; printed {printed:.2f}"
    return picture(_WIDTH, _HEIGHT, parts, label=words, class_="forest")


def _persons(comparison: Comparison) -> Markup | None:
    """Milliseconds of a batch against the persons in each clip, a line for each row (figure 6)."""
    measured = [row for row in comparison.rows if row.cost is not None and len(row.cost.persons) > 1]
    if not measured:
        return None
    curves = [
        Curve(name=row.name, style=f"part-{place % 6 + 1}", points=_points(row))
        for place, row in enumerate(measured)
    ]
    return line_chart(
        curves,
        label="Milliseconds of a batch against the persons in each clip",
        width=1040,
        height=300,
        write=lambda milliseconds: f"{milliseconds:,.3g} ms",
    )


def _points(row: ComparedRow) -> list[tuple[int, float]]:
    assert row.cost is not None
    return [(persons, 1000 * seconds) for persons, seconds in row.cost.persons]

"""Curves over the epochs of a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dancekit.reporting.svg import element, number, picture

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 94, 26, 34
_DIGIT = 7  # the width of a digit at an axis
_LABEL_GAP = 15  # between the names of two lines that end at the same height


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A line of a chart.

    Attributes:
        name: stands at its end.
        style: its CSS class.
        points: (epoch, value), epochs counted from 1.
    """

    name: str
    style: str
    points: Sequence[tuple[int, float]]


def line_chart(
    curves: Sequence[Curve],
    *,
    label: str,
    chosen: int | None = None,
    width: int = 520,
    height: int = 300,
    write: Callable[[float], str] = "{:.3g}".format,
) -> Markup:
    """Lines over epochs, from zero upwards, each named at its end.

    Args:
        label: what it shows, for those who can't see it.
        chosen: an epoch to mark, counted from 1.
        write: a value as it stands at the axis and in tooltips.
    """
    finite = [
        Curve(name=curve.name, style=curve.style, points=kept)
        for curve in curves
        if (kept := [(epoch, value) for epoch, value in curve.points if math.isfinite(value)])
    ]
    last = max((epoch for curve in finite for epoch, _ in curve.points), default=1)
    ticks = nice_ticks(max((value for curve in finite for _, value in curve.points), default=1.0))

    left = max(_LEFT, 10 + _DIGIT * max(len(write(tick)) for tick in ticks))
    right, bottom = width - _RIGHT, height - _BOTTOM

    def x(epoch: float) -> float:
        share = 0.5 if last == 1 else (epoch - 1) / (last - 1)
        return left + share * (right - left)

    def y(value: float) -> float:
        return bottom - value / ticks[-1] * (bottom - _TOP)

    parts = [_axes(x, y, ticks, last, (left, right), bottom, write)]
    if chosen is not None:
        parts.append(_mark(x(chosen), chosen, (left + right) / 2, bottom))
    parts += [_line(curve, x, y, write) for curve in finite]
    parts.append(_names(finite, x, y, bottom))
    return picture(width, height, parts, label=label, class_="chart")


def over_epochs(history: Iterable[Mapping[str, float]], column: str) -> list[tuple[int, float]]:
    """The points of a curve from the rows of metrics.csv, in which epochs count from 0."""
    return [(int(row["epoch"]) + 1, row[column]) for row in history if column in row]


def nice_ticks(highest: float) -> list[float]:
    """Round numbers from 0 to the first at or above `highest`, four to six of them where possible."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough * (1 - 1e-9))
    count = math.ceil(highest / step - 1e-9)
    return [float(f"{i * step:.12g}") for i in range(count + 1)]


def _axes(
    x: Callable[[float], float],
    y: Callable[[float], float],
    ticks: Sequence[float],
    last: int,
    ends: tuple[float, float],
    bottom: float,
    write: Callable[[float], str],
) -> Markup:
    left, right = ends
    parts = []
    for tick in ticks:
        style = "axis" if tick == 0 else "grid"
        parts.append(element("path", d=f"M{left} {number(y(tick))}H{right}", class_=style))
        parts.append(element("text", write(tick), x=left - 8, y=y(tick) + 4, text_anchor="end"))
    for epoch in epoch_ticks(last):
        parts.append(element("text", str(epoch), x=x(epoch), y=bottom + 18, text_anchor="middle"))
    parts.append(element("text", "epoch", x=right + 12, y=bottom + 18))
    return element("g", parts, class_="axes")


def epoch_ticks(last: int) -> list[int]:
    """The first and the last epoch, and round ones between them with room for their numbers."""
    step = max(1, round(nice_ticks(last)[1]))
    between = [epoch for epoch in range(step, last, step) if epoch > 1 and last - epoch > step / 2]
    return sorted({1, *between, last})


def _mark(at: float, epoch: int, middle: float, bottom: float) -> Markup:
    to_the_left = at > middle
    text = element(
        "text",
        f"epoch {epoch} kept",
        x=at - 6 if to_the_left else at + 6,
        y=_TOP - 10,
        text_anchor="end" if to_the_left else "start",
    )
    line = element("path", d=f"M{number(at)} {_TOP - 20}V{bottom}")
    return element("g", line, text, class_="mark")


def _line(
    curve: Curve,
    x: Callable[[float], float],
    y: Callable[[float], float],
    write: Callable[[float], str],
) -> Markup:
    path = "L".join(f"{number(x(epoch))} {number(y(value))}" for epoch, value in curve.points)
    dots = [
        element(
            "circle",
            element("title", f"epoch {epoch}, {curve.name}: {write(value)}"),
            cx=x(epoch),
            cy=y(value),
            r=4,
        )
        for epoch, value in curve.points
    ]
    style = "alone" if len(curve.points) == 1 else None  # a line of one point is its dot
    return element("g", element("path", d=f"M{path}"), element("g", dots, class_=style), class_=curve.style)


def _names(
    curves: Sequence[Curve], x: Callable[[float], float], y: Callable[[float], float], lowest: float
) -> Markup:
    """The names at the ends of the lines, moved apart where they would overlap, and none below `lowest`."""
    ends = sorted(((y(curve.points[-1][1]), curve) for curve in curves), key=lambda end: end[0])
    places, above = [], -math.inf
    for place, _ in ends:
        above = max(place, above + _LABEL_GAP)
        places.append(above)
    for i, (place, spare) in enumerate(zip(places, reversed(range(len(places))), strict=True)):
        places[i] = min(place, lowest - spare * _LABEL_GAP)
    parts = [
        element("text", curve.name, x=x(curve.points[-1][0]) + 9, y=place + 4, class_=curve.style)
        for place, (_, curve) in zip(places, ends, strict=True)
    ]
    return element("g", parts, class_="names")

"""One angle over time: the reference with the band of what is tolerated, and the dancer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from dancekit.reporting.curves import nice_ticks
from dancekit.reporting.svg import element, number, picture
from dancekit_coach.angles import wrapped
from dancekit_coach.report_angles import angle_words
from dancekit_coach.report_time import LEFT, Clock, phase_bands
from dancekit_coach.result import Curve, Review, Series

_MOST_POINTS = 180  # of a curve
_TOP, _BELOW = 20.0, 26.0
_LEAST_RANGE = 40.0  # degrees from bottom to top, so that jitter does not fill a chart


def angle_chart(curve: Curve, review: Review, *, width: float = 520, height: float = 200) -> Markup:
    """Both on the clock of the reference; lines and band break where nothing was seen."""
    clock = Clock.of(review, width=width)
    scale = _Scale.of(curve, bottom=height - _BELOW)
    parts = [phase_bands(review, clock, _TOP, scale.bottom)]
    for tick in scale.ticks():
        parts.append(
            element("path", d=f"M{number(LEFT)} {number(scale.y(tick))}H{number(clock.right)}", class_="grid")
        )
        parts.append(element("text", f"{round(tick)}°", x=LEFT - 8, y=scale.y(tick) + 4, text_anchor="end"))
    parts += [
        clock.axis(scale.bottom),
        _band(curve, clock, scale, review.rate),
        element("path", d=_path(curve.reference, clock, scale.y, review.rate), class_="reference"),
        element("path", d=_path(curve.student, clock, scale.y, review.rate), class_="dancer"),
        clock.cursor(_TOP, scale.bottom),
    ]
    label = f"{angle_words(curve.angle)} over time"
    return picture(width, height, parts, label=label, class_="coach-chart timed")


def excess_of(curve: Curve) -> float:
    """By how many degrees the dancer leaves the band on average; -1 where nothing can be compared."""
    rows = [
        (one, other, allowed)
        for one, other, allowed in zip(curve.student, curve.reference, curve.tolerance, strict=True)
        if one is not None and other is not None and allowed is not None
    ]
    if not rows:
        return -1.0
    student, reference, tolerance = np.array(rows).T  # (T,) each
    return float(np.maximum(np.abs(wrapped(student - reference)) - tolerance, 0.0).mean())


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """The vertical axis: degrees from `low` at `bottom` to `high` at the top."""

    low: float
    high: float
    bottom: float

    @classmethod
    def of(cls, curve: Curve, *, bottom: float) -> _Scale:
        known = [value for value in (*curve.student, *curve.reference) if value is not None]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        room = max((_LEAST_RANGE - (high - low)) / 2, 0.08 * (high - low))
        return cls(low=low - room, high=high + room, bottom=bottom)

    def y(self, degrees: float) -> float:
        """Within the chart, also for a band that reaches beyond it."""
        share = (degrees - self.low) / (self.high - self.low)
        return self.bottom - min(max(share, 0.0), 1.0) * (self.bottom - _TOP)

    def ticks(self) -> list[float]:
        step = nice_ticks(self.high - self.low)[1]
        first = step * np.ceil(self.low / step)
        return [float(tick) for tick in np.arange(first, self.high, step)]


def _shown(length: int) -> range:
    return range(0, length, max(1, -(-length // _MOST_POINTS)))


def _path(series: Series, clock: Clock, y: Callable[[float], float], rate: float) -> str:
    words, drawing = [], False
    for place in _shown(len(series)):
        value = series[place]
        if value is not None:
            words.append(f"{'L' if drawing else 'M'}{number(clock.x(place / rate))} {number(y(value))}")
        drawing = value is not None
    return "".join(words) or "M0 0"


def _band(curve: Curve, clock: Clock, scale: _Scale, rate: float) -> Markup:
    """What is tolerated around the reference, as one area for each stretch that was seen."""
    parts: list[Markup] = []
    stretch: list[tuple[str, str, str]] = []  # x, and y of the lower and the upper end

    def close() -> None:
        if len(stretch) > 1:
            upper = "L".join(f"{x} {high}" for x, _, high in stretch)
            lower = "L".join(f"{x} {low}" for x, low, _ in reversed(stretch))
            parts.append(element("path", d=f"M{upper}L{lower}Z", class_="band"))
        stretch.clear()

    for place in _shown(len(curve.reference)):
        middle, allowed = curve.reference[place], curve.tolerance[place]
        if middle is None or allowed is None:
            close()
            continue
        low, high = scale.y(middle - allowed), scale.y(middle + allowed)
        stretch.append((number(clock.x(place / rate)), number(low), number(high)))
    close()
    return element("g", parts)

"""Late and early over time, and the timing of the whole in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup

from dancekit.reporting.curves import nice_ticks
from dancekit.reporting.svg import element, number, picture
from dancekit_coach.report_time import LEFT, Clock, phase_bands
from dancekit_coach.result import Review, Series
from dancekit_coach.timing import TEMPO_TOLERANCE, Timing, late_words

_MOST_STEPS = 480  # across the strip
_TOP = 22.0


def timing_strip(review: Review, *, width: float = 1040, height: float = 170) -> Markup | None:
    """Late above the line and early below it, in steps; None where nothing was timed.

    The band is what costs nothing; held poses are gaps. Unless both began with the music, late and early
    count from where each of them began.
    """
    if review.timing is None:
        return None
    lags, tolerance = _counted(review, review.timing), review.timing.tolerance
    known = [abs(value) for value in lags if value is not None]
    if not known:
        return None
    clock = Clock.of(review, width=width)
    highest = nice_ticks(max(1.1 * max(known), 2 * tolerance))[-1]
    bottom = height - 24
    middle = (_TOP + bottom) / 2

    def y(value: float) -> float:
        return middle - value / highest * (middle - _TOP)

    parts = [phase_bands(review, clock, _TOP, bottom)]
    box = {"x": LEFT, "width": clock.right - LEFT, "y": y(tolerance), "height": y(-tolerance) - y(tolerance)}
    parts.append(element("rect", class_="tolerated", **box))
    for value, text, down in ((highest, "late", 10), (0.0, "0", 4), (-highest, "early", -12)):
        parts.append(element("text", text, x=LEFT - 8, y=y(value) + down, text_anchor="end"))
        if value:
            says = f"{highest:g} s"
            parts.append(element("text", says, x=LEFT - 8, y=y(value) + down + 13, text_anchor="end"))
    half = 0.5 / review.rate
    for style, start, steps in _runs(lags, tolerance):
        path = f"M{number(clock.x(start / review.rate - half))} {number(middle)}"
        for stop, lag in steps:
            path += f"V{number(y(lag))}H{number(clock.x(stop / review.rate - half))}"
        parts.append(element("path", d=f"{path}V{number(middle)}Z", class_=style))
    line = f"M{number(LEFT)} {number(middle)}H{number(clock.right)}"
    parts += [element("path", d=line, class_="axis"), clock.axis(bottom), clock.cursor(_TOP, bottom)]
    label = f"Late and early over time, at most {max(known):.2f} s"
    return picture(width, height, parts, label=label, class_="coach-chart strip timed")


def timing_facts(timing: Timing) -> list[tuple[str, str]]:
    """The timing of the whole: what, and how much."""
    facts = []
    if timing.together:
        lag = f"{late_words(timing.start_lag, timing.resolution)}{' or more' if timing.at_limit else ''}"
        facts.append(("Start", "with the reference" if abs(timing.start_lag) <= timing.tolerance else lag))
    facts.append(("Tempo", tempo_words(timing.tempo_ratio)))
    facts.append(("Evenness", f"mostly within {max(timing.local_deviation, timing.resolution):.2f} s"))
    if timing.period is not None:
        facts.append(("One cycle lasts", f"{timing.period:.2f} s"))
    return facts


def tempo_words(ratio: float) -> str:
    """A tempo beside that of the reference, above 1 being quicker; within tolerance it is the same."""
    if abs(math.log(ratio)) <= TEMPO_TOLERANCE:
        return "as the reference"
    return f"{100 * abs(ratio - 1):.0f}% {'quicker' if ratio > 1 else 'slower'}"


def _counted(review: Review, timing: Timing) -> Series:
    if timing.together:
        return review.lag
    return tuple(None if value is None else value - timing.start_lag for value in review.lag)


def _runs(lags: Series, tolerance: float) -> Iterator[tuple[str, int, list[tuple[int, float]]]]:
    """Neighbouring steps of one style: their first frame, and of each the one past its last and its lag."""
    step = -(-len(lags) // _MOST_STEPS)

    def style(place: int) -> str:
        lag = lags[place]
        if lag is None:
            return ""
        return "within" if abs(lag) <= tolerance else "late" if lag > 0 else "early"

    for name, run in groupby(range(0, len(lags), step), key=style):
        places = list(run)
        steps = [(place + step, lag) for place in places if (lag := lags[place]) is not None]
        if name:
            yield name, places[0], steps

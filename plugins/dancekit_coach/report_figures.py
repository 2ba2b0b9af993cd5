"""Figures of a review: the joints by phases, the angles over time, early and late, and progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from dancekit.reporting.curves import nice_ticks
from dancekit.reporting.svg import element, number, picture, shortened, spoken
from dancekit_coach.form import FormError
from dancekit_coach.mastery import MasteryState, Trial
from dancekit_coach.phases import Phase
from dancekit_coach.report_words import angle_order, angle_words
from dancekit_coach.result import Curve, Review, Series
from dancekit_coach.timing import TOLERANCE

_MOST_POINTS = 240  # of a curve
_FULL = 45.0  # degrees of the strongest colour
_LEFT, _TOP = 52, 22


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The horizontal axis that all figures over time share: seconds of the reference."""

    seconds: float
    width: float
    left: float = _LEFT
    right: float = 14

    def x(self, second: float) -> float:
        share = second / self.seconds if self.seconds > 0 else 0.0
        return self.left + share * (self.width - self.left - self.right)

    def cursor(self, top: float, bottom: float) -> Markup:
        """The line that the page's script moves along with the skeletons."""
        return element(
            "line",
            class_="cursor",
            x1=self.left,
            x2=self.left,
            y1=top,
            y2=bottom,
            data_from=number(self.left),
            data_to=number(self.width - self.right),
        )


def clock_of(review: Review, width: float) -> Clock:
    return Clock(seconds=max(len(review.warp) - 1, 1) / review.rate, width=width)


def heat_map(form: Sequence[FormError], phases: Sequence[Phase], missing: Sequence[str]) -> Markup:
    """Joints down, phases across: coloured beyond tolerance, pale within it, grey within the error.

    Args:
        missing: angles that were not measured; their rows are hatched.
    """
    by_place = {(each.angle, each.phase): each for each in form}
    measured = {each.angle for each in form}
    angles = sorted(measured | {name for name in missing if angle_order(name) < 16}, key=angle_order)
    cell = max(34.0, min(150.0, 860 / max(len(phases), 1)))
    left, row, top = 178.0, 26.0, 34.0 if cell >= 60 else 74.0
    parts = []
    for place, phase in enumerate(phases):
        x = left + (place + 0.5) * cell
        if cell >= 60:
            parts.append(element("text", phase.name, x=x, y=top - 12, text_anchor="middle", class_="name"))
        else:
            turned = f"translate({number(x + 4)} {number(top - 8)}) rotate(-60)"
            parts.append(element("text", shortened(phase.name, 12), transform=turned, class_="name"))
    for line, angle in enumerate(angles):
        y = top + line * row
        parts.append(
            element("text", angle_words(angle), x=left - 12, y=y + 17, text_anchor="end", class_="joint")
        )
        for place, phase in enumerate(phases):
            x = left + place * cell
            parts.append(_cell(by_place.get((angle, phase.name)), angle, phase, x, y, cell, row))
    return picture(
        left + cell * len(phases) + 8,
        top + row * len(angles) + 6,
        parts,
        label="Signed error of each joint angle in each phase of the movement, in degrees",
        class_="joints",
    )


def _cell(
    error: FormError | None, angle: str, phase: Phase, x: float, y: float, width: float, height: float
) -> Markup:
    box = {"x": x + 1.5, "y": y + 1.5, "width": width - 3, "height": height - 3, "rx": 4}
    if error is None:
        says = f"{angle_words(angle)}, {phase.name}: not measured"
        return element("g", element("title", says), element("rect", class_="blank", **box))
    if error.beyond_tolerance or error.beyond_error:
        style = "more" if error.error > 0 else "less"
        strength = 0.25 + 0.75 * min(abs(error.error) / _FULL, 1.0) if error.beyond_tolerance else 0.14
    else:
        style, strength = "noise", 1.0
    state = (
        "beyond tolerance"
        if error.beyond_tolerance
        else "real, within tolerance"
        if error.beyond_error
        else "within the error of measurement"
    )
    says = (
        f"{angle_words(angle)}, {phase.name}: {error.error:+.0f}° ({state}); detectable from "
        f"{error.detectable:.1f}°, tolerated to {error.tolerance:.0f}°, {error.frames} frames"
    )
    strong = style != "noise" and strength > 0.68
    text = element(
        "text",
        f"{round(error.error):+d}",
        x=x + width / 2,
        y=y + height / 2 + 4,
        text_anchor="middle",
        class_="on" if strong else "value" if style != "noise" else "faint",
    )
    return element(
        "g", element("title", says), element("rect", class_=style, fill_opacity=strength, **box), text
    )


def angle_chart(curve: Curve, review: Review, *, width: float = 520, height: float = 190) -> Markup:
    """The reference with its band, and the dancer, on the clock of the reference."""
    clock = clock_of(review, width)
    bottom = height - 26
    known = [value for series in (curve.student, curve.reference) for value in series if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = max((40 - (high - low)) / 2, 0.08 * (high - low))
    low, high = low - room, high + room
    step = nice_ticks(high - low)[1]

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - 10)

    parts = [_phases(review, clock, 10, bottom)]
    tick = step * -(-low // step)
    while tick <= high:
        parts.append(
            element("path", d=f"M{_LEFT} {number(y(tick))}H{number(width - clock.right)}", class_="grid")
        )
        parts.append(element("text", f"{round(tick)}°", x=_LEFT - 8, y=y(tick) + 4, text_anchor="end"))
        tick += step
    parts.append(_seconds(clock, bottom))
    parts.append(_band(curve, clock, y, review.rate, (low, high)))
    parts.append(element("path", d=_path(curve.reference, clock, y, review.rate), class_="reference"))
    parts.append(element("path", d=_path(curve.student, clock, y, review.rate), class_="dancer"))
    parts.append(clock.cursor(10, bottom))
    return picture(
        width, height, parts, label=f"{angle_words(curve.angle)} over time", class_="coach-chart timed"
    )


def timing_strip(review: Review, *, width: float = 1040, height: float = 150) -> Markup:
    """Late above the line and early below it; the band is what costs nothing, gaps are still moments."""
    clock = clock_of(review, width)
    known = [abs(value) for value in review.lag if value is not None]
    highest = nice_ticks(max([1.15 * each for each in known] + [2 * TOLERANCE]))[-1]
    middle, bottom = (height - 24) / 2 + 4, height - 24

    def y(value: float) -> float:
        return middle - value / highest * (middle - 8)

    parts = [_phases(review, clock, 8, bottom)]
    parts.append(
        element(
            "rect",
            x=_LEFT,
            width=width - clock.right - _LEFT,
            y=y(TOLERANCE),
            height=y(-TOLERANCE) - y(TOLERANCE),
            class_="tolerated",
        )
    )
    for value, text in ((highest, "late"), (-highest, "early")):
        parts.append(
            element("text", text, x=_LEFT - 8, y=y(value) + (12 if value > 0 else -2), text_anchor="end")
        )
    parts.append(element("text", "0", x=_LEFT - 8, y=middle + 4, text_anchor="end"))
    step = max(1, len(review.lag) // 480)
    bar = max(step * (clock.x(1 / review.rate) - clock.x(0)), 0.8)
    for place in range(0, len(review.lag), step):
        lag = review.lag[place]
        if lag is None:
            continue
        style = "within" if abs(lag) <= TOLERANCE else "late" if lag > 0 else "early"
        top, end = sorted((y(lag), middle))
        parts.append(
            element(
                "rect",
                x=max(clock.x(place / review.rate) - bar / 2, clock.left),
                y=top,
                width=bar,
                height=max(end - top, 1.0),
                class_=style,
            )
        )
    parts.append(element("path", d=f"M{_LEFT} {number(middle)}H{number(width - clock.right)}", class_="axis"))
    parts.append(_seconds(clock, bottom))
    parts.append(clock.cursor(8, bottom))
    largest = max(known, default=0.0)
    return picture(
        width,
        height,
        parts,
        label=f"Late and early over time, at most {largest:.2f} s",
        class_="coach-chart strip timed",
    )


def interval_on_scale(low: float, value: float, high: float) -> Markup:
    """A score and its interval from 0 to 100."""
    from dancekit.reporting.scale_bar import scale_bar

    says = f"{low:.0f} to {high:.0f} of 100"
    return scale_bar(
        value, (low, high), highest=100.0, ends=("0", "50", "100: as the reference"), mark=None, label=says
    )


def symmetry_bar(value: float, detectable: float) -> Markup:
    """A symmetry angle between the sides; the grey part is what cannot be told from even."""
    width, middle, most = 150.0, 75.0, 15.0

    def x(percent: float) -> float:
        return middle - max(-most, min(most, percent)) / most * (middle - 8)

    # Negative: the right side moves less, so the mark lies on the side that moves more, the left one.
    left, right = sorted((x(-detectable), x(detectable)))
    parts = [
        element("path", d=f"M4 9H{width - 4:g}", class_="rail"),
        element("rect", x=left, y=4, width=right - left, height=10, rx=3, class_="unsure"),
        element("path", d=f"M{middle:g} 2V16", class_="axis"),
        element("circle", cx=width - x(value), cy=9, r=4.5),
    ]
    return picture(width, 18, parts, label=f"symmetry angle {value:+.1f}%", class_="symmetry-bar")


def progress_chart(
    trials: Sequence[Trial], states: Sequence[tuple[date, MasteryState]], *, target: float = 0.8
) -> Markup:
    """Scores with their intervals, and the estimated mastery with its 90 % band, over the days."""
    width, height, right = 1040.0, 250.0, 110.0
    bottom, first = height - 28, trials[0].day
    span = max((trials[-1].day - first).days, 1)

    def x(day: date) -> float:
        return _LEFT + 14 + (day - first).days / span * (width - _LEFT - right - 28)

    def y(points: float) -> float:
        return bottom - max(0.0, min(100.0, points)) / 100 * (bottom - 12)

    parts = []
    for tick in (0, 25, 50, 75, 100):
        parts.append(element("path", d=f"M{_LEFT} {number(y(tick))}H{number(width - right)}", class_="grid"))
        parts.append(element("text", str(tick), x=_LEFT - 8, y=y(tick) + 4, text_anchor="end"))
    parts.append(
        element("path", d=f"M{_LEFT} {number(y(100 * target))}H{number(width - right)}", class_="target")
    )
    parts.append(element("text", "mastered", x=width - right + 8, y=y(100 * target) + 4))
    points = [(x(day), 100 * state.mean, 164.5 * state.variance**0.5) for day, state in states]
    upper = "L".join(f"{number(at)} {number(y(mean + wide))}" for at, mean, wide in points)
    lower = "L".join(f"{number(at)} {number(y(mean - wide))}" for at, mean, wide in reversed(points))
    parts.append(element("path", d=f"M{upper}L{lower}Z", class_="sure"))
    middle = "L".join(f"{number(at)} {number(y(mean))}" for at, mean, _ in points)
    parts.append(element("path", d=f"M{middle}", class_="dancer"))
    for trial in trials:
        half, at = trial.width / 2, number(x(trial.day))
        says = f"{trial.day}: {trial.score:.0f} ± {half:.0f}"
        parts.append(
            element(
                "g",
                element("title", says),
                element("path", d=f"M{at} {number(y(trial.score + half))}V{number(y(trial.score - half))}"),
                element("circle", cx=x(trial.day), cy=y(trial.score), r=3.5),
                class_="trial",
            )
        )
    days = [first] if trials[-1].day == first else [first, trials[-1].day]
    for day in days:
        parts.append(element("text", day.isoformat(), x=x(day), y=height - 8, text_anchor="middle"))
    return picture(
        width,
        height,
        parts,
        label="Scores and estimated mastery over the days",
        class_="coach-chart progress",
    )


def _phases(review: Review, clock: Clock, top: float, bottom: float) -> Markup:
    """Every second phase tinted, each with its name as a tooltip."""
    parts = []
    for place, phase in enumerate(review.phases):
        left, right = clock.x(phase.start / review.rate), clock.x(phase.stop / review.rate)
        right = min(right, clock.width - clock.right)
        parts.append(
            element(
                "rect",
                element("title", spoken(phase.name)),
                x=left,
                y=top,
                width=max(right - left, 0.0),
                height=bottom - top,
                class_="phase odd" if place % 2 else "phase",
            )
        )
    return element("g", parts)


def _seconds(clock: Clock, bottom: float) -> Markup:
    ticks = [tick for tick in nice_ticks(clock.seconds) if tick <= clock.seconds * 1.001]
    return element(
        "g",
        [
            element("text", f"{tick:g} s", x=clock.x(tick), y=bottom + 17, text_anchor="middle")
            for tick in ticks
        ],
    )


def _thinned(length: int) -> range:
    return range(0, length, max(1, -(-length // _MOST_POINTS)))


def _path(series: Series, clock: Clock, y: Callable[[float], float], rate: float) -> str:
    """A line that breaks where nothing was seen."""
    words, drawing = [], False
    for place in _thinned(len(series)):
        value = series[place]
        if value is not None:
            words.append(f"{'L' if drawing else 'M'}{number(clock.x(place / rate))} {number(y(value))}")
        drawing = value is not None
    return "".join(words) or "M0 0"


def _band(
    curve: Curve, clock: Clock, y: Callable[[float], float], rate: float, ends: tuple[float, float]
) -> Markup:
    """What is tolerated around the reference, as one area for each stretch that was seen."""
    parts: list[Markup] = []
    stretch: list[tuple[float, float, float]] = []

    def close() -> None:
        if len(stretch) > 1:
            upper = "L".join(f"{number(x)} {number(y(min(high, ends[1])))}" for x, _, high in stretch)
            lower = "L".join(f"{number(x)} {number(y(max(low, ends[0])))}" for x, low, _ in reversed(stretch))
            parts.append(element("path", d=f"M{upper}L{lower}Z", class_="band"))
        stretch.clear()

    for place in _thinned(len(curve.reference)):
        middle, allowed = curve.reference[place], curve.tolerance[place]
        if middle is None or allowed is None:
            close()
            continue
        stretch.append((clock.x(place / rate), middle - allowed, middle + allowed))
    close()
    return element("g", parts)

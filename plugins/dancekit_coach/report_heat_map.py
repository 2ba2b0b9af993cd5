"""Joints by phases: how far each angle was from the reference in each part of the movement.

A cell says how sure its figure is before it says anything else: coloured and bold is beyond tolerance, pale
is real but tolerated, and grey without a figure is within the error of measurement. Sign and weight of the
figures say the same as the colours, for print and for eyes that do not tell colours apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dancekit.reporting.svg import element, number, picture, shortened, spoken
from dancekit_coach.form import FormError
from dancekit_coach.phases import Phase
from dancekit_coach.report_angles import angle_order, angle_words, difference_words

SHADES = (20.0, 40.0)
"""Degrees from which on a difference beyond tolerance has the second and the third shade."""

_WIDTH, _LEFT, _ROW = 975.0, 170.0, 27.0
_NARROW, _WIDE = 30.0, 92.0  # of a cell
_LETTER = 6.9
_MOST_LETTERS = 14  # of a phase whose name stands upright


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """A rectangle with the figure of one angle in one phase."""

    x: float
    y: float
    width: float

    def drawn(self, error: FormError | None, angle: str, phase: str) -> Markup:
        if error is None:
            says = f"{angle_words(angle)}, {phase}: not measured"
            return element("g", element("title", says), self._box("blank"))
        return element("g", element("title", told(error)), self._box(_style(error)), self._figure(error))

    def _box(self, style: str) -> Markup:
        return element(
            "rect",
            x=self.x + 1.5,
            y=self.y + 1.5,
            width=self.width - 3,
            height=_ROW - 3,
            class_=style,
        )

    def _figure(self, error: FormError) -> Markup:
        x, y = self.x + self.width / 2, self.y + _ROW / 2 + 4
        return element("text", figure(error), x=x, y=y, text_anchor="middle", class_=f"on-{_style(error)}")


def heat_map(form: Sequence[FormError], phases: Sequence[Phase]) -> Markup:
    """Angles down that were measured at all, phases across; what was not measured of them is dotted."""
    by_place = {(each.angle, each.phase): each for each in form}
    angles = {each.angle for each in form}
    width = max(_NARROW, min(_WIDE, (_WIDTH - _LEFT) / max(len(phases), 1)))
    upright = any(_LETTER * len(phase.name) > width for phase in phases)
    top = 94.0 if upright else 30.0
    parts = [
        _phase_name(spoken(phase.name), _LEFT + (place + 0.5) * width, top, upright=upright)
        for place, phase in enumerate(phases)
    ]
    for line, angle in enumerate(sorted(angles, key=angle_order)):
        y = top + line * _ROW
        name = angle_words(angle)
        parts.append(element("text", name, x=_LEFT - 12, y=y + 18, text_anchor="end", class_="joint"))
        for place, phase in enumerate(phases):
            cell = _Cell(x=_LEFT + place * width, y=y, width=width)
            parts.append(cell.drawn(by_place.get((angle, phase.name)), angle, spoken(phase.name)))
    return picture(
        _LEFT + width * len(phases) + (28 if upright else 8),
        top + _ROW * len(angles) + 6,
        parts,
        label="Difference of each angle in each part of the movement, in degrees",
        class_="joints",
    )


def figure(error: FormError) -> str:
    """What stands in a cell: signed degrees, or that the difference is too small to tell."""
    if not (error.beyond_tolerance or error.beyond_error):
        return "≈"
    return f"{error.error:+.0f}".replace("-", "−")


def told(error: FormError) -> str:
    """One cell in words, with what its figure stands beside."""
    state = (
        "beyond tolerance"
        if error.beyond_tolerance
        else "real, within tolerance"
        if error.beyond_error
        else "within the error of measurement"
    )
    return (
        f"{difference_words(error.angle, error.error)}, {spoken(error.phase)} ({state}); detectable from "
        f"{error.detectable:.1f}°, tolerated to {error.tolerance:.0f}°"
    )


def _style(error: FormError) -> str:
    way = "more" if error.error > 0 else "less"
    if error.beyond_tolerance:
        return f"{way}-{1 + sum(abs(error.error) >= least for least in SHADES)}"
    return f"{way}-0" if error.beyond_error else "noise"


def _phase_name(name: str, x: float, top: float, *, upright: bool) -> Markup:
    if not upright:
        return element("text", name, x=x, y=top - 10, text_anchor="middle", class_="name")
    turned = f"translate({number(x + 4)} {number(top - 8)}) rotate(-60)"
    return element("text", shortened(name, _MOST_LETTERS), transform=turned, class_="name")

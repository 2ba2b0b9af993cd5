"""One number with its interval on a scale from zero, and a yardstick beside it."""

from __future__ import annotations

from markupsafe import Markup

from dancekit.reporting.svg import element, number, picture

_WIDTH, _LEFT = 520, 8


def scale_bar(
    value: float,
    interval: tuple[float, float] | None,
    *,
    highest: float,
    ends: tuple[str, str, str],
    mark: tuple[str, float] | None,
    label: str,
) -> Markup:
    """A dot on a track, a band for its interval, and a dashed mark with a name.

    Args:
        highest: where the scale ends.
        ends: what is written at its beginning, middle and end.
        mark: the name and place of the yardstick.
        label: what it shows, for those who can't see it.
    """

    def x(place: float) -> float:
        return _LEFT + place / highest * (_WIDTH - 2 * _LEFT)

    parts = [element("path", d=f"M{_LEFT} 28H{_WIDTH - _LEFT}", class_="track")]
    if interval is not None:
        low, high = interval
        parts.append(element("path", d=f"M{number(x(low))} 28H{number(x(high))}", class_="band"))
    parts.append(element("circle", cx=x(value), cy=28, r=7))
    if mark is not None:
        name, place = mark
        parts.append(element("path", d=f"M{number(x(place))} 18V38", class_="guess"))
        parts.append(element("text", name, x=x(place), y=12, text_anchor=_anchor(place / highest)))
    shares = (0.0, 0.5, 1.0)
    parts += [
        element("text", text, x=x(share * highest), y=52, text_anchor=_anchor(share))
        for share, text in zip(shares, ends, strict=True)
    ]
    return picture(_WIDTH, 58, parts, label=label, class_="interval")


def _anchor(share: float) -> str:
    """Text at the ends of the scale stays inside it."""
    return "start" if share < 0.1 else "end" if share > 0.9 else "middle"

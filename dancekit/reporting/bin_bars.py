"""The error under one condition after another, as bars with how often each was there."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dancekit.reporting.curves import nice_ticks
from dancekit.reporting.lifting_contents import Bin
from dancekit.reporting.svg import element, number, picture

_WIDTH, _HEIGHT = 520, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 8, 22, 58
FEW = 100
"""Bars of what was counted less often are pale."""

_FILLED = 0.62  # of the room of a bar


def bin_bars(bins: Sequence[Bin], *, label: str, unit: str, counted: str, overall: float | None) -> Markup:
    """Bars from zero upwards; a bin that nothing fell into has none.

    Args:
        label: what it shows, for those who can't see it.
        unit: of the bins.
        counted: what the counts count.
        overall: the error under all conditions, as a line across.
    """
    ticks = nice_ticks(max((each.error or 0.0 for each in bins), default=0.0))
    across = (_WIDTH - _LEFT - _RIGHT) / max(len(bins), 1)
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT

    def y(value: float) -> float:
        return bottom - value / ticks[-1] * (bottom - _TOP)

    axes = [
        element("path", d=f"M{_LEFT} {number(y(tick))}H{right}", class_="grid" if tick else "axis")
        for tick in ticks
    ]
    axes += [
        element("text", f"{tick:g}", x=_LEFT - 7, y=y(tick) + 4, text_anchor="end", class_="tick")
        for tick in ticks
    ]
    bars = []
    for place, each in enumerate(bins):
        middle = _LEFT + (place + 0.5) * across
        error = "–" if each.error is None else f"{each.error:.1f}"
        top = y(each.error or 0.0)
        bars.append(
            element(
                "g",
                element("title", f"{bin_name(each)} {unit}: {error} mm, {each.count:,} {counted}"),
                element(
                    "rect",
                    x=middle - _FILLED * across / 2,
                    y=top,
                    width=_FILLED * across,
                    height=bottom - top,
                    rx=2,
                    class_="one few" if each.count < FEW else "one",
                ),
                element("text", error, x=middle, y=top - 6, class_="value on-line"),
                element("text", bin_name(each), x=middle, y=bottom + 17),
                element("text", _short(each.count), x=middle, y=bottom + 32, class_="tick"),
            )
        )
    line = []
    if overall is not None and overall <= ticks[-1]:
        line.append(element("path", d=f"M{_LEFT} {number(y(overall))}H{right}", class_="overall"))
    title = element(
        "text", f"{unit}, and how many {counted}", x=(_LEFT + right) / 2, y=_HEIGHT - 5, class_="tick"
    )
    group = element("g", bars, title, text_anchor="middle")
    return picture(_WIDTH, _HEIGHT, axes, line, group, label=label, class_="bars")


def bin_name(each: Bin) -> str:
    """0–0.25, 3–4, 5, or 4 or more as 4+."""
    if each.high is None:
        return f"{each.low:g}+"
    return f"{each.low:g}" if each.high == each.low else f"{each.low:g}–{each.high:g}"


def _short(count: int) -> str:
    """950, 3.2k, 41k, 1.3M"""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.2g}{letter}" if count < 10 * size else f"{count / size:.0f}{letter}"
    return str(count)

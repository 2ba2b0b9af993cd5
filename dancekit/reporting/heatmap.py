"""Heat maps: values as coloured cells, drawn once in unit squares and shown wherever they are needed.

Colour is one hue by opacity, so that the page's light and dark themes both fit: hue one for values above
zero, hue two for those below. Cells of one shade are one path, which keeps a page of many maps small.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from dancekit.reporting.contents import Array
from dancekit.reporting.svg import element, number, picture, shortened, spoken

_SHADES = 20
_LETTER = 0.54  # of the font size, the mean width of a letter


def cells(values: Array, *, name: str) -> Markup:
    """A (rows, columns) array from -1 to 1 as a group of unit squares, to be shown by `use`.

    Args:
        name: the id of the group.
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0).clip(-1, 1)
    shades = np.rint(finite * _SHADES).astype(int)  # (rows, columns)
    paths = [
        element("path", d=_squares(shades == shade), fill_opacity=abs(shade) / _SHADES, class_=_hue(shade))
        for shade in np.unique(shades)
        if shade != 0
    ]
    return element("g", paths, id=name)


def heat_map(
    shown: str,
    *,
    series: str,
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    cell: tuple[float, float],
    axis: tuple[str, str] = ("", ""),
) -> Markup:
    """A frame with names at its sides around the cells.

    Args:
        shown: the id of the group that is shown first.
        series: the group of maps that the page's chooser goes through.
        rows: names from top to bottom; an empty one leaves its row without.
        columns: names from left to right.
        cell: width and height of one cell.
        axis: what is down and what is across, where the names alone don't say it.
    """
    size = min(11.0, max(7.0, 0.9 * min(cell[1], cell[0] if any(columns) else cell[1])))
    left = _room(rows, size) + (16 if axis[0] else 0)
    upright = max((len(name) for name in columns), default=0) * size * _LETTER > 2.2 * cell[0]
    bottom = (_room(columns, size) if upright else size + 8 if any(columns) else 0) + (16 if axis[1] else 0)
    width, height = cell[0] * len(columns), cell[1] * len(rows)
    drawing = element(
        "svg",
        element("use", href=f"#{shown}", data_series=series),
        x=left,
        y=4,
        width=width,
        height=height,
        viewBox=f"0 0 {len(columns)} {len(rows)}",
        preserveAspectRatio="none",
    )
    names = [
        element(
            "text", _shown_name(name), x=left - 6, y=4 + (i + 0.5) * cell[1] + 0.35 * size, text_anchor="end"
        )
        for i, name in enumerate(rows)
        if name
    ]
    names += [
        _column_name(_shown_name(name), left + (i + 0.5) * cell[0], height + 4, size, upright=upright)
        for i, name in enumerate(columns)
        if name
    ]
    middle = 4 + height / 2
    titles = [
        element(
            "text", axis[0], text_anchor="middle", transform=f"translate(11 {number(middle)}) rotate(-90)"
        ),
        element("text", axis[1], x=left + width / 2, y=height + bottom + 2, text_anchor="middle"),
    ]
    border = element("rect", x=left, y=4, width=width, height=height, class_="frame")
    return picture(
        left + width + 6,
        height + bottom + 8,
        drawing,
        border,
        element("g", names, font_size=size),
        element("g", titles if any(axis) else [], class_="titles"),
        label=label,
        class_="heat",
    )


def legend(low: str, high: str, *, signed: bool = False) -> Markup:
    """The scale of colours with what its ends mean."""
    shades = range(-10, 11) if signed else range(21)
    steps = [
        element(
            "rect",
            x=i * 7,
            width=7,
            height=10,
            class_=_hue(shade),
            fill_opacity=abs(shade) / (10 if signed else 20),
        )
        for i, shade in enumerate(shades)
    ]
    scale = picture(147, 10, steps, label=f"scale from {low} to {high}", class_="scale")
    return Markup('<span class="legend">{} {} {}</span>').format(low, scale, high)


def _hue(value: float) -> str:
    return "below" if value < 0 else "above"


def _squares(mask: np.ndarray) -> str:
    """The true cells as one path, neighbours in a row together."""
    path = []
    for row, line in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]])))
        for start, stop in edges.reshape(-1, 2):
            path.append(f"M{start} {row}h{stop - start}v1h{start - stop}z")
    return "".join(path)


def _shown_name(name: str) -> str:
    return shortened(spoken(name), 22)


def _room(names: Sequence[str], size: float) -> float:
    return max((len(_shown_name(name)) for name in names), default=0) * size * _LETTER + 12


def _column_name(name: str, x: float, y: float, size: float, *, upright: bool) -> Markup:
    if not upright:
        return element("text", name, x=x, y=y + size + 4, text_anchor="middle")
    place = f"translate({number(x + 0.35 * size)} {number(y + 6)}) rotate(-90)"
    return element("text", name, transform=place, text_anchor="end")

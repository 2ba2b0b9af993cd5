"""The confusion matrix, from six classes with all their numbers to a hundred as a picture (figure 5)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from dancekit.reporting.contents import Counts
from dancekit.reporting.svg import element, number, picture, shortened, spoken

_WIDTH = 1000
_LARGEST, _SMALLEST = 84.0, 9.0  # sides of a cell
_ROOM_FOR_SHARE, _ROOM_FOR_COUNT = 46.0, 20.0
_LETTER = 0.54  # of the font size, the mean width of a letter


def confusion_matrix(counts: Counts, classes: Sequence[str]) -> Markup:
    """Rows are what was danced, columns what was recognised; shade is the share of the row.

    Cells show count and share where there is room, the count where there is less; a tooltip always says
    both. The diagonal and the mistakes have different hues.

    Args:
        counts: (K, K)
    """
    names = [shortened(spoken(name), 26) for name in classes]
    longest = max(len(name) for name in names)
    side = min(_LARGEST, max(_SMALLEST, (_WIDTH - 190) / len(names)))
    font = min(13.0, max(7.5, 0.62 * side))
    room = longest * font * _LETTER + 14
    left, top = room + 22, room + 22
    size = side * len(names)
    parts = [
        element("text", "recognised as", x=left + size / 2, y=13, text_anchor="middle", class_="title"),
        element(
            "text",
            "danced",
            transform=f"translate(13 {number(top + size / 2)}) rotate(-90)",
            text_anchor="middle",
            class_="title",
        ),
        element("g", _names(names, classes, left, top, side, font), font_size=font),
        element("rect", x=left, y=top, width=size, height=size, class_="frame"),
        element(
            "g",
            _cells(counts, classes, side),
            transform=f"translate({number(left)} {number(top)})",
            text_anchor="middle",
        ),
    ]
    hits = int(np.trace(counts))
    label = f"Confusion matrix of {len(names)} movements: {hits} of {int(counts.sum())} clips are recognised."
    return picture(left + size + 4, top + size + 4, parts, label=label, class_="confusion")


def _names(
    names: Sequence[str], full: Sequence[str], left: float, top: float, side: float, font: float
) -> list[Markup]:
    parts = []
    for i, name in enumerate(names):
        middle = (i + 0.5) * side + 0.35 * font
        title = element("title", spoken(full[i]))
        parts.append(element("text", name, title, x=left - 8, y=top + middle, text_anchor="end"))
        place = f"translate({number(left + middle)} {number(top - 8)}) rotate(-90)"
        parts.append(element("text", name, title, transform=place))
    return parts


def _cells(counts: Counts, classes: Sequence[str], side: float) -> list[Markup]:
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)  # (K, K)
    parts = []
    for row, column in np.argwhere(counts):
        count, share = int(counts[row, column]), float(shares[row, column])
        danced, recognised = spoken(classes[row]), spoken(classes[column])
        what = f"{danced}: recognised" if row == column else f"{danced} taken for {recognised}"
        tooltip = f"{what}: {count} of {int(counts[row].sum())} clips, {100 * share:.1f}%"
        x, y = column * side, row * side
        square = element(
            "rect",
            element("title", tooltip),
            x=x,
            y=y,
            width=side,
            height=side,
            fill_opacity=0.08 + 0.92 * share,
            class_="hit" if row == column else "miss",
        )
        parts += [square, _numbers(count, share, x + side / 2, y + side / 2, side)]
    return parts


def _numbers(count: int, share: float, x: float, y: float, side: float) -> Markup:
    if side < _ROOM_FOR_COUNT:
        return Markup("")
    style = "on" if share > 0.5 else None
    if side < _ROOM_FOR_SHARE:
        return element("text", str(count), x=x, y=y + 4, font_size=11, class_=style)
    number_text = element("text", str(count), x=x, y=y + 1, font_size=16, class_=style)
    share_text = element("text", f"{100 * share:.0f}%", x=x, y=y + 17, font_size=11, class_=style)
    return number_text + share_text

"""One number a joint, as bars: left and right of a pair beneath each other, so that they can be compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from dancekit.reporting.curves import nice_ticks
from dancekit.reporting.player import side_of
from dancekit.reporting.svg import element, number, picture, shortened, spoken
from dancekit.skeleton.layout import Layout

_WIDTH = 520
_LETTER = 6.6  # the mean width of a letter, in pixels
_THICK, _BETWEEN, _GAP = 10, 2, 9  # a bar, between those of a pair, between rows
_TOP, _BOTTOM, _RIGHT = 4, 24, 44


def joint_bars(
    layout: Layout,
    values: Mapping[str, float | None],
    *,
    label: str,
    highest: float | None = None,
    write: Callable[[float], str] = "{:.1f}".format,
) -> Markup:
    """Bars from zero in the drawing order of the layout, from the root outwards.

    Args:
        values: by the names of joints; None where there is none.
        label: what it shows, for those who can't see it.
        highest: where the scale ends; None takes what the values need.
        write: a value as it stands at its bar.
    """
    rows = _rows(layout)
    ticks = nice_ticks(max((value for value in values.values() if value is not None), default=1.0))
    if highest is not None:
        ticks = [0.0, highest / 2, highest]
    left = max(len(name) for name, _ in rows) * _LETTER + 14

    def x(value: float) -> float:
        return left + value / ticks[-1] * (_WIDTH - _RIGHT - left)

    bars: list[Markup] = []
    names: list[Markup] = []
    y = float(_TOP)
    for name, joints in rows:
        height = len(joints) * _THICK + (len(joints) - 1) * _BETWEEN
        names.append(element("text", name, x=left - 9, y=y + height / 2 + 4, text_anchor="end"))
        for joint in joints:
            bars.append(_bar(layout, joint, values.get(layout.joints[joint]), x, y, write))
            y += _THICK + _BETWEEN
        y += _GAP - _BETWEEN
    grid = [
        element("path", d=f"M{number(x(tick))} {_TOP}V{number(y)}", class_="grid" if tick else "axis")
        for tick in ticks
    ]
    numbers = [
        element("text", f"{tick:g}", x=x(tick), y=y + 15, text_anchor="middle", class_="tick")
        for tick in ticks
    ]
    return picture(_WIDTH, y + _BOTTOM, grid, bars, names, numbers, label=label, class_="bars")


def _bar(
    layout: Layout,
    joint: int,
    value: float | None,
    x: Callable[[float], float],
    y: float,
    write: Callable[[float], str],
) -> Markup:
    side, name = side_of(joint, layout), spoken(layout.joints[joint])
    text = "–" if value is None else write(value)
    end = x(value or 0.0)
    return element(
        "g",
        element("title", f"{name}: {text}"),
        element("rect", x=x(0), y=y, width=max(0.0, end - x(0)), height=_THICK, rx=1.5, class_=side),
        element("text", text, x=end + 5, y=y + _THICK - 1, class_="value"),
    )


def _rows(layout: Layout) -> list[tuple[str, Sequence[int]]]:
    """The name and the joints of each row: a pair under the name that both have, or a joint alone."""
    order = [layout.parents.index(-1), *(child for child, _ in layout.bones)]
    partner = {joint: pair for pair in layout.pairs for joint in pair}
    rows: list[tuple[str, Sequence[int]]] = []
    done: set[int] = set()
    for joint in order:
        if joint not in done:
            joints = partner.get(joint, (joint,))
            rows.append((shortened(_name([layout.joints[each] for each in joints]), 22), joints))
            done.update(joints)
    return rows


def _name(names: Sequence[str]) -> str:
    """left_elbow and right_elbow are the elbow."""
    if len(names) == 1:
        return spoken(names[0])
    bare = {name.removeprefix(side) for name, side in zip(names, ("left_", "right_"), strict=True)}
    return spoken(bare.pop()) if len(bare) == 1 else " / ".join(map(spoken, names))

"""Figures of a week: the load that was done and is planned, and how days felt against the own past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from dancekit.reporting.curves import nice_ticks
from dancekit.reporting.svg import element, number, picture
from dancekit_coach.diary import CheckIn, Diary
from dancekit_coach.plan import WeekPlan
from dancekit_coach.wellness import WellnessVerdict, total

BEFORE = 28
"""Days of the diary before the plan that are shown."""

_LEFT, _WIDTH = 52.0, 1040.0


def load_chart(diary: Diary, plan: WeekPlan, usual: float) -> Markup:
    """A bar a day: done, planned, or dashed where nothing is written; the line is the usual day.

    Args:
        usual: AU of the recent usual week.
    """
    first, count, height = plan.start - timedelta(days=BEFORE), BEFORE + 7, 230.0
    done = diary.loads(first, count)
    planned = [0.0] * BEFORE + [float(day.load) for day in plan.days]
    known = [float(each) for each in done if each == each]
    highest = nice_ticks(max([*known, *planned, usual / 7, 60.0]))[-1]
    bottom, wide = height - 28, (_WIDTH - _LEFT - 90) / count

    def y(load: float) -> float:
        return bottom - load / highest * (bottom - 14)

    parts = _grid(nice_ticks(highest), y, "{:g}")
    for place in range(count):
        x, day = _LEFT + place * wide + 1.5, first + timedelta(days=place)
        load, todo = float(done[place]), planned[place]
        if load == load:
            parts.append(_bar(x, y(load), wide - 3, bottom, "done", f"{day}: {load:g} AU"))
        elif todo:
            parts.append(_bar(x, y(todo), wide - 3, bottom, "planned", f"{day}: {todo:g} AU planned"))
        elif place < BEFORE:
            parts.append(_bar(x, bottom - 12, wide - 3, bottom, "missing", f"{day}: not known"))
        if day.weekday() == 0:
            parts.append(
                element(
                    "text",
                    f"{day.day} {day:%b}",
                    x=x + wide / 2,
                    y=height - 9,
                    text_anchor="middle",
                )
            )
    now = _LEFT + BEFORE * wide
    parts.append(element("path", d=f"M{number(now)} 8V{number(bottom)}", class_="today"))
    ends = _LEFT + count * wide
    parts.append(element("path", d=f"M{_LEFT} {number(y(usual / 7))}H{number(ends)}", class_="usual"))
    parts.append(element("text", "usual day", x=ends + 8, y=y(usual / 7) + 4))
    return picture(_WIDTH, height, parts, label="Load of each day in AU", class_="coach-chart load")


def wellness_chart(check_ins: Sequence[CheckIn], verdict: WellnessVerdict, last: date) -> Markup | None:
    """The sum of each check-in, an open dot where an item is missing; None without any check-in."""
    first = last - timedelta(days=BEFORE - 1)
    shown = [each for each in check_ins if first <= each.day <= last and any(each.answers)]
    if not shown:
        return None
    height, right = 190.0, 90.0
    bottom = height - 28

    def y(points: float) -> float:
        return bottom - (points - 4) / 24 * (bottom - 12)

    def x(day: date) -> float:
        return _LEFT + 10 + (day - first).days / (BEFORE - 1) * (_WIDTH - _LEFT - right - 20)

    parts = []
    if verdict.mean is not None and verdict.deviation is not None:
        high = min(verdict.mean + verdict.deviation, 28.0)
        low = max(verdict.mean - verdict.deviation, 4.0)
        box = {
            "x": _LEFT,
            "width": _WIDTH - _LEFT - right,
            "y": y(high),
            "height": max(y(low) - y(high), 2.0),
        }
        parts.append(element("rect", class_="usual", **box))
        parts.append(element("text", "usual for you", x=_WIDTH - right + 8, y=y(verdict.mean) + 4))
    for tick, name in ((4, "very good"), (28, "very bad")):
        parts.append(element("path", d=f"M{_LEFT} {number(y(tick))}H{number(_WIDTH - right)}", class_="grid"))
        parts.append(element("text", name, x=_WIDTH - right + 8, y=y(tick) + 4))
        parts.append(element("text", str(tick), x=_LEFT - 8, y=y(tick) + 4, text_anchor="end"))
    for each in shown:
        whole = None not in each.answers
        says = f"{each.day}: {'' if whole else 'at least '}{total(each)} of 28"
        dot = element(
            "circle",
            element("title", says),
            cx=x(each.day),
            cy=y(total(each)),
            r=4.5,
            class_=None if whole else "partial",
        )
        parts.append(dot)
    for day in (first, last):
        parts.append(element("text", day.isoformat(), x=x(day), y=height - 8, text_anchor="middle"))
    return picture(_WIDTH, height, parts, label="Check-ins over four weeks", class_="coach-chart wellness")


def _grid(ticks: Sequence[float], y: Callable[[float], float], form: str) -> list[Markup]:
    parts = []
    for tick in ticks:
        parts.append(element("path", d=f"M{_LEFT} {number(y(tick))}H{number(_WIDTH - 90)}", class_="grid"))
        parts.append(element("text", form.format(tick), x=_LEFT - 8, y=y(tick) + 4, text_anchor="end"))
    return parts


def _bar(x: float, top: float, width: float, bottom: float, style: str, says: str) -> Markup:
    box = {"x": x, "y": min(top, bottom - 1.5), "width": width, "height": max(bottom - top, 1.5), "rx": 2.0}
    return element("rect", element("title", says), class_=style, **box)

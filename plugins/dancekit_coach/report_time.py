"""The horizontal axis that all figures over time share: seconds of the reference, and its phases."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from dancekit.reporting.curves import nice_ticks
from dancekit.reporting.svg import element, number, spoken
from dancekit_coach.result import Review

LEFT = 52.0
"""Room for what is written at the vertical axes."""

_RIGHT = 14.0
_LETTER = 6.2  # width at the size of the charts' text


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Where a moment of the reference is in a figure.

    Attributes:
        seconds: how long the reference lasts.
        width: of the whole figure.
    """

    seconds: float
    width: float

    @classmethod
    def of(cls, review: Review, *, width: float) -> Clock:
        return cls(seconds=max(len(review.warp) - 1, 1) / review.rate, width=width)

    @property
    def right(self) -> float:
        """Where the last moment is."""
        return self.width - _RIGHT

    def x(self, second: float) -> float:
        """Within the axis, also for what lasts up to half a frame longer."""
        return LEFT + min(max(second / self.seconds, 0.0), 1.0) * (self.right - LEFT)

    def axis(self, bottom: float) -> Markup:
        """Round seconds below the figure."""
        ticks = [tick for tick in nice_ticks(self.seconds) if tick <= self.seconds * 1.001]
        texts = [
            element("text", f"{tick:g} s", x=self.x(tick), y=bottom + 17, text_anchor="middle")
            for tick in ticks
        ]
        return element("g", texts)

    def cursor(self, top: float, bottom: float) -> Markup:
        """The line that the page's script moves along with the skeletons."""
        return element(
            "line",
            class_="cursor",
            x1=LEFT,
            x2=LEFT,
            y1=top,
            y2=bottom,
            data_from=number(LEFT),
            data_to=number(self.right),
        )


def phase_bands(review: Review, clock: Clock, top: float, bottom: float) -> Markup:
    """Every second phase tinted, with the names of those that have room for it."""
    parts, tinted = [], ""
    for place, phase in enumerate(review.phases):
        left, right = clock.x(phase.start / review.rate), clock.x(phase.stop / review.rate)
        if place % 2:
            tinted += f"M{number(left)} {number(top)}H{number(right)}V{number(bottom)}H{number(left)}Z"
        name = spoken(phase.name)
        if _LETTER * (len(name) + 1) < right - left:
            middle = (left + right) / 2
            parts.append(
                element("text", name, x=middle, y=top - 5, text_anchor="middle", class_="phase-name")
            )
    return element("g", element("path", d=tinted or "M0 0", class_="phase"), parts)

"""Small bars: a score with its interval, and which side moves more."""

from __future__ import annotations

from markupsafe import Markup

from dancekit.reporting.scale_bar import scale_bar
from dancekit.reporting.svg import element, number, picture
from dancekit_coach.scoring import Score
from dancekit_coach.symmetry import Symmetry

_WIDTH, _HEIGHT = 150.0, 20.0
_MOST = 15.0  # percent at the ends of the bar of sides


def score_bar(score: Score | None) -> Markup | None:
    """A score and its interval from 0 to 100; None where there is no total."""
    if score is None or score.value is None or score.low is None or score.high is None:
        return None
    return scale_bar(
        score.value,
        (score.low, score.high),
        highest=100.0,
        ends=("0", "50", "100: as the reference"),
        mark=None,
        label=f"{score.low:.0f} to {score.high:.0f} of 100",
    )


def sides_bar(symmetry: Symmetry) -> Markup:
    """The dancer's dot and the reference's tick, each on the side that moves more.

    The grey part around the tick is what cannot be told from the reference.
    """
    middle = _HEIGHT / 2

    def x(percent: float) -> float:  # a negative symmetry angle: the right side moves less
        return _WIDTH / 2 + max(-_MOST, min(_MOST, percent)) / _MOST * (_WIDTH / 2 - 8)

    usual, change = symmetry.reference, symmetry.detectable
    left, right = x(usual - change), x(usual + change)
    parts = [
        element("path", d=f"M4 {number(middle)}H{number(_WIDTH - 4)}", class_="rail"),
        element("path", d=f"M{number(_WIDTH / 2)} 5V{number(_HEIGHT - 5)}", class_="axis"),
        element("rect", x=left, y=middle - 5, width=right - left, height=10, rx=3, class_="unsure"),
        element("path", d=f"M{number(x(usual))} 1V{number(_HEIGHT - 1)}", class_="usual"),
        element("circle", cx=x(symmetry.symmetry_angle), cy=middle, r=4.5),
    ]
    label = f"symmetry angle {symmetry.symmetry_angle:+.1f}%, of the reference {usual:+.1f}%"
    return picture(_WIDTH, _HEIGHT, parts, label=label, class_="symmetry-bar")


def sides_words(symmetry: Symmetry) -> str:
    """Which side moves less than it does in the reference, where that can be told."""
    if not symmetry.beyond_error:
        return "as even as the reference"
    return f"less on the {'right' if symmetry.symmetry_angle < symmetry.reference else 'left'}"

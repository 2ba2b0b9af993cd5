"""The best way to lay movements over time: dynamic programming that asks the classifier only where it must.

    maximise  sum over movements ( W * integral of (log odds + B) dt + log p - z^2 / 2 - C )

over all sets of spans that don't overlap, each from a moment at which a movement may begin to one at which
it may end. The log odds are those of activity (`dancekit.prediction.activity`), p is the calibrated
probability of the span's likeliest class, z how unusual its length is for the training recordings. This
decodes a semi-Markov model (Sarawagi and Cohen, "Semi-Markov conditional random fields", 2004).

As log p is never above 0, a span that has not been asked about is worth at most what it is without it. So the
best way is found with that first; the classifier is asked about the spans in it that it was not asked about
before; and this is repeated until there is none. The result is the best of all ways, at the price of few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Span = tuple[int, int]
"""A first frame and the frame after the last."""

Ask = Callable[[Sequence[Span]], npt.NDArray[np.float64]]
"""Probabilities (n, classes) of n spans."""

_WEIGHT = 3.0  # W, per second: frames closer than a third of a second tell the same
BIAS = 0.6  # B: frames in which a movement is nearly as likely as none belong to one
_COST = 2.0  # C
_SURE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """How long movements are, in seconds.

    Attributes:
        shortest: nothing shorter is told.
        usual: the median of the training recordings.
        longest: nothing longer is one movement.
        spread: standard deviation of the logarithm of lengths.
        pause: the longest hold inside a movement.
    """

    shortest: float
    usual: float
    longest: float
    spread: float = 0.4
    pause: float = 1.6

    def __post_init__(self) -> None:
        if not 0 < self.shortest <= self.usual <= self.longest:
            raise ValueError("lengths must be above 0 and in rising order.")
        if self.spread <= 0 or self.pause < 0:
            raise ValueError("spread must be above 0, and pause not below 0.")

    def surprise(self, seconds: float) -> float:
        """z^2 / 2 of a length; infinite for one that is not allowed."""
        if not self.shortest <= seconds <= self.longest:
            return np.inf
        return float((np.log(seconds / self.usual) / self.spread) ** 2 / 2)


def worths(
    starts: Sequence[int], stops: Sequence[int], odds: npt.NDArray[np.float64], lengths: Lengths, rate: float
) -> dict[Span, float]:
    """What each span would be worth if its class were certain; those that are worth nothing are left out.

    Args:
        starts: frames in which a movement may begin.
        stops: frames before which one may end.
        odds: (F,) log odds that each frame is part of a movement.
    """
    total = np.concatenate([[0.0], np.cumsum(odds + BIAS)]) * _WEIGHT / rate  # (F + 1,)
    found = {}
    for start in starts:
        for stop in stops:
            surprise = lengths.surprise((stop - start) / rate)
            worth = float(total[stop] - total[start] - surprise - _COST)
            if worth > 0:
                found[start, stop] = worth
    return found


def best_way(worth: Mapping[Span, float], ask: Ask) -> tuple[list[Span], npt.NDArray[np.float64]]:
    """The best spans, in order, and their probabilities (n, classes).

    Args:
        worth: of each span without log p.
    """
    known: dict[Span, npt.NDArray[np.float64]] = {}
    while True:
        chosen = _best({span: each + _log_p(known.get(span)) for span, each in worth.items()})
        new = [span for span in chosen if span not in known]
        if not new:
            return chosen, np.stack([known[span] for span in chosen]) if chosen else np.zeros((0, 1))
        known.update(zip(new, ask(new), strict=True))


def _log_p(probability: npt.NDArray[np.float64] | None) -> float:
    return 0.0 if probability is None else float(np.log(max(probability.max(), _SURE)))


def _best(worth: Mapping[Span, float]) -> list[Span]:
    """The spans with the largest sum of those that don't overlap."""
    moments = sorted({moment for span in worth for moment in span})
    place = {moment: number for number, moment in enumerate(moments)}
    ending: dict[int, list[tuple[float, int]]] = {}
    for (start, stop), each in worth.items():
        ending.setdefault(place[stop], []).append((each, place[start]))
    most, back = [0.0] * len(moments), [-1] * len(moments)  # up to each moment; where the last span begins
    for at in range(1, len(moments)):
        options = [(most[start] + each, start) for each, start in ending.get(at, [])]
        most[at], back[at] = max([(most[at - 1], -1), *options])
    chosen: list[Span] = []
    at = len(moments) - 1
    while at > 0:
        if back[at] < 0:
            at -= 1
        else:
            chosen.append((moments[back[at]], moments[at]))
            at = back[at]
    return chosen[::-1]

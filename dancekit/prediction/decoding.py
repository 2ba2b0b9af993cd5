"""The best way to lay movements over time: dynamic programming that asks the classifier only where it must.

    maximise  sum over movements ( W * integral of (log odds + B) dt + log p q - z^2 / 2 - C )

over all sets of spans that don't overlap, each from a moment at which a movement may begin to one at which
it may end. The log odds are those of activity (`dancekit.prediction.activity`), p is the calibrated
probability of the span's likeliest class, q is 0.02 of a span that is unlike all movements, as 2 % of all
are, and else 1, z how unusual its length is for the training recordings. This decodes a semi-Markov model
(Sarawagi and Cohen, "Semi-Markov conditional random fields", 2004).

As log p q is never above 0, a span that has not been asked about is worth at most what it is without it. So
the best way is found with that first; the classifier is asked about the spans in it that it was not asked
about before; and this is repeated until there is none. The result is the best of all ways, at the price of
few.

While a recording still comes in, the best way to the moment at which it will end is not known; but it leads
through one of the moments from which a span may go on. What the best ways to all of those share is final.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dancekit.prediction.novelty import RARE
from dancekit.prediction.windows import Answer

Span = tuple[int, int]
"""A first frame and the frame after the last."""

Ask = Callable[[Sequence[Span]], Sequence[Answer]]
"""What the model says of spans."""

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


def worth(*, inside: float, seconds: float, lengths: Lengths) -> float:
    """What a span is worth if its class is certain; minus infinity if its length is not allowed.

    Args:
        inside: the sum over its frames of (log odds + B), times the seconds of a frame.
    """
    return _WEIGHT * inside - lengths.surprise(seconds) - _COST


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A span of the best way."""

    span: Span
    answer: Answer


class Ways:
    """All ways to lay spans over moments, which may still be added, and the best of them."""

    def __init__(self) -> None:
        self.moments: list[int] = []
        self._arriving: dict[int, list[tuple[int, float]]] = {}  # starts and worths of spans, by their stop
        self._asked: dict[Span, Answer] = {}

    def add(self, moment: int, arriving: Mapping[int, float]) -> None:
        """Add a moment after all others.

        Args:
            arriving: what spans up to it are worth, by the moment in which they begin; those that are worth
                nothing count as none.
        """
        self.moments.append(moment)
        self._arriving[moment] = [(start, each) for start, each in arriving.items() if each > 0]

    def decide(self, ends: Collection[int], ask: Ask) -> list[Decided]:
        """What the best ways to all of these moments share, in order; the moments before are let go."""
        while True:
            back = self._back()
            ways = [self._way(back, end) for end in ends]
            new = {span for way in ways for span in way.spans} - self._asked.keys()
            if not new:
                break
            spans = sorted(new)
            self._asked.update(zip(spans, ask(spans), strict=True))
        shared = max(set.intersection(*(set(way.moments) for way in ways)))  # all begin at the first moment
        decided = [
            Decided(span=span, answer=self._asked[span]) for span in ways[0].spans if span[1] <= shared
        ]
        self._let_go(shared)
        return decided

    def _let_go(self, first: int) -> None:
        self.moments = [moment for moment in self.moments if moment >= first]
        self._arriving = {
            stop: [each for each in self._arriving[stop] if each[0] >= first] for stop in self.moments
        }
        self._asked = {span: each for span, each in self._asked.items() if span[0] >= first}

    def _back(self) -> dict[int, int | None]:
        """The moment before each on the best way to it; None: the one before, without a span."""
        most: dict[int, float] = {}
        back: dict[int, int | None] = {}
        before = 0.0
        for moment in self.moments:
            best, came = before, None
            for start, each in self._arriving[moment]:
                total = most[start] + each + _log_pq(self._asked.get((start, moment)))
                if total > best:
                    best, came = total, start
            most[moment], back[moment] = best, came
            before = best
        return back

    def _way(self, back: Mapping[int, int | None], end: int) -> _Way:
        moments, spans = [end], []
        place = bisect_left(self.moments, end)
        while place > 0:
            moment = self.moments[place]
            start = back[moment]
            if start is None:
                place -= 1
            else:
                spans.append((start, moment))
                place = bisect_left(self.moments, start)
            moments.append(self.moments[place])
        return _Way(moments=moments, spans=spans[::-1])


@dataclass(frozen=True, kw_only=True)
class _Way:
    moments: list[int]  # that it leads through
    spans: list[Span]


def _log_pq(answer: Answer | None) -> float:
    if answer is None:
        return 0.0
    unlike = RARE if answer.novelty > 1 else 1.0
    return float(np.log(max(answer.probability.max() * unlike, _SURE)))

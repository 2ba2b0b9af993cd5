"""From the activity of one person to their movements, with a start and an end.

Movements are laid between the moments at which one may begin and end (`dancekit.prediction.moments`), in the
best of all ways (`dancekit.prediction.decoding`). The ends of each are then moved inwards to where the
activity is beyond doubt. Section II.B.2 of the paper asks for the start and the end frame and leaves open
how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dancekit.prediction.activity import Activity
from dancekit.prediction.decoding import BIAS, Decided, Lengths, Span, Ways, worth
from dancekit.prediction.moments import Moment, Moments
from dancekit.prediction.motion import motion
from dancekit.prediction.timeline import UNKNOWN, Segment
from dancekit.prediction.windows import Answer, Scorer, Track

__all__ = ["Lengths", "Segmentation", "Segmenter", "Span", "stays"]

Floats = npt.NDArray[np.float64]

_CLEAR = 1.75  # log odds beyond doubt; for a weak movement, the median of its own
_EVERY = 1.0  # seconds from one look at movements that go on to the next
_REMEMBERED = 6  # of the longest movements: so much of somebody who never rests
_TRIMMED = 0.35  # of the length of a movement that either end may lose at most


@dataclass(frozen=True, kw_only=True)
class Segmenter:
    """Finds the movements of one person.

    Attributes:
        threshold: the confidence below which a movement is unknown.
    """

    scorer: Scorer
    lengths: Lengths
    threshold: float

    def segments(self, track: Track) -> tuple[Segment, ...]:
        """In order of time; they don't overlap, and none goes on while the person is away."""
        found: list[Segment] = []
        for start, stop in stays(track.present):
            alone = track.part(start, stop)
            segmentation = Segmentation(segmenter=self, rate=track.frame_rate)
            segmentation.follow(Activity(track.frame_rate).follow(motion(alone), 0, len(alone)), ended=True)
            found += [each.later(start, track.frame_rate) for each in segmentation.tell(alone, 0)]
        return tuple(found)


class Segmentation:
    """The movements of one person while they stay, as the log odds of their activity come in.

    What is told is what all log odds at once would give, and nothing told is taken back: a movement is told
    once the best ways to all moments from which it may go on share it. Where they share nothing for as long
    as six of the longest movements last, the best way to a moment long past counts.

    Args:
        rate: frames per second.
    """

    def __init__(self, *, segmenter: Segmenter, rate: float) -> None:
        self._segmenter = segmenter
        self._rate = rate
        self._longest = segmenter.lengths.longest * rate
        self._moments = Moments(lengths=segmenter.lengths, rate=rate)
        self._groups: list[_Group] = []  # of moments; nothing is added to those before the last
        self._ended = False
        self._odds = np.zeros(0)  # of the frames that still count
        self._first = 0  # the first of them
        self._looked = 0  # the frame up to which all was settled when it was last looked at an open group
        self._piece: _Piece | None = None  # what is told next, unless it goes on

    @property
    def frames(self) -> int:
        """How many frames were followed."""
        return self._first + len(self._odds)

    @property
    def most_frames(self) -> int:
        """How many frames may be needed at most."""
        return int((_REMEMBERED + 1) * self._longest + (_EVERY + 1) * self._rate) + 1

    @property
    def needed(self) -> int:
        """The first frame that still counts."""
        waiting = [group.ways.moments[0] for group in self._groups]
        return min([self._moments.settled, *waiting])

    def follow(self, odds: Floats, *, ended: bool = False) -> None:
        """Take the log odds of the next frames, (F,).

        Args:
            ended: the person is gone, or the recording at its end.
        """
        self._odds = np.concatenate([self._odds, odds])
        self._ended = ended
        total = np.concatenate([[0.0], np.cumsum(self._odds + BIAS)]) / self._rate
        for moment in self._moments.follow(odds, ended=ended):
            if not self._groups or self._groups[-1].number != moment.group:
                self._groups.append(_Group(number=moment.group))
            self._groups[-1].add(moment, total, self._first, self._segmenter.lengths, self._rate)

    def tell(self, track: Track, first: int) -> list[Segment]:
        """The movements that are final, and were not told before.

        Args:
            track: the frames from number `first` on, at least from the one that was `needed` before.
        """

        def ask(spans: Sequence[Span]) -> list[Answer]:
            return self._segmenter.scorer.answers(track, np.array(spans) - first)

        found: list[Segment] = []
        while self._groups:
            group = self._groups[0]
            complete = len(self._groups) > 1 or self._ended or self._moments.alone
            ends = [group.ways.moments[-1]] if complete else self._open_ends(group)
            if not ends:
                break
            for each in group.ways.decide(ends, ask):
                found += self._join(self._piece_of(each))
            if not complete:
                group.forget()
                break
            self._groups.pop(0)
        following = self._groups[0].ways.moments[0] if self._groups else None
        if self._piece is not None and following != self._piece.span[1]:
            found.append(self._piece.segment(self._rate))
            self._piece = None
        gone = self.needed - self._first
        self._odds, self._first = self._odds[gone:], self._first + gone
        return found

    def _open_ends(self, group: _Group) -> list[int]:
        """The moments from which a movement may go on; empty: it is not yet time to ask.

        Of somebody who has been active for longer than is remembered, a moment long past.
        """
        settled, moments = self._moments.settled, group.ways.moments
        if settled - moments[0] <= self._longest or settled - self._looked < _EVERY * self._rate:
            return []
        self._looked = settled
        if settled - moments[0] > _REMEMBERED * self._longest:
            old = [moment for moment in moments[1:] if moment <= settled - self._longest]
            return old[-1:] or moments[1:2]
        return sorted(
            {moments[-1], *(moment for moment in group.begins if moment >= settled - self._longest)}
        )

    def _piece_of(self, decided: Decided) -> _Piece:
        finds, answer = self._segmenter, decided.answer
        known = answer.confidence >= finds.threshold
        span = (decided.span[0] - self._first, decided.span[1] - self._first)
        shortest = max(1, round(finds.lengths.shortest * self._rate))
        start, stop = trimmed(span, self._odds, shortest)
        return _Piece(
            movement=finds.scorer.classifier.training.classes[answer.best] if known else UNKNOWN,
            span=decided.span,
            clear=(start + self._first, stop + self._first),
            confidence=answer.confidence,
        )

    def _join(self, piece: _Piece) -> list[Segment]:
        last, self._piece = self._piece, piece
        if last is None:
            return []
        if last.movement == piece.movement and last.span[1] == piece.span[0]:
            self._piece = last.joined(piece)
            return []
        return [last.segment(self._rate)]


@dataclass
class _Group:
    """Moments that a movement may reach across, and the ways through them."""

    number: int
    ways: Ways = field(default_factory=Ways)
    begins: list[int] = field(default_factory=list)  # those of its moments in which a movement may begin

    def add(self, moment: Moment, total: Floats, first: int, lengths: Lengths, rate: float) -> None:
        """Add the next moment; `total` is the running sum of activity from frame `first` on."""
        arriving: dict[int, float] = {}
        for start in reversed(self.begins) if moment.ends else ():
            seconds = (moment.frame - start) / rate
            if seconds > lengths.longest:
                break
            inside = float(total[moment.frame - first] - total[start - first])
            arriving[start] = worth(inside=inside, seconds=seconds, lengths=lengths)
        self.ways.add(moment.frame, arriving)
        if moment.begins:
            self.begins.append(moment.frame)

    def forget(self) -> None:
        """Let go of what lies before the ways."""
        self.begins = [start for start in self.begins if start >= self.ways.moments[0]]


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One movement; the model is asked about one that goes on for long piece by piece.

    Attributes:
        clear: the part of its span that is beyond doubt.
    """

    movement: str
    span: Span
    clear: Span
    confidence: float

    def joined(self, after: _Piece) -> _Piece:
        """With the piece that follows at once, as one."""
        mine, theirs = (each.span[1] - each.span[0] for each in (self, after))
        return _Piece(
            movement=self.movement,
            span=(self.span[0], after.span[1]),
            clear=(self.clear[0], after.clear[1]),
            confidence=(self.confidence * mine + after.confidence * theirs) / (mine + theirs),
        )

    def segment(self, rate: float) -> Segment:
        return Segment.of(self.movement, self.clear, rate, self.confidence)


def stays(present: npt.NDArray[np.bool_]) -> list[Span]:
    """The stretches in which a person is there: (first frame, frame after the last) of each."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def trimmed(span: Span, odds: npt.NDArray[np.float64], shortest: int) -> Span:
    """Without frames at either end that are in doubt; an end that is in doubt for long stays as it is."""
    size, inside = span[1] - span[0], odds[span[0] : span[1]]
    clear = np.flatnonzero(inside >= min(_CLEAR, float(np.median(inside))))
    before, after = int(clear[0]), size - 1 - int(clear[-1])
    before = before if before <= _TRIMMED * size else 0
    after = after if after <= _TRIMMED * size else 0
    return span if size - before - after < shortest else (span[0] + before, span[1] - after)

"""When a movement starts and ends: motion energy with hysteresis, then the classifier's own scores.

A person who moves more than `high`, and until they move less than `low`, is in motion. A movement may be held
still for a while, and two may follow each other without a pause; so stretches of motion are cut where the
likeliest class of sliding windows changes, and the pieces are put together again in the way that the
classifier likes best:

    maximise  sum over movements (log p - z^2 / 2 - quiet) - left out      (by dynamic programming)

where p is the calibrated probability of a movement's likeliest class, z how unusual its length is for the
training recordings, `quiet` what it costs to hold still within, and `left out` what motion without a movement
costs. Section II.B.2 of the paper asks for the start and the end frame and leaves open how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dancekit.prediction.motion import in_motion, motion_energy
from dancekit.prediction.timeline import UNKNOWN, Segment
from dancekit.prediction.windows import Ask, Scorer, Track

Span = tuple[int, int]

_QUIET = 1.0  # cost of a second without motion inside a movement
_LEFT_OUT = 1.5  # cost of a second of motion that belongs to no movement
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


@dataclass(frozen=True, kw_only=True)
class Segmenter:
    """Finds the movements of one person.

    Attributes:
        threshold: the confidence below which a movement is unknown.
        low: motion below it ends a stretch, in body sizes per second (`dancekit.prediction.motion`).
        high: motion above it begins one.
        hop: seconds between the windows that look for changes of class.
    """

    scorer: Scorer
    lengths: Lengths
    threshold: float
    low: float = 0.25
    high: float = 0.5
    hop: float = 0.25

    def segments(self, track: Track) -> tuple[Segment, ...]:
        """In order of time; they don't overlap, and none goes on while the person is away."""
        found: list[Segment] = []
        for start, stop in stays(track.present):
            alone = track.part(start, stop)
            runs = in_motion(motion_energy(alone), self.low, self.high)
            for group in self.groups_of(alone, runs):
                found += [each.later(start, track.frame_rate) for each in self.choose(alone, group)]
        return tuple(found)

    def groups_of(self, track: Track, runs: Sequence[Span]) -> list[list[Span]]:
        """Pieces of stretches of motion, those together that a movement could reach across."""
        pieces = [piece for run in runs for piece in self._cut_at_changes(track, run)]
        return grouped(pieces, self.lengths.pause * track.frame_rate)

    def choose(self, track: Track, group: Sequence[Span]) -> list[Segment]:
        """The movements in one group of pieces of a track on which the person is always there."""
        classes = self.scorer.classifier.training.classes

        def ask(spans: Sequence[Span]) -> npt.NDArray[np.float64]:
            return self.scorer.probabilities(track, spans)

        ways = put_together(group, ask, self.lengths, track.frame_rate)
        shortest = round(self.lengths.shortest * track.frame_rate)
        kept = [(span, fits) for span, fits in joined(ways) if span[1] - span[0] >= shortest]
        found = []
        for (span, fits), probability in zip(kept, ask([span for span, _ in kept]), strict=True):
            best = int(probability.argmax())
            name = classes[best] if fits and probability[best] >= self.threshold else UNKNOWN
            found.append(Segment.of(name, span, track.frame_rate, probability[best]))
        return unbroken(found, track.frame_rate)

    def _cut_at_changes(self, track: Track, run: Span) -> list[Span]:
        """Pieces of a stretch of motion, cut where the likeliest class of windows changes for good."""
        shortest = round(self.lengths.shortest * track.frame_rate)
        if run[1] - run[0] < 2 * shortest:
            return [run]
        longest, usual = self.lengths.longest * track.frame_rate, self.lengths.usual * track.frame_rate
        spans, probability = self.scorer.sliding(track, *run, self.hop)
        middle = spans.mean(1)
        best, sure = probability.argmax(1), probability.max(1) >= self.threshold
        pieces = pieces_between(run, changes(middle[sure], best[sure]), shortest)
        return [
            part for piece in pieces for part in (even(piece, usual) if _size(piece) > longest else [piece])
        ]


def stays(present: npt.NDArray[np.bool_]) -> list[Span]:
    """The stretches in which a person is there: (first frame, frame after the last) of each."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def changes(moments: npt.NDArray[np.float64], classes: npt.NDArray[np.int64]) -> list[int]:
    """Frames midway between neighbouring windows of which the class differs."""
    at = np.flatnonzero(np.diff(classes)) if len(classes) else np.array([], int)
    return [round((moments[place] + moments[place + 1]) / 2) for place in at]


def pieces_between(run: Span, cuts: Sequence[int], shortest: int) -> list[Span]:
    """A stretch cut into pieces, leaving out cuts that would make one shorter than `shortest`."""
    edges = [run[0]]
    for cut in cuts:
        if cut - edges[-1] >= shortest and run[1] - cut >= shortest:
            edges.append(cut)
    return list(zip(edges, [*edges[1:], run[1]], strict=True))


def even(piece: Span, usual: float) -> list[Span]:
    """A piece cut into equal parts of about a length."""
    count = max(1, round(_size(piece) / usual))
    edges = [piece[0] + round(_size(piece) * part / count) for part in range(count + 1)]
    return list(pairwise(edges))


def unbroken(segments: Sequence[Segment], rate: float) -> list[Segment]:
    """One movement that goes on for longer than a model is asked about at once, as one segment."""
    found: list[Segment] = []
    for each in segments:
        last = found[-1] if found else None
        if last is None or last.movement != each.movement or last.end_frame != each.start_frame:
            found.append(each)
            continue
        span, frames = (last.start_frame, each.end_frame), last.end_frame - last.start_frame
        total = last.confidence * frames + each.confidence * (each.end_frame - each.start_frame)
        found[-1] = Segment.of(each.movement, span, rate, total / (span[1] - span[0]))
    return found


def _size(span: Span) -> int:
    return span[1] - span[0]


def grouped(pieces: Sequence[Span], pause: float) -> list[list[Span]]:
    """Pieces with at most `pause` frames from one to the next, together."""
    groups: list[list[Span]] = []
    for piece in pieces:
        if groups and piece[0] - groups[-1][-1][1] <= pause:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def put_together(pieces: Sequence[Span], ask: Ask, lengths: Lengths, rate: float) -> list[tuple[Span, bool]]:
    """The best way to make movements of pieces: spans, each with whether it is a movement or left out."""
    ways = [
        (first, last)
        for first in range(len(pieces))
        for last in range(first, len(pieces))
        if np.isfinite(lengths.surprise((pieces[last][1] - pieces[first][0]) / rate))
    ]
    spans = [(pieces[first][0], pieces[last][1]) for first, last in ways]
    likely = ask(spans).max(1) if spans else np.zeros(0)
    motion = np.concatenate([[0], np.cumsum([stop - start for start, stop in pieces])]) / rate
    ending: dict[int, list[tuple[int, float]]] = {}
    for (first, last), (start, stop), p in zip(ways, spans, likely, strict=True):
        seconds = (stop - start) / rate
        quiet = seconds - (motion[last + 1] - motion[first])
        value = np.log(max(p, _SURE)) - lengths.surprise(seconds) - _QUIET * quiet
        ending.setdefault(last, []).append((first, float(value)))
    best, back = [0.0], [0]  # of the first n pieces; where the last span of them begins, or -1 - n: left out
    for last in range(len(pieces)):
        left_out = best[last] - _LEFT_OUT * (motion[last + 1] - motion[last])
        options = [(left_out, -1)] + [(best[first] + value, first) for first, value in ending.get(last, [])]
        value, first = max(options)
        best.append(value)
        back.append(first)
    chosen: list[tuple[Span, bool]] = []
    at = len(pieces)
    while at > 0:
        first = back[at]
        if first < 0:
            chosen.append((pieces[at - 1], False))
            at -= 1
        else:
            chosen.append(((pieces[first][0], pieces[at - 1][1]), True))
            at = first
    return chosen[::-1]


def joined(ways: Sequence[tuple[Span, bool]]) -> list[tuple[Span, bool]]:
    """Pieces that were left out and follow each other, as one."""
    found: list[tuple[Span, bool]] = []
    for span, fits in ways:
        if found and not fits and not found[-1][1]:
            found[-1] = ((found[-1][0][0], span[1]), False)
        else:
            found.append((span, fits))
    return found

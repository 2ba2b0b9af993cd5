"""When a movement starts and ends: activity, then the classifier's own scores.

Each frame has the log odds that the person is in a movement (`dancekit.prediction.activity`). A movement may
begin and end where they cross a threshold or, within an active stretch, where they are lowest for a while; of
all ways to lay movements between those moments the best is taken (`dancekit.prediction.decoding`). Its ends
are then moved inwards to where the activity is beyond doubt. Section II.B.2 of the paper asks for the start
and the end frame and leaves open how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dancekit.prediction.activity import Activity
from dancekit.prediction.decoding import BIAS, Lengths, Span, best_way, worths
from dancekit.prediction.motion import motion
from dancekit.prediction.timeline import UNKNOWN, Segment
from dancekit.prediction.windows import Scorer, Track

__all__ = ["LOW", "Lengths", "Segmenter", "Span", "stays"]

LOW, _HIGH = -BIAS, 0.0  # log odds: an active stretch is above the first, and reaches the second
_APART = 0.4  # seconds on both sides of a lull in which nothing is lower
_BLUR = 0.1  # seconds: standard deviation of the smoothing before lulls are looked for
_CLEAR = 1.75  # log odds beyond doubt; for a weak movement, the median of its own
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
            odds = Activity(track.frame_rate).follow(motion(alone), 0, len(alone))
            for group in self.groups(odds, track.frame_rate):
                found += [each.later(start, track.frame_rate) for each in self.choose(alone, odds, group)]
        return tuple(found)

    def groups(self, odds: npt.NDArray[np.float64], rate: float) -> list[list[Span]]:
        """Active stretches, those together that a movement could reach across."""
        return grouped(stretches(odds, LOW, _HIGH), self.lengths.pause * rate)

    def choose(self, track: Track, odds: npt.NDArray[np.float64], group: Sequence[Span]) -> list[Segment]:
        """The movements in one group of active stretches of a track on which the person is always there."""
        rate = track.frame_rate
        shortest = max(1, round(self.lengths.shortest * rate))
        longest = self.lengths.longest * rate
        inside = [cut for run in group for cut in cuts(odds, run, shortest, longest, rate)]
        worth = worths(
            [start for start, _ in group] + inside,
            [stop for _, stop in group] + inside,
            odds,
            self.lengths,
            rate,
        )
        spans, probability = best_way(worth, lambda asked: self.scorer.probabilities(track, asked))
        classes = self.scorer.classifier.training.classes
        found = []
        for span, each in zip(spans, probability, strict=True):
            name = classes[int(each.argmax())] if each.max() >= self.threshold else UNKNOWN
            found.append(Segment.of(name, span, rate, each.max()))
        return [_trimmed(each, odds, shortest, rate) for each in unbroken(found, rate)]


def stays(present: npt.NDArray[np.bool_]) -> list[Span]:
    """The stretches in which a person is there: (first frame, frame after the last) of each."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def stretches(values: npt.NDArray[np.float64], low: float, high: float) -> list[Span]:
    """Hysteresis: the stretches above `low` that reach `high`."""
    return [(start, stop) for start, stop in stays(values > low) if values[start:stop].max() >= high]


def cuts(odds: npt.NDArray[np.float64], run: Span, shortest: int, longest: float, rate: float) -> list[int]:
    """Frames in an active stretch at which one movement may end and the next begin.

    They are its lulls, away from its ends by the shortest movement, and more in between where lulls are
    farther apart than the longest movement. Where activity stays the same, as it does where it is beyond all
    doubt, every 0.4 seconds count as a lull.
    """
    if run[1] - run[0] < 2 * shortest:
        return []
    smooth = _blurred(odds[run[0] : run[1]], _BLUR * rate)
    apart = round(_APART * rate)
    found: list[int] = []
    for at in range(shortest, run[1] - run[0] - shortest + 1):
        around = smooth[max(0, at - apart) : at + apart + 1]
        if smooth[min(at, len(smooth) - 1)] <= around.min() and (not found or at - found[-1] > apart):
            found.append(at)
    edges = [run[0], *(run[0] + at for at in found), run[1]]
    return [edge for piece in pairwise(edges) for edge in even(piece, longest)][1:]


def _blurred(values: npt.NDArray[np.float64], sigma: float) -> npt.NDArray[np.float64]:
    radius = max(1, round(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 1e-6)) ** 2)
    padded = np.pad(values, radius, mode="edge")
    blurred: npt.NDArray[np.float64] = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return blurred


def even(piece: Span, longest: float) -> list[int]:
    """Where equal parts of a piece begin that are not longer than a length."""
    size = piece[1] - piece[0]
    count = max(1, -(-size // max(1, int(longest))))
    return [piece[0] + round(size * part / count) for part in range(count)]


def grouped(pieces: Sequence[Span], pause: float) -> list[list[Span]]:
    """Pieces with at most `pause` frames from one to the next, together."""
    groups: list[list[Span]] = []
    for piece in pieces:
        if groups and piece[0] - groups[-1][-1][1] <= pause:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


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


def _trimmed(segment: Segment, odds: npt.NDArray[np.float64], shortest: int, rate: float) -> Segment:
    span = trimmed((segment.start_frame, segment.end_frame), odds, shortest)
    return Segment.of(segment.movement, span, rate, segment.confidence)


def trimmed(span: Span, odds: npt.NDArray[np.float64], shortest: int) -> Span:
    """Without frames at either end that are in doubt; an end that is in doubt for long stays as it is."""
    size, inside = span[1] - span[0], odds[span[0] : span[1]]
    clear = np.flatnonzero(inside >= min(_CLEAR, float(np.median(inside))))
    before, after = int(clear[0]), size - 1 - int(clear[-1])
    before = before if before <= _TRIMMED * size else 0
    after = after if after <= _TRIMMED * size else 0
    return span if size - before - after < shortest else (span[0] + before, span[1] - after)

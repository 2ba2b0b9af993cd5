"""Clips of the trained length and frame rate from one person's sequence, and what a classifier says of them.

Notation used for shapes: N clips, T frames of a clip, F frames of a sequence, V joints, C coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import Training

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Spans = npt.NDArray[np.float64]

_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Track:
    """One person over a whole recording.

    Attributes:
        keypoints: (F, V, C); 0 where `score` is 0.
        score: (F, V), 0 = missing.
        present: (F,), the person is in the frame.
        frame_rate: frames per second.
        image_size: (width, height) in pixels; None where keypoints are not in pixels.
    """

    keypoints: Floats
    score: Floats
    present: Flags
    frame_rate: float
    image_size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.present)

    def part(self, start: int, stop: int) -> Track:
        """The frames from `start` up to `stop`."""
        return replace(
            self,
            keypoints=self.keypoints[start:stop],
            score=self.score[start:stop],
            present=self.present[start:stop],
        )


@dataclass(frozen=True, kw_only=True)
class Clips:
    """What a classifier is given: one person in each clip.

    Attributes:
        keypoints: (N, 1, T, V, C).
        score: (N, 1, T, V).
        present: (N, 1, T).
        frame_rate: (N,) of the clips.
        image_size: (width, height); None where keypoints are not in pixels.
    """

    keypoints: Floats
    score: Floats
    present: Flags
    frame_rate: Floats
    image_size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.keypoints)


class Classifier(Protocol):
    """A trained model, whatever runs it."""

    @property
    def training(self) -> Training:
        """What it was trained on."""

    def logits(self, clips: Clips) -> npt.NDArray[np.floating]:
        """(N, classes)"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model says of a span.

    Attributes:
        probability: (classes,), calibrated.
        novelty: above 1, the span is unlike everything that the model recognises.
    """

    probability: npt.NDArray[np.float64]
    novelty: float = 0.0

    @property
    def best(self) -> int:
        """The likeliest class."""
        return int(self.probability.argmax())

    @property
    def confidence(self) -> float:
        """The probability of the likeliest class; 0 of what is unlike everything."""
        return float(self.probability.max()) if self.novelty <= 1 else 0.0


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """What a model says of any spans of a sequence, calibrated.

    A model that saw recordings stretched to T frames is given each span stretched to T frames. One that saw T
    frames at a frame rate is given windows of that length, half overlapping; the mean of what it says of them
    counts, and a span that is shorter is seen within the window around it.
    """

    classifier: Classifier
    calibration: Calibration

    def around(self, rate: float) -> int:
        """How many frames before and after a span may have a say, of a sequence at this rate."""
        training = self.classifier.training
        if training.frame_rate is None:
            return 0
        return int(np.ceil(training.frames / training.frame_rate * rate / 2)) + 1

    def answers(self, track: Track, spans: npt.ArrayLike) -> list[Answer]:
        """For spans (n, 2), each from a first frame up to the frame after the last."""
        asked = np.asarray(spans, np.float64).reshape(-1, 2)
        training = self.classifier.training
        windows, owner = asked, np.arange(len(asked))
        if training.frame_rate is not None:
            length = training.frames / training.frame_rate * track.frame_rate  # in frames of the track
            windows, owner = cover(asked, length)
        probability, novelty = self._ask(track, windows)  # (windows, classes), (windows,)
        return [
            Answer(
                probability=probability[owner == place].mean(0), novelty=float(novelty[owner == place].mean())
            )
            for place in range(len(asked))
        ]

    def _ask(self, track: Track, spans: Spans) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        training = self.classifier.training
        logits = [
            self.classifier.logits(cut(track, spans[first : first + _BATCH], training.frames))
            for first in range(0, len(spans), _BATCH)
        ]
        said = np.concatenate(logits) if logits else np.zeros((0, len(training.classes)))
        return self.calibration.probabilities(said), self.calibration.novelties(said)


def cover(spans: Spans, length: float) -> tuple[Spans, npt.NDArray[np.int64]]:
    """Windows of one length over each span, half overlapping, and which span each is of.

    A span that is shorter is the middle of its window.
    """
    windows, owner = [], []
    for place, (start, stop) in enumerate(spans):
        spare = stop - start - length
        count = 1 if spare <= 0 else int(np.ceil(2 * spare / length)) + 1
        first = np.array([start + spare / 2]) if count == 1 else start + np.linspace(0, spare, count)
        windows.append(np.stack([first, first + length], axis=1))
        owner += [place] * count
    return (np.concatenate(windows) if windows else np.zeros((0, 2))), np.array(owner, np.int64)


def cut(track: Track, spans: Spans, frames: int) -> Clips:
    """Clips of T frames, evenly from the first frame of each span to its last, by linear interpolation.

    As `dancekit.data.sampling.gather` does it: a joint that is missing on one side of a moment takes the
    other side's value; nobody is outside the track.

    Args:
        spans: (N, 2), each from a first frame up to the frame after the last; fractions are allowed.
        frames: T.
    """
    last = len(track) - 1
    share = np.linspace(0, 1, frames) if frames > 1 else np.array([0.5])
    ends = np.maximum(spans[:, 1] - 1, spans[:, 0])
    times = spans[:, :1] + share * (ends - spans[:, 0])[:, None]  # (N, T)
    inside = (times >= -1e-3) & (times <= last + 1e-3)
    times = times.clip(0, last)
    before = np.floor(times + 1e-9).astype(int)
    after = np.minimum(before + 1, last)
    weight = (times - before).clip(0, 1).astype(np.float32)  # (N, T)
    weight[weight < 1e-6] = 0  # a rounding error must not bring the next frame's joint into one that lacks it
    present = np.where(weight < 0.5, track.present[before], track.present[after]) & inside
    keypoints, score = _between(track, before, after, weight[..., None])
    score = score * present[..., None]
    keypoints = np.where((score > 0)[..., None], keypoints, 0).astype(np.float32)
    step = (ends - spans[:, 0]) / max(frames - 1, 1)
    rate = track.frame_rate / np.maximum(step, 1e-6)
    return Clips(
        keypoints=keypoints[:, None],  # (N, 1, T, V, C)
        score=score[:, None].astype(np.float32),
        present=present[:, None],
        frame_rate=rate.astype(np.float32),
        image_size=track.image_size,
    )


def _between(
    track: Track, before: npt.NDArray[np.int64], after: npt.NDArray[np.int64], weight: Floats
) -> tuple[Floats, Floats]:
    """Values between two frames (N, T, V, C) and (N, T, V); `weight` (N, T, 1) is that of the later."""
    earlier = (track.score[before] > 0) * (1 - weight)  # (N, T, V)
    later = (track.score[after] > 0) * weight
    share = later / np.maximum(earlier + later, np.finfo(np.float32).tiny)  # (N, T, V)
    score = track.score[before] + share * (track.score[after] - track.score[before])
    of_places = share[..., None]
    keypoints = track.keypoints[before] + of_places * (track.keypoints[after] - track.keypoints[before])
    return keypoints, score

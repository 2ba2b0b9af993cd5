"""Movements told while frames still come in.

What is told is what the whole recording gives, and nothing told is taken back. A movement is final once
nothing to come can change it: when the person has been quiet for as long as a hold inside a movement may
last, or is gone. Of somebody who never stops, movements are told once two of the longest fit into what is
remembered, and may then differ from what the whole recording gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit.prediction.motion import MEMORY, REACH, in_motion, motion_energy
from dancekit.prediction.needs import FLICKER, fill_gap
from dancekit.prediction.segmentation import Segmenter, Span
from dancekit.prediction.timeline import Segment
from dancekit.prediction.windows import Track

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Poses:
    """Everyone in one frame.

    Attributes:
        keypoints: (M, V, C); place m is the same person in every frame, and later ones may add persons.
        score: (M, V), 0 = missing.
        present: (M,)
        frame_rate: frames per second; None = unknown.
        image_size: (width, height) in pixels; None where keypoints are not in pixels.
    """

    keypoints: Floats
    score: Floats
    present: npt.NDArray[np.bool_]
    frame_rate: float | None = None
    image_size: tuple[int, int] | None = None


class PersonStream:
    """The movements of one person, as their frames come in.

    Args:
        segmenter: as for a whole recording.
        frame_rate: frames per second.
        image_size: of keypoints in pixels.
        first: the number of the first frame that comes, from 0.
    """

    def __init__(
        self,
        *,
        segmenter: Segmenter,
        frame_rate: float,
        image_size: tuple[int, int] | None = None,
        first: int = 0,
    ) -> None:
        self._segmenter = segmenter
        self._rate = frame_rate
        self._image_size = image_size
        self._keypoints: list[Floats] = []  # of the frames that are remembered, (V, C) each
        self._score: list[Floats] = []
        self._first = first  # the number of the first of them in the stream
        self._done = 0  # of them: what lies before is told
        self._away = 0  # frames since the person was last there
        self._waited = 0  # frames since it was last looked
        self._hop = max(1, round(segmenter.hop * frame_rate))
        self._reach = round(REACH * frame_rate) + 1
        self._memory = round((MEMORY + REACH) * frame_rate) + 1
        self._longest = round(2 * segmenter.lengths.longest * frame_rate)

    @property
    def latency(self) -> float:
        """Seconds from the end of a movement that is followed by rest until it is told."""
        return self._segmenter.lengths.pause + (self._reach + self._hop) / self._rate

    @property
    def most_frames(self) -> int:
        """How many frames are remembered at most."""
        gap = int(FLICKER * self._rate)
        return self._memory + self._longest + self._reach + self._hop + gap

    @property
    def remembered(self) -> int:
        """How many frames are remembered now."""
        return len(self._keypoints)

    def push(self, keypoints: Floats, score: Floats, present: bool) -> list[Segment]:
        """Take the next frame, (V, C) and (V,); give the movements that are final with it."""
        if not present:
            self._away += 1
            if self._keypoints and self._away > FLICKER * self._rate:
                return self._leave()
            if not self._keypoints:
                self._first, self._away = self._first + 1, 0
            return []
        if self._away:
            self._bridge(keypoints, score)
        self._keypoints.append(np.asarray(keypoints, np.float32))
        self._score.append(np.asarray(score, np.float32))
        self._waited += 1
        if self._waited < self._hop:
            return []
        self._waited = 0
        return self._look(ended=False)

    def close(self) -> list[Segment]:
        """What is left when no more is to come."""
        return self._leave() if self._keypoints else []

    def now(self) -> tuple[str, float] | None:
        """The likeliest movement in the last window and its confidence; None while too little was seen."""
        length = round(self._segmenter.scorer.classifier.training.window_seconds * self._rate)
        if len(self._keypoints) < max(2, length // 2):
            return None
        track = self._track()
        span = (max(0, len(track) - length), len(track))
        probability = self._segmenter.scorer.probabilities(track, [span])[0]
        best = int(probability.argmax())
        return self._segmenter.scorer.classifier.training.classes[best], float(probability[best])

    def _bridge(self, keypoints: Floats, score: Floats) -> None:
        """Fill the frames since the person was last there, which are few."""
        before, gap = (self._keypoints[-1], self._score[-1]), self._away
        points = np.zeros((gap + 2, *before[0].shape), np.float32)
        scores = np.zeros((gap + 2, *before[1].shape), np.float32)
        points[0], scores[0], points[-1], scores[-1] = *before, keypoints, score
        fill_gap(points, scores, 0, gap + 1)
        self._keypoints += list(points[1:-1])
        self._score += list(scores[1:-1])
        self._waited += gap
        self._away = 0

    def _leave(self) -> list[Segment]:
        found = self._look(ended=True)
        self._first += len(self._keypoints) + self._away
        self._keypoints, self._score = [], []
        self._done = self._away = self._waited = 0
        return found

    def _track(self) -> Track:
        return Track(
            keypoints=np.stack(self._keypoints),  # (F, V, C)
            score=np.stack(self._score),
            present=np.ones(len(self._keypoints), bool),
            frame_rate=self._rate,
            image_size=self._image_size,
        )

    def _look(self, *, ended: bool) -> list[Segment]:
        track = self._track()
        energy = motion_energy(track)
        settled = len(track) if ended else len(track) - self._reach  # what is to come changes nothing before
        energy[: self._done] = 0  # it is told
        runs = in_motion(energy[: max(settled, 0)], self._segmenter.low, self._segmenter.high)
        pause = self._segmenter.lengths.pause * self._rate
        found: list[Segment] = []
        for group in self._segmenter.groups_of(track, runs):
            if ended or settled - group[-1][1] > pause:
                chosen = self._segmenter.choose(track, group)
                found += [each.later(self._first, self._rate) for each in chosen]
                self._done = group[-1][1]
            elif settled - group[0][0] > self._longest - self._hop:
                found += self._tell_some(track, group)
        if not ended:
            self._forget(energy, runs, settled)
        return found

    def _tell_some(self, track: Track, group: list[Span]) -> list[Segment]:
        """Of somebody who never stops: all that is older than the last that could be one movement."""
        until = group[-1][1] - self._longest // 2
        shortest = self._segmenter.lengths.shortest * self._rate
        found: list[Segment] = []
        for each in self._segmenter.choose(track, group):
            end = min(each.end_frame, until)
            if each.end_frame <= until or (not found and end - each.start_frame >= shortest):
                span = (each.start_frame, end)
                found.append(Segment.of(each.movement, span, self._rate, each.confidence))
        self._done = found[-1].end_frame if found else until
        return [each.later(self._first, self._rate) for each in found]

    def _forget(self, energy: npt.NDArray[np.float64], runs: list[Span], settled: int) -> None:
        """Let go of frames that are told or quiet, but for those that the energy of later ones asks for."""
        waiting = [start for start, stop in runs if stop > self._done]
        quiet = settled
        while quiet > self._done and energy[quiet - 1] > self._segmenter.low:
            quiet -= 1  # a stretch may have begun that has not yet reached the upper threshold
        keep = min([*waiting, quiet])
        self._done = max(self._done, min(keep, settled), settled - self._longest)
        gone = max(0, self._done - self._memory)
        del self._keypoints[:gone], self._score[:gone]
        self._first += gone
        self._done -= gone

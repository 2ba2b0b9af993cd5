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

from dancekit.prediction.activity import SUREST, Activity
from dancekit.prediction.motion import MEMORY, REACH, motion
from dancekit.prediction.needs import FLICKER, fill_gap
from dancekit.prediction.segmentation import LOW, Segmenter, Span
from dancekit.prediction.timeline import Segment
from dancekit.prediction.windows import Track

Floats = npt.NDArray[np.float32]

_HOP = 0.25  # seconds from one look for final movements to the next
_TOLD = -SUREST  # log odds of frames that belong to what is told


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
        self._activity = Activity(frame_rate)
        self._odds = np.zeros(0)  # log odds of activity, of those remembered frames that no later one changes
        self._done = 0  # of them: what lies before is told
        self._away = 0  # frames since the person was last there
        self._waited = 0  # frames since it was last looked
        self._hop = max(1, round(_HOP * frame_rate))
        self._reach = round(REACH * frame_rate) + 1
        self._memory = round((MEMORY + REACH) * frame_rate) + 1
        self._longest = round(2 * segmenter.lengths.longest * frame_rate)

    @property
    def latency(self) -> float:
        """Seconds from the end of an active stretch that is followed by rest until its movements are told."""
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
        self._activity, self._odds = Activity(self._rate), np.zeros(0)
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
        known = len(self._odds)
        # What is to come changes nothing before `settled`.
        settled = len(track) if ended else max(known, len(track) - self._reach)
        before = max(0, known - self._memory)
        new = motion(track.part(before, len(track)))
        self._odds = np.concatenate(
            [self._odds, self._activity.follow(new, known - before, settled - before)]
        )
        odds = self._odds.copy()
        odds[: self._done] = _TOLD
        pause = self._segmenter.lengths.pause * self._rate
        found: list[Segment] = []
        groups = self._segmenter.groups(odds, self._rate)
        for group in groups:
            if ended or settled - group[-1][1] > pause:
                chosen = self._segmenter.choose(track, odds, group)
                found += [each.later(self._first, self._rate) for each in chosen]
                self._done = group[-1][1]
            elif settled - group[0][0] > self._longest - self._hop:
                found += self._tell_some(track, odds, group)
        if not ended:
            self._forget(odds, [start for group in groups for start, stop in group if stop > self._done])
        return found

    def _tell_some(self, track: Track, odds: npt.NDArray[np.float64], group: list[Span]) -> list[Segment]:
        """Of somebody who never stops: all that is older than the last that could be one movement."""
        until = group[-1][1] - self._longest // 2
        shortest = self._segmenter.lengths.shortest * self._rate
        found: list[Segment] = []
        for each in self._segmenter.choose(track, odds, group):
            end = min(each.end_frame, until)
            if each.end_frame <= until or (not found and end - each.start_frame >= shortest):
                span = (each.start_frame, end)
                found.append(Segment.of(each.movement, span, self._rate, each.confidence))
        self._done = found[-1].end_frame if found else until
        return [each.later(self._first, self._rate) for each in found]

    def _forget(self, odds: npt.NDArray[np.float64], waiting: list[int]) -> None:
        """Let go of frames that are told or at rest, but for those that the motion of later ones asks for."""
        settled = len(odds)
        quiet = settled
        while quiet > self._done and odds[quiet - 1] > LOW:
            quiet -= 1  # a stretch may have begun that has not yet reached the upper threshold
        keep = min([*waiting, quiet])
        self._done = max(self._done, min(keep, settled), settled - self._longest)
        gone = max(0, self._done - self._memory)
        del self._keypoints[:gone], self._score[:gone]
        self._odds = self._odds[gone:]
        self._first += gone
        self._done -= gone

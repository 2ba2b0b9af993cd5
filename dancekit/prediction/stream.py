"""Movements told while frames still come in.

What is told is what the whole recording gives, and nothing told is taken back (see
`dancekit.prediction.segmentation`). Movements are told once nothing to come can change them: at the latest
when the person has been quiet for as long as a hold inside a movement may last, or is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dancekit.prediction.activity import Activity
from dancekit.prediction.motion import MEMORY, REACH, motion
from dancekit.prediction.needs import FLICKER, fill_gap
from dancekit.prediction.segmentation import Segmentation, Segmenter
from dancekit.prediction.timeline import Segment
from dancekit.prediction.windows import Track

Floats = npt.NDArray[np.float32]

_ROUNDING = 3  # frames more than seconds tell: each of their parts is rounded, and speed takes neighbours
_HOP = 0.25  # seconds from one look for final movements to the next


@dataclass(frozen=True, kw_only=True)
class Poses:
    """Everyone who is in one frame.

    Attributes:
        keypoints: (M, V, C)
        score: (M, V), 0 = missing.
        number: (M,) who that is, from 1; the same in all frames.
        frame_rate: frames per second; None = unknown.
        image_size: (width, height) in pixels; None where keypoints are not in pixels.
    """

    keypoints: Floats
    score: Floats
    number: npt.NDArray[np.int64]
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
        self._start = first  # the number of the frame with which the person came
        self._keypoints: list[Floats] = []  # of the frames that are remembered, (V, C) each
        self._score: list[Floats] = []
        self._gone = 0  # frames since the person came that are remembered no more
        self._activity = Activity(frame_rate)
        self._segmentation = Segmentation(segmenter=segmenter, rate=frame_rate)
        self._away = 0  # frames since the person was last there
        self._waited = 0  # frames since it was last looked
        self._hop = max(1, round(_HOP * frame_rate))
        around = segmenter.scorer.around(frame_rate)
        self._reach = max(round(REACH * frame_rate) + _ROUNDING, around)  # what is later changes nothing
        self._memory = max(round(MEMORY * frame_rate) + _ROUNDING, around)

    @property
    def latency(self) -> float:
        """Seconds from the end of an active stretch that is followed by rest until its movements are told."""
        return self._segmenter.lengths.pause + (self._reach + self._hop + 1) / self._rate

    @property
    def most_frames(self) -> int:
        """How many frames are remembered at most."""
        gap = int(FLICKER * self._rate)
        return self._memory + self._segmentation.most_frames + self._reach + self._hop + gap

    @property
    def remembered(self) -> int:
        """How many frames are remembered now."""
        return len(self._keypoints)

    def miss(self) -> list[Segment]:
        """Take the next frame, in which the person is not; give the movements that are final with it."""
        if not self._keypoints:
            self._start += 1
            return []
        self._away += 1
        return self._leave() if self._away > FLICKER * self._rate else []

    def push(self, keypoints: Floats, score: Floats) -> list[Segment]:
        """Take the next frame, (V, C) and (V,); give the movements that are final with it."""
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
        self._start += self._gone + len(self._keypoints) + self._away
        self._keypoints, self._score = [], []
        self._activity = Activity(self._rate)
        self._segmentation = Segmentation(segmenter=self._segmenter, rate=self._rate)
        self._gone = self._away = self._waited = 0
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
        known = self._segmentation.frames - self._gone
        settled = len(track) if ended else max(known, len(track) - self._reach)
        before = max(0, known - self._memory)
        new = motion(track.part(before, len(track)))
        odds = self._activity.follow(new, known - before, settled - before)
        self._segmentation.follow(odds, ended=ended)
        found = self._segmentation.tell(track, self._gone)
        gone = max(0, self._segmentation.needed - self._gone - self._memory)
        del self._keypoints[:gone], self._score[:gone]
        self._gone += gone
        return [each.later(self._start, self._rate) for each in found]

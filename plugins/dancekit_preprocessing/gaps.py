"""Joints that are missing for a few frames, put where they must have been. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.draws import probability_of
from dancekit_preprocessing.pairs import each_apart


class FillGaps(Preprocessor):
    """Fill short gaps of a joint by a straight line in time between the frames that it is seen in.

    Only where the person is present. A gap at either end of the clip stays, for there nothing says how the
    joint went on. Put it first, before what changes coordinates frame by frame. Of `batches.frame_pairs`,
    the moments and the frames after them are filled each from their own.

    Args:
        longest: the most frames in a row that are filled, 1 to 254.
        trust: the score of a filled joint is this share of the lower score of the two.
    """

    def __init__(self, *, longest: int = 5, trust: float = 0.5) -> None:
        if not 1 <= longest <= 254:
            raise ValueError(f"longest must lie between 1 and 254, not {longest}.")
        self.longest = longest
        self.trust = probability_of(trust, name="trust")

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return each_apart(self._fill, batch)

    def _fill(self, batch: ClipBatch) -> ClipBatch:
        seen = batch.seen
        missing = batch.present[..., None].expand_as(seen).contiguous() & ~seen  # (N, M, T, V)
        here = missing.flatten().nonzero()[:, 0]  # (missing,) few: only these are computed
        if len(here) == 0:
            return batch.with_keypoints(batch.keypoints)
        back, onward = self._distances(seen, here)
        gap = (back > 0) & (onward > 0) & (back + onward <= self.longest + 1)
        here, back, onward = here[gap], back[gap], onward[gap]  # (gaps,) each
        joints = seen.shape[3]  # entries from one frame to the next
        before, after = here - back * joints, here + onward * joints
        points, score = batch.keypoints.flatten(0, 3), batch.score.flatten()  # (N*M*T*V, C) and (N*M*T*V,)
        share = back / (back + onward)
        between = torch.lerp(points[before], points[after], share[:, None])  # (gaps, C)
        scores = self.trust * torch.minimum(score[before], score[after])
        filled = replace(batch, score=score.index_copy(0, here, scores).view_as(batch.score))
        return filled.with_keypoints(points.index_copy(0, here, between).view_as(batch.keypoints))

    def _distances(self, seen: Tensor, here: Tensor) -> tuple[Tensor, Tensor]:
        """Frames back, and onward, to where a joint is seen; 0 where it is further than `longest`.

        Args:
            seen: (N, M, T, V).
            here: (K,) places in its flat form, of joints that are missing.
        """
        frames, joints = seen.shape[2:]
        furthest = min(self.longest, frames - 1)
        # Nobody is seen in the frames that are added at both ends, so that no place needs a bound.
        around = F.pad(seen, (0, 0, furthest, furthest)).flatten()
        place = here + (2 * (here // (frames * joints)) + 1) * furthest * joints
        back, onward = torch.zeros_like(here), torch.zeros_like(here)
        for away in range(furthest, 0, -1):  # the nearest is written last
            back = torch.where(around.index_select(0, place - away * joints), away, back)
            onward = torch.where(around.index_select(0, place + away * joints), away, onward)
        return back, onward

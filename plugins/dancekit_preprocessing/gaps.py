"""Joints that are missing for a few frames, put where they must have been. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.draws import probability_of


class FillGaps(Preprocessor):
    """Fill short gaps of a joint by a straight line in time between the frames that it is seen in.

    Only where the person is present. A gap at either end of the clip stays, for there nothing says how the
    joint went on. Put it first, before what changes coordinates frame by frame.

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
        seen = batch.seen
        missing = ~seen & batch.present[..., None]  # (N, M, T, V)
        back, onward = self._distances(seen)  # (N, M, T, V) each, frames
        gap = missing & (back > 0) & (onward > 0) & (back + onward <= self.longest + 1)
        clip, person, frame, joint = gap.nonzero(as_tuple=True)  # few: only these are computed
        if len(clip) == 0:
            return batch.with_keypoints(batch.keypoints)
        back, onward = back[gap].long(), onward[gap].long()  # (gaps,) each
        before = (clip, person, frame - back, joint)
        after = (clip, person, frame + onward, joint)
        here = (clip, person, frame, joint)
        share = back / (back + onward)
        points = torch.lerp(batch.keypoints[before], batch.keypoints[after], share[:, None])  # (gaps, C)
        scores = self.trust * torch.minimum(batch.score[before], batch.score[after])
        filled = replace(batch, score=batch.score.index_put(here, scores))
        return filled.with_keypoints(batch.keypoints.index_put(here, points))

    def _distances(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Frames back, and onward, to where a joint is seen; 0 where it is further than `longest`."""
        frames = seen.shape[2]
        back = torch.zeros(seen.shape, dtype=torch.uint8, device=seen.device)
        onward = torch.zeros_like(back)
        for away in range(min(self.longest, frames - 1), 0, -1):  # the nearest is written last
            back[:, :, away:].masked_fill_(seen[:, :, :-away], away)
            onward[:, :, :-away].masked_fill_(seen[:, :, away:], away)
        return back, onward

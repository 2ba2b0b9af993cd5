"""Missing frames put where eq 6-8 say that they are: q = q_m in all of a gap at once.

With alpha = beta = 1/3 this asks for the least squared acceleration between the two frames that are seen
before a gap and the two after it. Repeating eq 8 until nothing changes does not get there: from three frames
on it diverges. The system is linear, so for each length there is one matrix from the four frames to the gap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


def gap_matrix(length: int, *, before: int = 2, after: int = 2) -> npt.NDArray[Any]:
    """(length, 4): what the frames two and one before a gap, one and two after it, count in each of its own.

    Args:
        before: 1 where only the nearest frame is seen; it leaves the path free to turn there.
        after: the same at the other end. With one each, the path is a straight line.
    """
    bends = np.diff(np.eye(length + 4), 2, axis=0)  # (length + 2, length + 4): one acceleration a row
    bends = bends[2 - before : length + after]
    gap, ends = bends[:, 2:-2], bends[:, [0, 1, -2, -1]]
    return -np.linalg.solve(gap.T @ gap, gap.T @ ends)


class GapSystem:
    """Fills gaps of up to `longest` frames between frames in which a joint is seen."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        table = np.zeros((2, 2, longest + 1, longest, 4))  # (before, after, length, place, frame)
        for before, after, length in np.ndindex(2, 2, longest):
            matrix = gap_matrix(length + 1, before=before + 1, after=after + 1)
            table[before, after, length + 1, : length + 1] = matrix
        self._table = torch.from_numpy(table)

    def fill(self, points: Tensor, score: Tensor, present: Tensor, *, trust: float) -> tuple[Tensor, Tensor]:
        """Points (N, M, T, V, C) and score (N, M, T, V), with the gaps of who is present filled.

        Args:
            trust: the score of a filled joint is this share of the lower score of the two frames beside it.
        """
        there = present[..., None]  # (N, M, T, 1)
        seen = (score > 0) & there  # (N, M, T, V)
        frames, joints = seen.shape[2:]
        time = torch.arange(frames, device=seen.device)[:, None]  # (T, 1)
        last = torch.where(seen, time, -1).cummax(2).values  # (N, M, T, V)
        after = torch.where(seen, time, frames).flip(2).cummin(2).values.flip(2)  # (N, M, T, V)
        length = after - last - 1
        inside = there & ~seen & (last >= 0) & (after < frames) & (length <= self._longest)
        here = inside.flatten().nonzero()[:, 0]  # (K,) few: only these are computed
        if len(here) == 0:
            return points, score
        back = (time - last).flatten()[here]  # (K,) frames to the nearest before
        length = length.flatten()[here]
        onward = length + 1 - back
        at = here // joints % frames  # (K,)
        two_before, two_after = at - back >= 1, at + onward < frames - 1  # (K,) is there such a frame?
        rows = here[:, None] + joints * torch.stack(
            [-back - two_before.long(), -back, onward, onward + two_after.long()], dim=1
        )  # (K, 4): where there is no second frame, the nearest stands in
        known = seen.flatten()[rows[:, [0, 3]]]  # (K, 2)
        two = torch.stack([two_before, two_after], dim=1) & known  # (K, 2)
        counts = self._table.to(points)[two[:, 0].long(), two[:, 1].long(), length, back - 1]  # (K, 4)
        four = points.flatten(0, 3)[rows]  # (K, 4, C)
        filled = (counts[..., None] * four).sum(1)  # (K, C)
        scores = trust * score.flatten()[rows[:, 1:3]].amin(1)  # (K,)
        return (
            points.flatten(0, 3).index_copy(0, here, filled).view_as(points),
            score.flatten().index_copy(0, here, scores).view_as(score),
        )

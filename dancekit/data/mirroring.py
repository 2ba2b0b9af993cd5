"""Left and right exchanged. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.skeleton.layout import Layout


def mirrored(batch: ClipBatch) -> ClipBatch:
    """Every clip as a mirror shows it: the paired joints change places, and x runs the other way.

    x is mirrored about the middle of all that is seen of a clip, over persons and frames: so keypoints stay
    where they were seen, in the picture or about the origin. A score goes with its joint, and pictures are
    mirrored about their middle. Twice is as before, but for rounding.
    """
    missing = ~batch.seen
    x = batch.keypoints[..., 0]  # (N, M, T, V)
    lowest = x.masked_fill(missing, torch.inf).amin((1, 2, 3))  # (N,)
    highest = x.masked_fill(missing, -torch.inf).amax((1, 2, 3))
    ends = (lowest + highest).where(lowest <= highest, 0)  # 0 where nothing is seen
    keypoints = sides_swapped(batch.keypoints, batch.layout)
    keypoints[..., 0] = ends[:, None, None, None] - keypoints[..., 0]
    score = sides_swapped(batch.score, batch.layout)
    flipped = batch.with_pictures(lambda pictures: pictures.flip(-1))
    return replace(flipped, score=score).with_keypoints(keypoints)


def sides_swapped(values: Tensor, layout: Layout) -> Tensor:
    """(N, M, T, V, ...) as a new tensor in which the left and right joints have changed places."""
    return values.index_select(3, torch.tensor(layout.flip, device=values.device))

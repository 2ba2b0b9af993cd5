"""From pixels, or any unit, to -1 to 1, with the aspect kept. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.turning import moved


class Screen(Preprocessor):
    """Pixels by the size of the picture: its middle becomes 0 and its longer side runs from -1 to 1.

    The place of a dancer in the picture stays known, unlike after `box` or `centre`; put it before what
    moves or scales. Depth, where there is
    any, takes the same scale. Clips that are not in pixels, which says their `image_size`, stay as they
    are; those that were have none afterwards.
    """

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        size = batch.image_size  # (N, 2)
        in_pixels = size.isfinite().all(1, keepdim=True) & (size > 0).all(1, keepdim=True)  # (N, 1)
        half = size.where(in_pixels, 0) / 2  # (N, 2)
        middle = F.pad(half, (0, batch.keypoints.shape[-1] - 2))  # (N, C)
        scale = half.amax(1).where(in_pixels[:, 0], 1)  # (N,)
        return _placed(replace(batch, image_size=torch.full_like(size, torch.nan)), middle, scale)


class Box(Preprocessor):
    """By the box around all joints seen in the clip: its middle becomes 0, its longest side -1 to 1.

    Afterwards the keypoints are not in pixels, and have no `image_size`. A clip in which no two places
    differ is only moved.
    """

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        missing = ~batch.seen[..., None]  # (N, M, T, V, 1)
        over = (1, 2, 3)
        lowest = batch.keypoints.masked_fill(missing, torch.inf).amin(over)  # (N, C)
        highest = batch.keypoints.masked_fill(missing, -torch.inf).amax(over)  # (N, C)
        anyone = lowest <= highest  # (N, C)
        middle = ((lowest + highest) / 2).where(anyone, 0)
        half = ((highest - lowest) / 2).where(anyone, 0).amax(1)  # (N,)
        unknown = torch.full_like(batch.image_size, torch.nan)
        return _placed(replace(batch, image_size=unknown), middle, half.where(half > 0, 1))


def _placed(batch: ClipBatch, middle: Tensor, scale: Tensor) -> ClipBatch:
    """(places - middle (N, C)) / scale (N,)."""
    placed = moved(batch, -middle)  # (N, M, T, V, C)
    return batch.with_keypoints(placed.div_(scale[:, None, None, None, None]))

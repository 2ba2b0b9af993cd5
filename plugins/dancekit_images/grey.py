"""Colour to grey, in whole numbers. Shapes are (..., K, H, W), K = 3: red, green, blue, or 1: grey."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Preprocessor
from dancekit_images.pieces import by_clip, in_pieces


class Grey(Preprocessor):
    """Make colour frames grey: a third of the numbers for whatever comes after.

    Grey frames stay as they are. Masks do too.

    Source: ITU-R Rec. BT.601, the luma Y' = 0.299 R' + 0.587 G' + 0.114 B'.

    Raises:
        RecipeError: when called on a batch without frames.
    """

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        frames = needed(batch, "frames")  # (N, T, K, H, W)
        luma = grey_of(frames.flatten(0, 1))  # (N*T, H, W)
        return replace(batch, frames=by_clip(luma, frames)[:, :, None])  # (N, T, 1, H, W)


def grey_of(frames: Tensor) -> Tensor:
    """The luma of frames (F, K, H, W) uint8: (F, H, W) uint8.

    It is (299 R + 587 G + 114 B + 500) // 1000 in whole numbers, so it is rounded to nearest, halves up, and
    the same on every machine; equal red, green and blue give that value.
    """
    return frames[:, 0] if frames.shape[1] == 1 else in_pieces(_luma, frames)


def _luma(frames: Tensor) -> Tensor:
    red, green, blue = frames.unbind(1)  # (F, H, W) each
    thousandths = red.to(torch.int32).mul_(299).add_(green, alpha=587).add_(blue, alpha=114).add_(500)
    # From 0 up, trunc is floor, and faster.
    return thousandths.div_(1000, rounding_mode="trunc").to(torch.uint8)

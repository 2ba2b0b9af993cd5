"""Stretches of pictures at another size, as two multiplications by matrices.

Every pixel of the result is a mean of the pixels under a tent around its middle. The tent reaches as far as
the distance between two pixels of the source, or of the result where that is more: linear interpolation
where a picture grows, and a mean over the area where it shrinks.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dancekit_images.pieces import in_pieces

# Halves are common, and float32 gives a hair less or more by how many pictures are multiplied together.
_HAIR = 1e-4


def weights_of(start: Tensor, length: Tensor, *, pixels: int, size: int) -> Tensor:
    """How much each pixel of a row, or column, counts for each pixel of the result.

    Args:
        start: (F,) where each stretch begins, in pixels from the outer corner of the first; may lie outside.
        length: (F,) above 0, of each stretch.
        pixels: of the row.
        size: pixels of the result.

    Returns:
        (F, size, pixels) float32, sums of 1; of 0 for a pixel of the result whose middle lies outside.
    """
    step = (length / size)[:, None]  # (F, 1)
    middles = start[:, None] + (torch.arange(size, device=start.device) + 0.5) * step  # (F, size)
    places = torch.arange(pixels, device=start.device) + 0.5  # (pixels,)
    distance = (middles[..., None] - places).abs()  # (F, size, pixels)
    tent = (1 - distance / step.clamp(min=1)[..., None]).clamp(min=0)
    inside = (middles >= 0) & (middles < pixels)  # (F, size)
    return tent * (inside / tent.sum(2).clamp(min=_HAIR))[..., None]


def resampled(pictures: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Pictures by the weights of each.

    Args:
        pictures: (F, H, W) or (F, K, H, W), uint8 or bool.
        rows: (F, size, H).
        columns: (F, size, W).

    Returns:
        (F, size, size) or (F, K, size, size) of the same type: whole numbers rounded, halves up; and true
        where more than half of what counts is.
    """
    return in_pieces(_multiplied, pictures, rows, columns)


def _multiplied(pictures: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    f, size, height = rows.shape
    across = pictures.float().reshape(f, -1, columns.shape[2]) @ columns.mT  # (F, K*H, size)
    means = rows.repeat_interleave(across.shape[1] // height, 0) @ across.view(-1, height, size)
    means = means.view(*pictures.shape[:-2], size, size)
    return means > 0.5 + _HAIR if pictures.dtype == torch.bool else (means + 0.5 + _HAIR).to(torch.uint8)

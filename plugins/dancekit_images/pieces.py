"""All pictures of a batch in one row, and piece by piece, so that what is made on the way stays small."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_PIXELS = 1 << 20  # of a piece: its whole numbers in 32 bits are about what a processor has near


def in_pieces(change: Callable[..., Tensor], pictures: Tensor, *more: Tensor) -> Tensor:
    """`change(pictures, *more)`, for one that works on each picture by itself.

    Args:
        change: (F', ...) pictures, and as many rows of each of `more`, to (F', ...).
        pictures: (F, ...).
        more: (F, ...) each, cut like the pictures.
    """
    together = max(1, _PIXELS // max(1, pictures[:1].numel()))
    parts = zip(*(torch.split(values, together) for values in (pictures, *more)), strict=True)
    return torch.cat([change(*part) for part in parts])


def by_clip(row: Tensor, like: Tensor) -> Tensor:
    """(N*T, ...) back to (N, T, ...), of which `like` has N and T."""
    return row.reshape(*like.shape[:2], *row.shape[1:])

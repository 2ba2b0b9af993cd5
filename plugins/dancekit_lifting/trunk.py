"""Residual convolutions over time, which several branches share, with batch norms of their own.

Notation used for shapes: B persons, T frames, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.masking import MaskedBatchNorm

TEMPORAL = ((3, 1), (3, 3), (3, 9))
"""Kernel and dilation of the blocks of a trunk that sees 27 frames."""

ONE_FRAME = ((1, 1), (1, 1))
"""Those of one that sees each frame by itself: the two blocks of Martinez et al. 2017."""


def check_sizes(channels: int, dropout: float) -> None:
    """Raise a ValueError where a lifter cannot have them."""
    if channels < 1:
        raise ValueError(f"channels must be at least 1, not {channels}.")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must lie from 0 up to, but not at, 1, not {dropout}.")


class BranchNorm(nn.Module):
    """One batch norm for each branch, affine terms and statistics apart; or one for all.

    The means of 2D detections and of 3D poses differ, and one set of statistics fits neither of them.
    """

    def __init__(self, channels: int, *, branches: int, shared: bool = False) -> None:
        super().__init__()
        self.norms = nn.ModuleList(MaskedBatchNorm(channels) for _ in range(1 if shared else branches))

    def forward(self, x: Tensor, mask: Tensor | None, branch: int) -> Tensor:
        """(B, C, T); `mask` (B, 1, T) is false where there is nobody."""
        return self.norms[min(branch, len(self.norms) - 1)](x, mask)  # type: ignore[no-any-return]


class Block(nn.Module):
    """Convolution over time, then one by frame, with the input added; the kernel's margin is cut off."""

    def __init__(
        self, channels: int, *, kernel: int, dilation: int, dropout: float, branches: int, shared_norm: bool
    ) -> None:
        super().__init__()
        self.over_time = nn.Conv1d(channels, channels, kernel, dilation=dilation, bias=False)
        self.by_frame = nn.Conv1d(channels, channels, 1, bias=False)
        self.norms = nn.ModuleList(
            BranchNorm(channels, branches=branches, shared=shared_norm) for _ in range(2)
        )
        self.dropout = dropout
        self.margin = (kernel - 1) // 2 * dilation

    def forward(self, x: Tensor, mask: Tensor | None, branch: int) -> Tensor:
        """(B, C, T) to (B, C, T - 2 margin)."""
        inner = slice(self.margin, x.shape[2] - self.margin)
        mask = None if mask is None else mask[..., inner]
        y = self._activate(self.norms[0](self.over_time(x), mask, branch))
        y = self._activate(self.norms[1](self.by_frame(y), mask, branch))
        return x[..., inner] + y

    def _activate(self, x: Tensor) -> Tensor:
        return drop_channels(F.relu(x, inplace=True), self.dropout, self.training)


class Trunk(nn.Module):
    """Blocks one after the other.

    Attributes:
        margin: frames that are cut off on each side; the receptive field is 2 margin + 1.
    """

    def __init__(
        self,
        channels: int,
        *,
        blocks: Sequence[tuple[int, int]] = TEMPORAL,
        dropout: float,
        branches: int = 1,
        shared_norm: bool = False,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(
                channels,
                kernel=kernel,
                dilation=dilation,
                dropout=dropout,
                branches=branches,
                shared_norm=shared_norm,
            )
            for kernel, dilation in blocks
        )
        self.margin = sum((kernel - 1) // 2 * dilation for kernel, dilation in blocks)

    def forward(self, x: Tensor, mask: Tensor | None = None, branch: int = 0) -> Tensor:
        """(B, C, T) to (B, C, T - 2 margin).

        Args:
            mask: (B, 1, T), false in frames in which there is nobody; they count in no statistics.
            branch: whose batch norms.
        """
        for block in self.blocks:
            x = block(x, mask, branch)
            if mask is not None:
                margin = cast("Block", block).margin
                mask = mask[..., margin : mask.shape[2] - margin]  # (B, 1, T)
        return x


class Stem(nn.Module):
    """What a branch reads, frame by frame, to channels: linear layer and batch norm."""

    def __init__(self, features: int, channels: int, *, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Conv1d(features, channels, 1, bias=False)
        self.norm = MaskedBatchNorm(channels)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, F) to (B, C, T); `mask` (B, 1, T)."""
        x = F.relu(self.norm(self.linear(x.mT), mask), inplace=True)
        return drop_channels(x, self.dropout, self.training)


def drop_channels(x: Tensor, probability: float, training: bool) -> Tensor:
    """(B, C, T) with whole channels of a person dropped, in all frames.

    Neighbouring frames are so alike that a convolution over time restores what is dropped in some of them;
    and drawing a number for each frame takes as long as the convolution.
    """
    return F.dropout1d(x, probability, training)


def edges_repeated(values: Tensor, frames: int) -> Tensor:
    """(B, T, ...) to (B, T + 2 frames, ...): the first and the last frame again on their sides."""
    first, last = values[:, :1], values[:, -1:]
    each = (-1, frames, *(-1,) * (values.ndim - 2))
    return torch.cat([first.expand(each), values, last.expand(each)], dim=1)


class Head(nn.Conv1d):
    """From channels to the places of joints, which all lie at the root before anything is learned."""

    def __init__(self, channels: int, joints: int) -> None:
        super().__init__(channels, 3 * joints, 1)
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)  # type: ignore[arg-type]

    def places(self, features: Tensor) -> Tensor:
        """(B, C, T) to (B, T, V', 3)."""
        return self(features).mT.unflatten(2, (-1, 3))  # type: ignore[no-any-return]


def set_momentum(network: nn.Module, momentum: float) -> None:
    """Of every batch norm: how fast its statistics follow the batches."""
    for module in network.modules():
        if isinstance(module, MaskedBatchNorm):
            module.momentum = momentum

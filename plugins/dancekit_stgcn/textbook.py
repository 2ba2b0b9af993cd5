"""ST-GCN as it is usually written, to measure against: the same function with the same weights.

A 1x1 convolution to K*C channels, an einsum with the graph, a convolution over time and batch norm, each gate
as its equation stands, on (B, C, T, V) in memory, without masks. Its weights are copies, so that training one
leaves the other as it is.

Notation used for shapes: B persons, C and O channels, T frames, V joints, K partitions of the graph.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.masking import MaskedBatchNorm
from dancekit_stgcn.attention import GateAttention, SpatioTemporalAttention

if TYPE_CHECKING:
    from dancekit_stgcn.model import STGCN, Block, GraphConvolution


class TextbookGraphConvolution(nn.Module):
    """Convolve to K*C channels, then sum over the neighbours of each partition (equation 10)."""

    graph: Tensor

    def __init__(self, ours: GraphConvolution) -> None:
        super().__init__()
        k = len(ours.graph)
        out, many, _, _ = ours.mix.weight.shape
        # ours mixes (K, C) to O after the sum; here each partition has its own O outputs before it
        weight = ours.mix.weight.detach().view(out, k, many // k).transpose(0, 1)  # (K, O, C)
        self.convolution = nn.Conv2d(many // k, k * out, 1, bias=False)
        self.convolution.weight.data = weight.reshape(k * out, many // k, 1, 1).clone()
        self.register_buffer("graph", ours.graph.clone())
        self.importance = deepcopy(ours.importance)

    def forward(self, x: Tensor) -> Tensor:
        k = len(self.graph)
        b, _, t, v = x.shape
        y = self.convolution(x).view(b, k, -1, t, v)  # (B, K, O, T, V)
        graph = self.graph if self.importance is None else self.graph * self.importance
        return torch.einsum("nkctv,kvw->nctw", y, graph).contiguous()  # (B, O, T, V)


class TextbookGate(nn.Module):
    """W = sigmoid(BN(Conv(x))), then x * W, or x + x * W (equations 12 to 15)."""

    def __init__(self, ours: GateAttention) -> None:
        super().__init__()
        self.convolution = deepcopy(ours.convolution)
        self.norm = _norm(ours.norm)
        self.residual = ours.gate == "residual"

    def forward(self, x: Tensor) -> Tensor:
        gated = x * torch.sigmoid(self.norm(self.convolution(x)))
        return x + gated if self.residual else gated


class TextbookBlock(nn.Module):
    """Attention, graph convolution, convolution over time, and a residual around the last two."""

    def __init__(self, ours: Block) -> None:
        super().__init__()
        self.attention = _attention(ours.attention)
        self.spatial = TextbookGraphConvolution(ours.spatial)
        self.spatial_norm = _norm(ours.spatial_norm)
        self.temporal = deepcopy(ours.temporal)
        self.temporal_norm = _norm(ours.temporal_norm)
        self.dropout = deepcopy(ours.dropout)
        self.residual = ours.residual
        self.shortcut: nn.Module = nn.Identity()
        if ours.shortcut is not None:
            self.shortcut = nn.Sequential(deepcopy(ours.shortcut), _norm(ours.shortcut_norm))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.spatial_norm(self.spatial(self.attention(x))))
        y = self.dropout(self.temporal_norm(self.temporal(y)))
        if self.residual:
            y = y + self.shortcut(x)
        return F.relu(y)


class Textbook(nn.Module):
    """ST-GCN in its usual form.

    Args:
        ours: whose weights it copies.
    """

    def __init__(self, ours: STGCN) -> None:
        super().__init__()
        self.input_norm = _norm(ours.input_norm)
        self.score_channel = ours.score_channel
        self.blocks = nn.Sequential(*(TextbookBlock(cast("Block", block)) for block in ours.blocks))
        self.to(ours.input_norm.weight.device)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, V) keypoints, all of them certain, to (B, F)."""
        x = self.input_norm(x)
        if self.score_channel:
            x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)  # (B, C+1, T, V)
        features: Tensor = self.blocks(x)  # (B, F, T', V)
        return features.mean((2, 3), dtype=torch.promote_types(features.dtype, torch.float32))


def _attention(ours: nn.Module | None) -> nn.Module:
    """The gates of the paper as their equations stand; whatever else reweighs is taken as it is."""
    if ours is None:
        return nn.Identity()
    if isinstance(ours, GateAttention):
        return TextbookGate(ours)
    if isinstance(ours, SpatioTemporalAttention):
        return nn.Sequential(TextbookGate(ours.temporal), TextbookGate(ours.spatial))
    return deepcopy(ours)


def _norm(ours: MaskedBatchNorm) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(ours.weight.numel(), eps=ours.eps, momentum=ours.momentum)
    norm.load_state_dict(ours.state_dict(), strict=False)  # all but the number of batches
    return norm

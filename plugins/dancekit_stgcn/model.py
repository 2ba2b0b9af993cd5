"""Spatial-temporal graph convolution (Yan, Xiong and Lin 2018), equations 10 and 11 of the paper.

Every tensor between layers is (B, C, T, V) in shape and (B, T, V, C) in memory (channels last): there
the graph product and the convolutions need no copies.

Notation used for shapes: B persons, C and O channels, T frames, V joints, K partitions of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.interfaces import AttentionFactory, SkeletonBackbone
from dancekit.masking import MaskedBatchNorm, resample_mask, zero_absent
from dancekit.skeleton.graph import Strategy, adjacency
from dancekit.skeleton.layout import Layout
from dancekit_stgcn.textbook import Textbook


class GraphConvolution(nn.Module):
    """sum over k of W_k x (A_k * M_k), equations 10 and 11.

    The neighbours are summed first and then mixed by one 1x1 convolution over K*C channels: the same
    function as K convolutions before the sum, with the smaller tensor between the two.

    Args:
        graph: (K, V, V) adjacency partitions; entry [k, v, w] carries joint v to joint w.
        importance: learn the mask M that scales each entry of the graph.
    """

    graph: Tensor

    def __init__(self, *, in_channels: int, out_channels: int, graph: Tensor, importance: bool) -> None:
        super().__init__()
        self.register_buffer("graph", graph, persistent=False)  # it follows from the layout
        self.importance = nn.Parameter(torch.ones_like(graph)) if importance else None
        self.mix = nn.Conv2d(len(graph) * in_channels, out_channels, 1, bias=False)

    def connections(self) -> Tensor:
        """A * M: (K, V, V)."""
        return self.graph if self.importance is None else self.graph * self.importance

    def fused(self) -> GraphConvolution:
        """The same function with A * M as its graph, for a network that learns no more."""
        out_channels, many, _, _ = self.mix.weight.shape
        twin = GraphConvolution(
            in_channels=many // len(self.graph),
            out_channels=out_channels,
            graph=self.connections().detach().clone(),
            importance=False,
        )
        twin.register_buffer("graph", twin.graph)  # with the weights now: it does not follow from the layout
        twin.mix = deepcopy(self.mix)
        return twin

    def forward(self, x: Tensor) -> Tensor:
        b, c, t, v = x.shape
        k = len(self.graph)
        reach = self.connections().permute(2, 0, 1).reshape(v * k, v).to(x.dtype)  # (V*K, V)
        joints = x.permute(0, 2, 3, 1).reshape(b * t, v, c)  # (B*T, V, C)
        neighbours = torch.bmm(reach.expand(b * t, v * k, v), joints)  # (B*T, V*K, C)
        neighbours = neighbours.view(b, t, v, k * c).permute(0, 3, 1, 2)  # (B, K*C, T, V)
        return self.mix(neighbours)  # type: ignore[no-any-return]


class Block(nn.Module):
    """Attention, graph convolution over joints, convolution over time, and a residual around them."""

    def __init__(
        self,
        *,
        in_channels: int,
        out_channels: int,
        graph: Tensor,
        importance: bool,
        temporal_kernel: int,
        stride: int,
        residual: bool,
        dropout: float,
        attention: nn.Module | None,
        attention_after: bool,
    ) -> None:
        super().__init__()
        self.attention = attention
        self.attention_after = attention_after
        self.spatial = GraphConvolution(
            in_channels=in_channels, out_channels=out_channels, graph=graph, importance=importance
        )
        self.spatial_norm = MaskedBatchNorm(out_channels)
        self.temporal = nn.Conv2d(
            out_channels,
            out_channels,
            (temporal_kernel, 1),
            stride=(stride, 1),
            padding=(temporal_kernel // 2, 0),
            bias=False,
        )
        self.temporal_norm = MaskedBatchNorm(out_channels)
        self.dropout = nn.Dropout(dropout)
        self.residual = residual
        self.shortcut: nn.Conv2d | None = None
        if residual and (in_channels != out_channels or stride > 1):
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=(stride, 1), bias=False)
            self.shortcut_norm = MaskedBatchNorm(out_channels)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(B, C, T, V) and (B, T) to (B, O, T', V) and (B, T'), T' = T / stride."""
        y = x if self.attention is None or self.attention_after else self.attention(x, mask)
        y = F.relu(self.spatial_norm(self.spatial(y), _frames(mask)), inplace=True)
        if self.attention is not None and self.attention_after:
            y = self.attention(y, mask)
        y = self.temporal(zero_absent(y, mask))
        after = resample_mask(mask, y.shape[2])
        y = self.dropout(self.temporal_norm(y, _frames(after)))
        if self.shortcut is not None:
            y = y + self.shortcut_norm(self.shortcut(x), _frames(after))
        elif self.residual:
            y = y + x
        return zero_absent(F.relu(y, inplace=True), after), after


class STGCN(SkeletonBackbone):
    """ST-GCN: blocks of graph and temporal convolution, each with an optional attention.

    Args:
        width: channels of the first stage; 64 as published.
        stages: channels of each block in multiples of `width`; ten blocks as published.
        strides: temporal stride of each block.
        temporal_kernel: frames that a temporal convolution spans; odd.
        dropout: after each temporal convolution.
        importance: learn how strong each connection of the graph is (M of equation 11).
        partition: how neighbours are told apart: `spatial` (self, inward, outward), `distance` (self,
            neighbours) or `uniform` (no difference).
        attention: reweighs what each block takes in.
        attention_after: reweigh what the graph convolution gives instead, as later networks do; the paper
            has it before.
        score_channel: give the confidence of each joint as one more input channel.
    """

    def __init__(
        self,
        *,
        layout: Layout,
        coordinates: int,
        width: int = 64,
        stages: tuple[int, ...] = (1, 1, 1, 1, 2, 2, 2, 4, 4, 4),
        strides: tuple[int, ...] = (1, 1, 1, 1, 2, 1, 1, 2, 1, 1),
        temporal_kernel: int = 9,
        dropout: float = 0.0,
        importance: bool = True,
        partition: Strategy = "spatial",
        attention: AttentionFactory | None = None,
        attention_after: bool = False,
        score_channel: bool = False,
    ) -> None:
        if not stages or len(stages) != len(strides):
            raise ValueError(f"{len(stages)} stages need as many strides, at least one, not {len(strides)}.")
        if min(stages) < 1 or min(strides) < 1 or width < 1:
            raise ValueError("width, stages and strides must be at least 1.")
        if temporal_kernel < 1 or temporal_kernel % 2 == 0:
            raise ValueError(f"temporal_kernel must be odd, not {temporal_kernel}.")
        super().__init__(
            layout=layout,
            coordinates=coordinates,
            out_features=stages[-1] * width,
            score_channel=score_channel,
        )
        graph = torch.from_numpy(adjacency(layout, strategy=partition))  # (K, V, V)
        channels = (self.in_channels, *(stage * width for stage in stages))
        self.blocks = nn.ModuleList(
            Block(
                in_channels=channels[i],
                out_channels=channels[i + 1],
                graph=graph,
                importance=importance,
                temporal_kernel=temporal_kernel,
                stride=strides[i],
                residual=i > 0,
                dropout=dropout,
                attention=None
                if attention is None
                else attention(channels=channels[i + 1] if attention_after else channels[i]),
                attention_after=attention_after,
            )
            for i in range(len(stages))
        )

    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = x.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x, mask = block(x, mask)
        return x

    def connections(self) -> Tensor:
        """A * M of each block, summed over partitions: (blocks, V, V)."""
        blocks = cast("Iterable[Block]", self.blocks)
        return torch.stack([block.spatial.connections().sum(0) for block in blocks]).detach()

    def textbook(self) -> Textbook:
        return Textbook(self)


def _frames(mask: Tensor | None) -> Tensor | None:
    """(B, T) as it masks (B, C, T, V)."""
    return None if mask is None else mask[:, None, :, None]

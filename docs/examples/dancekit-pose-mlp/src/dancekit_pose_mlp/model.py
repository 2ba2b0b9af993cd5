"""PoseMLP: each pose as one vector, mixed by residual layers while time gets coarser.

Notation used for shapes: B persons, C coordinates, T frames, V joints, W the width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dancekit.interfaces import SkeletonBackbone
from dancekit.masking import zero_absent
from dancekit.skeleton.layout import Layout


class Stage(nn.Module):
    """Two layers around a residual, then the mean of each two neighbouring frames."""

    def __init__(self, *, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(B, W, T, 1) and (B, T) to (B, W, T', 1) and (B, T'), T' = T / 2 rounded up."""
        poses = x.squeeze(3).transpose(1, 2)  # (B, T, W)
        poses = poses + self.layers(poses)
        return halve_time(poses.transpose(1, 2).unsqueeze(3), mask)


class PoseMLP(SkeletonBackbone):
    """A backbone without convolutions or graphs: what a pose is, and how it changes, in one vector.

    Args:
        width: features of a pose.
        stages: how often time is halved.
        dropout: inside each stage.
        score_channel: give the confidence of each joint as one more input channel.
    """

    def __init__(
        self,
        *,
        layout: Layout,
        coordinates: int,
        width: int = 128,
        stages: int = 3,
        dropout: float = 0.1,
        score_channel: bool = False,
    ) -> None:
        if width < 1 or stages < 1:
            raise ValueError("width and stages must be at least 1.")
        super().__init__(
            layout=layout, coordinates=coordinates, out_features=width, score_channel=score_channel
        )
        pose_size = self.in_channels * layout.num_joints
        self.embedding = nn.Linear(2 * pose_size, width)  # a pose and its motion
        self.stages = nn.ModuleList(Stage(width=width, dropout=dropout) for _ in range(stages))

    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        poses = x.permute(0, 2, 1, 3).flatten(2)  # (B, T, C*V)
        both = torch.cat([poses, motion(poses, mask)], dim=2)  # (B, T, 2*C*V)
        x = self.embedding(both).transpose(1, 2).unsqueeze(3)  # (B, W, T, 1)
        for stage in self.stages:
            x, mask = stage(x, mask)
        return x


def motion(poses: Tensor, mask: Tensor | None) -> Tensor:
    """(B, T, F) minus the frame before; 0 in the first frame, and where either frame is not there."""
    change = poses.diff(dim=1, prepend=poses[:, :1])  # (B, T, F)
    if mask is None:
        return change
    before = torch.cat([mask[:, :1], mask[:, :-1]], dim=1)  # (B, T)
    return change.masked_fill(~(mask & before)[..., None], 0)


def halve_time(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """The mean of frames 2t and 2t+1, of those that are there: (B, W, T, 1) to (B, W, T', 1)."""
    there = torch.ones_like(x[:, :1]) if mask is None else mask[:, None, :, None].to(x.dtype)  # (B, 1, T, 1)
    halve = nn.AvgPool2d((2, 1), ceil_mode=True)
    share = halve(there)  # (B, 1, T', 1)
    half = halve(zero_absent(x, mask)) / share.clamp(min=0.5)
    if mask is None:
        return half, None
    return half, share[:, 0, :, 0] > 0

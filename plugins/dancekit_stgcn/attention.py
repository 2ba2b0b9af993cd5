"""The paper's gates, equations 12 to 15: W = sigmoid(BN(Conv(x))), applied to x before each unit.

The paper convolves with 1x3 for time and 3x1 for joints on (joints, frames); on (B, C, T, V) these are
(3, 1) and (1, 3). Its literal gate x * W takes from every feature; the residual one, x + x * W, only
adds, and is the default because the literal one costs accuracy.

Notation used for shapes: B persons, C channels, T frames, V joints.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from dancekit.interfaces import Attention
from dancekit.masking import MaskedBatchNorm, masked_mean, zero_absent

Maps = Literal["one", "full", "pooled"]
Gate = Literal["residual", "literal"]
Start = Literal["usual", "zero"]


class GateAttention(Attention):
    """One gate from a small convolution.

    Args:
        channels: C.
        kernel: (frames, joints) that a weight looks at; both odd, and one of them 1.
        maps: one weight per frame and joint for all channels, or one for each channel; "pooled": one for
            each frame, or each joint, from the mean over the axis along which the kernel is 1.
        gate: x + x * W, or the literal x * W.
        start: start the scale of the gate's batch norm at zero, so that every W starts at one half, or
            at one as usual.
    """

    def __init__(
        self,
        *,
        channels: int,
        kernel: tuple[int, int],
        maps: Maps = "one",
        gate: Gate = "residual",
        start: Start = "usual",
    ) -> None:
        super().__init__()
        out = 1 if maps == "one" else channels
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.convolution = nn.Conv2d(channels, out, kernel, padding=padding, bias=False)
        self.norm = MaskedBatchNorm(out)
        if start == "zero":
            nn.init.zeros_(self.norm.weight)
        self.gate = gate
        self.pooled = (3 if kernel[1] == 1 else 2) if maps == "pooled" else None  # joints or frames

    def weights(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """W of equations 12 and 14: (B, 1 or C, T, V) between 0 and 1; T or V is 1 where it is pooled."""
        frames = None if mask is None else mask[:, None, :, None]  # (B, 1, T, 1)
        x = zero_absent(x, mask)
        if self.pooled == 3:
            x = x.mean(3, keepdim=True)  # (B, C, T, 1)
        elif self.pooled == 2:
            x = x.mean(2, keepdim=True) if frames is None else masked_mean(x, frames, 2)[:, :, None]
            frames = None if frames is None else frames.any(2, keepdim=True)  # (B, 1, 1, 1)
        return torch.sigmoid(self.norm(self.convolution(x), frames))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        weights = self.weights(x, mask)
        return x * (1 + weights) if self.gate == "residual" else x * weights  # one pass over x, not two

    def maps(self, x: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
        weights = self.weights(x, mask).mean(1)  # (B, T or 1, V or 1)
        return {"gate": weights.expand(-1, *x.shape[2:])}  # (B, T, V)


class TemporalAttention(GateAttention):
    """Gate from each joint's neighbouring frames, equations 12 and 13."""

    def __init__(
        self, *, channels: int, maps: Maps = "one", gate: Gate = "residual", start: Start = "usual"
    ) -> None:
        super().__init__(channels=channels, kernel=(3, 1), maps=maps, gate=gate, start=start)


class SpatialAttention(GateAttention):
    """Gate from the joints beside each joint in the layout's order, equations 14 and 15."""

    def __init__(
        self, *, channels: int, maps: Maps = "one", gate: Gate = "residual", start: Start = "usual"
    ) -> None:
        super().__init__(channels=channels, kernel=(1, 3), maps=maps, gate=gate, start=start)


class SpatioTemporalAttention(Attention):
    """The temporal gate, then the spatial one on what it leaves, equations 12 to 15.

    Args:
        channels: C.
        maps: one weight per frame and joint for all channels, or one for each channel; "pooled": one for
            each frame, then one for each joint.
        gate: x + x * W, or the literal x * W.
        start: where the scale of each gate's batch norm starts: zero, or one as usual.
    """

    def __init__(
        self, *, channels: int, maps: Maps = "one", gate: Gate = "residual", start: Start = "usual"
    ) -> None:
        super().__init__()
        self.temporal = TemporalAttention(channels=channels, maps=maps, gate=gate, start=start)
        self.spatial = SpatialAttention(channels=channels, maps=maps, gate=gate, start=start)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        attended: Tensor = self.spatial(self.temporal(x, mask), mask)
        return attended

    def maps(self, x: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
        temporal = self.temporal.maps(x, mask)["gate"]
        spatial = self.spatial.maps(self.temporal(x, mask), mask)["gate"]
        return {"temporal": temporal, "spatial": spatial}

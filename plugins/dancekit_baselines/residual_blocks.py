"""A residual network of basic blocks, 18 layers deep (He et al. 2016), for pictures with absent rows.

A picture is (B, C, H, W), and its mask (B, H) is false in rows that are not there; None means all are.
Absent rows go in as zeros and are set to zero again after each norm. So each convolution meets there what it
meets beyond the edge of a picture, and rows that are padded at the end change nothing of those before.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.masking import MaskedBatchNorm, resample_mask, zero_absent

STRIDES = (1, 2, 2, 2)
"""Of the four stages, each of two blocks; each has twice the channels of the one before."""


class ResidualTrunk(nn.Module):
    """The network without its pooling and its classifier; (B, in_channels, H, W) to (B, 8 width, H', W').

    Args:
        width: channels of the first stage; 64 as published.
        stem: "large" looks at 7x7 pixels in steps of 2 and halves again, as published, and H' is H / 32;
            "small" looks at 3x3 pixels, and H' is H / 8.
    """

    def __init__(self, *, in_channels: int, width: int, stem: Literal["large", "small"]) -> None:
        super().__init__()
        large = stem == "large"
        self.stem = ConvolutionNorm(in_channels, width, 7 if large else 3, 2 if large else 1)
        self.pool = nn.MaxPool2d(3, 2, padding=1) if large else None
        blocks = []
        channels = width
        for stage, stride in enumerate(STRIDES):
            out_channels = width << stage
            blocks.append(BasicBlock(channels, out_channels, stride))
            blocks.append(BasicBlock(out_channels, out_channels, 1))
            channels = out_channels
        self.blocks = nn.ModuleList(blocks)
        self.out_channels = channels

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x, mask = self.stem(zero_absent(x, mask), mask)
        x = zero_absent(F.relu(x), mask)
        if self.pool is not None:
            x = self.pool(x)  # nothing is below 0, so a zero in an absent row is no maximum of others
            mask = resample_mask(mask, x.shape[2])
            x = zero_absent(x, mask)
        for block in self.blocks:
            x, mask = block(x, mask)
        return x


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a way around them, which is a 1x1 convolution where the shape changes."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.first = ConvolutionNorm(in_channels, out_channels, 3, stride)
        self.second = ConvolutionNorm(out_channels, out_channels, 3, 1)
        self.shortcut: ConvolutionNorm | None = None
        if stride > 1 or in_channels != out_channels:
            self.shortcut = ConvolutionNorm(in_channels, out_channels, 1, stride)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        around = x if self.shortcut is None else self.shortcut(x, mask)[0]
        y, mask = self.first(x, mask)
        y, _ = self.second(zero_absent(F.relu(y), mask), mask)
        return zero_absent(F.relu(y + around), mask), mask


class ConvolutionNorm(nn.Module):
    """A convolution and a batch norm over the rows that are there; absent rows of the result mean nothing."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            in_channels, out_channels, kernel, stride=stride, padding=kernel // 2, bias=False
        )
        # The start of He et al., "Delving deep into rectifiers", 2015, as the network was published with.
        nn.init.kaiming_normal_(self.convolution.weight, mode="fan_out", nonlinearity="relu")
        self.norm = MaskedBatchNorm(out_channels)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        x = self.convolution(x)
        mask = resample_mask(mask, x.shape[2])
        return self.norm(x, None if mask is None else mask[:, None, :, None]), mask

"""A residual network on four channels: what a dancer looks like, or how a skeleton moves.

Notation used for shapes: N clips, T frames, K colours, H and W the size of a picture, B persons, V joints,
C coordinates, F features.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Backbone, SkeletonBackbone
from dancekit.masking import masked_mean
from dancekit.skeleton.layout import Layout
from dancekit_baselines.residual_blocks import ResidualTrunk

CHANNELS = 4


class Residual4(Backbone):
    """ResNet-18 with an input of four channels.

    With "frames" each picture that is there goes through the network on its own, as red, green, blue and
    silhouette, and a clip is the mean of its pictures. With "skeleton" a person's clip is one picture, with a
    row for each frame and a column for each coordinate of each joint: in its four channels lie the joints,
    the bones, and the motion of either.

    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.

    Args:
        input: what it looks at.
        width: channels of the first of four stages; 64 as published.
        stem: "large" as published, for pictures; "small" keeps every pixel, for skeletons.

    Raises:
        RecipeError: with "frames", when called on a batch without frames or silhouettes.
    """

    def __init__(
        self,
        *,
        layout: Layout,
        coordinates: int,
        input: Literal["frames", "skeleton"] = "frames",
        width: int = 64,
        stem: Literal["large", "small"] = "large",
    ) -> None:
        if input not in ("frames", "skeleton"):
            raise ValueError(f"input must be frames or skeleton, not {input!r}.")
        if stem not in ("large", "small"):
            raise ValueError(f"stem must be large or small, not {stem!r}.")
        if width < 1:
            raise ValueError(f"width must be at least 1, not {width}.")
        super().__init__()
        trunk = ResidualTrunk(in_channels=CHANNELS, width=width, stem=stem)
        self.out_features = trunk.out_channels
        self.reader: Backbone
        if input == "frames":
            self.reader = FrameReader(trunk)
        else:
            self.reader = SkeletonReader(trunk, layout=layout, coordinates=coordinates)

    def embed(self, batch: ClipBatch) -> Tensor:
        return self.reader.embed(batch)


class FrameReader(Backbone):
    """Sends each picture that is there through the network; the mean of them is the clip."""

    def __init__(self, trunk: ResidualTrunk) -> None:
        super().__init__()
        self.out_features = trunk.out_channels
        self.trunk = trunk

    def embed(self, batch: ClipBatch) -> Tensor:
        frames, silhouette = needed(batch, "frames"), needed(batch, "silhouette")
        shown = batch.present.any(1)  # (N, T)
        # Shapes of a traced network must not depend on who is there, and a batch norm needs a picture.
        all_of_them = torch.compiler.is_compiling() or not bool(shown.any())
        if all_of_them:
            pictures = four_channels(frames.flatten(0, 1), silhouette.flatten(0, 1))  # (N*T, 4, H, W)
            rows = shown.flatten()[:, None].expand(-1, pictures.shape[2])  # (N*T, H)
            embedded = _pooled(self.trunk(pictures, rows))  # (N*T, F)
        else:
            pooled = _pooled(self.trunk(four_channels(frames[shown], silhouette[shown])))
            embedded = pooled.new_zeros(shown.numel(), self.out_features)
            embedded = embedded.index_put((shown.flatten(),), pooled)  # (N*T, F)
        return masked_mean(embedded.view(*shown.shape, -1), shown[..., None], 1)  # (N, F)


def four_channels(frames: Tensor, silhouette: Tensor) -> Tensor:
    """Colours from -0.5 to 0.5 and the silhouette as 0 or 1: (B, K, H, W) and (B, H, W) to (B, 4, H, W)."""
    colours = (frames.float() / 255 - 0.5).expand(-1, CHANNELS - 1, -1, -1)  # grey is repeated
    pictures = torch.cat([colours, silhouette[:, None].float()], dim=1)
    return pictures.contiguous(memory_format=torch.channels_last)  # a fifth faster on a processor


class SkeletonReader(SkeletonBackbone):
    """Makes a picture of a person's clip and sends it through the network, each row with its mask."""

    parents: Tensor

    def __init__(self, trunk: ResidualTrunk, *, layout: Layout, coordinates: int) -> None:
        super().__init__(layout=layout, coordinates=coordinates, out_features=trunk.out_channels)
        self.trunk = trunk
        # The root is its own parent, so that its bone is 0.
        parents = [joint if parent < 0 else parent for joint, parent in enumerate(layout.parents)]
        self.register_buffer(
            "parents", torch.tensor(parents), persistent=False
        )  # they follow from the layout

    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        bones = x - x[..., self.parents]  # (B, C, T, V)
        channels = (x, bones, motion(x, mask), motion(bones, mask))
        # The coordinates of a joint lie side by side.
        rows = [channel.permute(0, 2, 3, 1).flatten(2) for channel in channels]  # each (B, T, V*C)
        features: Tensor = self.trunk(torch.stack(rows, dim=1), mask)  # (B, F, T', V')
        return features


def motion(x: Tensor, mask: Tensor | None) -> Tensor:
    """What changes from the frame before, (B, C, T, V); 0 unless the person is there (B, T) in both."""
    step = x[:, :, 1:] - x[:, :, :-1]
    if mask is not None:
        step = step.masked_fill(~(mask[:, 1:] & mask[:, :-1])[:, None, :, None], 0)
    return F.pad(step, (0, 0, 1, 0))  # (B, C, T, V): nothing has moved before the first frame


def _pooled(features: Tensor) -> Tensor:
    """The mean over places: (B, F, H', W') to (B, F)."""
    return features.mean((2, 3), dtype=torch.promote_types(features.dtype, torch.float32))

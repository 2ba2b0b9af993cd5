"""What a plugin with weights implements; `dancekit.interfaces` hands these on, and speaks for all kinds.

Notation used for shapes: N clips, M persons, T frames, V joints, C coordinates or channels,
B = the persons of a batch that are there, F features.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn

from dancekit.data.clips import ClipBatch
from dancekit.data.pairs import PosePairs
from dancekit.masking import MaskedBatchNorm, masked_mean, resample_mask
from dancekit.schema import Nested
from dancekit.skeleton.layout import Layout


class Lifter(nn.Module, ABC):
    """Estimates 3D keypoints from 2D.

    Only `lift` has to be written: what is minimised is then its mean error. What a lifter gives lies in the
    frame of the camera, x to the right, y up, z towards the camera, with the root of each pose at 0.

    Attributes:
        receptive_field: frames that one output frame depends on.
    """

    input_layout: Layout
    output_layout: Layout
    receptive_field: int

    @abstractmethod
    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        """(B, T, V, 2) and (B, T, V) in the input layout to (B, T, V', 3) metres in the output layout."""

    def loss(self, pairs: PosePairs, progress: float) -> dict[str, Tensor]:
        """What is minimised: the sum of these scalars, each told by its name.

        Args:
            progress: of the training, from 0 at its first step to 1 at its end.
        """
        lifted = self.lift(pairs.keypoints, pairs.score)  # (B, T, V', 3)
        distance = torch.linalg.vector_norm(lifted - pairs.target, dim=-1)  # (B, T, V')
        return {"position": masked_mean(distance, pairs.seen, (0, 1, 2))}

    def finish(self, pairs: Iterable[PosePairs]) -> dict[str, float]:
        """After training, with its best weights: fit to held-out people what no gradient has learned.

        Args:
            pairs: can be gone through several times.

        Returns:
            What is worth telling of it; nothing by default.
        """
        return {}

    def weights_per_joint(self) -> dict[str, Tensor]:
        """What it has for each joint of the output, for figures: name -> (V',); nothing by default."""
        return {}


@dataclass(frozen=True, kw_only=True, eq=False)
class Matrix:
    """Numbers with names at both sides, to be drawn as a heat map.

    Attributes:
        title: in a few words.
        explanation: what the numbers are and their unit, in a sentence or two.
        values: (rows, columns), finite.
        rows: names from top to bottom.
        columns: names from left to right.
    """

    title: str
    explanation: str
    values: Tensor
    rows: tuple[str, ...]
    columns: tuple[str, ...]


class Attention(nn.Module, ABC):
    """Reweighs features. Built with `channels` and `layout`, which the core supplies."""

    @abstractmethod
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, C, T, V) to the same shape; `mask` (B, T) is false where the person is absent."""

    def maps(self, x: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
        """What it attends to, for figures: name -> (B, T, V); nothing by default."""
        return {}


AttentionFactory = Annotated[Callable[..., Attention], Nested("attention")]
"""A parameter with this type takes an attention from the recipe; call it with `channels=`."""


class Backbone(nn.Module, ABC):
    """Turns clips into features. `layout` and `coordinates` (C) are supplied by the core.

    Attributes:
        out_features: F.
    """

    out_features: int

    @abstractmethod
    def embed(self, batch: ClipBatch) -> Tensor:
        """(N, F), and nothing of it from a person, frame or joint that is not there."""

    def forward(self, batch: ClipBatch) -> Tensor:
        return self.embed(batch)

    def connections(self) -> Tensor | None:
        """How strongly joint v reaches joint w in each layer, (layers, V, V), for figures; or None."""
        return None

    def matrices(self) -> tuple[Matrix, ...]:
        """What else the report can draw of a trained backbone; nothing by default."""
        return ()

    def textbook(self) -> nn.Module | None:
        """The same function as it is usually written, for `dancekit bench` to measure against; or None.

        A module with a copy of the weights, from keypoints (B, C, T, V) of persons who are there throughout,
        with every joint certain, to (B, F).
        """
        return None


class SkeletonBackbone(Backbone):
    """A backbone on the joints of one person at a time; persons are averaged.

    It keeps the contract on who is there, so that a subclass has only `features` to write: input is
    normalised per coordinate over what was seen, a missing joint stands at that mean, absent persons are
    left out of the batch, and pooling counts only frames that are there. One scale serves all joints: a
    scale for each would make the noise of a still hip as large as the swing of a hand.

    Args:
        score_channel: give the confidence of each joint as one more input channel.
    """

    def __init__(
        self, *, layout: Layout, coordinates: int, out_features: int, score_channel: bool = False
    ) -> None:
        super().__init__()
        self.layout = layout
        self.out_features = out_features
        self.in_channels = coordinates + score_channel
        self.score_channel = score_channel
        self.input_norm = MaskedBatchNorm(coordinates)

    @abstractmethod
    def features(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(B, in_channels, T, V) to (B, F, T', V').

        Args:
            mask: (B, T), false where the person is absent; None when everyone is there throughout. What
                stands in absent frames must not reach the frames that are there.
        """

    def embed(self, batch: ClipBatch) -> Tensor:
        n, m = batch.present.shape[:2]
        keypoints = batch.keypoints.flatten(0, 1)  # (N*M, T, V, C)
        score = batch.score.flatten(0, 1)  # (N*M, T, V)
        present = batch.present.flatten(0, 1)  # (N*M, T)
        there = present.any(1)  # (N*M,)
        tracing = torch.compiler.is_compiling()  # then shapes must not depend on who is there
        if m > 1 and not tracing:
            keypoints, score, present = keypoints[there], score[there], present[there]  # (B, ...)
        mask = None if not tracing and bool(present.all()) else present
        x = self._normalise(keypoints, score, present)  # (B, in_channels, T, V)
        embedded = self._pool(self.features(x, mask), mask)  # (B, F)
        if m == 1:
            return embedded * there[:, None]
        if not tracing:
            everyone = embedded.new_zeros(n * m, self.out_features)
            embedded = everyone.index_put((there,), embedded)  # (N*M, F)
        return masked_mean(embedded.reshape(n, m, -1), there.view(n, m, 1), 1)  # (N, F)

    def _normalise(self, keypoints: Tensor, score: Tensor, present: Tensor) -> Tensor:
        seen = ((score > 0) & present[..., None])[:, None]  # (B, 1, T, V)
        x = keypoints.permute(0, 3, 1, 2)  # (B, C, T, V)
        if torch.compiler.is_compiling() or not bool(seen.all()):
            # What stands in for a missing joint may not even be finite: it must not reach a gradient.
            x = self.input_norm(x.masked_fill(~seen, 0), seen).masked_fill(~seen, 0)
        else:
            x = self.input_norm(x)
        if self.score_channel:
            x = torch.cat([x, score[:, None] * seen], dim=1)  # (B, C+1, T, V)
        return x

    def _pool(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """(B, F, T', V') to (B, F): the mean over joints and over the frames that are there."""
        exact = torch.promote_types(features.dtype, torch.float32)
        over_joints = features.mean(3, dtype=exact)  # (B, F, T')
        there = resample_mask(mask, over_joints.shape[2])
        return masked_mean(over_joints, None if there is None else there[:, None], 2)

"""Residual linear layers on single frames: the baseline that lifters are measured by.

Source: Martinez, Hossain, Romero and Little, "A simple yet effective baseline for 3d human pose estimation",
ICCV 2017; without the limit on the weights' norm, with which it is worse.

Notation used for shapes: B persons, T frames, V joints of the input, V' joints of the output, C channels.
"""

from __future__ import annotations

from torch import Tensor

from dancekit.data.pairs import PosePairs
from dancekit.interfaces import Lifter
from dancekit.masking import masked_mean
from dancekit.skeleton.layout import Layout
from dancekit_lifting.body_frame import HALF_WINDOW, body_frame, features_of
from dancekit_lifting.trunk import ONE_FRAME, Head, Stem, Trunk, check_sizes, edges_repeated


class Martinez(Lifter):
    """A linear layer and two residual blocks of two; the loss is the mean squared error.

    It reads the same body frame as `siamese`, score included; the size of the body is the only thing that it
    takes from neighbouring frames.

    Args:
        input_layout: of the 2D keypoints.
        output_layout: of the 3D ones.
        channels: C; 1024 as published.
        dropout: after every activation; 0.5 as published.
    """

    def __init__(
        self, *, input_layout: Layout, output_layout: Layout, channels: int = 1024, dropout: float = 0.5
    ) -> None:
        super().__init__()
        check_sizes(channels, dropout)
        self.input_layout, self.output_layout = input_layout, output_layout
        self.stem = Stem(features_of(input_layout), channels, dropout=dropout)
        self.trunk = Trunk(channels, blocks=ONE_FRAME, dropout=dropout)
        self.head = Head(channels, output_layout.num_joints)
        self.receptive_field = 2 * HALF_WINDOW + 1

    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        """(B, T, V, 2) and (B, T, V) to (B, T, V', 3)."""
        around = edges_repeated(keypoints, HALF_WINDOW), edges_repeated(score, HALF_WINDOW)
        x = body_frame(*around, self.input_layout)  # (B, T, F)
        mask = (score > 0).any(2)[:, None] if self.training else None  # (B, 1, T)
        return self.head.places(self.trunk(self.stem(x, mask), mask))

    def loss(self, pairs: PosePairs, progress: float) -> dict[str, Tensor]:
        lifted = self.lift(pairs.keypoints, pairs.score)
        squares = (lifted - pairs.target).square().sum(-1)  # (B, T, V')
        return {"squares": masked_mean(squares, pairs.seen, (0, 1, 2))}

"""Dilated temporal convolution: the peer on sequences.

Source: Pavllo, Feichtenhofer, Grangier and Auli, "3D human pose estimation in video with temporal
convolutions and semi-supervised training", CVPR 2019, in its form that sees 27 frames.

Notation used for shapes: B persons, T frames, V joints of the input, V' joints of the output, C channels.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.data.pairs import PosePairs
from dancekit.interfaces import Lifter
from dancekit.masking import MaskedBatchNorm
from dancekit.skeleton.layout import Layout
from dancekit_lifting.body_frame import HALF_WINDOW, body_frame, features_of
from dancekit_lifting.trunk import Head, Trunk, check_sizes, drop_channels, edges_repeated, set_momentum

_BLOCKS = ((3, 3), (3, 9))


class VideoPose(Lifter):
    """A convolution over three frames, then two residual blocks of dilation 3 and 9; the loss is MPJPE.

    It reads the same body frame as `siamese`, score included, so that the two differ in branches and losses
    alone.

    Args:
        input_layout: of the 2D keypoints.
        output_layout: of the 3D ones.
        channels: C; 1024 as published.
        dropout: after every activation.
    """

    def __init__(
        self, *, input_layout: Layout, output_layout: Layout, channels: int = 1024, dropout: float = 0.25
    ) -> None:
        super().__init__()
        check_sizes(channels, dropout)
        self.input_layout, self.output_layout = input_layout, output_layout
        self.expand = nn.Conv1d(features_of(input_layout), channels, 3, bias=False)
        self.norm = MaskedBatchNorm(channels)
        self.trunk = Trunk(channels, blocks=_BLOCKS, dropout=dropout)
        self.shrink = Head(channels, output_layout.num_joints)
        self._dropout = dropout
        self._margin = 1 + self.trunk.margin
        self.receptive_field = 2 * (HALF_WINDOW + self._margin) + 1

    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        """(B, T, V, 2) and (B, T, V) to (B, T, V', 3)."""
        margin = HALF_WINDOW + self._margin
        score = edges_repeated(score, margin)
        x = body_frame(edges_repeated(keypoints, margin), score, self.input_layout)  # (B, T + 26, F)
        mask = None
        if self.training:
            inner = slice(HALF_WINDOW + 1, score.shape[1] - HALF_WINDOW - 1)
            mask = (score[:, inner] > 0).any(2)[:, None]  # (B, 1, T + 24)
        x = F.relu(self.norm(self.expand(x.mT), mask), inplace=True)  # (B, C, T + 24)
        x = self.trunk(drop_channels(x, self._dropout, self.training), mask)  # (B, C, T)
        return self.shrink.places(x)

    def loss(self, pairs: PosePairs, progress: float) -> dict[str, Tensor]:
        set_momentum(self, 0.1 * 0.01**progress)
        return super().loss(pairs, progress)

"""Distances between keypoints (equation 1 of the paper) and how they change, into a small network.

Notation used for shapes: N clips, M persons, B = N*M of them, T frames, J of the layout's joints,
C coordinates, P = J (J - 1) / 2 pairs of joints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Backbone, Matrix
from dancekit.masking import MaskedBatchNorm, masked_mean
from dancekit.skeleton.layout import Layout

MOST_JOINTS = 14
"""Of equation 1: k <= 14."""


def distance_matrix(keypoints: Tensor) -> Tensor:
    """M_ij = |p_i - p_j|, equation 1: symmetric to the last bit, with zeros on the diagonal.

    Its gradient is 0 where two points coincide.

    Args:
        keypoints: (..., J, C).

    Returns:
        (..., J, J) in the unit of the keypoints.
    """
    difference = keypoints[..., :, None, :] - keypoints[..., None, :, :]  # (..., J, J, C)
    distances: Tensor = torch.linalg.vector_norm(difference, dim=-1)
    return distances


def upper_triangle(matrix: Tensor) -> Tensor:
    """The entries i < j, row by row: (..., J, J) to (..., P)."""
    first, second = _pairs(matrix.shape[-1], matrix.device)
    return matrix[..., first, second]


class KeypointDistances(Backbone):
    """A small network on the distances between the keypoints of each person; persons are averaged.

    Distances are divided by the mean of all that a person shows in a clip, so neither place, direction nor
    size of a dancer counts. Each pair gives its mean, its standard deviation and its mean absolute change
    from a frame to the next, over the frames in which both joints are seen. The network is Linear, LayerNorm,
    ReLU, Dropout; its second linear layer is the classifier that follows every backbone.

    It takes keypoints as they are, and not as `SkeletonBackbone` normalises them: a scale for each
    coordinate makes other distances, in which a turned dancer is another one.

    Args:
        joints: names of 2 to 14 joints of the layout; () takes those it has of the layout `dance14`.
        hidden: features of the network.
        dropout: share of them that is dropped in training.

    Raises:
        LayoutError: the layout lacks one of the joints.
    """

    places: Tensor

    def __init__(
        self, *, layout: Layout, joints: tuple[str, ...] = (), hidden: int = 256, dropout: float = 0.2
    ) -> None:
        chosen = joints or tuple(name for name in Layout.named("dance14").joints if name in layout.joints)
        if not 2 <= len(set(chosen)) == len(chosen) <= MOST_JOINTS:
            raise ValueError(
                f"joints must name 2 to {MOST_JOINTS} different joints of the layout {layout.name}, "
                f"not {len(chosen)}: {', '.join(chosen) or 'it shares none with dance14'}."
            )
        if hidden < 1 or not 0 <= dropout < 1:
            raise ValueError(
                f"hidden must be at least 1 and dropout from 0 to below 1, not {hidden} and {dropout}."
            )
        super().__init__()
        self.out_features = hidden
        self.joints = chosen
        places = torch.tensor([layout.index(name) for name in chosen])
        self.register_buffer("places", places, persistent=False)  # they follow from the arguments
        inputs = 3 * len(chosen) * (len(chosen) - 1) // 2
        self.input_norm = MaskedBatchNorm(inputs)
        self.network = nn.Sequential(
            nn.Linear(inputs, hidden), nn.LayerNorm(hidden), nn.ReLU(), nn.Dropout(dropout)
        )

    def embed(self, batch: ClipBatch) -> Tensor:
        n, m = batch.present.shape[:2]
        seen = batch.seen.flatten(0, 1)[..., self.places]  # (B, T, J)
        keypoints = batch.keypoints.flatten(0, 1)[..., self.places, :]  # (B, T, J, C)
        # What stands in for a missing joint may not even be finite: it must not reach a gradient.
        distances = upper_triangle(distance_matrix(keypoints.masked_fill(~seen[..., None], 0)))  # (B, T, P)
        both = upper_triangle(seen[..., :, None] & seen[..., None, :])
        features, known = over_time(distances, both)  # (B, 3P)
        # Of a pair that is never seen, the mean over clips is the best guess: 0 after the norm.
        embedded = self.network(self.input_norm(features, known).masked_fill(~known, 0))  # (B, hidden)
        there = batch.present.any(2)[..., None]  # (N, M, 1)
        return masked_mean(embedded.view(n, m, -1), there, 1)  # (N, hidden)

    def matrices(self) -> tuple[Matrix, ...]:
        """M of equation 1 as training saw it on average; (J, J), zeros before training."""
        mean = Matrix(
            title="Distances between keypoints",
            explanation="Equation 1: how far apart two keypoints are, over the training's clips and frames. "
            "1 is the mean distance between the keypoints of a person.",
            values=self._mean_matrix(),
            rows=self.joints,
            columns=self.joints,
        )
        return (mean,)

    def _mean_matrix(self) -> Tensor:
        size = len(self.joints)
        first, second = _pairs(size, self.places.device)
        matrix = self.input_norm.running_mean.new_zeros(size, size)
        matrix[first, second] = self.input_norm.running_mean[: len(first)]
        return matrix + matrix.mT


def over_time(distances: Tensor, both: Tensor) -> tuple[Tensor, Tensor]:
    """What pairs do over a clip: mean, standard deviation and mean absolute change, scaled to a mean of 1.

    Args:
        distances: (B, T, P).
        both: (B, T, P), whether both joints are seen. A change counts where both are in both frames.

    Returns:
        (B, 3P) features, 0 where none of them could be measured, and (B, 3P) whether it could.
    """
    scale = masked_mean(distances, both, (1, 2))[:, None, None]  # (B, 1, 1)
    scaled = distances / torch.where(scale > 0, scale, 1)  # all joints in one place: 0 remains 0
    mean = masked_mean(scaled, both, 1)  # (B, P)
    count = both.sum(1).clamp(min=1)
    centred = (scaled - mean[:, None]).masked_fill(~both, 0)
    # A norm, because the gradient of a root is infinite at 0, where the distance never changes.
    deviation = torch.linalg.vector_norm(centred, dim=1) / count.sqrt()
    twice = both[:, 1:] & both[:, :-1]  # (B, T-1, P)
    change = masked_mean((scaled[:, 1:] - scaled[:, :-1]).abs(), twice, 1)
    once = both.any(1)
    return torch.cat([mean, deviation, change], dim=1), torch.cat([once, once, twice.any(1)], dim=1)


def _pairs(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """The places (P,) and (P,) of the entries above the diagonal."""
    first, second = torch.triu_indices(size, size, offset=1, device=device)
    return first, second

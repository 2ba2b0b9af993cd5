"""Hu's invariants of a dancer's shape over a clip, for a linear classifier or one with an RBF kernel."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Backbone
from dancekit.masking import MaskedBatchNorm, masked_mean
from dancekit_baselines.moments import hu_moments, signed_log

_PER_FRAME = 14  # seven of the silhouette, seven of the thinned body


class HuMoments(Backbone):
    """Statistics of the invariants of silhouette and thinned body over a clip; nothing here is learned.

    The 14 invariants of a frame, as signed logarithms, become 42 features of a clip: their mean, their
    standard deviation and their mean absolute change from a frame to the next, each normalised over clips.
    Only frames count that are there and whose silhouette is not empty; a clip without one gives zeros.
    The linear layer that follows every backbone is the classifier.

    Source: Hu, "Visual pattern recognition by moment invariants", 1962; for the kernel, Rahimi and Recht,
    "Random features for large-scale kernel machines", 2007.

    Args:
        classifier: "linear" gives the 42 features; "rbf" gives random Fourier features of them, on which a
            linear classifier is one with the kernel exp(-d^2 / (2 width^2)).
        rbf_features: how many of these; the kernel's error falls with their root.
        rbf_width: of the kernel, in standard deviations of a feature.

    Raises:
        RecipeError: when called on a batch without silhouettes or thinned bodies.
    """

    def __init__(
        self,
        *,
        classifier: Literal["linear", "rbf"] = "linear",
        rbf_features: int = 512,
        rbf_width: float = 4.0,
    ) -> None:
        if classifier not in ("linear", "rbf"):
            raise ValueError(f"classifier must be linear or rbf, not {classifier!r}.")
        super().__init__()
        inputs = 3 * _PER_FRAME
        self.norm = MaskedBatchNorm(inputs)
        # Its scale and shift would only repeat what the classifier learns, or undo the kernel's width.
        self.norm.requires_grad_(False)
        self.fourier = RandomFourierFeatures(inputs, rbf_features, rbf_width) if classifier == "rbf" else None
        self.out_features = rbf_features if classifier == "rbf" else inputs

    def embed(self, batch: ClipBatch) -> Tensor:
        silhouette, thinned = needed(batch, "silhouette"), needed(batch, "thinned")  # (N, T, H, W)
        counted = batch.present.any(1) & silhouette.flatten(2).any(2)  # (N, T)
        invariants = torch.cat([hu_moments(silhouette), hu_moments(thinned)], dim=-1)  # (N, T, 14)
        pooled = over_time(signed_log(invariants), counted).to(self.norm.weight.dtype)  # (N, 42)
        some = counted.any(1)[:, None]  # (N, 1)
        features = self.norm(pooled, some)
        if self.fourier is not None:
            features = self.fourier(features)  # (N, D)
        return features.masked_fill(~some, 0)  # type: ignore[no-any-return]


class RandomFourierFeatures(nn.Module):
    """sqrt(2 / D) cos(x W + b): inner products that approach exp(-|x - y|^2 / (2 width^2)) as D grows.

    W and b are drawn once, always the same, and are kept with the weights: a classifier belongs to them.

    Args:
        inputs: of x.
        features: D.
        width: of the kernel.
    """

    frequencies: Tensor
    phases: Tensor

    def __init__(self, inputs: int, features: int, width: float) -> None:
        if features < 1 or not width > 0:
            raise ValueError(
                f"rbf_features must be at least 1 and rbf_width above 0, not {features} and {width}."
            )
        super().__init__()
        generator = torch.Generator("cpu").manual_seed(0)
        normal = torch.randn(inputs, features, generator=generator, device="cpu")
        uniform = torch.rand(features, generator=generator, device="cpu")
        self.register_buffer("frequencies", normal / width)
        self.register_buffer("phases", 2 * math.pi * uniform)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) to (N, D)."""
        # Half precision would lose a share of a turn that grows with |x|.
        with torch.autocast(x.device.type, enabled=False):
            turned = x @ self.frequencies + self.phases  # (N, D)
            return math.sqrt(2 / len(self.phases)) * turned.cos()


def over_time(x: Tensor, counted: Tensor) -> Tensor:
    """Mean, standard deviation and mean absolute change: (N, T, F) to (N, 3F).

    Args:
        counted: (N, T), the frames that count. A change counts where both of its frames do.
    """
    mask = counted[..., None]  # (N, T, 1)
    mean = masked_mean(x, mask, 1)  # (N, F)
    deviation = masked_mean((x - mean[:, None]).square(), mask, 1).sqrt()
    change = masked_mean((x[:, 1:] - x[:, :-1]).abs(), mask[:, 1:] & mask[:, :-1], 1)
    return torch.cat([mean, deviation, change], dim=1)  # (N, 3F)

"""How good predictions are: accuracy (eq 16), top-k, confusion, and how sure one can be of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """What a model says of every clip of a split.

    Attributes:
        logits: (N, classes) float32.
        label: (N,) int64.
        index: (N,) place of each clip in its split.
    """

    logits: Tensor
    label: Tensor
    index: Tensor

    @property
    def classes(self) -> Tensor:
        """(N,) the most likely class."""
        return self.logits.argmax(1)


def accuracy(predictions: Predictions, k: int = 1) -> float:
    """Equation 16 for k = 1; otherwise the share of clips with their label among the k most likely."""
    k = min(k, predictions.logits.shape[1])
    best = predictions.logits.topk(k, dim=1).indices  # (N, k)
    return float((best == predictions.label[:, None]).any(1).float().mean())


def confusion(predictions: Predictions) -> Tensor:
    """(classes, classes) counts, row = label, column = prediction."""
    counts: Tensor = multiclass_confusion_matrix(
        predictions.classes, predictions.label, num_classes=predictions.logits.shape[1]
    )
    return counts


def wilson_interval(share: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95% interval of a share of `count` independent clips (Wilson 1927)."""
    if count == 0:
        return 0.0, 1.0
    spread = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    middle = share + z**2 / (2 * count)
    scale = 1 + z**2 / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def summary(predictions: Predictions) -> dict[str, Any]:
    """What result.json says of one split."""
    top = accuracy(predictions)
    count = len(predictions.label)
    loss = torch.nn.functional.cross_entropy(predictions.logits, predictions.label)
    return {
        "accuracy": top,
        "accuracy_interval": list(wilson_interval(top, count)),
        "top5": accuracy(predictions, 5),
        "loss": float(loss),
        "clips": count,
        "confusion": confusion(predictions).tolist(),
    }

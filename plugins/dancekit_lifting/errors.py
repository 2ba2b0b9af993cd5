"""Errors that training minimises, in metres."""

from __future__ import annotations

import torch
from torch import Tensor

from dancekit.masking import masked_mean


def mean_distance(lifted: Tensor, target: Tensor, seen: Tensor) -> Tensor:
    """MPJPE as a scalar, metres; (B, T, V, 3) and `seen` (B, T, V)."""
    return masked_mean(torch.linalg.vector_norm(lifted - target, dim=-1), seen, (0, 1, 2))


def velocity_distance(lifted: Tensor, target: Tensor, seen: Tensor) -> Tensor:
    """MPJVE as a scalar, metres a frame; over neighbouring frames that are both known."""
    both = seen[:, 1:] & seen[:, :-1]  # (B, T - 1, V)
    return mean_distance(lifted.diff(dim=1), target.diff(dim=1), both)

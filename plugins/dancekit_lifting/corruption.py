"""Poses spoilt as estimates are: what the 3D branch learns to mend. Shapes are (B, T, V, 3), metres."""

from __future__ import annotations

import torch
from torch import Tensor

LARGEST_DEVIATION = 0.060
CORRELATION = 0.9
DROPPED = 0.1


def corrupted(poses: Tensor) -> Tensor:
    """Noise on every joint, twice as much in depth, and joints that are lost.

    For each person a standard deviation of up to 60 mm is drawn. In half of them the noise of a frame
    follows that of the frame before (correlation 0.9). One joint in ten has no place and lies at the root.
    Draws come from torch's generator, which the training seeds in each step.
    """
    persons, frames = poses.shape[:2]
    deviation = LARGEST_DEVIATION * torch.rand(persons, 1, 1, 1, device=poses.device)
    white = torch.randn_like(poses)
    slow = torch.rand(persons, 1, 1, 1, device=poses.device) < 0.5
    correlated = torch.einsum("ts,bsvc->btvc", _follows(frames, poses), white)  # (B, T, V, 3)
    depth = poses.new_tensor([1.0, 1.0, 2.0])
    noisy = poses + deviation * depth * torch.where(slow, correlated, white)
    lost = torch.rand(poses.shape[:3], device=poses.device) < DROPPED  # (B, T, V)
    return noisy.masked_fill(lost[..., None], 0)


def _follows(frames: int, like: Tensor) -> Tensor:
    """(T, T): times white noise it is autoregressive noise of the same standard deviation."""
    time = torch.arange(frames, device=like.device, dtype=like.dtype)
    past = time[:, None] - time  # (T, T)
    weights = (CORRELATION ** past.clamp(min=0)).where(past >= 0, 0)
    weights[:, 1:] *= (1 - CORRELATION**2) ** 0.5
    return weights

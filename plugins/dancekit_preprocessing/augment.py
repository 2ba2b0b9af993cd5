"""Random changes of training clips that leave the movement what it is. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.interfaces import Preprocessor


class Rotate(Preprocessor):
    """Turn whole clips by a random angle: about the vertical (y) in 3D, in the picture plane in 2D.

    Args:
        degrees: the largest angle to either side.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, degrees: float = 30.0) -> None:
        if not 0 <= degrees <= 180:
            raise ValueError(f"degrees must lie between 0 and 180, not {degrees}.")
        self.degrees = degrees

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        angle = _draws(batch).uniform(low=-1, high=1) * math.radians(self.degrees)  # (N,)
        turn = _about_y(angle) if batch.keypoints.shape[-1] == 3 else _in_plane(angle)  # (N, C, C)
        n, *inner, c = batch.keypoints.shape
        turned = torch.bmm(batch.keypoints.reshape(n, -1, c), turn).view(n, *inner, c)  # (N, M, T, V, C)
        return batch.with_keypoints(turned)


class Scale(Preprocessor):
    """Stretch whole clips about the origin, each axis by a factor of its own.

    Args:
        share: the largest change; 0.1 draws factors from 0.9 to 1.1.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, share: float = 0.1) -> None:
        if not 0 <= share < 1:
            raise ValueError(f"share must lie from 0 up to, but not at, 1, not {share}.")
        self.share = share

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        axes = batch.keypoints.shape[-1]
        factor = _draws(batch).uniform(axes, low=1 - self.share, high=1 + self.share)  # (N, C)
        return batch.with_keypoints(batch.keypoints * factor[:, None, None, None])


class Mirror(Preprocessor):
    """Mirror left and right: x is negated and the paired joints change places.

    Only for movements that mean the same on either side, and for keypoints with the origin in the body
    (after `centre`).

    Args:
        probability: of each clip to be mirrored.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.5) -> None:
        if not 0 <= probability <= 1:
            raise ValueError(f"probability must lie between 0 and 1, not {probability}.")
        self.probability = probability

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        chosen = _draws(batch).chance(self.probability)  # (N,)
        swap = torch.tensor(batch.layout.flip, device=chosen.device)
        sign = batch.keypoints.new_ones(batch.keypoints.shape[-1])
        sign[0] = -1
        score = batch.score.index_select(3, swap).where(chosen[:, None, None, None], batch.score)
        mirrored = batch.keypoints.index_select(3, swap) * sign
        keypoints = mirrored.where(chosen[:, None, None, None, None], batch.keypoints)
        return replace(batch, score=score).with_keypoints(keypoints)


def _draws(batch: ClipBatch) -> ClipRandom:
    if batch.random is None:
        raise ValueError("an augmentation needs a batch with random draws, as training makes them.")
    return batch.random


def _about_y(angle: Tensor) -> Tensor:
    """(N,) radians to (N, 3, 3), for row vectors."""
    sine, cosine = angle.sin(), angle.cos()
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    rows = [cosine, zero, -sine, zero, one, zero, sine, zero, cosine]
    return torch.stack(rows, dim=-1).view(-1, 3, 3)


def _in_plane(angle: Tensor) -> Tensor:
    """(N,) radians to (N, 2, 2), for row vectors."""
    sine, cosine = angle.sin(), angle.cos()
    return torch.stack([cosine, sine, -sine, cosine], dim=-1).view(-1, 2, 2)

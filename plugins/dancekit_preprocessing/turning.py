"""Rotations and other linear maps of whole clips, for row vectors: new = old @ map."""

from __future__ import annotations

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch


def of_each_joint(places: Tensor, joints: int) -> Tensor:
    """(N, C) to (N, 1, 1, V*C), for arithmetic with `keypoints.flatten(3)`.

    Repeated in memory it is several times as fast as by broadcasting over so short a last axis.
    """
    return places[:, None, None, None].expand(-1, 1, 1, joints, -1).flatten(3)


def moved(batch: ClipBatch, by: Tensor) -> Tensor:
    """The keypoints (N, M, T, V, C) of each clip moved by a distance (N, C)."""
    joints = batch.layout.num_joints
    places: Tensor = (batch.keypoints.flatten(3) + of_each_joint(by, joints)).unflatten(3, (joints, -1))
    return places


def mapped(batch: ClipBatch, linear: Tensor) -> ClipBatch:
    """The batch with the coordinates of each clip multiplied by a matrix of its own, (N, C, C)."""
    n, *inner, c = batch.keypoints.shape
    points = torch.bmm(batch.keypoints.reshape(n, -1, c), linear).view(n, *inner, c)  # (N, M, T, V, C)
    return batch.with_keypoints(points)


def about_x(angle: Tensor) -> Tensor:
    """(N,) radians to (N, 3, 3); y turns towards z."""
    sine, cosine, zero, one = _entries(angle)
    return _square([one, zero, zero, zero, cosine, sine, zero, -sine, cosine])


def about_y(angle: Tensor) -> Tensor:
    """(N,) radians to (N, 3, 3); z turns towards x."""
    sine, cosine, zero, one = _entries(angle)
    return _square([cosine, zero, -sine, zero, one, zero, sine, zero, cosine])


def about_z(angle: Tensor) -> Tensor:
    """(N,) radians to (N, 3, 3); x turns towards y."""
    sine, cosine, zero, one = _entries(angle)
    return _square([cosine, sine, zero, -sine, cosine, zero, zero, zero, one])


def in_plane(angle: Tensor) -> Tensor:
    """(N,) radians to (N, 2, 2); x turns towards y."""
    sine, cosine, _, _ = _entries(angle)
    return _square([cosine, sine, -sine, cosine])


def _entries(angle: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return angle.sin(), angle.cos(), torch.zeros_like(angle), torch.ones_like(angle)


def _square(entries: list[Tensor]) -> Tensor:
    """C*C tensors (N,) in reading order to (N, C, C)."""
    side = 2 if len(entries) == 4 else 3
    return torch.stack(entries, dim=-1).view(-1, side, side)

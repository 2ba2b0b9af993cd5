"""A second view of a pose, made from the pose itself: what a lifter says of it must turn with the camera."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dancekit.data.pairs import PosePairs
from dancekit.interfaces import Lifter
from dancekit.skeleton.convert import conversion_matrix
from dancekit_lifting.errors import mean_distance

NEAREST, FURTHEST = 2.5, 7.0
"""Distances of the second camera, metres."""


def disagreement(lifter: Lifter, lifted: Tensor, pairs: PosePairs) -> Tensor:
    """How far what is lifted from two views lies apart, metres, once the one is turned onto the other.

    The second view is the true pose turned about the vertical by an angle that is drawn for each person, from
    another distance, without noise.

    Args:
        lifted: (B, T, V', 3), of the first view.

    Raises:
        LayoutError: the joints of the input do not follow from those of the output.
    """
    persons, device = len(lifted), lifted.device
    angle = 2 * math.pi * torch.rand(persons, device=device)
    turn = _about_vertical(angle)  # (B, 3, 3)
    weights = torch.from_numpy(conversion_matrix(lifter.output_layout, lifter.input_layout)).to(lifted)
    turned = torch.einsum("btvc,bcd->btvd", pairs.target, turn)  # (B, T, V', 3)
    joints = torch.einsum("wv,btvc->btwc", weights, turned)  # (B, T, V, 3)
    away = NEAREST + (FURTHEST - NEAREST) * torch.rand(persons, 1, 1, 1, device=device)
    picture = joints[..., :2] / (away - joints[..., 2:]) * lifted.new_tensor([1.0, -1.0])  # (B, T, V, 2)
    parts = (weights != 0).to(lifted)
    lacking = torch.einsum("wv,btv->btw", parts, (~pairs.seen).to(lifted)) > 0  # (B, T, V)
    again = lifter.lift(picture, (~lacking).to(lifted))
    return mean_distance(torch.einsum("btvc,bcd->btvd", lifted, turn), again, pairs.seen)


def _about_vertical(angle: Tensor) -> Tensor:
    """(B,) radians to (B, 3, 3), for row vectors: new = old @ turn."""
    cosine, sine = angle.cos(), angle.sin()
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    rows = (cosine, zero, -sine, zero, one, zero, sine, zero, cosine)
    return torch.stack(rows, dim=1).view(-1, 3, 3)

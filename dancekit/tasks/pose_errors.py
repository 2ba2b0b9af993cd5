"""How far lifted poses are from the true ones: MPJPE and its relatives, all in millimetres.

Each `..._errors` takes one sequence, `lifted` and `target` (T, V, 3) in metres and `known` (T, V), and gives
the error of every joint in every frame; the metrics are their means. Nothing is moved to the root first: the
root of a target is at 0 as it comes, and a lifted root that is not there is an error like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

_MILLIMETRES = 1000.0
PCK_THRESHOLD = 150.0
"""Millimetres below which a joint counts as found."""


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Of every joint in every frame.

    Attributes:
        value: (T, V) float64 millimetres; inf where the lifter's answer is no number.
        known: (T, V) bool, where there is an error to tell.
    """

    value: Tensor
    known: Tensor

    @property
    def of_known(self) -> Tensor:
        """(n,) the errors there are, frame by frame."""
        return self.value[self.known]

    def mean(self) -> float | None:
        """Over all known joints alike; None where there is none."""
        values = self.of_known
        return float(values.mean()) if len(values) else None


def joined(parts: Iterable[Errors]) -> Errors:
    """The errors of several sequences behind each other."""
    several = list(parts)
    return Errors(
        value=torch.cat([each.value for each in several]),  # (sum of T, V)
        known=torch.cat([each.known for each in several]),  # (sum of T, V)
    )


def position_errors(lifted: Tensor, target: Tensor, known: Tensor) -> Errors:
    """Distances; their mean is MPJPE (protocol 1)."""
    lifted, target = _prepared(lifted, target, known)
    return _distances(lifted, target, known)


def aligned_errors(lifted: Tensor, target: Tensor, known: Tensor) -> Errors:
    """Distances after the best similarity of each frame; their mean is P-MPJPE (protocol 2).

    A similarity is a rotation, a scale and a shift, and no reflection. Where only one or two joints of a
    frame are known it fits them without error, and a pose without extent becomes the middle of the target.
    """
    lifted, target = _prepared(lifted, target, known)
    broken = ~lifted.isfinite().all(-1).all(-1)  # (T,)
    lifted = lifted.nan_to_num(0.0, 0.0, 0.0)
    lifted, target = _centred(lifted, known), _centred(target, known)
    size, true_size = (each.flatten(1).norm(dim=1)[:, None, None] for each in (lifted, target))  # (T, 1, 1)
    unit, true_unit = lifted / _nonzero(size), target / _nonzero(true_size)
    left, stretch, right = torch.linalg.svd(true_unit.mT @ unit)  # H = left @ diag(stretch) @ right
    turn = right.mT @ left.mT
    sign = torch.where(torch.linalg.det(turn) < 0, -1.0, 1.0)  # (T,)
    right, stretch = right.clone(), stretch.clone()
    right[:, -1] *= sign[:, None]
    stretch[:, -1] *= sign
    rotation = right.mT @ left.mT  # (T, 3, 3)
    scale = stretch.sum(1)[:, None, None] * true_size / _nonzero(size)  # (T, 1, 1)
    aligned = scale * lifted @ rotation
    aligned[broken] = torch.inf
    return _distances(aligned, target, known)


def scaled_errors(lifted: Tensor, target: Tensor, known: Tensor) -> Errors:
    """Distances after the best scale of each frame, <P, Y> / <P, P>; their mean is N-MPJPE (protocol 3)."""
    lifted, target = _prepared(lifted, target, known)
    along = (lifted * target).sum((-2, -1), keepdim=True)  # (T, 1, 1)
    scale = along / _nonzero((lifted * lifted).sum((-2, -1), keepdim=True))
    return _distances(scale * lifted, target, known)


def velocity_errors(lifted: Tensor, target: Tensor, known: Tensor) -> Errors:
    """Of the change from one frame to the next, (T-1, V); their mean is MPJVE in mm per frame."""
    lifted, target = _prepared(lifted, target, known)
    both = known[1:] & known[:-1]  # (T-1, V)
    return _distances(lifted.diff(dim=0), target.diff(dim=0), both)


def acceleration_errors(lifted: Tensor, target: Tensor, known: Tensor) -> Errors:
    """Of the change of that change, (T-2, V), in mm per frame^2."""
    lifted, target = _prepared(lifted, target, known)
    if len(lifted) < 3:
        return Errors(value=lifted.new_zeros(0, lifted.shape[1]), known=known[:0])
    all_three = known[2:] & known[1:-1] & known[:-2]  # (T-2, V)
    return _distances(lifted.diff(n=2, dim=0), target.diff(n=2, dim=0), all_three)


def pck(errors: Errors, threshold: float = PCK_THRESHOLD) -> float | None:
    """The share of joints whose error is below `threshold` millimetres; None where none is known."""
    values = errors.of_known
    return float((values < threshold).double().mean()) if len(values) else None


def auc(errors: Errors) -> float | None:
    """The mean of `pck` over 31 thresholds from 0 to 150 mm; None where no joint is known."""
    values = errors.of_known
    if len(values) == 0:
        return None
    thresholds = torch.linspace(0.0, PCK_THRESHOLD, 31, dtype=values.dtype)
    # A joint is found at all thresholds above its error; how many those are says it without a table of both.
    found = len(thresholds) - torch.searchsorted(thresholds, values, right=True)  # (n,)
    return float(found.double().mean() / len(thresholds))


def joint_means(errors: Errors) -> list[float | None]:
    """The mean error of each joint, V of them; None where it is never known."""
    return [
        Errors(value=errors.value[:, joint], known=errors.known[:, joint]).mean()
        for joint in range(errors.value.shape[1])
    ]


def _prepared(lifted: Tensor, target: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """In float64, and 0 where not known, whatever stood there."""
    nothing = ~known[..., None]  # (T, V, 1)
    return lifted.double().masked_fill(nothing, 0.0), target.double().masked_fill(nothing, 0.0)


def _distances(lifted: Tensor, target: Tensor, known: Tensor) -> Errors:
    value = _MILLIMETRES * torch.linalg.vector_norm(lifted - target, dim=-1)  # (T, V)
    value = value.nan_to_num(torch.inf, torch.inf).masked_fill(~known, 0.0)
    return Errors(value=value, known=known)


def _centred(poses: Tensor, known: Tensor) -> Tensor:
    """Known joints from their middle on; 0 where not known."""
    count = known.sum(1).clamp(min=1)[:, None, None]  # (T, 1, 1)
    return (poses - poses.sum(1, keepdim=True) / count).masked_fill(~known[..., None], 0.0)


def _nonzero(values: Tensor) -> Tensor:
    return torch.where(values == 0, 1.0, values)

"""A joint as the weighted mean of the joints that it hangs together with, itself included (eq 5).

    q_a[j] = sum over i of w[j, i] q[i],    the w of a joint add up to 1

so that moving a pose moves the result. W = I leaves a pose as it is, and is hard to beat: a joint lies a
bone's length away from its neighbours, so whatever they count pulls it along the bone.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from dancekit.masking import keep
from dancekit.skeleton.graph import hop_distances
from dancekit.skeleton.layout import Layout


def equal_weights(layout: Layout, neighbours: float) -> Tensor:
    """(V, V): each joint counts 1 - `neighbours` for itself and its neighbours the rest, all the same."""
    joined = torch.from_numpy(hop_distances(layout) == 1).double()  # (V, V)
    own = torch.eye(layout.num_joints, dtype=torch.float64)
    return (1 - neighbours) * own + neighbours * joined / joined.sum(1, keepdim=True).clamp(min=1)


def neighbour_mean(points: Tensor, seen: Tensor, weights: Tensor) -> Tensor:
    """Eq 5 over the joints that are seen; what others would count, the joint itself does.

    Args:
        points: (..., V, C), 0 where not seen.
        seen: (..., V).
        weights: (V, V), row j of joint j.
    """
    weights = weights.to(points)
    left = 1 - seen.to(points.dtype) @ weights.T  # (..., V)
    return keep(weights @ points + left[..., None] * points, seen)


class NeighbourFit:
    """Sums over people from which the W with the least squared error follows, pulled towards I.

    Args:
        layout: says who is whose neighbour.
        ridge: how hard it is pulled; 1 is as hard as the poses themselves push.
    """

    def __init__(self, layout: Layout, *, ridge: float = 0.01) -> None:
        joined = torch.from_numpy(hop_distances(layout) == 1)  # (V, V)
        self._neighbours = [row.nonzero()[:, 0] for row in joined]
        self._ridge = ridge
        self._squares = [torch.zeros(len(n), len(n), dtype=torch.float64) for n in self._neighbours]
        self._products = [torch.zeros(len(n), dtype=torch.float64) for n in self._neighbours]

    def add(self, lifted: Tensor, target: Tensor, seen: Tensor) -> None:
        """Count some poses in; (..., V, 3), and `seen` (..., V) where the target is known."""
        lifted, target = lifted.detach().double().cpu(), target.double().cpu()
        for joint, neighbours in enumerate(self._neighbours):
            known = seen[..., joint].cpu()
            own = lifted[..., joint, :][known]  # (K, 3)
            # Weights that add up to 1 move a joint along the ways to its neighbours.
            ways = lifted[..., neighbours, :][known] - own[:, None]  # (K, neighbours, 3)
            missed = target[..., joint, :][known] - own  # (K, 3)
            self._squares[joint] += torch.einsum("kac,kbc->ab", ways, ways)
            self._products[joint] += torch.einsum("kac,kc->a", ways, missed)

    def weights(self) -> Tensor:
        """(V, V), the rows adding up to 1; I where nothing was counted."""
        weights = torch.eye(len(self._neighbours), dtype=torch.float64)
        for joint, neighbours in enumerate(self._neighbours):
            squares = self._squares[joint]
            pull = self._ridge * squares.diagonal().mean()
            if len(neighbours) and pull > 0:
                share = torch.linalg.solve(squares + pull * torch.eye(len(squares)), self._products[joint])
                weights[joint, neighbours] = share
                weights[joint, joint] -= share.sum()
        return weights


def unless_worse(
    weights: Tensor, poses: Iterable[tuple[Tensor, Tensor, Tensor]]
) -> tuple[Tensor, float, float]:
    """The weights if they bring other people's joints nearer to where they are, else I.

    Args:
        poses: lifted (..., V, 3), target and seen (..., V), of people that W was not fitted to.

    Returns:
        The weights (V, V), and the mean error without and with those that were given.
    """
    before = after = count = 0.0
    for lifted, target, seen in poses:
        mean = neighbour_mean(lifted, torch.ones_like(seen), weights)
        before += float(torch.linalg.vector_norm(lifted - target, dim=-1)[seen].sum())
        after += float(torch.linalg.vector_norm(mean - target, dim=-1)[seen].sum())
        count += float(seen.sum())
    kept = weights if after < before else torch.eye(len(weights)).to(weights)
    return kept, before / max(count, 1), after / max(count, 1)

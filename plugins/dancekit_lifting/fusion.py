"""How much to trust each of two estimates of a joint, in closed form."""

from __future__ import annotations

import torch
from torch import Tensor


class FusionFit:
    """Sums over held-out people from which the best weights follow.

    With a and b the errors of two estimates, weight w makes the error w a + (1 - w) b. The mean of its square
    is smallest at w = (E|b|^2 - E<a,b>) / (E|a|^2 + E|b|^2 - 2 E<a,b>), clipped to 0..1. As w = 1 and w = 0
    are among the choices, the fused error is on these people no larger than either.
    """

    def __init__(self, joints: int) -> None:
        self._of_second = torch.zeros(joints, dtype=torch.float64)  # sum of |b|^2 - <a,b>
        self._of_difference = torch.zeros(joints, dtype=torch.float64)  # sum of |a - b|^2

    def add(self, first: Tensor, second: Tensor, target: Tensor, seen: Tensor) -> None:
        """Count some persons in; (B, T, V, 3), and `seen` (B, T, V)."""
        a, b = (first - target).double(), (second - target).double()
        known = seen.double()
        self._of_second += (((b - a) * b).sum(-1) * known).sum((0, 1)).cpu()
        self._of_difference += ((a - b).square().sum(-1) * known).sum((0, 1)).cpu()

    def weights(self) -> Tensor:
        """(V,) of the first estimate; 1 where the two don't differ."""
        best = self._of_second / self._of_difference.where(self._of_difference > 0, 1)
        return best.where(self._of_difference > 0, 1).clamp(0, 1).float()

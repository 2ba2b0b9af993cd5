"""Where a joint should be by the frames around it (eq 6-8), and how much that may count (eq 9).

    forward  = q[t-1] + alpha (q[t-1] - q[t-2])
    backward = q[t+1] + beta  (q[t+1] - q[t+2])
    q_m      = (forward + backward) / 2
    q        = (1 - weight) q_a + weight q_m

With alpha = beta = 1/3, q_m is the value at t of the cubic through the four frames. Where one of them is
missing it is that of the polynomial through those that are there; one forward step alone, as the equation has
it, would lag behind by two thirds of the way to the next frame.

Shapes are (N, M, T, V, C).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

AROUND = (-2, -1, 1, 2)
"""The frames that predict the one in the middle; bit k of a pattern says that number k is seen."""
_ALL = (1 << len(AROUND)) - 1


@dataclass(frozen=True)
class Predictors:
    """What every pattern of seen frames says of the one in the middle.

    Attributes:
        taps: (16, 4), what each frame counts in q_m.
        weight: (16,), w_m; 0 where fewer than two frames are seen.
    """

    taps: Tensor
    weight: Tensor

    @classmethod
    def of(cls, *, alpha: float, beta: float, weight: float) -> Predictors:
        """Eq 6-8 as written where all four frames are seen, and w_m = `weight` there.

        Elsewhere fewer frames carry over more of their noise, and q_m counts less by its variance. At
        w_m = 18/35 and alpha = beta = 1/3 this is the least-squares fit to what is seen, but for a line
        between two frames, which counts no more than `weight`: it ignores that the way bends.
        """
        literal = np.array([-alpha, 1 + alpha, 1 + beta, -beta]) / 2
        taps, weights = np.zeros((_ALL + 1, len(AROUND))), np.zeros(_ALL + 1)
        for pattern in range(_ALL + 1):
            seen = [place for place in range(len(AROUND)) if pattern >> place & 1]
            if len(seen) < 2:
                continue
            taps[pattern, seen] = literal if pattern == _ALL else _polynomial([AROUND[k] for k in seen])
            variance = np.square(taps[pattern]).sum() / np.square(literal).sum()
            weights[pattern] = weight / max(weight + (1 - weight) * variance, 1)
        return cls(torch.from_numpy(taps), torch.from_numpy(weights))

    def step(self, points: Tensor, seen: Tensor, *, own: Tensor, share: Tensor, spacing: int = 1) -> Tensor:
        """Eq 9 for every joint; what comes out where a joint is not seen has no meaning.

        Args:
            points: 0 where not seen.
            seen: (N, M, T, V), or with ones for axes along which it is the same.
            own: q_a.
            share: (N,) of w_m that is used in each clip.
            spacing: how far the frames are apart that t-2 .. t+2 stand for.
        """
        frames, reach = points.shape[2], 2 * spacing
        seen = F.pad(seen, (0, 0, reach, reach))  # (N, M, T + 2 reach, V)
        points = F.pad(points, (0, 0, 0, 0, reach, reach))  # (N, M, T + 2 reach, V, C)
        starts = [reach + offset * spacing for offset in AROUND]
        pattern = sum(seen[:, :, start : start + frames].long() << k for k, start in enumerate(starts))
        weight = self.weight.to(points)[pattern] * share.to(points)[:, None, None, None]  # (N, M, T, V)
        result = (1 - weight)[..., None] * own
        for k, start in enumerate(starts):
            tap = weight * self.taps[:, k].to(points)[pattern]  # (N, M, T, V)
            result = result + tap[..., None] * points[:, :, start : start + frames]
        return result


def _polynomial(offsets: list[int]) -> npt.NDArray[np.floating]:
    """What each of some frames counts in the value at 0 of the polynomial through them."""
    powers = np.vander(np.array(offsets, dtype=float), increasing=True)
    weights: npt.NDArray[np.floating] = np.linalg.inv(powers)[0]
    return weights

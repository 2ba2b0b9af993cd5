"""Hu's seven moment invariants of many masks at once.

Source: Hu, "Visual pattern recognition by moment invariants", 1962. They do not change when a shape is moved,
scaled or turned; the seventh changes its sign when the shape is mirrored.

Notation: m_pq is the sum of x^p y^q over the pixels of a mask, mu_pq the same about its centroid, and
n_pq = mu_pq / m_00^(1 + (p + q) / 2) the same without the scale.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

FLOOR = 1e-12
"""Invariants whose size is below it count as 0: rounding alone makes them of masks that are symmetric."""


def hu_moments(masks: Tensor) -> Tensor:
    """The invariants of each mask, as `cv2.HuMoments(cv2.moments(mask, binaryImage=True))` has them.

    Args:
        masks: (..., H, W) bool.

    Returns:
        (..., 7) float64; zeros for an empty mask.
    """
    n20, n11, n02, n30, n21, n12, n03 = _normalised(_about_the_middle(masks))  # each (...)
    a, b = n30 + n12, n21 + n03
    c, d = n30 - 3 * n12, 3 * n21 - n03
    first, second = a * (a**2 - 3 * b**2), b * (3 * a**2 - b**2)
    difference = n20 - n02
    invariants = (
        n20 + n02,
        difference**2 + 4 * n11**2,
        c**2 + d**2,
        a**2 + b**2,
        c * first + d * second,
        difference * (a**2 - b**2) + 4 * n11 * a * b,
        d * first - c * second,
    )
    return torch.stack(invariants, dim=-1)  # (..., 7)


def signed_log(moments: Tensor) -> Tensor:
    """sign(h) log10(|h| / FLOOR), and 0 where |h| is below FLOOR = 1e-12.

    For a positive h this is the usual -sign(h) log10|h| up to its sign and a constant. The usual one leaps
    from one end of its range to the other where h changes its sign; this one passes through 0, as h does.

    Args:
        moments: any shape.
    """
    return moments.sign() * (moments.abs().clamp(min=FLOOR).log10() - math.log10(FLOOR))


def _about_the_middle(masks: Tensor) -> Tensor:
    """The sums of y^q x^p for p, q = 0 to 3, from the middle of the picture: (..., H, W) to (..., 4, 4)."""
    height, width = masks.shape[-2:]
    # The origin matters only to rounding: from a corner, the sums that cancel are eight times as large.
    rows = masks.double() @ _powers(width, masks.device)  # (..., H, 4)
    return _powers(height, masks.device).mT @ rows  # (..., 4, 4)


def _powers(size: int, device: torch.device) -> Tensor:
    """(size, 4)"""
    places = torch.arange(size, dtype=torch.float64, device=device) - (size - 1) / 2
    return torch.stack([places**power for power in range(4)], dim=-1)


def _normalised(sums: Tensor) -> tuple[Tensor, ...]:
    """n20, n11, n02, n30, n21, n12 and n03, each (...), from sums (..., 4, 4) indexed by q and p."""
    m00 = sums[..., 0, 0]
    area = m00.clamp(min=1)
    mean = sums / area[..., None, None]
    x, y = mean[..., 0, 1], mean[..., 1, 0]  # the centroid
    mu20 = mean[..., 0, 2] - x**2
    mu02 = mean[..., 2, 0] - y**2
    mu11 = mean[..., 1, 1] - x * y
    mu30 = mean[..., 0, 3] - 3 * x * mu20 - x**3
    mu03 = mean[..., 3, 0] - 3 * y * mu02 - y**3
    mu21 = mean[..., 1, 2] - 2 * x * mu11 - y * mu20 - x**2 * y
    mu12 = mean[..., 2, 1] - 2 * y * mu11 - x * mu02 - x * y**2
    # These are means: mu_pq / m_00. What is left of the normalisation is m_00^((p + q) / 2).
    root = area.sqrt()
    second = (each / area for each in (mu20, mu11, mu02))
    third = (each / (area * root) for each in (mu30, mu21, mu12, mu03))
    return (*second, *third)

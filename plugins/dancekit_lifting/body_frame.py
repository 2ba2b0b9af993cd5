"""2D keypoints as a lifter sees them: seen from the body, whatever the picture's size and the zoom.

Notation used for shapes: B persons, T frames, V joints.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.masking import keep
from dancekit.skeleton.layout import Layout

HALF_WINDOW = 6
"""Frames to each side over which the place and the size of the body are taken."""


def features_of(layout: Layout) -> int:
    """How many numbers `body_frame` gives for a frame."""
    return 3 * layout.num_joints + 3 * len(layout.bones)


def body_frame(keypoints: Tensor, score: Tensor, layout: Layout) -> Tensor:
    """Places about the middle of the body, in multiples of its size, with their scores; and the bones.

    How long a bone is in the picture says how far it points into depth. A network could find that out, but
    with the bones before it it learns in half the time.

    Middle and size are the mean and the root mean square distance from it of all joints that are seen within
    13 frames, so that single joints and frames hardly matter. Pixels and -1 to 1 give the same. y runs up
    afterwards, as it does in 3D.

    Args:
        keypoints: (B, T, V, 2), y downwards.
        score: (B, T, V), 0 = missing.

    Returns:
        (B, T - 12, F): x, y and score of each joint, x and y of each bone, and their lengths; zeros where one
        is missing. Without the frames that have no whole window.
    """
    seen = score > 0
    places = keep(keypoints, seen)  # (B, T, V, 2)
    count = seen.sum(2)[..., None].to(places.dtype)  # (B, T, 1)
    total = places.sum(2)  # (B, T, 2)
    middle = total / count.clamp(min=1)
    away = keep(places - middle[:, :, None], seen).square().sum((2, 3))[..., None]  # (B, T, 1)
    sums = _over_window(torch.cat([total, count, away], dim=-1))  # (B, T - 12, 4)
    counted = sums[..., 2:3].clamp(min=1)
    centre = sums[..., :2] / counted  # (B, T - 12, 2)
    size = (sums[..., 3:] / counted).sqrt()  # (B, T - 12, 1)
    size = size.where(size > 0, 1)
    inner = slice(HALF_WINDOW, keypoints.shape[1] - HALF_WINDOW)
    upwards = places.new_tensor([1.0, -1.0])
    about = (places[:, inner] - centre[:, :, None]) / size[:, :, None] * upwards  # (B, T - 12, V, 2)
    about = keep(about, seen[:, inner])
    joints = torch.cat([about, (score * seen)[:, inner, :, None]], dim=-1).flatten(2)  # (B, T - 12, 3 V)
    bones, lengths = _bones(about, seen[:, inner], layout)
    return torch.cat([joints, bones.flatten(2), lengths], dim=2)  # (B, T - 12, F)


def _bones(places: Tensor, seen: Tensor, layout: Layout) -> tuple[Tensor, Tensor]:
    """Bones (B, T, bones, 2) and their lengths (B, T, bones); 0 where an end is missing."""
    child, parent = (torch.tensor(ends, device=places.device) for ends in zip(*layout.bones, strict=True))
    whole = seen.index_select(2, child) & seen.index_select(2, parent)  # (B, T, bones)
    bones = keep(places.index_select(2, child) - places.index_select(2, parent), whole)
    return bones, torch.linalg.vector_norm(bones, dim=-1)


def _over_window(values: Tensor) -> Tensor:
    """(B, T, K) to (B, T - 12, K): the mean over each window."""
    return F.avg_pool1d(values.mT, 2 * HALF_WINDOW + 1, stride=1).mT

"""What a lifter learns from: 2D keypoints as a detector gives them, and where the joints truly were."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.masking import keep
from dancekit.skeleton.layout import Layout


@dataclass(frozen=True, kw_only=True)
class PosePairs:
    """Persons seen in 2D, with their poses in 3D.

    Attributes:
        keypoints: (B, T, V, 2) in the layout of the detector; 0 where `score` is 0.
        score: (B, T, V), 0 = missing, 1 = certain.
        target: (B, T, V', 3) metres in the frame of the camera, the root at 0; 0 where not `seen`.
        seen: (B, T, V') bool, the target is known.
        present: (B, T) bool, the person is in the frame.
    """

    keypoints: Tensor
    score: Tensor
    target: Tensor
    seen: Tensor
    present: Tensor

    @classmethod
    def of(cls, detected: ClipBatch, recorded: ClipBatch) -> PosePairs:
        """The persons of two batches with the same frames, N*M = B of them.

        Args:
            detected: in 2D.
            recorded: in 3D, in the frame of the camera.
        """
        target, seen = rooted(recorded.keypoints, recorded.seen, recorded.layout)
        return cls(
            keypoints=detected.keypoints.flatten(0, 1),  # (N*M, T, V, 2)
            score=detected.score.flatten(0, 1),  # (N*M, T, V)
            target=target.flatten(0, 1),  # (N*M, T, V', 3)
            seen=seen.flatten(0, 1),  # (N*M, T, V')
            present=detected.present.flatten(0, 1),  # (N*M, T)
        )


def roots_of(layout: Layout) -> tuple[int, ...]:
    """The joints whose mean is the root of a pose: the pelvis, else the hips, else the layout's centre."""
    if "pelvis" in layout.joints:
        return (layout.index("pelvis"),)
    if {"left_hip", "right_hip"} <= set(layout.joints):
        return layout.index("left_hip"), layout.index("right_hip")
    return (layout.centre,)


def rooted(keypoints: Tensor, seen: Tensor, layout: Layout) -> tuple[Tensor, Tensor]:
    """Places (..., V, C) from the root on, and which are known (..., V): none in a frame without its root."""
    roots = torch.tensor(roots_of(layout), device=keypoints.device)
    origin = keypoints.index_select(-2, roots).mean(-2, keepdim=True)  # (..., 1, C)
    known = seen & seen.index_select(-1, roots).all(-1, keepdim=True)  # (..., V)
    return keep(keypoints - origin, known), known

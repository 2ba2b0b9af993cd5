"""Bones and motion in the place of joints. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.bones import bone_scores, bone_vectors, parents_of


class Stream(Preprocessor):
    """Turn places of joints into what one model of an ensemble looks at. Put it last.

    A bone is its child minus its parent in the layout, on the V axis at the child; the root's is 0. It is
    missing when either end is. Motion is the next frame minus this one; the last frame's is 0. It is
    missing when the joint or bone is missing in either frame. A score is the lower of the two.

    Motion is taken between the T frames of the batch, after sampling: its unit is the distance per sampled
    frame, so a movement that is stretched over more of the T frames moves less in each. Projects that take
    motion before sampling get other numbers.

    Source: Shi et al., "Two-stream adaptive graph convolutional networks", 2019 (bones), and
    "Skeleton-based action recognition with multi-stream adaptive graph convolutional networks", 2020.

    Args:
        of: which stream.
    """

    def __init__(self, *, of: Literal["joint", "bone", "joint_motion", "bone_motion"] = "joint") -> None:
        self.of = of

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        stream = _bones(batch) if self.of.startswith("bone") else batch.with_keypoints(batch.keypoints)
        return _motion(stream) if self.of.endswith("motion") else stream


def _bones(batch: ClipBatch) -> ClipBatch:
    parents = parents_of(batch.layout, batch.keypoints.device)  # (V,)
    bones = replace(batch, score=bone_scores(batch.score, parents))
    return bones.with_keypoints(bone_vectors(batch.keypoints, parents))


def _motion(batch: ClipBatch) -> ClipBatch:
    score = batch.score * batch.present[..., None]  # (N, M, T, V)
    both = torch.minimum(score[:, :, :-1], score[:, :, 1:])  # (N, M, T-1, V)
    change = batch.keypoints.diff(dim=2)  # (N, M, T-1, V, C)
    still = torch.zeros_like(batch.keypoints[:, :, -1:])  # (N, M, 1, V, C)
    motion = replace(batch, score=torch.cat([both, score[:, :, -1:]], dim=2))
    return motion.with_keypoints(torch.cat([change, still], dim=2))

"""Bones and motion in the place of joints. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch

from dancekit.data.clips import ClipBatch
from dancekit.errors import RecipeError
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.bones import bone_scores, bone_vectors, parents_of


class Stream(Preprocessor):
    """Turn places of joints into what one model of an ensemble looks at. Put it last.

    A bone is its child minus its parent in the layout, on the V axis at the child; the root's is 0. It is
    missing when either end is. Motion is the next frame minus this one; the last frame's is 0. It is
    missing when the joint or bone is missing in either frame. A score is the lower of the two.

    Motion that is sampled lies between the T frames of the batch: its unit is the distance per sampled
    frame, so a movement that is stretched over more of the T frames moves less in each. Motion that is
    recorded lies between each of the T moments and the one a recorded frame later, which
    `batches.frame_pairs` provides: its unit is the distance per recorded frame, as in projects that take
    motion before they sample.

    Source: Shi et al., "Two-stream adaptive graph convolutional networks", 2019 (bones), and
    "Skeleton-based action recognition with multi-stream adaptive graph convolutional networks", 2020.

    Args:
        of: which stream.
        motion: between sampled frames, or between recorded ones. "recorded" asks for `batches.frame_pairs`
            with any stream, and leaves the T moments of them; so the recipes of an ensemble differ in `of`
            alone.

    Raises:
        RecipeError: when called with pairs of frames that it does not ask for, or without those it does.
    """

    def __init__(
        self,
        *,
        of: Literal["joint", "bone", "joint_motion", "bone_motion"] = "joint",
        motion: Literal["sampled", "recorded"] = "sampled",
    ) -> None:
        self.of, self.motion = of, motion

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        self._check_frames(batch)
        stream = _bones(batch) if self.of.startswith("bone") else batch.with_keypoints(batch.keypoints)
        change = _motion(stream) if self.of.endswith("motion") else stream
        return _firsts(change) if batch.frame_pairs else change

    def _check_frames(self, batch: ClipBatch) -> None:
        if self.motion == "recorded" and not batch.frame_pairs:
            raise RecipeError(
                "stream: motion as it was recorded needs two neighbouring frames at each moment.",
                hint="Set batches.frame_pairs=true, or take motion: sampled.",
            )
        if self.motion == "sampled" and batch.frame_pairs:
            raise RecipeError(
                "stream: batches.frame_pairs gives two frames of each moment, and motion: sampled takes one.",
                hint="Write motion: recorded, or leave batches.frame_pairs out.",
            )


def _firsts(batch: ClipBatch) -> ClipBatch:
    """The first of each pair of frames; its motion is the one to the second."""
    return replace(
        batch,
        keypoints=batch.keypoints[:, :, ::2].contiguous(),  # (N, M, T, V, C)
        score=batch.score[:, :, ::2].contiguous(),  # (N, M, T, V)
        present=batch.present[:, :, ::2].contiguous(),  # (N, M, T)
        frame_pairs=False,
    ).with_pictures(lambda pictures: pictures[:, ::2])


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

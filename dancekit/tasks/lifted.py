"""2D batches to 3D ones, through a lifter."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.errors import DataError
from dancekit.interfaces import Lifter


def lift_batch(lifter: Lifter, batch: ClipBatch) -> ClipBatch:
    """Lift every person of a batch; a joint of the output is as certain as the person's joints on average.

    Raises:
        DataError: the batch is in another layout than the lifter reads, or not in 2D.
    """
    check_input(lifter, batch)
    n, m = batch.present.shape[:2]
    lifted = _of_those_there(lifter, batch)  # (N*M, T, V', 3)
    certainty = batch.score.mean(-1, keepdim=True)  # (N, M, T, 1)
    score = certainty.expand(*batch.present.shape, lifter.output_layout.num_joints)
    nowhere = torch.full_like(batch.image_size, torch.nan)  # metres are not pixels
    lifted_batch = replace(
        batch, score=score * batch.present[..., None], layout=lifter.output_layout, image_size=nowhere
    )
    return lifted_batch.with_keypoints(lifted.float().reshape(n, m, *lifted.shape[1:]))


def _of_those_there(lifter: Lifter, batch: ClipBatch) -> Tensor:
    """Every person lifted, (N*M, T, V', 3); who is never there costs nothing, and stands at 0."""
    keypoints, score = batch.keypoints.flatten(0, 1), batch.score.flatten(0, 1)  # (N*M, T, V, ...)
    there = batch.present.flatten(0, 1).any(1)  # (N*M,)
    # Shapes of a traced network must not depend on who is there.
    if torch.compiler.is_compiling() or bool(there.all()) or not bool(there.any()):
        return lifter.lift(keypoints, score)
    some = lifter.lift(keypoints[there], score[there])  # (B, T, V', 3)
    return some.new_zeros(len(there), *some.shape[1:]).index_put((there,), some)


def check_input(lifter: Lifter, batch: ClipBatch) -> None:
    """Raise a DataError where a lifter cannot read a batch."""
    if batch.layout != lifter.input_layout or batch.keypoints.shape[-1] != 2:
        raise DataError(
            f"the lifter reads 2D keypoints in {lifter.input_layout.name}, and got "
            f"{batch.keypoints.shape[-1]}D ones in {batch.layout.name}.",
            hint=f"End `preprocess` with {{name: convert_layout, layout: {lifter.input_layout.name}}}, "
            "or choose a lifter for this layout.",
        )


def lift_both_ways(lifter: Lifter, keypoints: Tensor, score: Tensor) -> Tensor:
    """The mean of what is lifted as it is and mirrored: (B, T, V, 2) and (B, T, V) to (B, T, V', 3).

    The picture is mirrored about x = 0. What comes of a mirrored picture is the mirrored pose, exactly.
    """
    reflect_2d, reflect_3d = keypoints.new_tensor([-1, 1]), keypoints.new_tensor([-1, 1, 1])
    swap_2d = torch.tensor(lifter.input_layout.flip, device=keypoints.device)
    swap_3d = torch.tensor(lifter.output_layout.flip, device=keypoints.device)
    as_it_is = lifter.lift(keypoints, score)
    mirrored = lifter.lift(keypoints[:, :, swap_2d] * reflect_2d, score[:, :, swap_2d])
    return (as_it_is + mirrored[:, :, swap_3d] * reflect_3d) / 2

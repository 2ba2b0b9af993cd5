"""2D batches to 3D ones, through a lifter."""

from __future__ import annotations

from dataclasses import replace

from dancekit.data.clips import ClipBatch
from dancekit.errors import DataError
from dancekit.interfaces import Lifter


def lift_batch(lifter: Lifter, batch: ClipBatch) -> ClipBatch:
    """Lift every person of a batch; a joint of the output is as certain as the person's joints on average.

    Raises:
        DataError: the batch is in another layout than the lifter reads, or not in 2D.
    """
    if batch.layout != lifter.input_layout or batch.keypoints.shape[-1] != 2:
        raise DataError(
            f"the lifter reads 2D keypoints in {lifter.input_layout.name}, and got "
            f"{batch.keypoints.shape[-1]}D ones in {batch.layout.name}.",
            hint="Choose a lifter for this layout.",
        )
    n, m = batch.present.shape[:2]
    lifted = lifter.lift(batch.keypoints.flatten(0, 1), batch.score.flatten(0, 1))  # (N*M, T, V', 3)
    certainty = batch.score.mean(-1, keepdim=True)  # (N, M, T, 1)
    score = certainty.expand(*batch.present.shape, lifter.output_layout.num_joints)
    lifted_batch = replace(batch, score=score * batch.present[..., None], layout=lifter.output_layout)
    return lifted_batch.with_keypoints(lifted.reshape(n, m, *lifted.shape[1:]))

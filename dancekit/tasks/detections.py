"""Where the steps of a recipe have made what a detector sees of recordings in 3D."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor


def behind_the_camera(steps: Sequence[Preprocessor], batch: ClipBatch) -> int:
    """How many steps lead to detections in 2D, with which a real recording enters; 0 where none does.

    Those are the steps up to the one that makes 2D, and what follows as long as it changes which joints there
    are or how sure they are, as a detector does.

    Raises:
        DancekitError: a step cannot take the batch.
    """
    place = 0
    for number, step in enumerate(steps, start=1):
        if step.when != "always":
            continue
        after = step(batch)
        projected = batch.keypoints.shape[-1] == 3 and after.keypoints.shape[-1] == 2
        seen = after.layout != batch.layout or not torch.equal(after.score, batch.score)
        if projected or (place and seen):
            place = number
        batch = after
    return place

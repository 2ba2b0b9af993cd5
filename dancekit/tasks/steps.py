"""The preprocessors of a recipe, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor


def each_step(steps: Sequence[Preprocessor], batch: ClipBatch, *, training: bool) -> Iterator[ClipBatch]:
    """The batch after each step; augmentation only in training, where the batch has random draws."""
    # Under autocast a rotation would leave places in half precision.
    with torch.autocast(batch.keypoints.device.type, enabled=False):
        for step in steps:
            if step.when == "always" or (training and batch.random is not None):
                batch = step(batch)
                yield batch


def after_steps(steps: Sequence[Preprocessor], batch: ClipBatch, *, training: bool) -> ClipBatch:
    """The batch after the last of them."""
    *_, last = batch, *each_step(steps, batch, training=training)
    return last

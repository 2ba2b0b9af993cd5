"""Noise on every joint, as a detector makes it or as bodies differ. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from typing import Literal

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.draws import draws, size_of


class Noise(Preprocessor):
    """Move every joint of every person by normal noise of its own.

    Args:
        deviation: standard deviation along each axis, in the unit of the keypoints; after `scale_to_body`
            that is the size of the body.
        over: new noise in every frame, as the jitter of a detector, or the same through the whole clip, as
            a marker that sits in another place.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, deviation: float = 0.01, over: Literal["frame", "clip"] = "frame") -> None:
        self.deviation = size_of("deviation", deviation)
        self.over = over

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        _, m, t, v, c = batch.keypoints.shape
        noise = draws(batch).normal(m, t if self.over == "frame" else 1, v, c)  # (N, M, T or 1, V, C)
        return batch.with_keypoints(batch.keypoints.add(noise, alpha=self.deviation))

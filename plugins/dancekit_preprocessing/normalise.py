"""Where a clip is and how large: taken out of it. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.masking import masked_mean


class Centre(Preprocessor):
    """Put the centre joint of the first person at the origin; other persons keep their distance.

    Args:
        over: its mean place in the whole clip, which keeps how a dancer travels, or its place in every
            frame, which does not.
    """

    def __init__(self, *, over: Literal["clip", "frame"] = "clip") -> None:
        self.over = over

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        centre = batch.layout.centre
        place = batch.keypoints[:, :1, :, centre]  # (N, 1, T, C)
        seen = batch.seen[:, :1, :, centre, None]  # (N, 1, T, 1)
        mean = masked_mean(place, seen, 2)[:, :, None]  # (N, 1, 1, C)
        # A frame in which the centre is missing takes the clip's mean.
        origin = mean if self.over == "clip" else place.where(seen, mean)
        return batch.with_keypoints(batch.keypoints - origin[:, :, :, None])


class ScaleToBody(Preprocessor):
    """Divide by the root mean square distance of all seen joints from their middle in their frame.

    It needs no particular joint, so it works in every layout and when joints are missing.
    """

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        seen = batch.seen[..., None]  # (N, M, T, V, 1)
        middle = masked_mean(batch.keypoints, seen, 3)[:, :, :, None]  # (N, M, T, 1, C)
        spread: Tensor = (batch.keypoints - middle).square().sum(-1)  # (N, M, T, V)
        size = masked_mean(spread, batch.seen, (1, 2, 3)).sqrt()  # (N,)
        size = size.where(size > 0, 1)  # a clip with nothing in it stays as it is
        return batch.with_keypoints(batch.keypoints / size[:, None, None, None, None])

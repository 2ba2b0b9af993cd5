"""Where a clip is and how large: taken out of it. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.masking import masked_mean
from dancekit_preprocessing.bones import lengths_of


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
    """Divide by the size of the body, so that the distance of the camera does not matter.

    Afterwards the keypoints are not in pixels, and have no `image_size`.

    Args:
        by: "spread" is the root mean square distance of all seen joints from their middle in their frame;
            it needs no particular joint. "torso" is the mean length from the middle of the shoulders to the
            middle of the hips, which does not change with the pose in 3D; a clip in which the four are
            never seen together is divided by its spread.

    Raises:
        LayoutError: when called for the torso in a layout without shoulders and hips.
    """

    def __init__(self, *, by: Literal["spread", "torso"] = "spread") -> None:
        self.by = by

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        size = _torso(batch) if self.by == "torso" else _spread(batch)  # (N,)
        if self.by == "torso" and not bool((size > 0).all()):  # seldom: spared where it is not needed
            size = size.where(size > 0, _spread(batch))
        size = size.where(size > 0, 1)  # a clip with nothing in it stays as it is
        no_pixels = replace(batch, image_size=torch.full_like(batch.image_size, torch.nan))
        return no_pixels.with_keypoints(batch.keypoints / size[:, None, None, None, None])


def _spread(batch: ClipBatch) -> Tensor:
    """(N,) of which 0 says that there is none."""
    seen = batch.seen[..., None]  # (N, M, T, V, 1)
    middle = masked_mean(batch.keypoints, seen, 3)[:, :, :, None]  # (N, M, T, 1, C)
    spread: Tensor = (batch.keypoints - middle).square().sum(-1)  # (N, M, T, V)
    return masked_mean(spread, batch.seen, (1, 2, 3)).sqrt()


def _torso(batch: ClipBatch) -> Tensor:
    """(N,) of which 0 says that it is never seen."""
    shoulders, hips = (
        [batch.layout.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "hip")
    )
    line = batch.keypoints[..., shoulders, :].mean(3) - batch.keypoints[..., hips, :].mean(3)  # (N, M, T, C)
    seen = batch.seen[..., [*shoulders, *hips]].all(3)  # (N, M, T)
    return masked_mean(lengths_of(line), seen, (1, 2))

"""Which way a dancer faces: taken out of a clip. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

import torch

from dancekit.data.clips import ClipBatch
from dancekit.errors import LayoutError, RecipeError
from dancekit.interfaces import Preprocessor
from dancekit.masking import masked_mean
from dancekit.skeleton.layout import Layout
from dancekit_preprocessing.turning import about_y, mapped


class AlignView(Preprocessor):
    """Turn each clip in 3D about the vertical (y), so that the dancer starts out with the left side at +x.

    The line from the right to the left side is the mean over the hips and the shoulders, whichever are seen
    on both sides, in the first frame that shows any: of the first person, or the next who is seen. With y
    up and z towards the camera such a dancer faces the camera. All persons of a clip turn together, about
    the origin, and a clip without such a line stays as it is. Put it after `centre`.

    In a layout whose pairs are named otherwise, all pairs take part.

    Raises:
        RecipeError: when called with 2D keypoints.
        LayoutError: when called in a layout without pairs.
    """

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        if batch.keypoints.shape[-1] != 3:
            raise RecipeError(
                "align_view turns 3D keypoints, and these are 2D.", hint="Take it out of `preprocess`."
            )
        left, right = _pairs(batch.layout)
        shown = (batch.seen[..., left] & batch.seen[..., right]).flatten(1, 2)  # (N, M*T, P)
        # argmax gives the first of several that are as large; persons come after each other.
        first = shown.any(2).int().argmax(1)  # (N,)
        clip = torch.arange(len(batch), device=first.device)
        joints = batch.keypoints.flatten(1, 2)[clip, first]  # (N, V, C)
        across = joints[:, left] - joints[:, right]  # (N, P, C)
        line = masked_mean(across, shown[clip, first, :, None], 1)  # (N, C); 0 where nothing is shown
        return mapped(batch, about_y(torch.atan2(line[:, 2], line[:, 0])))


def _pairs(layout: Layout) -> tuple[list[int], list[int]]:
    """The left and the right joints of the line."""
    if not layout.pairs:
        raise LayoutError(
            f"align_view: layout {layout.name} has no pairs.",
            hint="Name left and right joints under `pairs`.",
        )
    trunk = [pair for pair in layout.pairs if layout.joints[pair[0]].endswith(("shoulder", "hip"))]
    left, right = zip(*(trunk or layout.pairs), strict=True)
    return list(left), list(right)

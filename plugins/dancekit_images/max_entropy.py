"""The threshold of maximum entropy, for all pictures at once. F pictures have shape (F, H, W)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Preprocessor
from dancekit_images.grey import grey_of
from dancekit_images.pieces import by_clip, in_pieces

_LEVELS = 256
_TIE = 1e-10  # nats: far above the rounding of float64, far below what a single pixel changes


class MaxEntropy(Preprocessor):
    """Find the silhouette in each picture: what is brighter than the threshold of maximum entropy.

    The threshold splits the grey values into two sides that are each as evenly spread as can be. It suits a
    person and a ground that differ in brightness. Put `remove_background` after it where the person may
    be the darker side. Frames stay as they are; of colour frames the luma is taken, as `grey` makes it.

    A picture of one value has nothing above its threshold, and its silhouette is empty.

    Source: Kapur, Sahoo and Wong, "A new method for gray-level picture thresholding using the entropy of the
    histogram", 1985, in one dimension.

    Raises:
        RecipeError: when called on a batch without frames.
    """

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        frames = needed(batch, "frames")  # (N, T, K, H, W)
        grey = grey_of(frames.flatten(0, 1))  # (N*T, H, W)
        above = grey > entropy_thresholds(grey).to(torch.uint8)[:, None, None]
        return replace(batch, silhouette=by_clip(above, frames))  # (N, T, H, W)


def entropy_thresholds(grey: Tensor) -> Tensor:
    """The threshold t of each picture that maximises H(0..t) + H(t+1..255), the entropies of both sides.

    With c_i the pixels of value i and C those of a side, the entropy of the side's distribution c_i / C is
    ln C - sum(c_i ln c_i) / C, so that two running sums give all 255 thresholds of a picture. A threshold
    has pixels on both sides. Those within 1e-10 of the best count as equal, and the lowest is taken.

    Args:
        grey: (F, H, W) uint8.

    Returns:
        (F,) int64; for a picture of one value, that value.
    """
    counts = in_pieces(_histograms, grey).double()  # (F, 256)
    products = torch.xlogy(counts, counts)
    pixels, logs = _both_sides(counts), _both_sides(products)  # (2, F, 255)
    entropy = (pixels.clamp(min=1).log() - logs / pixels.clamp(min=1)).sum(0)  # (F, 255)
    entropy = entropy.masked_fill((pixels == 0).any(0), -torch.inf)
    best = entropy.amax(1, keepdim=True)  # (F, 1)
    lowest = (entropy >= best - _TIE).byte().argmax(1)  # (F,) the first of equals
    return lowest.where(best[:, 0].isfinite(), counts.argmax(1))


def _histograms(grey: Tensor) -> Tensor:
    """(F, H, W) uint8 to (F, 256) int64: how many pixels have each value."""
    pictures = torch.arange(len(grey), device=grey.device)[:, None] * _LEVELS  # (F, 1)
    bins = (grey.flatten(1) + pictures).flatten()  # (F*H*W,)
    return bins.bincount(minlength=len(grey) * _LEVELS).view(len(grey), _LEVELS)


def _both_sides(values: Tensor) -> Tensor:
    """(F, 256) to (2, F, 255): for each threshold the sum of 0..t and that of t+1..255."""
    # From each end on its own: a difference to the total would lose digits where a side is small.
    below = values.cumsum(1)[:, :-1]
    above = values.flip(1).cumsum(1).flip(1)[:, 1:]
    return torch.stack([below, above])

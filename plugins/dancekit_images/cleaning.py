"""Silhouettes without specks and holes, picture by picture through OpenCV. Shapes are (N, T, H, W)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Preprocessor
from dancekit_images.pieces import by_clip

Mask = npt.NDArray[np.uint8]  # (H, W), 0 or 1


class CleanSilhouette(Preprocessor):
    """Keep the largest connected part of each silhouette, and fill its holes.

    Pixels that touch by a side or a corner are connected; of parts of one size the first in reading order
    is kept. A hole is ground that no path through the sides of pixels joins to the edge of the picture.

    Args:
        holes: fill them.
        opening: radius in pixels of a disc that erodes and dilates the silhouette first, so that what is
            narrower goes, such as a speck or a bridge to something else; 0 leaves this out. Beyond the edge
            of the picture the silhouette is taken to go on, so that a person who is cut off there stays.

    Raises:
        RecipeError: when called on a batch without a silhouette.
    """

    def __init__(self, *, holes: bool = True, opening: int = 0) -> None:
        if opening < 0:
            raise ValueError(f"opening must be a radius in pixels, 0 or more, not {opening}.")
        self.holes, self.opening = holes, opening

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        silhouette = needed(batch, "silhouette")
        masks = silhouette.flatten(0, 1).byte().contiguous().numpy(force=True)  # (N*T, H, W)
        cleaned = np.zeros_like(masks)
        for place in np.flatnonzero(masks.any((1, 2))):
            cleaned[place] = self._cleaned(masks[place])
        clean = torch.from_numpy(cleaned).to(silhouette.device).bool()
        return replace(batch, silhouette=by_clip(clean, silhouette))  # (N, T, H, W)

    def _cleaned(self, mask: Mask) -> Mask:
        largest = largest_part(opened(mask, self.opening))
        return without_holes(largest) if self.holes else largest


def opened(mask: Mask, radius: int) -> Mask:
    """Eroded, then dilated, by the disc of all pixels with dx² + dy² <= radius²."""
    if radius == 0:
        return mask
    import cv2

    across = np.arange(-radius, radius + 1) ** 2
    disc = (across[:, None] + across <= radius**2).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc), np.uint8)


def largest_part(mask: Mask) -> Mask:
    """The largest part whose pixels touch by a side or a corner; of equals the first in reading order."""
    import cv2

    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0  # the ground
    largest = areas == areas.max(initial=1)
    if largest.sum() > 1:  # OpenCV numbers parts by blocks of pixels, not in reading order
        first = labels.flat[largest[labels].argmax()]
        largest = np.arange(len(areas)) == first
    return np.asarray(largest[labels], np.uint8)


def without_holes(mask: Mask) -> Mask:
    """With all ground filled that no path through sides of pixels joins to the edge of the picture."""
    import cv2

    height, width = mask.shape
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    left, top, wide, high = statistics[:, :4].T
    inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    inside[0] = True  # the silhouette itself
    return np.asarray(inside[labels], np.uint8)

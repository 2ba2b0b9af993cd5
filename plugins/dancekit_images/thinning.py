"""Silhouettes thinned to lines, all pictures together. Shapes are (F, H, W)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Preprocessor
from dancekit_images.neighbours import CLOCKWISE, published_tables, removable_table, tables_with_stairs
from dancekit_images.pieces import by_clip

Masks = npt.NDArray[np.bool_]  # (F, H, W)
Places = npt.NDArray[np.int64]  # of pixels, in the flattened pictures with their margins

_PIXELS = 1 << 21  # of pictures that are thinned together: their bytes fit into a processor's cache
_PUBLISHED = published_tables()
_WITH_STAIRS = tables_with_stairs()
_REMOVABLE = removable_table()


class Thinning(Preprocessor):
    """Thin each silhouette to the lines along its middle, in `thinned`.

    The published algorithm peels the silhouette from two sides in turn, and deletes at once all pixels that
    its conditions name. That loses 2x2 blocks, eats bars that run diagonally, and leaves stairs. "connected"
    deletes what is named, inner corners of stairs too, in four turns, none of which holds two pixels
    that touch, and of these pixels only the ones that still are no end of a line and hold nothing together.
    The same turns over all that is left then take the last stairs. So the result
        has as many 8-connected parts, and as many holes, as the silhouette;
        is one pixel wide: each pixel is an end of a line, or its removal would change one of these numbers;
        stays as it is when it is thinned again.
    Four pixels form a square only where none of them could go without parting lines or joining holes, as
    where two diagonals cross.

    Why none from a library: of 300 random masks (noise, blobs, bars), scikit-image 0.26 and OpenCV 5.0 left
    pixels that could have gone in 194 (`skeletonize`), 142 (`thin`), 293 (`ximgproc.thinning`, Zhang-Suen)
    and 284 (Guo-Hall); OpenCV's Zhang-Suen lost parts in 2. All were stable when repeated. A diagonal
    bar of 17 rows, two pixels wide, came out of them as 10, 18, 2 and 18 pixels. The method "lee" of
    `skeletonize` keeps all of this, one picture at a time and at a third of the speed.

    Source: Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", 1984. The turns are the
    subfields of Golay, "Hexagonal parallel pattern transformations", 1969, on a square grid.

    Args:
        variant: "connected" as above, or "published" as in the paper.

    Raises:
        RecipeError: when called on a batch without a silhouette.
    """

    def __init__(self, *, variant: Literal["connected", "published"] = "connected") -> None:
        if variant not in ("connected", "published"):
            raise ValueError(f"variant must be connected or published, not {variant!r}.")
        self.variant = variant

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        silhouette = needed(batch, "silhouette")
        masks = silhouette.flatten(0, 1).numpy(force=True)  # (N*T, H, W)
        thinned = torch.from_numpy(thin(masks, connected=self.variant == "connected"))
        return replace(
            batch,
            thinned=by_clip(thinned.to(silhouette.device), silhouette),  # (N, T, H, W)
        )


def thin(masks: Masks, *, connected: bool = True) -> Masks:
    """Thin masks, each by itself, as `Thinning` says; `connected` false is the published algorithm."""
    together = max(1, _PIXELS // max(1, masks[:1].size))
    pieces = [_Pictures(masks[place : place + together]) for place in range(0, len(masks), together)]
    return np.concatenate([piece.thinned(connected) for piece in pieces])


class _Pictures:
    """Some pictures while they are thinned: which pixels are left, and the neighbours of each.

    Only deletions touch the neighbours again, and only pixels that are left are looked at.
    """

    def __init__(self, masks: Masks) -> None:
        padded = np.pad(masks, ((0, 0), (1, 1), (1, 1)))  # (F, H + 2, W + 2)
        self.left = np.ascontiguousarray(padded)  # so that its flat view is no copy
        self.pictures, height, width = self.left.shape
        self.plane = height * width
        codes = np.zeros(self.left.shape, np.uint8)
        for bit, (down, right) in enumerate(CLOCKWISE):
            moved = self.left[:, 1 + down : height - 1 + down, 1 + right : width - 1 + right]
            codes[:, 1:-1, 1:-1] |= moved.view(np.uint8) << bit
        self.codes = codes.reshape(-1)
        self.flat = self.left.reshape(-1)
        self.steps = [down * width + right for down, right in CLOCKWISE]
        row, column = np.divmod(np.arange(self.plane), width)
        self.turn = (row % 2 * 2 + column % 2).astype(np.uint8)  # (plane,)

    def thinned(self, connected: bool) -> Masks:
        work = np.flatnonzero(self.flat)
        while len(work):
            gone = []
            for table in _WITH_STAIRS if connected else _PUBLISHED:
                named = work[table[self.codes[work]]]
                gone.append(self._delete_in_turns(named) if connected else self._delete(named))
                work = work[self.flat[work]]
            work = self._of_changed(work, np.concatenate(gone))
        work = np.flatnonzero(self.flat) if connected else work
        while len(work):
            gone_too = self._delete_in_turns(work[_REMOVABLE[self.codes[work]]])
            work = self._of_changed(work[self.flat[work]], gone_too)
        return self.left[:, 1:-1, 1:-1].copy()

    def _delete_in_turns(self, named: Places) -> Places:
        """Delete those that can still go when it is their turn; which they were."""
        turns = self.turn[named % self.plane]
        gone = []
        for turn in range(4):
            its = named[turns == turn]
            gone.append(self._delete(its[_REMOVABLE[self.codes[its]]]))
        return np.concatenate(gone)

    def _delete(self, places: Places) -> Places:
        self.flat[places] = False
        for bit, step in enumerate(self.steps):
            # From there, the deleted pixel lies on the opposite side. Each place comes once.
            self.codes[places + step] &= 0xFF ^ 1 << (bit + 4) % 8
        return places

    def _of_changed(self, work: Places, gone: Places) -> Places:
        """Those in pictures from which something has gone; the others are finished."""
        changed = np.zeros(self.pictures, np.bool_)
        changed[gone // self.plane] = True
        return work if changed.all() else work[changed[work // self.plane]]

"""Pictures cut to the person, and brought to another size. F pictures have shape (F, H, W)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Preprocessor
from dancekit_images.pieces import by_clip
from dancekit_images.resampling import resampled, weights_of


class CropToPerson(Preprocessor):
    """Cut every picture to a square around the silhouette, and bring it to one size.

    A square that reaches past the picture is black there. Where there is no silhouette at all, it is the
    square around the whole picture. Keypoints stay as they are. Thin lines would break, so the
    batch has no `thinned` afterwards: put `thinning` after it.

    Args:
        size: side of the result in pixels.
        margin: what is added to the square on each of its four sides, as a share of its side.
        each: "clip" takes one square for all frames of a clip, around all that the silhouette covers in
            any of them, so that movement through the picture stays movement. "frame" follows the person.

    Raises:
        RecipeError: when called on a batch without frames or without a silhouette.
    """

    def __init__(
        self, *, size: int = 64, margin: float = 0.1, each: Literal["clip", "frame"] = "clip"
    ) -> None:
        if not 0 <= margin < float("inf"):
            raise ValueError(f"margin must be a share of the square's side, 0 or more, not {margin}.")
        if each not in ("clip", "frame"):
            raise ValueError(f"each must be clip or frame, not {each!r}.")
        self.size, self.margin, self.each = _size_of(size), margin, each

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        needed(batch, "frames")
        silhouette = needed(batch, "silhouette")
        frames, height, width = silhouette.shape[1:]
        covered = silhouette.any(1, keepdim=True) if self.each == "clip" else silhouette  # (N, 1 or T, H, W)
        top, left, side = squares_around(covered.flatten(0, 1), self.margin)  # (N or N*T,) each
        rows = weights_of(top, side, pixels=height, size=self.size)  # (N or N*T, size, H)
        columns = weights_of(left, side, pixels=width, size=self.size)  # (N or N*T, size, W)
        repeats = frames if self.each == "clip" else 1
        return _resampled(batch, rows.repeat_interleave(repeats, 0), columns.repeat_interleave(repeats, 0))


class Resize(Preprocessor):
    """Bring every picture to a square of another size; one that is not square is stretched.

    Thin lines would break, so the batch has no `thinned` afterwards: put `thinning` after it.

    Args:
        size: side of the result in pixels.

    Raises:
        RecipeError: when called on a batch without frames.
    """

    def __init__(self, *, size: int = 64) -> None:
        self.size = _size_of(size)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        frames = needed(batch, "frames")
        height, width = frames.shape[-2:]
        start = torch.zeros(frames.shape[0] * frames.shape[1], device=frames.device)  # (N*T,)
        rows = weights_of(start, start + height, pixels=height, size=self.size)  # (N*T, size, H)
        columns = weights_of(start, start + width, pixels=width, size=self.size)  # (N*T, size, W)
        return _resampled(batch, rows, columns)


def squares_around(masks: Tensor, margin: float) -> tuple[Tensor, Tensor, Tensor]:
    """The square around what each mask covers, widened; of an empty one, around the whole picture.

    Args:
        masks: (F, H, W) bool.
        margin: added on each side, as a share of the square's side; none to a whole picture.

    Returns:
        (F,) float32 each: its upper edge, its left edge and its side, in pixels, from the outer corner of
        the first pixel.
    """
    first_row, last_row = _extent(masks.any(2))
    first_column, last_column = _extent(masks.any(1))
    side = torch.maximum(last_row - first_row, last_column - first_column)
    side = torch.where(masks.any(2).any(1), side * (1 + 2 * margin), side)
    return (first_row + last_row - side) / 2, (first_column + last_column - side) / 2, side


def _extent(line: Tensor) -> tuple[Tensor, Tensor]:
    """From where to where (F, L) bool is true at all, (F,) float32 each; all of it where it never is."""
    first = line.byte().argmax(1)
    last = line.shape[1] - line.flip(1).byte().argmax(1)
    return first.float(), last.float()


def _resampled(batch: ClipBatch, rows: Tensor, columns: Tensor) -> ClipBatch:
    """All pictures by the weights of each, (N*T, size, H) and (N*T, size, W), without `thinned`."""

    def change(pictures: Tensor) -> Tensor:
        return by_clip(resampled(pictures.flatten(0, 1), rows, columns), pictures)  # (N, T, ...)

    return replace(batch, thinned=None).with_pictures(change)


def _size_of(size: int) -> int:
    if size < 1:
        raise ValueError(f"size must be a number of pixels, 1 or more, not {size}.")
    return size

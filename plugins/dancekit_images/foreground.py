"""Which side of a threshold is the person. Shapes are (N, T, H, W)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.pictures import needed
from dancekit.interfaces import Preprocessor

_CHOICES = ("auto", "dark", "bright", "mask")


class RemoveBackground(Preprocessor):
    """Let the silhouette be the person and not the ground, whichever of them is brighter.

    Frames stay as they are: the silhouette is the picture without its background.

    Args:
        foreground: "bright" keeps the silhouette of `max_entropy`, "dark" takes the other side of the
            threshold. "auto" takes, picture by picture, the side that is rarer on the border of the
            picture: a recording shows the person inside it and the ground all around. Where both are
            as often there, the side with fewer pixels, for a person seldom fills half a picture; where
            these are as many too, the bright one. "mask" takes the person mask of the recording or of a
            detector instead, and needs no threshold before it.

    Raises:
        RecipeError: when called on a batch without a silhouette, or for "mask" without a person mask.
    """

    def __init__(self, *, foreground: Literal["auto", "dark", "bright", "mask"] = "auto") -> None:
        if foreground not in _CHOICES:
            raise ValueError(f"foreground must be one of {', '.join(_CHOICES)}, not {foreground!r}.")
        self.foreground = foreground

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        if self.foreground == "mask":
            return replace(batch, silhouette=needed(batch, "person_mask"))
        bright = needed(batch, "silhouette")
        if self.foreground == "bright":
            return batch
        inverted = True if self.foreground == "dark" else darker_is_person(bright)[..., None, None]
        there = batch.present.any(1)[..., None, None]  # (N, T, 1, 1): of no picture, no side is anyone
        return replace(batch, silhouette=(bright ^ inverted) & there)


def darker_is_person(bright: Tensor) -> Tensor:
    """Whether the dark side of each picture is rarer on its border: (..., H, W) bool to (...) bool.

    The border is the outermost line of pixels. Ties go as `RemoveBackground` says.
    """
    border = bright.new_ones(bright.shape[-2:])  # (H, W)
    border[1:-1, 1:-1] = False
    on_border = bright[..., border].sum(-1) * 2 - border.sum()  # above 0: mostly bright
    on_all = bright.sum((-2, -1)) * 2 - border.numel()
    return (on_border > 0) | ((on_border == 0) & (on_all > 0))

"""Recordings as pictures: read, or made, where and when a batch is. Only batches of them need torch.

Notation used for shapes: N clips, T frames, H and W the height and width of a picture in pixels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError, RecipeError

if TYPE_CHECKING:
    from torch import Tensor

    from dancekit.data.clips import ClipBatch

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Some frames of one recording as pictures.

    Attributes:
        frames: (T, 3, H, W) uint8, red, green and blue.
        person_mask: (T, H, W) bool, which pixels show a person; None where nobody knows.
    """

    frames: Picture
    person_mask: npt.NDArray[np.bool_] | None = None


class Pictures(ABC):
    """The pictures of a split's recordings.

    Processes that load batches have a copy each, so it can be pickled, and what it keeps is bounded.
    """

    @abstractmethod
    def read(self, name: str, moments: npt.NDArray[np.int64], *, size: int) -> Strip:
        """Some frames of a recording, H = W = `size`; the same arguments give the same pictures.

        Args:
            name: of the recording.
            moments: (T,) which of its frames, from 0; any order, and some perhaps several times.

        Raises:
            DataError: a frame cannot be read.
        """


@dataclass(frozen=True)
class PictureReader:
    """Reads the pictures of a batch.

    Args:
        size: side of the pictures in pixels.
    """

    source: Pictures
    size: int

    def read(self, names: Sequence[str | None], times: Tensor, here: Tensor) -> tuple[Tensor, Tensor | None]:
        """The pictures nearest to some moments.

        Args:
            names: of N recordings; None is filling.
            times: (N, T) moments in frames of the recording.
            here: (N, T), false where there is to be no picture; it is black.

        Returns:
            (N, T, 3, H, W) frames, and (N, T, H, W) masks of the person unless a recording has none.

        Raises:
            DataError: a frame cannot be read.
        """
        import torch

        n, t = times.shape
        frames = np.zeros((n, t, 3, self.size, self.size), np.uint8)
        masks = np.zeros((n, t, self.size, self.size), np.bool_)
        masked = True
        nearest = times.round().long().numpy(force=True)  # (N, T)
        for row, name in enumerate(names):
            shown = here[row].numpy(force=True)  # (T,)
            if name is None or not shown.any():
                continue
            strip = self.source.read(name, nearest[row, shown], size=self.size)
            if strip.frames.shape != (wanted := frames[row, shown].shape):
                raise DataError(f"{name}: its pictures have shape {strip.frames.shape}, not {wanted}.")
            frames[row, shown] = strip.frames
            if strip.person_mask is None:
                masked = False
            else:
                masks[row, shown] = strip.person_mask
        return torch.from_numpy(frames), torch.from_numpy(masks) if masked else None


def intersection_over_union(silhouette: Tensor, person_mask: Tensor) -> Tensor:
    """How well silhouettes meet the truth, (..., H, W) twice to (...), 0 to 1; where both are empty, 1."""
    both = (silhouette & person_mask).sum((-2, -1))
    either = (silhouette | person_mask).sum((-2, -1))
    return (both / either.clamp(min=1)).where(either > 0, 1.0)


def needed(batch: ClipBatch, what: str) -> Tensor:
    """One kind of picture of a batch, for a part that cannot do without: `frames`, `silhouette` and so on.

    Raises:
        RecipeError: the batch has none.
    """
    found: Tensor | None = getattr(batch, what)
    if found is not None:
        return found
    ways_out = {
        "frames": "Set batches.pictures to their size in pixels, with data that has pictures.",
        "person_mask": "Only some data has one; a threshold does without: foreground: auto.",
        "silhouette": "Put `max_entropy` and `remove_background` before it.",
        "thinned": "Put `thinning` before it.",
    }
    raise RecipeError(f"the batch has no {what.replace('_', ' ')}.", hint=ways_out[what])

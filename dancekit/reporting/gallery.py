"""Recordings to look at, as plain data; whoever chose them and read them.

Notation used for shapes: M persons, T frames, V joints, C coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
from PIL.Image import Image

from dancekit.reporting.svg import spoken
from dancekit.skeleton.layout import Layout

if TYPE_CHECKING:  # the page of a timeline is made where there is no torch, too
    from dancekit.data.clips import Clip

Points = npt.NDArray[np.float64]

SHOWN_AT = 30.0
"""Frames per second at which a recording of unknown frame rate is shown."""


class Backdrop(Protocol):
    """What stands behind a recording in 2D: one image, or the frames of a video."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""

    @property
    def moving(self) -> bool:
        """Whether other frames have other pictures."""

    def picture(self, frame: int) -> Image:
        """The RGB picture behind a frame; cheap when frames are asked for in rising order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """A recording to look at.

    Attributes:
        split: it comes from.
        backdrop: what stands behind it; its keypoints are then in the pixels of that.
    """

    clip: Clip
    split: str
    backdrop: Backdrop | None = None

    @property
    def in_space(self) -> bool:
        """In 3D."""
        return bool(self.clip.keypoints.shape[-1] == 3)

    @property
    def rate(self) -> float:
        """Frames per second at which it is shown."""
        return float(self.clip.frame_rate or SHOWN_AT)

    @property
    def points(self) -> Points:
        """(M, T, V, C); NaN where a joint is missing."""
        seen = (self.clip.score > 0) & self.clip.present[..., None]  # (M, T, V)
        return np.where(seen[..., None], self.clip.keypoints.astype(np.float64), np.nan)


@dataclass(frozen=True, kw_only=True, eq=False)
class Gallery:
    """Recordings of one data set to look at.

    Attributes:
        title: what stands above them.
        recordings: at least one.
    """

    title: str
    recordings: tuple[Shown, ...]
    layout: Layout
    classes: tuple[str, ...]

    def movement(self, shown: Shown) -> str:
        """The class of a recording for reading; of each person where these differ."""
        label = shown.clip.label
        labels = label if isinstance(label, tuple) else (label,)
        return " / ".join(dict.fromkeys(self._class(each) for each in labels))

    def _class(self, label: int) -> str:
        if label < 0:
            return "unlabelled"
        return spoken(self.classes[label]) if label < len(self.classes) else f"class {label}"

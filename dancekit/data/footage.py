"""The frames of a video one after the other, each with its time; an image is one frame. Imports no torch."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.images import VIDEOS, read_image
from dancekit.errors import DataError

Picture = npt.NDArray[np.uint8]

USUAL_RATE = 30.0
"""Frames per second, of a video that doesn't say."""
_FASTEST = 1000.0
"""Frames per second; what a file says beyond is the unit of its clock."""
_SHARE_LOST = 0.02
"""Of the frames a file says it has; containers that only estimate it are off by less."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shot:
    """One frame.

    Attributes:
        time: in seconds from the first frame, later than that of the frame before.
        picture: (H, W, 3) red, green and blue, upright.
    """

    time: float
    picture: Picture


class Footage:
    """A video or an image as frames with times, of which only one is in memory.

    A video is turned as its file says that the camera was held. Grey becomes three equal channels, and what
    is transparent in an image is put on white. Frames of variable rate have the times that the file gives
    them. If a video breaks off before its end, a warning says how much was read.

    Attributes:
        size: (width, height) in pixels, upright.
        frame_rate: frames per second, or the mean of them where it varies; None of an image.

    Raises:
        DataError: the file is not there, is empty, is neither a video nor an image, or has no frame.
    """

    size: tuple[int, int]
    frame_rate: float | None

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise DataError(f"{file}: this is no file.", hint="Give a video or an image.")
        if file.stat().st_size == 0:
            raise DataError(f"{file} is empty.", hint="Fetch or record it again.")
        self._file = file
        self._image: Picture | None = None
        self._capture: Any = None
        self._first: Any = None
        if file.suffix.lower() in VIDEOS:
            self._open()
        else:
            self._image = np.asarray(read_image(file))
            self.size, self.frame_rate = (self._image.shape[1], self._image.shape[0]), None

    def __iter__(self) -> Iterator[Shot]:
        """The frames from the first on."""
        if self._image is not None:
            yield Shot(time=0.0, picture=self._image)
            return
        yield from self._frames()

    def _open(self) -> None:
        """Read the first frame, which shows whether it is a video, and how large upright."""
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # its complaints are said as an error here
        import cv2

        self._capture = cv2.VideoCapture(str(self._file))
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        read, self._first = self._capture.read() if self._capture.isOpened() else (False, None)
        if not read:
            raise DataError(
                f"{self._file} cannot be read as a video.",
                hint="It may be damaged, or its format unknown here: convert it to MP4.",
            )
        rate = float(self._capture.get(cv2.CAP_PROP_FPS) or 0)
        self.frame_rate = rate if math.isfinite(rate) and 0 < rate <= _FASTEST else USUAL_RATE
        self.size = (self._first.shape[1], self._first.shape[0])

    def _frames(self) -> Iterator[Shot]:
        import cv2

        if self._capture is None:  # it has been gone through before
            self._open()
        capture, values = self._capture, self._first
        self._capture = self._first = None
        assert self.frame_rate is not None
        usual = 1 / self.frame_rate
        expected = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        start = capture.get(cv2.CAP_PROP_POS_MSEC)
        time, frames, read = 0.0, 0, True
        try:
            while read:
                frames += 1
                yield Shot(time=time, picture=np.ascontiguousarray(values[..., ::-1]))
                read, values = capture.read()
                told = (capture.get(cv2.CAP_PROP_POS_MSEC) - start) / 1000
                time = told if math.isfinite(told) and told > time else time + usual
        finally:
            capture.release()
        if math.isfinite(expected) and frames < expected * (1 - _SHARE_LOST) - 1:
            warnings.warn(
                f"{self._file} breaks off: {frames} of its {expected:.0f} frames can be read.", stacklevel=2
            )

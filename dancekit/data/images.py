"""Images and videos from files, as 8-bit red, green and blue. Imports no torch."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from dancekit.errors import DataError

VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".webm", ".wmv")
"""How the names of videos end."""

_LONGEST_CAMERA = 4
"""Digits of the number of a camera."""
_MOST_PIXELS = 60_000_000
_WORDS_OF_16_BITS = ("I;16", "I;16L", "I;16B", "I;16N", "I")  # the last as older Pillows read a PNG


def read_image(file: Path) -> Image.Image:
    """An image as a viewer shows it: turned as its camera was held, in RGB.

    Grey becomes three equal channels, 16 bits lose their lower half, and what is transparent is put on white.

    Raises:
        DataError: it is no image, is damaged, or has more than 60 million pixels or numbers without a
            known range.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked here
            with Image.open(file) as image:
                _check(image, file)
                return _in_rgb(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        empty = file.is_file() and file.stat().st_size == 0
        raise DataError(
            f"{file} {'is empty' if empty else 'cannot be read as an image'}.",
            hint=f"Give a JPEG or PNG, or a video that ends in one of {', '.join(VIDEOS)}.",
        ) from error


def _check(image: Image.Image, file: Path) -> None:
    if image.width * image.height > _MOST_PIXELS:
        raise DataError(
            f"{file} has {image.width} x {image.height} pixels.",
            hint="Make it smaller; up to 60 million are read.",
        )
    if image.mode == "F" or (image.mode == "I" and image.format != "PNG"):
        raise DataError(
            f"{file} has numbers of 32 bits, and nothing says which of them is white.",
            hint="Save it with 8 or 16 bits.",
        )


def _in_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _WORDS_OF_16_BITS:
        high = np.asarray(image).astype(np.uint16) >> 8  # (H, W)
        return Image.fromarray(high.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(ground, seen).convert("RGB")
    return image.convert("RGB")


class Video:
    """The frames of a video, read one after the other, from the first again where an earlier one is asked.

    Raises:
        DataError: it cannot be read, or has no frame.
    """

    def __init__(self, file: Path) -> None:
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # its complaints are said as an error here
        self._file = file
        self._capture: Any
        self._image: Image.Image
        self._at: int
        self._last: float = math.inf  # the last frame there is, once it is known
        self._restart()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._image.size

    @property
    def frame_rate(self) -> float:
        """Frames per second; 0 = unknown."""
        import cv2

        return float(self._capture.get(cv2.CAP_PROP_FPS) or 0)

    @property
    def frames(self) -> int:
        """How many there are, as the file says; 0 = unknown."""
        import cv2

        return max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT) or 0))

    def picture(self, frame: int) -> Image.Image:
        """Frame number `frame`, from 0; after the end the last one that can be read."""
        frame = int(min(frame, self._last))
        if frame < self._at:
            self._restart()
        skipped = False
        while self._at < frame:
            if not self._capture.grab():
                # What was grabbed last is gone: read up to it once more, and never past it again.
                self._last = self._at
                self._restart()
                return self.picture(frame)
            self._at += 1
            skipped = True
        if skipped:
            read, values = self._capture.retrieve()
            if read:
                self._image = _as_image(values)
        return self._image

    def _restart(self) -> None:
        import cv2

        self._capture = cv2.VideoCapture(str(self._file))
        read, values = self._capture.read() if self._capture.isOpened() else (False, None)
        if not read:
            raise DataError(
                f"{self._file} cannot be read as a video.", hint="Convert it to MP4, or give an image."
            )
        self._image = _as_image(values)
        self._at = 0


def _as_image(values: Any) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(values[..., ::-1]))  # OpenCV has blue first


def is_picture(file: Path) -> bool:
    """Whether a file is an image or a video, by its name."""
    ending = file.suffix.lower()
    return ending in VIDEOS or ending in _endings_of_images()


def shows_pictures(source: Path) -> bool:
    """Whether a source is a camera, a video, an image or a folder of images, by its name and theirs."""
    if is_camera(str(source)) or is_picture(source):
        return True
    try:
        files = [file for file in source.iterdir() if not file.name.startswith(".")]
    except (OSError, ValueError):
        return False  # no folder
    return bool(files) and all(map(is_picture, files))


def is_camera(source: str) -> bool:
    """Whether it is the number of a camera."""
    return source.isascii() and source.isdigit() and len(source) <= _LONGEST_CAMERA


def _endings_of_images() -> frozenset[str]:
    return frozenset(Image.registered_extensions())


def moments_of(file: Path, count: int) -> Iterator[tuple[str, Image.Image]]:
    """An image, or moments of a video evenly spaced, each with what to call it.

    Raises:
        DataError: the file cannot be read.
    """
    if file.suffix.lower() not in VIDEOS:
        yield file.name, read_image(file)
        return
    video = Video(file)
    last = max(video.frames - 1, 0)
    for place in range(count):
        frame = round(last * (place + 0.5) / count)
        yield f"{file.name}, frame {frame + 1}", video.picture(frame)

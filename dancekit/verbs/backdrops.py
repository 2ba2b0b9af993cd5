"""What is put behind a recording in 2D: an image, or the frames of a video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from dancekit.console import say
from dancekit.data.clips import Clip
from dancekit.data.images import VIDEOS, Video, read_image
from dancekit.data.paths import data_file
from dancekit.errors import RecipeError
from dancekit.reporting.gallery import Backdrop, Shown


def put_over(recordings: tuple[Shown, ...], path: Path) -> tuple[Shown, ...]:
    """The recordings with the image or the video behind them, their keypoints in its pixels.

    Raises:
        DataError: there is no such file, or it cannot be read.
        RecipeError: the recordings don't fit it.
    """
    file = data_file(path)
    for shown in recordings:
        if shown.in_space:
            raise RecipeError(
                f"--over: {shown.clip.name} is in 3D, and nothing tells where the camera stood.",
                hint="Only keypoints in 2D can be drawn over a picture.",
            )
    if file.suffix.lower() not in VIDEOS:
        image = read_image(file)
        return tuple(_over(shown, StillBackdrop(image), file) for shown in recordings)
    if len(recordings) > 1:
        raise RecipeError(
            f"--over: {file} is the video of one recording, and {len(recordings)} were chosen.",
            hint=f"Name the one that it shows: --name '{recordings[0].clip.name}'.",
        )
    return (_over(recordings[0], VideoBackdrop(file, recordings[0].clip), file),)


class StillBackdrop:
    """One image, behind every frame."""

    moving = False

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self.size = image.size

    def picture(self, frame: int) -> Image.Image:
        return self._image


class VideoBackdrop:
    """The frames of a video, read one after the other as they are asked for.

    Frame t of the recording is frame t of the video; where frame rates differ and so do the numbers of
    frames, it is the one of the same time. After the end of the video its last frame stays.

    Raises:
        DataError: it cannot be read.
    """

    moving = True

    def __init__(self, file: Path, clip: Clip) -> None:
        self._video = Video(file)
        rate, count = self._video.frame_rate, self._video.frames
        by_time = rate > 0 and bool(clip.frame_rate) and abs(count - clip.frames) > 1
        self._speed = rate / clip.frame_rate if by_time and clip.frame_rate else 1.0
        if 0 < count < round((clip.frames - 1) * self._speed):
            say(f"{file} ends before {clip.name} does: its last frame stays.")
        self.size = self._video.size

    def picture(self, frame: int) -> Image.Image:
        return self._video.picture(round(frame * self._speed))


def _over(shown: Shown, backdrop: Backdrop, file: Path) -> Shown:
    clip, size = shown.clip, backdrop.size
    if clip.image_size is not None and tuple(clip.image_size) != size:
        width, height = clip.image_size
        raise RecipeError(
            f"--over: {file} has {size[0]} x {size[1]} pixels, but the keypoints of {clip.name} are in "
            f"a picture of {width} x {height}.",
            hint="Give the picture or the video that they were found in.",
        )
    keypoints = clip.keypoints
    if clip.image_size is None and _normalised(clip):
        keypoints = keypoints * np.array(size, np.float32)
    return replace(shown, clip=replace(clip, keypoints=keypoints, image_size=size), backdrop=backdrop)


def _normalised(clip: Clip) -> bool:
    """Whether keypoints are shares of the picture's width and height: nearly all lie between 0 and 1."""
    seen = clip.keypoints[clip.score > 0]  # (n, 2)
    return bool(len(seen)) and bool((np.percentile(np.abs(seen), 98, axis=0) < 1.2).all())

"""COCO keypoint JSON: images and annotations gathered into recordings.

{"images": [{"id": 1, "file_name": "walk_01/000001.jpg", "width": 640, "height": 480}],
 "annotations": [{"image_id": 1, "keypoints": [x, y, v, ...], "track_id": 0}]}
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dancekit.data.detections import detection, entries, is_whole, numbers
from dancekit.errors import DataError
from dancekit_sources.recording_names import found_in_names

Array = npt.NDArray[np.float64]
Confidence = Literal["visibility", "score"]

JOINTS = 17
_LAST_NUMBER = re.compile(r"(\d+)\D*$", re.ASCII)
_OF_VISIBILITY = np.array([0.0, 0.5, 1.0])
"""The score of a joint that is not labelled, labelled though hidden, labelled and visible."""
_WAY_OUT = "Export the file again with COCO's keys."


@dataclass(kw_only=True)
class Recording:
    """The frames of one recording.

    Attributes:
        frames: frame number -> the people of it, each (17, 3).
        tracks: frame number -> the `track_id` of each of them; None where there is none.
        image_size: (width, height) in pixels; None where the file has none.
    """

    name: str
    image_size: tuple[int, int] | None
    frames: dict[int, list[Array]] = field(default_factory=dict)
    tracks: dict[int, list[int | None]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Image:
    name: str
    size: tuple[int, int] | None


def gather(
    content: Any, video: re.Pattern[str], *, confidence: Confidence, file: Path
) -> dict[str, Recording]:
    """The recordings of a file by name, in alphabetical order.

    Args:
        video: finds the recording in the file name of an image.
        confidence: what the third number of a keypoint is.
        file: for errors.

    Raises:
        DataError: it is no such file; the message has the place in it.
    """
    images = _images(entries(content, "images", file=file), file)
    videos = found_in_names(video, {each.name for each in images.values()}, key="video_pattern", source=file)
    recordings: dict[str, Recording] = {}
    places: dict[int, tuple[Recording, int]] = {}
    for identity, image in images.items():
        name, number = videos[image.name], _frame_number(image.name, file)
        recording = recordings.setdefault(name, Recording(name=name, image_size=image.size))
        if recording.image_size != image.size:
            raise DataError(
                f"{file}: the images of {name[:100]!r} have several sizes.",
                hint="Give each recording one size, or mend video_pattern.",
            )
        if number in recording.frames:
            raise DataError(
                f"{file}: {name[:100]!r} has two images of frame {number}, one is {image.name[:100]!r}.",
                hint="The last number in the file name must be that of the frame; or mend video_pattern.",
            )
        recording.frames[number], recording.tracks[number] = [], []
        places[identity] = recording, number
    for place, annotation in enumerate(entries(content, "annotations", file=file)):
        where = f"{file}: annotations[{place}]"
        if not isinstance(annotation, dict) or not is_whole(annotation.get("image_id")):
            raise DataError(f"{where} has no whole number `image_id`.", hint=_WAY_OUT)
        if annotation["image_id"] not in places:
            raise DataError(
                f"{where}: there is no image {annotation['image_id']}.", hint="Add it to `images`."
            )
        recording, number = places[annotation["image_id"]]
        recording.frames[number].append(_keypoints(annotation, confidence, where))
        recording.tracks[number].append(_track(annotation, recording.tracks[number], where))
    return dict(sorted(recordings.items()))


def _images(listed: Iterable[Any], file: Path) -> dict[int, _Image]:
    images: dict[int, _Image] = {}
    for place, image in enumerate(listed):
        where = f"{file}: images[{place}]"
        if not isinstance(image, dict) or not is_whole(image.get("id")):
            raise DataError(f"{where} has no whole number `id`.", hint=_WAY_OUT)
        if not isinstance(image.get("file_name"), str):
            raise DataError(f"{where} has no text `file_name`.", hint=_WAY_OUT)
        if image["id"] in images:
            raise DataError(f"{where}: the id {image['id']} is there twice.", hint=_WAY_OUT)
        images[image["id"]] = _Image(name=image["file_name"], size=_size(image, where))
    if not images:
        raise DataError(f"{file}: the list `images` is empty.", hint=_WAY_OUT)
    return images


def _size(image: dict[str, Any], where: str) -> tuple[int, int] | None:
    width, height = image.get("width"), image.get("height")
    if width is None and height is None:
        return None
    if not (is_whole(width) and is_whole(height) and width > 0 and height > 0):
        raise DataError(f"{where} has a `width` or `height` that is no number of pixels.", hint=_WAY_OUT)
    return width, height


def _frame_number(name: str, file: Path) -> int:
    base = name.replace("\\", "/").rpartition("/")[2]
    match = _LAST_NUMBER.search(base.rpartition(".")[0] or base)
    if match is None or len(match[1]) > 18:
        raise DataError(
            f"{file}: the file name {name[:100]!r} has no frame number.",
            hint="Number the images of a recording, such as walk_01/000001.jpg.",
        )
    return int(match[1])


def _keypoints(annotation: dict[str, Any], confidence: Confidence, where: str) -> Array:
    if "keypoints" not in annotation:
        raise DataError(
            f"{where} has no `keypoints`.",
            hint="Take the file with keypoints, not that with boxes or outlines.",
        )
    triples = numbers(annotation["keypoints"], 3 * JOINTS, where=where, what="keypoints").reshape(-1, 3)
    points, third = triples[:, :2], triples[:, 2]  # (V, 2), (V,)
    if confidence == "score":
        return detection(points, third.clip(max=1))
    if not np.isin(third, (0, 1, 2)).all():
        raise DataError(
            f"{where}: the third number of a keypoint is not 0, 1 or 2.",
            hint="Set confidence to score if a detector wrote the file.",
        )
    return detection(points, _OF_VISIBILITY[third.astype(np.int64)])


def _track(annotation: dict[str, Any], before: list[int | None], where: str) -> int | None:
    track = annotation.get("track_id")
    if track is None:
        return None
    if not is_whole(track) or not 0 <= track < 2**62:
        raise DataError(f"{where} has a `track_id` that is no whole number from 0.", hint=_WAY_OUT)
    if track in before:
        raise DataError(f"{where}: the track {track} is twice in one image.", hint=_WAY_OUT)
    return track

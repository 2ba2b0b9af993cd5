"""COCO keypoint JSON of videos: what annotation tools export and what detectors write in its form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from dancekit.data.clips import Clip
from dancekit.data.detections import (
    all_frames,
    check_frame_rate,
    check_persons,
    patience_of,
    stacked,
)
from dancekit.data.guarded_files import MEBIBYTE, read_json
from dancekit.data.paths import data_file
from dancekit.data.persons import strongest_persons
from dancekit.data.tracking import follow
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.skeleton.layout import Layout
from dancekit_sources.coco_parse import JOINTS, Confidence, Recording, gather
from dancekit_sources.recognition import ends_of
from dancekit_sources.recording_names import found_in_names, group_pattern, required_pattern
from dancekit_sources.splits import recordings_of

_LARGEST = 512 * MEBIBYTE


class CocoJson(Dataset):
    """Recordings in pixels, y down, 17 joints; one split, `all`.

    The images of a recording are those whose file name gives the same with `video_pattern`; their order
    and their gaps are those of the last number in the file name. Where every annotation of a recording has
    a `track_id`, that says who is who; where none has, people are followed as
    `dancekit.data.tracking.follow` says, and who is not seen for half a second comes back as
    somebody new. The persons of the highest scores are kept, summed over joints and frames.

    Args:
        path: the JSON file, at most 512 MiB.
        video_pattern: a regular expression with one group that finds the recording in an image's
            `file_name`, such as `^(.+)/` for walk_01/000001.jpg.
        label_pattern: likewise the class, in the name of the recording. The classes are what it finds, in
            alphabetical order.
        frame_rate: frames per second of the numbers in the file names.
        confidence: the third number of a keypoint: COCO's `visibility` (0 is missing, 1 hidden and taken
            with score 0.5, 2 visible), or a detector's `score`.
        person_pattern: likewise the person, in the name of the recording. Empty: unknown.
        persons: the most persons of a recording.

    Raises:
        DataError: the file cannot be used.
        RecipeError: an argument makes no sense.
    """

    cached = True
    splits = ("all",)

    def __init__(
        self,
        *,
        path: Path,
        video_pattern: str,
        label_pattern: str,
        frame_rate: float,
        confidence: Confidence = "visibility",
        person_pattern: str = "",
        persons: int = 2,
    ) -> None:
        if confidence not in get_args(Confidence):
            raise RecipeError(
                f"confidence is {confidence!r}.", hint=f"Take one of {', '.join(get_args(Confidence))}."
            )
        check_frame_rate(frame_rate)
        check_persons(persons)
        videos = required_pattern(video_pattern, key="video_pattern", example=r"^(.+)_\d+")
        labels = required_pattern(label_pattern, key="label_pattern", example=r"^([a-z]+)_")
        people = group_pattern(person_pattern, key="person_pattern", example=r"_s(\d+)_")
        self.layout = Layout.named("coco17")
        self._frame_rate = frame_rate
        self._persons = persons
        self._file = data_file(path)
        content = read_json(self._file, most=_LARGEST)
        self._recordings = gather(content, videos, confidence=confidence, file=self._file)
        self._labels = found_in_names(labels, self._recordings, key="label_pattern", source=self._file)
        self._people = found_in_names(people, self._recordings, key="person_pattern", source=self._file)
        self.classes = tuple(sorted(set(self._labels.values())))

    @classmethod
    def recognises(cls, path: Path) -> bool:
        ends = ends_of(path)
        images = b'"images"' in ends and b'"file_name"' in ends
        annotations = b'"annotations"' in ends and b'"image_id"' in ends
        return ends.lstrip()[:1] == b"{" and b'"keypoints"' in ends and (images or annotations)

    def recordings(self, split: str) -> Iterator[Clip]:
        """The recordings by name."""
        listed = recordings_of({"all": tuple(self._recordings.values())}, split, self._file)
        return map(self._clip, listed)

    def _clip(self, recording: Recording) -> Clip:
        where = f"{self._file}: {recording.name[:100]!r}"
        people = {number: stacked(each, JOINTS) for number, each in recording.frames.items()}
        frames = all_frames(people, where=where)
        identities = _tracks(recording, where)
        if identities is None:
            identities = follow(frames, patience=patience_of(self._frame_rate))
        kept = strongest_persons(frames, identities, self._persons)
        return Clip.of(
            kept.keypoints,
            score=kept.score,
            present=kept.present,
            label=self.classes.index(self._labels[recording.name]),
            name=recording.name,
            person=self._people[recording.name],
            frame_rate=self._frame_rate,
            image_size=recording.image_size,
        )


def _tracks(recording: Recording, where: str) -> list[npt.NDArray[np.int64]] | None:
    """Whose each detection of `all_frames` is, where the file says so for all of them."""
    seen = {
        number: [
            track
            for track, person in zip(recording.tracks[number], people, strict=True)
            if person[:, 2].any()
        ]
        for number, people in recording.frames.items()
    }
    told = [track is not None for tracks in seen.values() for track in tracks]
    if not any(told):
        return None
    if not all(told):
        raise DataError(
            f"{where}: {told.count(False)} of {len(told)} annotations have no `track_id`.",
            hint="Give all of them one, or none: then people are followed by where they are.",
        )
    return [np.array(seen.get(number, []), dtype=np.int64) for number in range(min(seen), max(seen) + 1)]

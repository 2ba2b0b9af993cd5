"""What OpenPose writes with --write_json: a folder for each recording, a file for each frame.

{"version": 1.3, "people": [{"pose_keypoints_2d": [x, y, score, ...]}, ...]}
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.detections import all_frames, detection, entries, numbers, stacked
from dancekit.data.guarded_files import MEBIBYTE, read_json
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout

Array = npt.NDArray[np.float64]

_LARGEST_FRAME = 16 * MEBIBYTE
_FRAME = re.compile(r"(\d+)(?:_keypoints)?\.json", re.ASCII)
_KEY = "pose_keypoints_2d"


def read_recording(folder: Path, layout: Layout) -> list[Array]:
    """Each frame's (D, V, 3): x, y and score, from the first numbered file of a folder to the last.

    Raises:
        DataError: a file is not as OpenPose writes it, has no number, or has another's.
    """
    files: dict[int, Path] = {}
    for file in sorted(folder.glob("*.json")):
        match = _FRAME.search(file.name)
        if match is None or match.end() != len(file.name):
            raise DataError(
                f"{file}: its name has no frame number.",
                hint="Name it such as dance_000000000012_keypoints.json.",
            )
        number = int(match[1])
        if number in files:
            raise DataError(
                f"{file}: {files[number].name} is frame {number} too.",
                hint="Keep a folder for each recording.",
            )
        files[number] = file
    frames = {number: read_frame(file, layout) for number, file in files.items()}
    return all_frames(frames, where=str(folder))


def read_frame(file: Path, layout: Layout) -> Array:
    """(D, V, 3): x, y and score of the people in one file.

    Raises:
        DataError: it is not as OpenPose writes it.
    """
    joints = layout.num_joints
    people = entries(read_json(file, most=_LARGEST_FRAME), "people", file=file)
    return stacked(
        [_person(each, joints, f"{file}: people[{place}]") for place, each in enumerate(people)], joints
    )


def _person(person: Any, joints: int, where: str) -> Array:
    if not isinstance(person, dict) or _KEY not in person:
        raise DataError(
            f"{where} has no `{_KEY}`.", hint="Write the files with OpenPose 1.2 or later and --write_json."
        )
    values = person[_KEY]
    if not values:  # a person of whom only hands or face were found
        return np.zeros((joints, 3))
    triples = numbers(values, 3 * joints, where=where, what=_KEY).reshape(-1, 3)  # (V, 3)
    return detection(triples[:, :2], triples[:, 2])

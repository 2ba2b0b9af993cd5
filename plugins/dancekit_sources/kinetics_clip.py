"""One clip of Kinetics-skeleton: JSON to detections in frames.

{"data": [{"frame_index": 1, "skeleton": [{"pose": [x, y, ...], "score": [s, ...]}]}],
 "label": "clapping", "label_index": 57}
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.data.detections import all_frames, detection, entries, is_whole, numbers, stacked
from dancekit.errors import DataError

_WAY_OUT = "Fetch the file again, or take it out of the label file."


def parse_clip(content: Any, joints: int, *, label: int, file: Path) -> list[npt.NDArray[np.float64]]:
    """Each frame's (D, V, 3): x and y as parts of the image's width and height, and score.

    Args:
        joints: V.
        label: what the label file says; the clip may not say another.

    Raises:
        DataError: it is no such clip; the message has the file and the frame.
    """
    frames: dict[int, npt.NDArray[np.float64]] = {}
    for place, frame in enumerate(entries(content, "data", file=file)):
        where = f"{file}: data[{place}]"
        if not isinstance(frame, dict) or not is_whole(frame.get("frame_index")):
            raise DataError(f"{where} has no whole number `frame_index`.", hint=_WAY_OUT)
        if frame["frame_index"] in frames:
            raise DataError(f"{where}: the frame {frame['frame_index']} is there twice.", hint=_WAY_OUT)
        if not isinstance(frame.get("skeleton"), list):
            raise DataError(f"{where} has no list `skeleton`.", hint=_WAY_OUT)
        people = [
            _person(person, joints, f"{where}.skeleton[{number}]")
            for number, person in enumerate(frame["skeleton"])
        ]
        frames[frame["frame_index"]] = stacked(people, joints)
    if content.get("label_index", label) != label:
        raise DataError(
            f"{file}: it says label {str(content['label_index'])[:40]}, and the label file says {label}.",
            hint="Take clips and label file from one edition.",
        )
    return all_frames(frames, where=str(file))


def _person(person: Any, joints: int, where: str) -> npt.NDArray[np.float64]:
    if not isinstance(person, dict):
        raise DataError(f"{where} is no object with `pose` and `score`.", hint=_WAY_OUT)
    points = numbers(person.get("pose"), 2 * joints, where=where, what="pose").reshape(-1, 2)  # (V, 2)
    return detection(points, numbers(person.get("score"), joints, where=where, what="score"))

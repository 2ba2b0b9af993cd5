"""Files with MediaPipe's 33 pose landmarks, which has no format of its own: the forms that people store.

.json   A list of frames. A frame is
            null, [] or {}: nobody;
            a list of 33 landmarks: one person;
            a list of such lists: several persons;
            an object with one of these under a key, and perhaps its number under `frame`.
        A landmark is {"x": , "y": , "z": , "visibility": }; `visibility` may be missing, and for landmarks in
        the image `z`. Keys of image landmarks are `pose_landmarks` and `landmarks`, those of world landmarks
        `pose_world_landmarks`, `worldLandmarks`, and `landmarks` if it stands alone. What protobuf writes,
        {"landmark": [33 landmarks]}, does for a list of landmarks.
.csv    A row for each frame, one person. Columns are x0 to x32, y0, z0 and v0 (the visibility) and so on; or
        counted from 1; or MediaPipe's names in any case, nose_x, nose_y, nose_z, nose_visibility, ...,
        mouth_left_x, ..., right_foot_index_x and so on. z is for world landmarks only, visibility may be
        missing. A column `frame` numbers the frames; others are not read.
.npy    (T, 33, C) or, with the persons in their places, (T, M, 33, C): x, y, z, visibility, presence, of
        which the last one or two may be missing.

A person whose landmarks are all zero, empty or not numbers is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dancekit.data.detections import MOST_FRAMES, all_frames, detection, is_whole, numbers, stacked
from dancekit.data.guarded_files import MEBIBYTE, read_json
from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout
from dancekit_sources.csv_columns import WideColumns
from dancekit_sources.csv_recordings import read_wide
from dancekit_sources.csv_table import read_header
from dancekit_sources.numpy_files import open_npy

Array = npt.NDArray[np.float64]
Kind = Literal["image", "world"]

ENDINGS = (".json", ".csv", ".npy")
JOINTS = 33
_LARGEST = 256 * MEBIBYTE
_COORDINATES = {"image": ("x", "y"), "world": ("x", "y", "z")}
_KEYS = {"image": ("pose_landmarks", "landmarks"), "world": ("pose_world_landmarks", "worldLandmarks")}
_ALONE, _WRAPPED, _FRAME = "landmarks", "landmark", "frame"
_OTHER_NAMES = {
    "left_mouth": "mouth_left",
    "right_mouth": "mouth_right",
    "left_toe": "left_foot_index",
    "right_toe": "right_foot_index",
}
_FORMS = "See dancekit_sources.mediapipe_parse for what is read."


@dataclass(frozen=True, kw_only=True)
class Landmarks:
    """The people in each frame of a recording.

    Attributes:
        frames: of each frame (D, 33, C + 1), the coordinates and the visibility.
        seen: of each frame (D, 33, 3), x and y in the image and the visibility; zeros where it isn't told.
        identities: of each frame (D,), who is who; None where people have to be followed.
    """

    frames: list[Array]
    seen: list[Array]
    identities: list[npt.NDArray[np.int64]] | None


def read_landmarks(file: Path, kind: Kind) -> Landmarks:
    """The landmarks of a recording, as they are stored.

    Raises:
        DataError: the file has none of the forms; the message has the place in it.
    """
    ending = file.suffix.lower()
    if ending == ".json":
        return _of_json(file, kind)
    if ending == ".csv":
        columns = find_columns(read_header(file), kind)
        if columns is None:
            raise DataError(f"{file}: its columns are not those of 33 {kind} landmarks.", hint=_FORMS)
        table = read_wide(file, columns).values[0]  # (T, 33, C or C + 1)
        return _of_array(table[:, None].astype(np.float64), kind)
    if ending == ".npy":
        array = open_npy(file)
        if array.ndim not in (3, 4) or array.shape[-2] != JOINTS or array.shape[-1] not in (3, 4, 5):
            raise DataError(
                f"{file}: the array has shape {array.shape}.",
                hint="It must be (frames, 33, 3 to 5) or (frames, persons, 33, 3 to 5).",
            )
        if not array.size or len(array) > MOST_FRAMES or array.dtype.kind not in "fiu":
            raise DataError(
                f"{file}: the array has shape {array.shape} and type {array.dtype}.",
                hint=f"It must be numbers of 1 to {MOST_FRAMES} frames.",
            )
        people = array if array.ndim == 4 else array[:, None]  # (T, M, 33, 3 to 5)
        kept = [*range(len(_COORDINATES[kind])), *range(3, min(array.shape[-1], 4))]
        return _of_array(people[..., kept].astype(np.float64), kind)
    raise DataError(f"{file}: this is no {', '.join(ENDINGS)} file.", hint=_FORMS)


def find_columns(header: Sequence[str], kind: Kind) -> WideColumns | None:
    """Where the landmarks stand in a row; None where the columns are others."""
    place = {name.lower(): number for number, name in enumerate(header)}
    names = [_OTHER_NAMES.get(joint, joint) for joint in Layout.named("mediapipe33").joints]
    # Of each way to name a column how, and which columns there would be if there were more landmarks.
    patterns: list[tuple[list[str], set[str]]] = [([f"{name}_{{}}" for name in names], set())]
    for first in (0, 1):
        numbered = [f"{{}}{number}" for number in range(first, first + JOINTS)]
        patterns.append((numbered, {f"x{first - 1}", f"x{first + JOINTS}"}))
    for pattern, others in patterns:
        for visible in (["visibility"], ["v"], []):
            wanted = [[one.format(axis) for axis in (*_COORDINATES[kind], *visible)] for one in pattern]
            every = {name for names in wanted for name in names}
            if every <= place.keys() and others.isdisjoint(place):
                values = tuple(tuple(place[name] for name in names) for names in wanted)
                return WideColumns(values=values, frame=place.get(_FRAME), time=None)
    return None


def _of_array(values: Array, kind: Kind) -> Landmarks:
    """(T, M, 33, C or C + 1), in which the place of a person says who that is."""
    coordinates = len(_COORDINATES[kind])
    points = values[..., :coordinates]
    score = values[..., coordinates] if values.shape[-1] > coordinates else np.ones(values.shape[:-1])
    there = np.isfinite(points).all(axis=-1) & (score > 0) & np.isfinite(score)  # (T, M, 33)
    joints = np.where(there[..., None], np.concatenate([points, score[..., None]], axis=-1), 0)
    joints[~joints[..., :-1].any(axis=(2, 3))] = 0
    present = np.asarray(joints[..., -1].any(axis=2))  # (T, M)
    return Landmarks(
        frames=[each[here] for each, here in zip(joints, present, strict=True)],
        seen=[np.zeros((int(here.sum()), JOINTS, 3)) for here in present],
        identities=[np.flatnonzero(here) for here in present],
    )


def _of_json(file: Path, kind: Kind) -> Landmarks:
    content = read_json(file, most=_LARGEST)
    if not isinstance(content, list):
        raise DataError(f"{file}: this is no list of frames.", hint=_FORMS)
    numbered = any(isinstance(frame, dict) and _FRAME in frame for frame in content)
    people: dict[int, Array] = {}
    lost = ""  # the first frame whose people cannot be followed
    for place, frame in enumerate(content):
        where = f"{file}: [{place}]"
        number: Any = place
        if numbered:
            number = frame.get(_FRAME) if isinstance(frame, dict) else None
        if not is_whole(number) or number in people:
            raise DataError(
                f"{where}: its `{_FRAME}` is no whole number, or there twice.",
                hint="Number all frames or none.",
            )
        wanted, beside = _chosen(frame, kind, where)
        found = _people(wanted, kind, where)
        image = found if kind == "image" else _people(beside, "image", where)
        if len(image) != len(found):
            image, lost = [np.zeros((JOINTS, 3))] * len(found), lost or where
        detections = [np.hstack([spot[:, :2], each]) for spot, each in zip(image, found, strict=True)]
        people[number] = stacked(detections, JOINTS, values=2 + len(_COORDINATES[kind]) + 1)
    frames = all_frames(people, where=str(file))  # each (D, 33, 2 + C + 1)
    alone = all(len(each) < 2 for each in frames)
    if lost and not alone:
        raise DataError(
            f"{lost}: nothing tells which person is which, since all world landmarks begin at the hips.",
            hint="Store `pose_landmarks` beside them, by which people are followed, or one person a file.",
        )
    return Landmarks(
        frames=[each[..., 2:] for each in frames],
        seen=[each[..., [0, 1, -1]] for each in frames],
        identities=[np.zeros(len(each), dtype=np.int64) for each in frames] if alone else None,
    )


def _chosen(frame: Any, kind: Kind, where: str) -> tuple[Any, Any]:
    """The landmarks of a frame that are wanted, and those in the image beside them, if there are any."""
    if not frame or not isinstance(frame, dict) or _WRAPPED in frame:
        return frame or None, None
    image = next((frame[key] for key in _KEYS["image"] if key in frame), None)
    key = next((key for key in _KEYS[kind] if key in frame), None)
    if key is None and kind == "world" and _ALONE in frame and _KEYS["image"][0] not in frame:
        key, image = _ALONE, None
    if key is None:
        raise DataError(f"{where} has no `{_KEYS[kind][0]}`.", hint=_FORMS)
    return frame[key], image


def _people(value: Any, kind: Kind, where: str) -> list[Array]:
    """Each (33, C + 1)."""
    listed = _unwrapped(value)
    if not listed:
        return []
    if not isinstance(listed, list):
        raise DataError(f"{where} is no list of landmarks.", hint=_FORMS)
    if isinstance(listed[0], dict) and _WRAPPED not in listed[0]:
        return [_person(listed, kind, where)]
    return [_person(_unwrapped(each), kind, f"{where}[{place}]") for place, each in enumerate(listed)]


def _unwrapped(value: Any) -> Any:
    return value.get(_WRAPPED) if isinstance(value, dict) else value


def _person(listed: Any, kind: Kind, where: str) -> Array:
    """(33, C + 1) of 33 objects; all zero for somebody all of whose coordinates are."""
    if not isinstance(listed, list) or len(listed) != JOINTS or not set(map(type, listed)) <= {dict}:
        count = f"a list of {len(listed)}" if isinstance(listed, list) else "none"
        raise DataError(f"{where} must be a list of 33 landmarks, and is {count}.", hint=_FORMS)
    axes = _COORDINATES[kind]
    values = [each.get(axis) for each in listed for axis in axes]
    visible = [1.0 if each.get("visibility") is None else each["visibility"] for each in listed]
    points = numbers(values, JOINTS * len(axes), where=where, what=", ".join(axes)).reshape(JOINTS, -1)
    score = numbers(visible, JOINTS, where=where, what="visibility")
    return detection(points, score * points.any())

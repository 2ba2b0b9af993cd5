"""The pose model in MediaPipe's package, as a model of MediaPipe's Tasks, which find several people.

MediaPipe 0.10.21 has the weights of the full model in its package, for its older interface, which finds one
person. Its Tasks run the same two networks from a bundle of both, in which each says how pixels are scaled.
"""

from __future__ import annotations

import atexit
import importlib
import os
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from dancekit.data.detections import Array, detection, stacked
from dancekit.data.footage import Picture
from dancekit.errors import PluginError

JOINTS = 33
_NETWORKS = (  # in the package, in a bundle, and the mean and the deviation of the pixels that it takes
    ("modules/pose_detection/pose_detection.tflite", "pose_detector.tflite", 127.5, 127.5),
    ("modules/pose_landmark/pose_landmark_full.tflite", "pose_landmarks_detector.tflite", 0.0, 255.0),
)


class BlazePose:
    """Finds people in pictures one after the other.

    Args:
        people: the most in one picture.
        moving: the pictures are frames of a video, in which people are looked for near where they were.
        confidence: from 0 to 1: how certain it must be that somebody is there.

    Raises:
        PluginError: MediaPipe is not installed, or does not run here.
    """

    def __init__(self, *, people: int, moving: bool, confidence: float) -> None:
        self._mediapipe = _library("mediapipe")
        vision = _library("mediapipe.tasks.python.vision")
        base = _library("mediapipe.tasks.python.core.base_options")
        self._moving = moving
        self._last = -1  # milliseconds of the last picture
        self._has_seen = False  # somebody: by then each of its parts has begun
        options = vision.PoseLandmarkerOptions(
            base_options=base.BaseOptions(model_asset_path=str(_bundle())),
            running_mode=vision.RunningMode.VIDEO if moving else vision.RunningMode.IMAGE,
            num_poses=people,
            min_pose_detection_confidence=confidence,
            min_pose_presence_confidence=confidence,
            min_tracking_confidence=confidence,
        )
        with silence():
            self._landmarker = vision.PoseLandmarker.create_from_options(options)

    def __call__(self, picture: Picture, time: float) -> Array:
        """(D, 33, 3): pixels, and the visibility as score.

        Args:
            picture: (H, W, 3)
            time: in seconds, not before that of the last picture.
        """
        image = self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture)
        )
        with nullcontext() if self._has_seen else silence():
            if self._moving:
                self._last = max(self._last + 1, round(1000 * time))
                found = self._landmarker.detect_for_video(image, self._last)
            else:
                found = self._landmarker.detect(image)
        self._has_seen = self._has_seen or bool(found.pose_landmarks)
        scale = picture.shape[1::-1]
        people = [
            np.array([(joint.x, joint.y, joint.visibility) for joint in person])
            for person in found.pose_landmarks
        ]
        seen = stacked([detection(each[:, :2] * scale, each[:, 2]) for each in people], JOINTS)
        return seen[(seen[:, :, 2] > 0).any(axis=1)]

    def close(self) -> None:
        self._landmarker.close()


@cache
def _bundle() -> Path:
    """Both networks in one file, as Tasks read them: gone when Python ends.

    From a file a model is made in half the time that it takes from memory, where MediaPipe copies the bundle.
    """
    writer = _library("mediapipe.tasks.python.metadata.metadata_writers.metadata_writer").MetadataWriter
    folder = tempfile.TemporaryDirectory(prefix="dancekit-")
    atexit.register(folder.cleanup)
    file = Path(folder.name) / "pose_landmarker.task"
    with zipfile.ZipFile(file, "w") as bundle:
        for inside, name, mean, deviation in _NETWORKS:
            weights = resources.files("mediapipe").joinpath(inside).read_bytes()
            described = writer.create(bytearray(weights)).add_image_input([mean], [deviation])
            bundle.writestr(name, bytes(described.populate()[0]))
    return file


class _Silence:
    """Of standard error, as long as any thread wants it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._kept = -1

    def begin(self) -> None:
        with self._lock:
            self._wanted += 1
            if self._wanted == 1:
                sys.stderr.flush()
                self._kept = os.dup(2)
                with Path(os.devnull).open("w") as nowhere:
                    os.dup2(nowhere.fileno(), 2)

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0:
                os.dup2(self._kept, 2)
                os.close(self._kept)


_SILENCE = _Silence()


@contextmanager
def silence() -> Iterator[None]:
    """Nothing on standard error: MediaPipe's native code tells of its beginnings there at any log level.

    What goes wrong in it is raised as a Python exception, so that no error is lost.
    """
    if sys.stderr is None:  # closed when Python began
        yield
        return
    _SILENCE.begin()
    try:
        yield
    finally:
        _SILENCE.end()


def _library(name: str) -> Any:
    os.environ.setdefault("GLOG_minloglevel", "2")  # it tells much of itself
    try:
        return importlib.import_module(name)
    except Exception as error:  # built for another NumPy or protobuf it fails in many ways
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise PluginError(
            f"The detector `mediapipe` needs MediaPipe 0.10.21, which cannot be imported ({reason}).",
            hint='Install the extra, `pip install "dancekit[video]"`, in an environment of its own, since '
            "it asks for NumPy below 2.",
        ) from error

"""MediaPipe's pose model (Bazarevsky et al. 2020, "BlazePose") as a detector.

MediaPipe 0.10.21 has the full model in its package, so that nothing is fetched, and asks for NumPy below 2.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dancekit.data.detections import Array, detection
from dancekit.data.footage import Footage, Picture
from dancekit.data.found import Found, follow_found
from dancekit.data.paths import data_file
from dancekit.errors import PluginError, RecipeError
from dancekit.interfaces import Detector
from dancekit.skeleton.layout import Layout

_FULL = 1
"""The model whose weights lie in the package; those of the others would be fetched."""


class MediaPipe(Detector):
    """33 joints of one person in a video or an image; the score of a joint is its visibility.

    Where there are several people it takes one of them, and keeps to that one while it sees them. For
    several people take `rtmpose`.

    Args:
        detection_confidence: from 0 to 1: how certain it must be that somebody is there.
        tracking_confidence: from 0 to 1: below it the person is looked for anew in the whole frame.
        smooth: steady the joints over time. It needs later frames to catch up, so quick movement becomes a
            little slower.

    Raises:
        PluginError: MediaPipe is not installed, or does not run here.
        RecipeError: a confidence is outside 0 to 1.
    """

    def __init__(
        self, *, detection_confidence: float = 0.5, tracking_confidence: float = 0.5, smooth: bool = True
    ) -> None:
        confidences = {"detection": detection_confidence, "tracking": tracking_confidence}
        for name, confidence in confidences.items():
            if not 0 <= confidence <= 1:
                raise RecipeError(f"{name}_confidence is {confidence}.", hint="It is from 0 to 1.")
        self.layout = Layout.named("mediapipe33")
        self._pose = _pose_class()
        self._options = {f"min_{name}_confidence": confidence for name, confidence in confidences.items()}
        self._smooth = smooth

    def frames(self, source: Path) -> Iterator[Found]:
        footage = Footage(data_file(source))
        yield from follow_found(self._people(footage), frame_rate=footage.frame_rate, image_size=footage.size)

    def _people(self, footage: Footage) -> Iterator[tuple[float, Array]]:
        with self._pose(
            static_image_mode=footage.frame_rate is None,
            model_complexity=_FULL,
            smooth_landmarks=self._smooth,
            **self._options,
        ) as pose:
            for shot in footage:
                yield shot.time, _person(pose.process(shot.picture), shot.picture)


def _person(result: Any, picture: Picture) -> Array:
    """(1, 33, 3), or (0, 33, 3) where nobody was found."""
    if result.pose_landmarks is None:
        return np.zeros((0, 33, 3))
    values = np.array([(each.x, each.y, each.visibility) for each in result.pose_landmarks.landmark])
    height, width = picture.shape[:2]
    return detection(values[:, :2] * (width, height), values[:, 2])[None]  # (1, 33, 3)


def _pose_class() -> Any:
    os.environ.setdefault("GLOG_minloglevel", "2")  # it tells much of itself
    try:
        return importlib.import_module("mediapipe.python.solutions.pose").Pose
    except Exception as error:  # built for another NumPy or protobuf it fails in many ways
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise PluginError(
            f"The detector `mediapipe` needs MediaPipe 0.10.21, which cannot be imported ({reason}).",
            hint='Install the extra, `pip install "dancekit[video]"`, in an environment of its own, since '
            "it asks for NumPy below 2.",
        ) from error

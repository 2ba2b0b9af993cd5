"""RTMPose (Jiang et al. 2023) through rtmlib as a detector: people by YOLOX, their joints by RTMPose."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from dancekit.data.detections import Array, check_persons, detection, stacked
from dancekit.data.footage import Footage, Picture
from dancekit.data.found import Found, follow_found
from dancekit.data.paths import data_file
from dancekit.errors import DataError, PluginError, RecipeError
from dancekit.interfaces import Detector
from dancekit.skeleton.layout import Layout

Mode = Literal["lightweight", "balanced", "performance"]
Device = Literal["cpu", "cuda", "mps"]


class RtmPose(Detector):
    """17 joints of everyone in a video or an image.

    Args:
        mode: which models rtmlib downloads where none are given, from small to large. They are kept in
            its cache; after that nothing is fetched any more.
        person_model: an ONNX file that finds people, YOLOX as rtmlib has it; both or none are given.
        pose_model: an ONNX file that finds their joints: RTMPose with the 17 joints of COCO.
        person_size: (height, width) that `person_model` takes.
        pose_size: (width, height) that `pose_model` takes.
        device: where ONNX Runtime computes.
        persons: the most persons of a clip, those of the highest scores.

    Raises:
        DataError: a model cannot be read, or not be downloaded.
        PluginError: rtmlib is not installed.
        RecipeError: an argument makes no sense.
    """

    def __init__(
        self,
        *,
        mode: Mode = "balanced",
        person_model: Path | None = None,
        pose_model: Path | None = None,
        person_size: tuple[int, int] = (640, 640),
        pose_size: tuple[int, int] = (192, 256),
        device: Device = "cpu",
        persons: int = 20,
    ) -> None:
        for name, value, known in (("mode", mode, get_args(Mode)), ("device", device, get_args(Device))):
            if value not in known:
                raise RecipeError(f"{name} is {value!r}.", hint=f"Take one of {', '.join(known)}.")
        if (person_model is None) != (pose_model is None):
            raise RecipeError(
                "Only one of person_model and pose_model is given.",
                hint="Give both, or none to have them downloaded.",
            )
        for name, size in (("person_size", person_size), ("pose_size", pose_size)):
            if min(size) < 32:
                raise RecipeError(f"{name} is {tuple(size)}.", hint="Give what the model takes, in pixels.")
        check_persons(persons)
        self.layout = Layout.named("coco17")
        self.persons = persons
        library = _rtmlib()
        if person_model is None or pose_model is None:
            chosen = library.Body.MODE[mode]
            models = [
                (library.YOLOX, chosen["det"], chosen["det_input_size"]),
                (library.RTMPose, chosen["pose"], chosen["pose_input_size"]),
            ]
        else:
            models = [
                (library.YOLOX, _model_file(person_model), tuple(person_size)),
                (library.RTMPose, _model_file(pose_model), tuple(pose_size)),
            ]
        self._find_people, self._find_joints = (_loaded(*model, device=device) for model in models)

    def frames(self, source: Path) -> Iterator[Found]:
        footage = Footage(source)
        people = ((shot.time, self._people(shot.picture)) for shot in footage)
        yield from follow_found(people, frame_rate=footage.frame_rate, image_size=footage.size)

    def _people(self, picture: Picture) -> Array:
        """(D, 17, 3)."""
        blue_first = np.ascontiguousarray(picture[..., ::-1])
        boxes = self._find_people(blue_first)
        joints = self.layout.num_joints
        if not len(boxes):  # without a box RTMPose would take the whole picture for a person
            return np.zeros((0, joints, 3))
        keypoints, scores = self._find_joints(blue_first, bboxes=boxes)  # (D, V, 2), (D, V)
        if keypoints.shape[1:] != (joints, 2):
            raise DataError(
                f"pose_model finds {keypoints.shape[1]} joints.", hint="Take a model with COCO's 17 joints."
            )
        each = [detection(points, score.clip(max=1)) for points, score in zip(keypoints, scores, strict=True)]
        found = stacked(each, joints)
        return found[(found[:, :, 2] > 0).any(axis=1)]


def _rtmlib() -> Any:
    try:
        return importlib.import_module("rtmlib")
    except ImportError as error:
        raise PluginError(
            f"The detector `rtmpose` needs rtmlib, which cannot be imported ({error}).",
            hint='Install the extra: pip install "dancekit[rtmpose]".',
        ) from error


def _model_file(model: Path) -> str:
    file = data_file(model)
    if not file.is_file():
        raise DataError(f"{file}: there is no model.", hint="Give an ONNX file.")
    return str(file)


def _loaded(model_class: Any, model: str, size: tuple[int, int], *, device: str) -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it tells which file it loads
            return model_class(model, model_input_size=size, backend="onnxruntime", device=device)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise DataError(
            f"The model {model} cannot be loaded ({reason}).",
            hint="Without internet give person_model and pose_model, two ONNX files.",
        ) from error

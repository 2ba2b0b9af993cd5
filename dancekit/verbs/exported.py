"""An exported model, ready to be asked about recordings. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dancekit.errors import RunError
from dancekit.onnx_model import OnnxModel
from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import Training
from dancekit.prediction.windows import Clips
from dancekit.skeleton.layout import Layout


@dataclass(frozen=True, kw_only=True)
class ExportedModel:
    """A model that onnxruntime runs."""

    training: Training
    model: OnnxModel

    def logits(self, clips: Clips) -> npt.NDArray[np.floating]:
        """(N, classes)"""
        size = clips.image_size or (np.nan, np.nan)
        return self.model.predict(
            clips.keypoints,
            clips.score,
            clips.present,
            frame_rate=clips.frame_rate,
            image_size=np.tile(np.array(size, np.float32), (len(clips), 1)),  # (N, 2)
        )


def open_exported(file: Path) -> tuple[ExportedModel, Calibration]:
    """The model in an ONNX file and how it is calibrated.

    Raises:
        RunError: it recognises nothing, or needs more than keypoints as they are.
        DataError: it is not there, or what it says of itself cannot be read.
    """
    model = OnnxModel.open(file)
    said = model.description
    if said.task != "recognition":
        raise RunError(f"{file} recognises nothing: its task is {said.task}.")
    lacking = [*said.outside, *(["pairs of frames"] if said.frame_pairs else [])]
    if lacking or said.pictures is not None:
        what = ", ".join([*lacking, *(["pictures"] if said.pictures is not None else [])])
        raise RunError(
            f"{file} does not do {what} itself, and prediction does not either.",
            hint="Predict with the run that it was exported from.",
        )
    training = Training(
        classes=model.classes,
        layout=Layout.from_mapping(model.layout_mapping),
        coordinates=said.coordinates,
        frames=said.frames,
        frame_rate=said.frame_rate,
        seconds=said.seconds,
        pixels=said.pixels,
    )
    calibration = Calibration()
    if said.calibration is not None:
        calibration = Calibration.from_mapping(said.calibration, where=str(file))
    return ExportedModel(training=training, model=model), calibration

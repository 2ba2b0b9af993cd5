"""An exported model, run by onnxruntime: needs neither torch nor lightning.

model = OnnxModel.open("model.onnx")
logits = model.predict(keypoints, score)          # (N, M, T, V, C) and (N, M, T, V) to (N, classes)

An ONNX file is a graph of known operations and numbers; reading one executes nothing of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError, RunError
from dancekit.exporting.description import KEY, Description

FloatArray = npt.NDArray[np.float32]
_MASKS = ("present", "person_mask", "silhouette", "thinned")
_TYPES: dict[str, Any] = {**dict.fromkeys(_MASKS, np.bool_), "frames": np.uint8}
"""Of the inputs that are not float32."""


@dataclass(frozen=True, kw_only=True)
class OnnxModel:
    """A file that `dancekit export --format onnx` wrote.

    Attributes:
        description: what the file says of itself.
    """

    file: Path
    description: Description
    _session: Any

    @classmethod
    def open(cls, path: str | Path, *, threads: int | None = None) -> OnnxModel:
        """Read a model and check what it says of itself.

        Args:
            threads: that one call may use; None leaves it to onnxruntime.

        Raises:
            RunError: onnxruntime is not installed.
            DataError: there is no such file, it is no ONNX file, or none of dancekit.
        """
        try:
            import onnxruntime  # type: ignore[import-untyped]
        except ImportError as error:
            raise RunError(
                "onnxruntime is not installed, which runs ONNX files.",
                hint="Install it with pip install onnxruntime.",
            ) from error
        file = Path(path)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors alone
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            content = file.read_bytes()  # as bytes, so that it cannot ask for other files beside it
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except OSError as error:
            raise DataError(f"{file} cannot be read: {error.strerror}.") from error
        except Exception as error:  # onnxruntime's errors have no common family
            reason = " ".join(str(error).split())[:200]
            raise DataError(f"{file} cannot be read as an ONNX file: {reason}.") from error
        text = session.get_modelmeta().custom_metadata_map.get(KEY)
        description = Description.from_json(text, file=file)
        named = {each.name for each in session.get_inputs()}
        if not named <= set(description.inputs):
            raise DataError(f"{file} asks for {', '.join(sorted(named))}, and its metadata for others.")
        return cls(file=file, description=description, _session=session)

    @property
    def layout_mapping(self) -> Mapping[str, Any]:
        """Of the keypoints that it takes; `Layout.from_mapping` reads it."""
        return self.description.layout

    @property
    def classes(self) -> tuple[str, ...]:
        return self.description.classes

    def predict(
        self,
        keypoints: npt.ArrayLike,
        score: npt.ArrayLike | None = None,
        present: npt.ArrayLike | None = None,
        **more: npt.ArrayLike | None,
    ) -> FloatArray:
        """What a model of recognition makes of some clips.

        Args:
            keypoints: (N, M, T, V, C); a joint that is not finite is missing.
            score: (N, M, T, V), 0 = missing, 1 = certain; None is certain of every joint.
            present: (N, M, T); None has a person in the frames in which any joint is seen.
            more: the other inputs that `description.inputs` names: `image_size` (N, 2) in pixels and
                `frame_rate` (N,), each NaN where not given; pictures as a ClipBatch has them.

        Returns:
            (N, classes) logits; (N*M, classes) with `description.labels_per_person`.

        Raises:
            DataError: a shape does not fit, or an input is missing.
        """
        if self.description.task != "recognition":
            raise DataError(f"{self.file} lifts keypoints and knows no classes.", hint="Call lift.")
        points, sure = self._joints(keypoints, score, ndim=5)
        here: npt.NDArray[np.bool_] = np.asarray(
            (sure > 0).any(-1) if present is None else present, dtype=np.bool_
        )
        if here.shape != points.shape[:3]:
            raise DataError(f"present has shape {here.shape}, but the keypoints ask for {points.shape[:3]}.")
        sure = sure * here[..., None]
        n = len(points)
        given: dict[str, npt.ArrayLike | None] = {
            "image_size": np.full((n, 2), np.nan),
            "frame_rate": np.full(n, np.nan),
            **{name: value for name, value in more.items() if value is not None},
            "keypoints": points * (sure > 0)[..., None],
            "score": sure,
            "present": here,
        }
        return self._run(given)

    def lift(self, keypoints: npt.ArrayLike, score: npt.ArrayLike | None = None) -> FloatArray:
        """3D keypoints of some persons from 2D ones.

        Args:
            keypoints: (B, T, V, 2); a joint that is not finite is missing.
            score: (B, T, V), 0 = missing, 1 = certain; None is certain of every joint.

        Returns:
            (B, T, V', 3) metres, in `description.output_layout`.

        Raises:
            DataError: a shape does not fit, or the model lifts nothing.
        """
        if self.description.task != "lifting":
            raise DataError(f"{self.file} recognises movements and lifts nothing.", hint="Call predict.")
        points, sure = self._joints(keypoints, score, ndim=4)
        return self._run({"keypoints": points * (sure > 0)[..., None], "score": sure})

    def _joints(
        self, keypoints: npt.ArrayLike, score: npt.ArrayLike | None, *, ndim: int
    ) -> tuple[FloatArray, FloatArray]:
        """Places and scores in their contract: finite, and 0 where a joint is missing."""
        points = _floats(keypoints, "keypoints")
        tail = (len(self.description.layout["joints"]), self.description.coordinates)
        if points.ndim != ndim or points.shape[-2:] != tail or 0 in points.shape:
            raise DataError(
                f"keypoints have shape {points.shape}.",
                hint=f"They must have {ndim} axes, the last two of them {tail[0]} joints and {tail[1]} "
                f"coordinates, in the layout {self.description.layout.get('name')}.",
            )
        finite: npt.NDArray[np.bool_] = np.asarray(np.isfinite(points).all(-1))
        sure = finite.astype(np.float32) if score is None else _floats(score, "score")
        if sure.shape != points.shape[:-1]:
            raise DataError(f"score has shape {sure.shape}, but the keypoints ask for {points.shape[:-1]}.")
        sure = np.where(finite & np.isfinite(sure), sure, 0).clip(0, 1).astype(np.float32)
        return np.where(finite[..., None], points, 0).astype(np.float32), sure

    def _run(self, given: Mapping[str, npt.ArrayLike | None]) -> FloatArray:
        names = [each.name for each in self._session.get_inputs()]
        _check_there(names, given)
        feed = {name: np.ascontiguousarray(given[name], dtype=_TYPES.get(name, np.float32)) for name in names}
        try:
            (answer,) = self._session.run(None, feed)
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise DataError(f"{self.file} cannot take this input: {reason}.") from error
        result: FloatArray = answer
        return result


def _check_there(names: Sequence[str], given: Mapping[str, object]) -> None:
    missing = [name for name in names if name not in given]
    if missing:
        raise DataError(f"the model asks for {', '.join(missing)} too.", hint="Give it by name.")


def _floats(values: npt.ArrayLike, what: str) -> FloatArray:
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what} cannot be read as numbers: {error}.") from error

"""The array contract: one recording (Clip) and one batch of them (ClipBatch). Only the batch needs torch.

Notation used for shapes, here and everywhere:
    N clips, M persons, T frames, V joints, C coordinates (2: pixels or normalised, 3: metres)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError
from dancekit.lazy import names_of
from dancekit.skeleton.convert import convert
from dancekit.skeleton.layout import Layout

if TYPE_CHECKING:
    from dancekit.data.batches import PICTURES as PICTURES
    from dancekit.data.batches import ClipBatch as ClipBatch
else:
    __getattr__ = names_of("dancekit.data.batches", ("ClipBatch", "PICTURES"), here=__name__)

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One recording, in its own length and with its own number of persons.

    Make it with `Clip.of`, which puts any array into the contract.

    Attributes:
        keypoints: (M, T, V, C); finite everywhere, 0 where `score` is 0.
        score: (M, T, V), 0 = missing, 1 = certain.
        present: (M, T), this person is in this frame.
        label: one class index for the clip, or one per person.
        name: identifies the recording in its data set.
        person: who dances, so that no one is on two sides of a split; "" = unknown.
        frame_rate: frames per second; None = unknown.
        image_size: (width, height) in pixels for keypoints in pixels; None otherwise.
    """

    keypoints: FloatArray
    score: FloatArray
    present: BoolArray
    label: int | tuple[int, ...]
    name: str
    person: str = ""
    frame_rate: float | None = None
    image_size: tuple[int, int] | None = None

    @classmethod
    def of(
        cls,
        keypoints: npt.ArrayLike,
        *,
        label: int | Sequence[int],
        name: str,
        score: npt.ArrayLike | None = None,
        present: npt.ArrayLike | None = None,
        person: str = "",
        frame_rate: float | None = None,
        image_size: tuple[int, int] | None = None,
    ) -> Clip:
        """Put arrays into the contract: NaN and infinite joints become missing, never numbers.

        Args:
            keypoints: (M, T, V, C), or (T, V, C) for one person; C is 2 or 3.
            score: (M, T, V) or (T, V); without it a finite joint is certain.
            present: (M, T) or (T,); without it a person is present where any joint is seen.

        Raises:
            DataError: a shape does not fit, or there is no frame at all.
        """
        points = _as_floats(keypoints, name, "keypoints")
        if points.ndim == 3:
            points = points[None]  # (1, T, V, C)
        if points.ndim != 4 or points.shape[-1] not in (2, 3) or 0 in points.shape:
            raise DataError(
                f"{name}: keypoints have shape {np.shape(keypoints)}.",
                hint="They must be (persons, frames, joints, 2 or 3) with at least one of each.",
            )
        m, t, v, _ = points.shape
        finite = np.isfinite(points).all(axis=-1)  # (M, T, V)
        if score is None:
            confidence = finite.astype(np.float32)
        else:
            confidence = _as_shape(_as_floats(score, name, "score"), (m, t, v), name, "score")
            confidence = np.where(finite & np.isfinite(confidence), confidence, 0).clip(0, 1)
        if present is None:
            here: BoolArray = np.asarray((confidence > 0).any(axis=-1))  # (M, T)
        else:
            here = _as_shape(present, (m, t), name, "present").astype(bool)
        confidence = np.where(here[..., None], confidence, 0).astype(np.float32)
        points = np.where((confidence > 0)[..., None], points, 0).astype(np.float32)
        return cls(
            keypoints=points,
            score=confidence,
            present=here,
            label=_label(label, m, name),
            name=name,
            person=person,
            frame_rate=frame_rate,
            image_size=image_size,
        )

    @classmethod
    def of_rows(
        cls,
        keypoints: FloatArray,
        score: FloatArray,
        present: BoolArray,
        *,
        persons: int,
        label: npt.NDArray[np.int64],
        frame_rate: float,
        image_size: FloatArray,
        name: str,
        person: str,
    ) -> Clip:
        """A recording out of a store, whose rows are in the contract already: person by person, T rows each.

        Args:
            keypoints: (M*T, V, C).
            score: (M*T, V).
            present: (M*T,).
            persons: M.
            label: () of the clip, or one for each person and -1 for those that it does not have.
            frame_rate: NaN = unknown.
            image_size: (2,); NaN = not in pixels.
        """
        nowhere = bool(np.isnan(image_size).any())
        return cls(
            keypoints=keypoints.reshape(persons, -1, *keypoints.shape[1:]),  # (M, T, V, C)
            score=score.reshape(persons, -1, score.shape[1]),  # (M, T, V)
            present=present.reshape(persons, -1),  # (M, T)
            label=int(label) if label.ndim == 0 else tuple(label[:persons].tolist()),
            name=name,
            person=person,
            frame_rate=None if np.isnan(frame_rate) else frame_rate,
            image_size=None if nowhere else (int(image_size[0]), int(image_size[1])),
        )

    @property
    def frames(self) -> int:
        return int(self.keypoints.shape[1])

    def in_layout(self, source: Layout, target: Layout) -> Clip:
        """The same recording in another layout, as `dancekit.skeleton.convert` finds the joints.

        Raises:
            LayoutError: the source cannot give all joints of the target.
        """
        if source == target:
            return self
        keypoints, score = convert(self.keypoints, self.score, source, target)
        return replace(self, keypoints=keypoints, score=score)


def _label(label: int | Sequence[int], persons: int, name: str) -> int | tuple[int, ...]:
    if not isinstance(label, Sequence | np.ndarray):
        return int(label)  # NumPy's integers too
    labels = tuple(int(each) for each in label)
    if len(labels) != persons:
        raise DataError(f"{name}: there are {len(labels)} labels for {persons} persons.")
    return labels


def _as_floats(values: npt.ArrayLike, name: str, what: str) -> FloatArray:
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold becomes missing
            return np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: {what} cannot be read as numbers: {error}.") from error


def _as_shape(values: npt.ArrayLike, shape: tuple[int, ...], name: str, what: str) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.ndim == len(shape) - 1:
        array = array[None]
    if array.shape != shape:
        raise DataError(f"{name}: {what} has shape {np.shape(values)}, but the keypoints ask for {shape}.")
    return array

"""The array contract: one recording (Clip) and one batch of them (ClipBatch).

Notation used for shapes, here and everywhere:
    N clips, M persons, T frames, V joints, C coordinates (2: pixels or normalised, 3: metres)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dancekit.data.randomness import ClipRandom
from dancekit.errors import DataError
from dancekit.masking import keep
from dancekit.skeleton.convert import convert
from dancekit.skeleton.layout import Layout

PICTURES = ("frames", "person_mask", "silhouette", "thinned")
"""What a batch has as pictures, where a part asks for them: fields of ClipBatch."""

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


@dataclass(kw_only=True)
class ClipBatch:
    """Clips of one length as arrays; what every part after the data set takes.

    Attributes:
        keypoints: (N, M, T, V, C) float32; 0 where `score` is 0.
        score: (N, M, T, V) float32, 0 = missing, 1 = certain.
        present: (N, M, T) bool, this person is in this frame; padding is never computed as a person.
        label: (N,) int64, or (N, M) where each person has one; -1 = unknown.
        layout: which skeleton the V axis is.
        index: (N,) int64, the place of each clip in its split; -1 = filling, not a clip.
        frame_rate: (N,) float32 frames per second after resampling; NaN = unknown.
        image_size: (N, 2) float32 width and height in pixels; NaN for keypoints that are not in pixels.
        random: the draws for this batch; None where nothing is random (validation, test, prediction).
        frame_pairs: T is pairs of a moment and the one a recorded frame later; false for what reaches a
            lifter or a backbone.
        frames: (N, T, K, H, W) uint8 pictures, K = 3: red, green, blue, or 1: grey; black where nobody is
            there to be recorded. None, like the three that follow, where no part asks for pictures.
        person_mask: (N, T, H, W) bool, where the person is, as a detector or the maker of the recording says.
        silhouette: (N, T, H, W) bool, where a step of `preprocess` takes the person to be.
        thinned: (N, T, H, W) bool, the silhouette thinned to lines.
    """

    keypoints: Tensor
    score: Tensor
    present: Tensor
    label: Tensor
    layout: Layout
    index: Tensor
    frame_rate: Tensor
    image_size: Tensor
    random: ClipRandom | None = None
    frame_pairs: bool = False
    frames: Tensor | None = None
    person_mask: Tensor | None = None
    silhouette: Tensor | None = None
    thinned: Tensor | None = None

    def __len__(self) -> int:
        return self.keypoints.shape[0]

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> ClipBatch:
        tensors: dict[str, Any] = {
            each.name: value.to(device, non_blocking=non_blocking)
            for each in fields(self)
            if isinstance(value := getattr(self, each.name), Tensor)
        }
        return replace(self, **tensors, random=self.random and self.random.to(device))

    @property
    def seen(self) -> Tensor:
        """(N, M, T, V) bool: the joint is there, of a person who is there."""
        # Repeated in memory and compared as truth values, both of which have faster kernels.
        return self.score.bool() & self.present[..., None].expand_as(self.score).contiguous()

    def with_keypoints(self, keypoints: Tensor) -> ClipBatch:
        """The batch with other coordinates (N, M, T, V, C'); missing joints go back to 0."""
        return replace(self, keypoints=keep(keypoints, self.seen))

    def with_pictures(self, change: Callable[[Tensor], Tensor]) -> ClipBatch:
        """The batch with each of its kinds of pictures, (N, T, K, H, W) or (N, T, H, W), changed."""
        changed: dict[str, Any] = {
            name: change(pictures) for name in PICTURES if (pictures := getattr(self, name)) is not None
        }
        return replace(self, **changed)

    def persons_as_clips(self) -> ClipBatch:
        """Every person as a clip of their own, for labels per person: (N, M, ...) -> (N*M, 1, ...)."""
        n, m = self.present.shape[:2]

        def alone(values: Tensor) -> Tensor:
            return values.flatten(0, 1).unsqueeze(1)  # (N*M, 1, ...)

        def for_each(values: Tensor) -> Tensor:
            return values.repeat_interleave(m, dim=0)  # (N*M, ...)

        label = self.label if self.label.ndim == 2 else self.label[:, None].expand(n, m)
        return replace(
            self,
            keypoints=alone(self.keypoints),
            score=alone(self.score),
            present=alone(self.present),
            label=label.flatten(),  # (N*M,)
            index=for_each(self.index),
            frame_rate=for_each(self.frame_rate),
            image_size=for_each(self.image_size),
        ).with_pictures(for_each)

"""What a model needs of a recording, and what is done to a recording that is otherwise.

Everything that is done or assumed is said in one line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dancekit.errors import DataError, LayoutError, RunError
from dancekit.skeleton.convert import convert
from dancekit.skeleton.layout import Layout

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Lift = Callable[["Recording"], "Recording"]

ASSUMED_RATE = 30.0
"""Frames per second of a recording that does not say."""

FLICKER = 0.2
"""Seconds: a person who is away no longer was lost by the detector."""

_PERSON = (0.5, 2.6)  # metres from the lowest to the highest joint of a person
_UNITS = (("metres", 1.0), ("centimetres", 0.01), ("millimetres", 0.001))
_SHARES = 1.5  # what is seen of a picture in shares of its size lies within so much
_PICTURE = 1000  # pixels that shares of a picture of unknown size become


@dataclass(frozen=True, kw_only=True)
class Training:
    """What a model was trained on, and so what it needs.

    Attributes:
        coordinates: 2 or 3.
        frames: T of a clip.
        frame_rate: of a clip; None where each recording was stretched to T frames.
        seconds: shortest, median and longest of the training recordings (5th, 50th and 95th percentile); a
            model that does not know has none.
        pixels: keypoints were in pixels.
    """

    classes: tuple[str, ...]
    layout: Layout
    coordinates: int
    frames: int
    frame_rate: float | None = None
    seconds: tuple[float, float, float] | None = None
    pixels: bool = False

    @property
    def window_seconds(self) -> float:
        """How long what a clip shows is."""
        if self.frame_rate is not None:
            return self.frames / self.frame_rate
        return self.lengths[1]

    @property
    def lengths(self) -> tuple[float, float, float]:
        """Shortest, usual and longest movement in seconds; by T at 30 frames per second where unknown."""
        if self.seconds is not None:
            return self.seconds
        usual = self.frames / (self.frame_rate or ASSUMED_RATE)
        return 0.5 * usual, usual, 2 * usual

    def to_mapping(self) -> dict[str, Any]:
        return {
            "classes": list(self.classes),
            "layout": self.layout.to_mapping(),
            "coordinates": self.coordinates,
            "frames": self.frames,
            "frame_rate": self.frame_rate,
            "seconds": None if self.seconds is None else list(self.seconds),
            "pixels": self.pixels,
        }

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any], *, where: str) -> Training:
        """What `to_mapping` wrote.

        Raises:
            RunError: it is something else.
        """
        try:
            seconds = content.get("seconds")
            rate = content.get("frame_rate")
            training = cls(
                classes=tuple(str(name) for name in content["classes"]),
                layout=Layout.from_mapping(content["layout"]),
                coordinates=int(content["coordinates"]),
                frames=int(content["frames"]),
                frame_rate=None if rate is None else float(rate),
                seconds=None if seconds is None else _three(seconds),
                pixels=bool(content.get("pixels", False)),
            )
        except (AttributeError, KeyError, TypeError, ValueError, LayoutError) as error:
            reason = " ".join(str(error).split())[:160]
            raise RunError(f"{where} does not say what the model needs: {reason}.") from error
        if training.coordinates not in (2, 3) or training.frames < 1 or not training.classes:
            raise RunError(f"{where} does not say what the model needs.")
        return training


def _three(values: Any) -> tuple[float, float, float]:
    shortest, usual, longest = (float(value) for value in values)
    if not 0 < shortest <= usual <= longest < math.inf:
        raise ValueError("`seconds` are not three lengths in rising order")
    return shortest, usual, longest


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording to predict on.

    Attributes:
        name: in its data set, or the name of its file.
        keypoints: (M, F, V, C); 0 where `score` is 0. M may be 0.
        score: (M, F, V), 0 = missing.
        present: (M, F), this person is in this frame.
        frame_rate: frames per second; None = unknown.
        image_size: (width, height) in pixels for keypoints in pixels.
    """

    name: str
    keypoints: Floats
    score: Floats
    present: Flags
    layout: Layout
    frame_rate: float | None = None
    image_size: tuple[int, int] | None = None

    @property
    def frames(self) -> int:
        return int(self.keypoints.shape[1])

    @property
    def coordinates(self) -> int:
        return int(self.keypoints.shape[-1])

    @property
    def rate(self) -> float:
        return self.frame_rate or ASSUMED_RATE

    @property
    def seen(self) -> Flags:
        """(M, F, V)"""
        found: Flags = (self.score > 0) & self.present[..., None]
        return found


def fit(recording: Recording, training: Training, *, lift: Lift | None = None) -> tuple[Recording, list[str]]:
    """The recording as the model needs it, and what was done, a sentence each.

    Args:
        lift: makes 3D of 2D, where there is a lifter.

    Raises:
        DataError: it is in 2D, the model wants 3D, and there is no lifter.
        LayoutError: it lacks joints that the model needs.
    """
    said: list[str] = []
    fitted = _without_flicker(_with_rate(recording, training, said), said)
    fitted = _in_units(fitted, training, said)
    fitted = _in_coordinates(fitted, training, lift, said)
    return _in_layout(fitted, training, said), said


def _with_rate(recording: Recording, training: Training, said: list[str]) -> Recording:
    rate = recording.frame_rate
    if rate is None or not 0 < rate < math.inf:
        said.append(f"Its frame rate is unknown and taken as {ASSUMED_RATE:.0f} frames per second.")
        return replace(recording, frame_rate=ASSUMED_RATE)
    if training.frame_rate is not None and abs(rate - training.frame_rate) > 0.01 * training.frame_rate:
        said.append(
            f"It has {rate:g} frames per second, and is resampled to the {training.frame_rate:g} of training."
        )
    return recording


def _without_flicker(recording: Recording, said: list[str]) -> Recording:
    """Fill gaps in who is there that are so short that it was the detector who lost them."""
    longest = round(FLICKER * recording.rate)
    present, keypoints, score = recording.present.copy(), recording.keypoints, recording.score
    filled = 0
    for person, here in enumerate(recording.present):
        edges = np.flatnonzero(np.diff(here.astype(np.int8)))
        for gone, back in pairwise(edges):
            if here[gone] and not here[gone + 1] and back - gone <= longest:
                if not filled:
                    keypoints, score = keypoints.copy(), score.copy()
                fill_gap(keypoints[person], score[person], int(gone), int(back) + 1)
                present[person, gone : back + 1] = True
                filled += 1
    if not filled:
        return recording
    gaps = "1 gap" if filled == 1 else f"{filled} gaps"
    said.append(f"{gaps} of up to {FLICKER:g} s in who is there {'is' if filled == 1 else 'are'} filled.")
    return replace(recording, keypoints=keypoints, score=score, present=present)


def fill_gap(keypoints: Floats, score: Floats, before: int, after: int) -> None:
    """Straight lines from frame `before` to frame `after` of a person, for joints that both have."""
    both = (score[before] > 0) & (score[after] > 0)  # (V,)
    for frame in range(before + 1, after):
        share = (frame - before) / (after - before)
        place = (1 - share) * keypoints[before] + share * keypoints[after]
        keypoints[frame] = np.where(both[:, None], place, 0)
        score[frame] = np.where(both, np.minimum(score[before], score[after]), 0)


def _in_units(recording: Recording, training: Training, said: list[str]) -> Recording:
    places = recording.keypoints[recording.seen]  # (n, C)
    if len(places) == 0:
        return recording
    if recording.coordinates == 3:
        height = _height(recording)
        for unit, metres in _UNITS:
            if _PERSON[0] <= height * metres <= _PERSON[1]:
                if metres == 1.0:
                    return recording
                said.append(f"It is in {unit}, by the height of its persons, and is read in metres.")
                return replace(recording, keypoints=(recording.keypoints * metres).astype(np.float32))
        said.append(f"Its persons are {height:.2g} high, which is no height in metres; it is read as it is.")
        return recording
    shares = bool((np.percentile(np.abs(places), 98, axis=0) < _SHARES).all())
    if not (training.pixels and shares):
        return recording
    size = recording.image_size or (_PICTURE, _PICTURE)
    known = (
        "" if recording.image_size else f", whose size is unknown and taken as {_PICTURE} x {_PICTURE} pixels"
    )
    said.append(f"It is in shares of the picture{known}, and is read in pixels.")
    return replace(
        recording,
        keypoints=(recording.keypoints * np.array(size, np.float32)).astype(np.float32),
        image_size=size,
    )


def _height(recording: Recording) -> float:
    """From the lowest to the highest joint of a person, in the middle of all frames; 0 if unknown."""
    vertical, seen = recording.keypoints[..., 1], recording.seen  # (M, F, V) each
    high = np.where(seen, vertical, -np.inf).max(-1)
    low = np.where(seen, vertical, np.inf).min(-1)
    known = seen.sum(-1) > 1
    return float(np.median((high - low)[known])) if known.any() else 0.0


def _in_coordinates(
    recording: Recording, training: Training, lift: Lift | None, said: list[str]
) -> Recording:
    have, want = recording.coordinates, training.coordinates
    if have == want:
        return recording
    if want == 2:
        said.append("It is in 3D, and is seen from the front, along its z axis, as the model reads 2D.")
        flat = recording.keypoints[..., :2] * np.array([1, -1], np.float32)  # a picture's y goes down
        return replace(recording, keypoints=flat, image_size=None)
    if lift is None:
        raise DataError(
            f"{recording.name} is in 2D, and the model reads 3D.",
            hint="Name a run that lifts: --lifter RUN (`dancekit fit recipes/lift_siamese.yaml` trains one).",
        )
    lifted = lift(recording)
    said.append(f"It is in 2D, and is lifted to 3D in layout {lifted.layout.name}.")
    return lifted


def _in_layout(recording: Recording, training: Training, said: list[str]) -> Recording:
    source, target = recording.layout, training.layout
    if source == target:
        return recording
    keypoints, score = convert(recording.keypoints, recording.score, source, target)
    if source.name != target.name:
        said.append(f"It is converted from layout {source.name} to {target.name} by the names of joints.")
    else:
        said.append(f"It is put into the model's layout {target.name} by the names of joints.")
    return replace(recording, keypoints=keypoints, score=score, layout=target)

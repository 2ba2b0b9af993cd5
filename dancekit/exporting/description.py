"""What an exported file says of itself: enough to feed it and to read its answer. Imports no torch.

It travels as one JSON text under the key `dancekit` in the metadata of the file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from dancekit.errors import DataError

KEY = "dancekit"
FORMAT = 1
TASKS = ("recognition", "lifting")
INPUTS = (
    "keypoints",
    "score",
    "present",
    "image_size",
    "frame_rate",
    "frames",
    "person_mask",
    "silhouette",
    "thinned",
)
"""All that a network may ask for, as fields of a ClipBatch name it, in the order in which it takes them."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """An exported network.

    Attributes:
        task: `recognition` gives logits, `lifting` 3D keypoints.
        layout: of the keypoints that it takes, as `Layout.to_mapping` has it.
        output_layout: of the keypoints that it gives; None in recognition.
        classes: in the order of the logits; () in lifting.
        labels_per_person: there are logits for each person of a clip, the persons of the first clip first.
        coordinates: of the keypoints that it takes, 2 or 3.
        frames: T that it was trained with; it takes any number.
        frame_rate: frames per second of a clip; None stretches each recording to `frames`.
        frame_pairs: each of the `frames` moments is followed by the one a recorded frame later.
        seconds: how long the training recordings were: shortest, median and longest (5th, 50th and 95th
            percentile), by which movements are found in longer ones; None where nobody knows.
        pixels: it was trained on keypoints in pixels.
        calibration: how logits become probabilities and which of them are too low to name a movement, as
            `Calibration.to_mapping` has it; None where nothing is known.
        pictures: side in pixels of pictures; None where it takes none.
        inputs: what it takes, some of INPUTS.
        inside: steps of preprocessing that the network does itself.
        outside: steps that have to be done before; () where it takes recordings as they are.
        simulated: steps that made of recordings in 3D the detections in 2D that it was trained on; those of
            a real camera need none of them.
        dynamic: sizes that may differ from call to call: clips, persons, frames.
        fused: batch norm and graph are folded into the weights.
        version: of dancekit.
        run: name of the run that it comes from.
    """

    task: str
    layout: Mapping[str, Any]
    output_layout: Mapping[str, Any] | None = None
    classes: tuple[str, ...] = ()
    labels_per_person: bool = False
    coordinates: int
    frames: int
    frame_rate: float | None = None
    frame_pairs: bool = False
    seconds: tuple[float, float, float] | None = None
    pixels: bool = False
    calibration: Mapping[str, Any] | None = None
    pictures: int | None = None
    inputs: tuple[str, ...]
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    simulated: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    fused: bool = False
    version: str
    run: str

    @property
    def output(self) -> str:
        return "logits" if self.task == "recognition" else "keypoints_3d"

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)})

    @classmethod
    def from_json(cls, text: str | None, *, file: object) -> Description:
        """Read and check it; nothing of it is executed.

        Raises:
            DataError: it is not there, of a later format, or not what a description is.
        """
        if text is None:
            raise DataError(
                f"{file} is no model of dancekit: its metadata says nothing of layout and classes.",
                hint="`dancekit export RUN --format onnx` writes one.",
            )
        try:
            content = json.loads(text)
            if content.pop("format") != FORMAT:
                raise DataError(
                    f"{file} was written by another version of dancekit, {content.get('version')}.",
                    hint="Export it again, or update dancekit.",
                )
            for each in fields(cls):
                if each.type.startswith("tuple[str") and each.name in content:
                    content[each.name] = _names(content[each.name])
            if content.get("seconds") is not None:
                content["seconds"] = _lengths(content["seconds"])
            found = cls(**content)
            found._check()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DataError(f"{file} has damaged metadata: {' '.join(str(error).split())[:200]}.") from error
        return found

    def _check(self) -> None:
        """Raise a ValueError where a value cannot be right."""
        layouts = [self.layout] if self.output_layout is None else [self.layout, self.output_layout]
        for layout in layouts:
            _names(layout["joints"])
        if self.task not in TASKS or (self.task == "recognition") != bool(self.classes):
            raise ValueError(f"the task {self.task!r} with {len(self.classes)} classes")
        if (self.task == "lifting") != (self.output_layout is not None):
            raise ValueError("an output layout belongs to lifting alone")
        if not set(self.inputs) <= set(INPUTS) or "score" not in self.inputs:
            raise ValueError(f"the inputs {', '.join(self.inputs)}")
        if self.coordinates not in (2, 3) or not isinstance(self.frames, int) or self.frames < 1:
            raise ValueError(f"{self.frames!r} frames in {self.coordinates!r} coordinates")
        if not isinstance(self.pixels, bool) or not isinstance(self.calibration, Mapping | None):
            raise ValueError("pixels or calibration that are none")


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{value!r} are no names")
    return tuple(value)


def _lengths(value: Any) -> tuple[float, float, float]:
    shortest, usual, longest = (float(each) for each in value)
    if not 0 < shortest <= usual <= longest < math.inf:
        raise ValueError(f"{value!r} are not three lengths in rising order")
    return shortest, usual, longest

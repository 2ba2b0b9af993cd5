"""What the report of a lifting run shows, as plain data: numbers, names and arrays, whoever collected them.

Errors are in millimetres. Notation used for shapes: T frames, V joints given, V' joints lifted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dancekit.reporting.contents import Array, Report
from dancekit.reporting.examples import Kind
from dancekit.skeleton.layout import Layout


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The error under one condition.

    Attributes:
        low: where the bin begins.
        high: where it ends; None = it has no end.
        error: mean; None where nothing was like that.
        count: how many joints or frames were like that.
    """

    low: float
    high: float | None
    error: float | None
    count: int


@dataclass(frozen=True, kw_only=True)
class LiftingResult:
    """How good the lifter is on one split. A number is None where there was nothing to measure it on.

    Attributes:
        interval: the 95% interval of MPJPE.
        mpjve: millimetres per frame.
        acceleration: millimetres per frame^2.
        pck150: share of joints within 150 mm.
        auc: mean of that share over thresholds from 0 to 150 mm.
        mean_pose: the error of who always answers with the mean pose of the split.
        root: where it is, in words.
        per_joint: the error of each joint by its name.
        speed: bins in m/s, of the speed of the true joint; counts are joints.
        occlusion: bins in missing joints of the input; counts are frames.
        people: how many dance in it; None = unknown.
        known_people: how many of them are in training too; None = unknown.
    """

    role: Literal["validate", "test"]
    mpjpe: float | None
    interval: tuple[float, float] | None
    p_mpjpe: float | None
    n_mpjpe: float | None
    mpjve: float | None
    acceleration: float | None
    pck150: float | None
    auc: float | None
    mean_pose: float | None
    joints: int
    root: str
    frames: int
    clips: int
    per_joint: Mapping[str, float | None]
    speed: tuple[Bin, ...]
    occlusion: tuple[Bin, ...]
    people: int | None = None
    known_people: int | None = None


@dataclass(frozen=True, kw_only=True)
class MovementError:
    """How well the poses of one movement are lifted."""

    name: str
    clips: int
    error: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class PoseExample:
    """One person of a recording with what the lifter made of it, or a stretch of both.

    Attributes:
        kind: where its error stands among those of all persons.
        movement: the class; None = unknown.
        error: MPJPE of the whole.
        keypoints: (T, V, 2) as given, y downwards; NaN where a joint is missing.
        lifted: (T, V', 3) metres in the frame of the camera; NaN where nobody is.
        target: (T, V', 3) likewise; NaN where not known.
        person: which of several it is; None = the only one.
        frame_rate: frames per second; None = unknown.
        frames: of the whole recording.
    """

    name: str
    kind: Kind
    movement: str | None
    error: float
    keypoints: Array
    lifted: Array
    target: Array
    input_layout: Layout
    output_layout: Layout
    person: int | None = None
    frame_rate: float | None = None
    frames: int

    @property
    def whole(self) -> bool:
        return len(self.keypoints) == self.frames


@dataclass(frozen=True, kw_only=True, eq=False)
class LiftingReport(Report):
    """All that the page of a lifting run shows.

    Attributes:
        input_layout: of the joints that are given.
        output_layout: of the joints that are lifted.
        weights: what the lifter has for each joint, by name: (V',).
        movements: of the split that counts.
    """

    input_layout: Layout
    output_layout: Layout
    results: tuple[LiftingResult, ...]
    weights: Mapping[str, Array]
    movements: tuple[MovementError, ...] = ()
    examples: tuple[PoseExample, ...] = ()

    @property
    def headline(self) -> LiftingResult | None:
        """The result that counts: the test, or else the validation."""
        found = {result.role: result for result in self.results}
        return found.get("test") or found.get("validate")

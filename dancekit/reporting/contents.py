"""What a report shows, as plain data: numbers, names and arrays, whoever collected them.

Notation used for shapes: K classes, M persons, T frames, V joints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from dancekit.skeleton.layout import Layout

Array = npt.NDArray[np.floating]
Counts = npt.NDArray[np.integer]


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitResult:
    """How good the model is on one split.

    Attributes:
        interval: the 95% interval of the accuracy.
        confusion: (K, K) clips, row = what was danced, column = what was recognised.
        people: how many dance in it; None = unknown.
        known_people: how many of them are in training too; None = unknown.
    """

    role: Literal["validate", "test"]
    accuracy: float
    interval: tuple[float, float]
    top5: float
    loss: float
    clips: int
    confusion: Counts
    people: int | None = None
    known_people: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """A clip with what the model made of it.

    Attributes:
        points: (M, T, V, 2) in a picture, y downwards; NaN where a joint is missing.
        probability: of the predicted class.
        subject: the person that label and prediction are about; None = everyone.
        frame_rate: frames per second; None = unknown.
    """

    name: str
    label: str
    predicted: str
    probability: float
    points: Array
    layout: Layout
    subject: int | None = None
    frame_rate: float | None = None

    @property
    def right(self) -> bool:
        return self.label == self.predicted


@dataclass(frozen=True, kw_only=True, eq=False)
class Connections:
    """How strongly joint v (row) reaches joint w (column).

    Attributes:
        before: (V, V), the graph of the layout.
        after: (blocks, V, V), as trained.
    """

    layout: Layout
    before: Array
    after: Array

    @property
    def change(self) -> Array:
        """(blocks, V, V)"""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionMap:
    """One kind of attention, averaged over clips.

    Attributes:
        blocks: one (T, V) a block; strides make T smaller along the way.
        numbers: the place of each of `blocks` among all attentions of the model, from 1.
        clips: how many it is averaged over.
    """

    name: str
    layout: Layout
    blocks: tuple[Array, ...]
    numbers: tuple[int, ...]
    clips: int


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedMatrix:
    """What else a backbone has to show.

    Attributes:
        values: (rows, columns).
    """

    title: str
    explanation: str
    values: Array
    rows: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Member:
    """One model of an ensemble.

    Attributes:
        weight: of its probabilities in the mean.
        accuracy: by role, alone.
        page: its own report, relative to this one.
    """

    name: str
    weight: float
    accuracy: Mapping[str, float]
    epochs: int
    page: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What the page of any run says.

    Attributes:
        subtitle: model and data in a few words.
        history: the rows of metrics.csv, epochs counted from 0.
        chosen_epoch: whose weights were evaluated, counted from 0.
        seconds: from start to result.
        recipe: as YAML.
        command: what the run was started with.
        repeat: the command that repeats it.
    """

    title: str
    subtitle: str
    history: tuple[Mapping[str, float], ...]
    chosen_epoch: int | None
    parameters: int
    epochs: int
    seconds: float
    recipe: str
    versions: Mapping[str, str]
    command: str
    repeat: str


@dataclass(frozen=True, kw_only=True, eq=False)
class RunReport(Report):
    """All that the page of a run of recognition shows.

    Attributes:
        members: whose mean it is; none for a single model.
    """

    classes: tuple[str, ...]
    results: tuple[SplitResult, ...]
    connections: Connections | None = None
    attention: tuple[AttentionMap, ...] = ()
    matrices: tuple[NamedMatrix, ...] = ()
    examples: tuple[Example, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def headline(self) -> SplitResult | None:
        """The result that counts: the test, or else the validation."""
        found = {result.role: result for result in self.results}
        return found.get("test") or found.get("validate")

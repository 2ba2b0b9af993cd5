"""What a comparison shows, as plain data, with the keys of its JSON.

Notation used for shapes: K classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dancekit.statistics import Difference, Estimate


@dataclass(frozen=True, kw_only=True)
class SeedResult:
    """One training of a row.

    Attributes:
        accuracy: on the test recordings, a share of 1.
        run: its directory.
        page: its report, relative to the comparison's page.
    """

    seed: int
    accuracy: float
    run: str
    page: str


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a row costs on this machine, as `dancekit bench` measures it.

    Attributes:
        macs_per_clip: multiply-accumulates of one clip, all kinds of layers together.
        training, inference: clips per second.
        persons: (persons in a clip, seconds of a batch).
    """

    macs_per_clip: int
    training: float
    inference: float
    persons: tuple[tuple[int, float], ...]


@dataclass(frozen=True, kw_only=True)
class ComparedRow:
    """One row of a comparison.

    Attributes:
        printed: the accuracy in percent that the table's source reports.
        seeds: those that were trained.
        accuracy: over seeds and test people; None where the row failed.
        difference: to the first row; None for that row itself, and where either failed.
        top5: the mean over seeds.
        confusion: (K, K) clips of all seeds, row = what was danced, column = what was recognised.
        cost: None where it was not measured.
        failed: why there are no numbers; "" = there are.
    """

    name: str
    recipe: str
    overrides: tuple[str, ...]
    printed: float | None = None
    seeds: tuple[SeedResult, ...] = ()
    accuracy: Estimate | None = None
    difference: Difference | None = None
    top5: float | None = None
    confusion: tuple[tuple[int, ...], ...] = ()
    parameters: int | None = None
    training_seconds: float | None = None
    cost: Cost | None = None
    failed: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Several recipes, each trained with the same seeds and tested on the same recordings.

    Attributes:
        source: who printed the numbers beside ours; "" = nobody.
        clips: that each run was tested on.
        people: who dance in these; None = unknown.
        command: what this was started with.
        versions: of what shapes a result.
    """

    title: str
    source: str
    classes: tuple[str, ...]
    clips: int
    people: int | None
    seeds: int
    rows: tuple[ComparedRow, ...]
    command: str
    versions: Mapping[str, str]

    def to_mapping(self) -> dict[str, Any]:
        """As JSON holds it: keys are the attributes, tuples are lists."""
        mapping: dict[str, Any] = _lists(asdict(self))
        return mapping


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(each) for key, each in value.items()}
    return [_lists(each) for each in value] if isinstance(value, list | tuple) else value

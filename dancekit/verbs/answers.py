"""What the runs of a comparison said of each test recording, and what follows for its rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from dancekit.errors import DancekitError, RunError
from dancekit.reporting.comparison_contents import ComparedRow, SeedResult
from dancekit.run import Run
from dancekit.statistics import accuracy_of, difference
from dancekit.verbs.callbacks import read_metrics
from dancekit.verbs.trainings import Trained, results_of


@dataclass(frozen=True, kw_only=True)
class Items:
    """What runs were tested on.

    Attributes:
        names, people, label: (N,), sorted by name.
    """

    classes: tuple[str, ...]
    names: npt.NDArray[np.str_]
    people: npt.NDArray[np.str_]
    label: npt.NDArray[np.int64]

    @property
    def people_count(self) -> int | None:
        known = set(self.people.tolist()) - {""}
        return len(known) or None

    def same(self, other: Items) -> bool:
        return (
            self.classes == other.classes
            and np.array_equal(self.names, other.names)
            and np.array_equal(self.label, other.label)
        )


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A row with what its runs said of each clip.

    Attributes:
        correct: (S, N) whether each clip of `items` was recognised.
    """

    row: ComparedRow
    items: Items | None = None
    correct: npt.NDArray[np.bool_] | None = None


def answered_by(row: ComparedRow, trained: Sequence[Trained], out: Path) -> Answered:
    """A row with what its runs said; failed where one of them is.

    Args:
        row: failed already, or without numbers as yet.
        out: the folder of the page that links to the runs' reports.
    """
    failed = next((each for each in trained if each.state == "failed"), None)
    if failed is not None:
        row = replace(row, failed=f"seed {failed.training.seed}: {failed.why}")
    if row.failed:
        return Answered(row=row)
    try:
        return _answers(row, trained, out)
    except (
        DancekitError,
        OSError,
        KeyError,
        ValueError,
        BadZipFile,
    ) as error:  # a damaged run fails its row alone
        return Answered(row=replace(row, failed=str(error)))


def _answers(row: ComparedRow, trained: Sequence[Trained], out: Path) -> Answered:
    answers, seeds, confusions, top5, seconds = [], [], [], [], []
    items: Items | None = None
    parameters = 0
    for each in trained:
        assert each.run is not None
        result = results_of(each.run)
        found, correct = _read(each.run, tuple(result["classes"]))
        if items is not None and not items.same(found):
            raise RunError(f"seed {each.training.seed} was tested on other recordings than the first seed.")
        items = items or found
        answers.append(correct)
        confusions.append(np.array(result["test"]["confusion"]))
        top5.append(float(result["test"]["top5"]))
        seconds.append(sum(line["seconds"] for line in read_metrics(each.run.metrics)))
        parameters = int(result["parameters"])
        seeds.append(
            SeedResult(
                seed=each.training.seed,
                accuracy=float(correct.mean()),
                run=str(each.run.folder),
                page=os.path.relpath(each.run.report, out),
            )
        )
    row = replace(
        row,
        seeds=tuple(seeds),
        top5=float(np.mean(top5)),
        confusion=tuple(tuple(int(count) for count in line) for line in np.sum(confusions, axis=0)),
        parameters=parameters,
        training_seconds=float(np.mean(seconds)),
    )
    return Answered(row=row, items=items, correct=np.stack(answers))


def _read(run: Run, classes: tuple[str, ...]) -> tuple[Items, npt.NDArray[np.bool_]]:
    """What a run was tested on, and (N,) whether it was right."""
    with np.load(run.predictions("test")) as saved:
        order = np.lexsort((saved["index"], saved["names"]))
        label = saved["label"][order].astype(np.int64)
        right = saved["logits"][order].argmax(1) == label
        return (
            Items(
                classes=classes,
                names=saved["names"][order].astype(np.str_),
                people=saved["people"][order].astype(np.str_),
                label=label,
            ),
            right,
        )


def against_first(rows: Sequence[Answered]) -> list[ComparedRow]:
    """Every row with its accuracy, and all but the first with the difference to that."""
    first = rows[0]
    compared = []
    for each in rows:
        row = each.row
        if each.items is None or each.correct is None:
            compared.append(row)
            continue
        row = replace(row, accuracy=accuracy_of(each.correct, each.items.people))
        if each is not first and first.items is not None and first.correct is not None:
            if each.items.same(first.items):
                row = replace(row, difference=difference(first.correct, each.correct, each.items.people))
            else:
                row = replace(
                    ComparedRow(
                        name=row.name, recipe=row.recipe, overrides=row.overrides, printed=row.printed
                    ),
                    failed=f"it was tested on other recordings, or other classes, than {first.row.name}",
                )
        compared.append(row)
    return compared

"""What a comparison makes of its runs, and the commands that start it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dancekit.plugin import Registry
from dancekit.reporting.comparison_contents import ComparedRow
from dancekit.run import Run
from dancekit.statistics import accuracy_of, difference
from dancekit.tables import read_table
from dancekit.verbs.answers import Answered, against_first, answered_by
from dancekit.verbs.compare import compare
from dancekit.verbs.cost import cost_of
from dancekit.verbs.trainings import Trained, Training

NAMES = np.array([f"clip-{number:02d}" for number in range(12)])
PEOPLE = np.array([f"dancer-{number // 3}" for number in range(12)])
LABEL = np.arange(12) % 3


def _tested_run(
    folder: Path, seed: int, right: np.ndarray, *, order: np.ndarray | None = None, names: np.ndarray = NAMES
) -> Trained:
    """A run that was right on some clips, in some order of the clips."""
    order = np.arange(12) if order is None else order
    folder.mkdir(parents=True)
    run = Run(folder)
    said = np.where(right, LABEL, (LABEL + 1) % 3)
    np.savez(
        run.predictions("test"),
        names=names[order],
        people=PEOPLE[order],
        logits=np.eye(3)[said][order],
        label=LABEL[order],
        index=np.arange(12),
    )
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (LABEL, said), 1)
    result = {
        "classes": ["a", "b", "c"],
        "parameters": 7,
        "test": {"accuracy": float(right.mean()), "top5": 1.0, "confusion": confusion.tolist()},
    }
    run.result.write_text(json.dumps(result))
    run.metrics.write_text("epoch,seconds\n0,2.5\n1,1.5\n")
    return Trained(training=Training(row="r", seed=seed, content={}), state="trained", run=run)


def _row(name: str, **more: Any) -> ComparedRow:
    return ComparedRow(name=name, recipe=f"{name}.yaml", overrides=(), **more)


def _two_rows(folder: Path) -> tuple[list[Answered], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 12)) < 0.5, rng.random((2, 12)) < 0.8
    rows = [
        answered_by(
            _row(name),
            [
                _tested_run(folder / f"{name}{seed}", seed, right, order=rng.permutation(12))
                for seed, right in enumerate(answers)
            ],
            folder / "out",
        )
        for name, answers in (("first", first), ("second", second))
    ]
    return rows, first, second


def test_rows_have_the_statistics_of_their_runs(tmp_path: Path) -> None:
    rows, first, second = _two_rows(tmp_path)
    one, other = against_first(rows)
    assert one.accuracy == accuracy_of(first, PEOPLE) and one.difference is None
    assert other.accuracy == accuracy_of(second, PEOPLE)
    assert other.difference == difference(first, second, PEOPLE)
    assert np.sum(other.confusion) == 24 and np.trace(other.confusion) == second.sum()
    assert other.parameters == 7 and other.training_seconds == 4.0 and other.top5 == 1.0
    assert [seed.accuracy for seed in other.seeds] == pytest.approx(second.mean(1))
    assert other.seeds[1].page == "../second1/report.html"
    assert rows[0].items is not None and rows[0].items.people_count == 4


def test_a_row_fails_with_its_first_failing_seed(tmp_path: Path) -> None:
    good = _tested_run(tmp_path / "a", 0, LABEL == 0)
    bad = Trained(training=Training(row="r", seed=1, content={}), state="failed", run=None, why="no memory")
    row = answered_by(_row("r"), [good, bad], tmp_path).row
    assert row.failed == "seed 1: no memory" and row.accuracy is None and row.seeds == ()
    assert answered_by(_row("r", failed="no file"), [], tmp_path).row.failed == "no file"


def test_damaged_and_untested_runs_fail_their_row_alone(tmp_path: Path) -> None:
    for number, (damage, said) in enumerate(
        (
            (lambda run: run.predictions("test").write_bytes(b"PK\x03\x04"), ""),
            (lambda run: run.predictions("test").unlink(), "predictions_test"),
            (lambda run: run.result.write_text('{"classes": []}'), "has no test"),
            (lambda run: run.result.write_text("{"), "cannot be read"),
        )
    ):
        trained = _tested_run(tmp_path / str(number), 0, LABEL == 0)
        assert trained.run is not None
        damage(trained.run)
        row = answered_by(_row("r"), [trained], tmp_path).row
        assert row.failed and said in row.failed, number


def test_other_recordings_are_not_compared(tmp_path: Path) -> None:
    rows, _, _ = _two_rows(tmp_path)
    others = np.array([f"film-{number:02d}" for number in range(12)])
    stranger = answered_by(_row("s"), [_tested_run(tmp_path / "s", 0, LABEL == 0, names=others)], tmp_path)
    assert against_first([rows[0], stranger])[1].failed == (
        "it was tested on other recordings, or other classes, than first"
    )
    mixed = [
        _tested_run(tmp_path / "x", 0, LABEL == 0),
        _tested_run(tmp_path / "y", 1, LABEL == 0, names=others),
    ]
    assert "other recordings than the first seed" in answered_by(_row("m"), mixed, tmp_path).row.failed


def test_without_the_first_row_the_others_still_have_accuracies(tmp_path: Path) -> None:
    rows, _, second = _two_rows(tmp_path)
    failed, other = against_first([Answered(row=_row("first", failed="why")), rows[1]])
    assert failed.failed == "why"
    assert other.accuracy == accuracy_of(second, PEOPLE) and other.difference is None


def test_rows_that_cannot_be_trained_are_told_and_written(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("data: dance_six\nbackbone: stgcm\n")
    (tmp_path / "t.yaml").write_text("rows: {typo: wrong.yaml, lifter: recipes/lift_siamese.yaml}\n")
    comparison = compare(
        read_table([str(tmp_path / "t.yaml")]),
        Registry.load(),
        seeds=1,
        root=tmp_path / "runs",
        out=tmp_path / "out",
    )
    typo, lifter = comparison.rows
    assert "Did you mean 'stgcn'" in typo.failed and "accuracies are compared" in lifter.failed
    assert comparison.clips == 0 and comparison.people is None
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert written == json.loads(json.dumps(comparison.to_mapping()))
    assert "failed: " in (tmp_path / "out" / "comparison.md").read_text()
    assert "Did you mean" in (tmp_path / "out" / "comparison.html").read_text()


def test_the_cost_is_what_bench_prints() -> None:
    cost = cost_of(
        {
            "macs_per_clip": {"convolution": 5, "linear": 2},
            "training": {"clips_per_second": 3.0},
            "inference": {"clips_per_second": 9.0},
            "persons": {"persons": [1, 2], "seconds": [0.5, 0.75]},
        }
    )
    assert cost.macs_per_clip == 7 and (cost.training, cost.inference) == (3.0, 9.0)
    assert cost.persons == ((1, 0.5), (2, 0.75))

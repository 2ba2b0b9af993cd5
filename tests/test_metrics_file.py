"""metrics.csv: one row an epoch, also after a run was killed and resumed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import lightning.pytorch as pl
import pytest
import torch

from dancekit.verbs.callbacks import MetricsFile, read_metrics

MODULE = cast(pl.LightningModule, None)


def _trainer(epoch: int, metrics: dict[str, float], *, first: bool = True, drawn: bool = False) -> pl.Trainer:
    """As much of a trainer as the callback looks at."""
    stand_in = SimpleNamespace(
        current_epoch=epoch,
        max_epochs=5,
        is_global_zero=first,
        optimizers=[SimpleNamespace(param_groups=[{"lr": 0.1 / (epoch + 1)}])],
        callback_metrics={name: torch.tensor(value) for name, value in metrics.items()},
        progress_bar_callback=object() if drawn else None,
    )
    return cast(pl.Trainer, stand_in)


def _train(file: Path, epochs: range, **options: Any) -> None:
    callback = MetricsFile(file)
    callback.on_train_start(_trainer(epochs.start, {}, **options), MODULE)
    for epoch in epochs:
        values = {
            "train/loss": 2.0 - epoch,
            "train/accuracy": 0.5,
            "validate/accuracy": 0.25,
            "other/thing": 9.0,
        }
        trainer = _trainer(epoch, values, **options)
        callback.on_train_epoch_start(trainer, MODULE)
        callback.on_train_epoch_end(trainer, MODULE)


def test_one_row_an_epoch(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    _train(file, range(3))
    rows = read_metrics(file)
    assert [row["epoch"] for row in rows] == [0, 1, 2]
    assert [row["train/loss"] for row in rows] == [2.0, 1.0, 0.0]
    assert rows[1]["learning_rate"] == pytest.approx(0.05)
    assert all(row["seconds"] >= 0 for row in rows)
    assert "validate/loss" not in rows[0] and "other/thing" not in rows[0]
    assert file.read_text().splitlines()[0].startswith("epoch,train/loss,train/accuracy,")


def test_a_resumed_run_goes_on_where_its_checkpoint_stands(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    _train(file, range(4))
    kept = file.read_text().splitlines()[:3]
    _train(file, range(2, 5))  # the checkpoint had two finished epochs
    assert [row["epoch"] for row in read_metrics(file)] == [0, 1, 2, 3, 4]
    again = file.read_text().splitlines()
    assert again[0] == kept[0]
    assert [row.split(",")[1:3] for row in again[1:3]] == [row.split(",")[1:3] for row in kept[1:]]


def test_a_run_that_starts_over_forgets(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    _train(file, range(3))
    _train(file, range(1))
    assert [row["epoch"] for row in read_metrics(file)] == [0]


@pytest.mark.parametrize("cut", ["2,0.5", "2,0.5,0.5,0.25,0.03", "2,0.5,0.5,0.25,0.03,", "2"])
def test_a_cut_off_last_row_is_left_out(tmp_path: Path, cut: str) -> None:
    file = tmp_path / "metrics.csv"
    _train(file, range(2))
    file.write_text(file.read_text() + cut)
    assert [row["epoch"] for row in read_metrics(file)] == [0, 1]
    _train(file, range(2, 3))
    assert [row["epoch"] for row in read_metrics(file)] == [0, 1, 2]


def test_columns_of_another_version_do_not_stop_a_resumed_run(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    file.write_text("epoch,train/loss,temperature,seconds\n0,1.5,36.6,2\n")
    _train(file, range(1, 2))
    rows = read_metrics(file)
    assert [row["train/loss"] for row in rows] == [1.5, 1.0]
    assert "temperature" not in rows[0]


def test_a_value_that_comes_later_gets_a_column(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    callback = MetricsFile(file)
    callback.on_train_start(_trainer(0, {}), MODULE)
    for epoch, values in enumerate(({"train/loss": 2.0}, {"train/loss": 1.0, "train/velocity": 0.5})):
        callback.on_train_epoch_start(_trainer(epoch, values), MODULE)
        callback.on_train_epoch_end(_trainer(epoch, values), MODULE)
    assert file.read_text().splitlines()[0] == "epoch,train/loss,train/velocity,learning_rate,seconds"
    first, second = read_metrics(file)
    assert "train/velocity" not in first and second["train/velocity"] == 0.5


def test_no_file_has_no_rows(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / "metrics.csv") == []


def test_only_the_first_process_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "metrics.csv"
    _train(file, range(2), first=False)
    assert not file.exists()
    assert capsys.readouterr().err == ""


def test_progress_is_a_line_where_no_bar_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _train(tmp_path / "metrics.csv", range(1))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("epoch 1/5  loss 2.000  validation accuracy 25.0%  ")
    _train(tmp_path / "metrics.csv", range(1), drawn=True)
    assert capsys.readouterr().err == ""

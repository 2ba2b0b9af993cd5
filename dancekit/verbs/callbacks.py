"""What watches a training run: the metrics file, and progress where there is no terminal."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Mapping
from pathlib import Path

import lightning.pytorch as pl

from dancekit.console import say
from dancekit.errors import RunError

_GROUPS = ("epoch", "train/", "validate/", "learning_rate", "seconds")
"""The columns of metrics.csv in their order; of a task's own values, those that start so."""


class MetricsFile(pl.Callback):
    """One row an epoch in metrics.csv; a resumed run goes on where its checkpoint stands."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._started = 0.0
        self._kept: list[Mapping[str, object]] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Drop the rows of epochs that a killed run had begun but that will be trained again."""
        if not trainer.is_global_zero:
            return
        self._kept = [row for row in _rows(self._file) if int(row["epoch"]) < trainer.current_epoch]
        self._write()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._started = time.perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        values: dict[str, float] = {name: float(value) for name, value in trainer.callback_metrics.items()}
        values |= {
            "epoch": trainer.current_epoch,
            "learning_rate": rate,
            "seconds": round(time.perf_counter() - self._started, 3),
        }
        self._kept.append(values)
        self._write()
        if trainer.progress_bar_callback is None:
            say(_line(values, trainer.max_epochs))

    def _write(self) -> None:
        """Anew in every epoch, as a stage of the training may bring columns that there were not before."""
        names = dict.fromkeys(name for row in self._kept for name in row)
        columns = [name for group in _GROUPS for name in names if name.startswith(group)]
        temporary = self._file.with_name(self._file.name + ".part")
        with temporary.open("w", newline="") as out:
            writer = csv.DictWriter(out, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self._kept)
        temporary.replace(self._file)


class FiniteLoss(pl.Callback):
    """Stops a run whose loss has become infinite or no number: nothing good comes after that."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        loss = float(trainer.callback_metrics["train/loss"])
        if not math.isfinite(loss):
            raise RunError(
                f"the training loss is {loss} after epoch {trainer.current_epoch + 1}.",
                hint="Lower optimizer.learning_rate, or set trainer.gradient_clip=1.",
            )


def read_metrics(file: Path) -> list[dict[str, float]]:
    """The rows of metrics.csv as numbers; none where there is no file, a cut-off last row is left out."""
    return [{name: float(value) for name, value in row.items() if value} for row in _rows(file)]


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        return []
    with file.open(newline="") as source:
        return [row for row in csv.DictReader(source) if row.get("seconds")]


def _line(values: dict[str, float], epochs: int | None) -> str:
    parts = [
        f"epoch {int(values['epoch']) + 1}/{epochs}",
        f"loss {values.get('train/loss', float('nan')):.3f}",
    ]
    if "validate/accuracy" in values:
        parts.append(f"validation accuracy {100 * values['validate/accuracy']:.1f}%")
    if "validate/mpjpe" in values:
        parts.append(f"validation error {values['validate/mpjpe']:.1f} mm")
    return "  ".join([*parts, f"{values['seconds']:.1f} s"])

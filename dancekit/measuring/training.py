"""Timing the steps that a Lightning Trainer makes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import lightning.pytorch as pl
import torch

from dancekit.data.clips import ClipBatch
from dancekit.measuring.timing import Timing

WARM_UP = 1  # steps: the first reserves memory and the state of the optimizer


class ReadyBatches:
    """An epoch of so many steps from few batches that are there already, over and over."""

    def __init__(self, batches: Sequence[ClipBatch], steps: int) -> None:
        self._batches, self._steps = batches, steps

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[ClipBatch]:
        for step in range(self._steps):
            yield self._batches[step % len(self._batches)]


class StepTimes(pl.Callback):
    """Notes when each step of training has ended on the device: what lies between two is a whole step.

    Args:
        budget: seconds of steps, warming up excluded, after which training stops.
        least: steps that are timed whatever they take.
    """

    def __init__(self, *, budget: float, least: int) -> None:
        self._budget, self._least = budget, least
        self._ends: list[float] = []

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.strategy.root_device.type == "cuda":
            torch.cuda.synchronize()
        self._ends.append(time.perf_counter())
        timed = self._ends[WARM_UP - 1 :]
        if len(timed) > self._least and timed[-1] - timed[0] >= self._budget:
            trainer.should_stop = True

    @property
    def timing(self) -> Timing:
        """Of the steps after warming up."""
        ends = self._ends[WARM_UP - 1 :]
        return Timing(seconds=tuple(after - before for before, after in pairwise(ends)))


def fit(trainer: pl.Trainer, model: pl.LightningModule, batches: ReadyBatches) -> None:
    """Train for an epoch.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r".*no `val_dataloader`.*")  # on purpose
            trainer.fit(model, train_dataloaders=batches)
    except SystemExit:
        if trainer.interrupted:  # Lightning makes an exit of Ctrl-C
            raise KeyboardInterrupt from None
        raise

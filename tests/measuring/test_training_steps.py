"""Steps of a Trainer as they are noted; no test looks at how long they take."""

from __future__ import annotations

import lightning.pytorch as pl
import pytest
import torch
from torch import nn

from dancekit.measuring.training import WARM_UP, ReadyBatches, StepTimes, fit


class Model(pl.LightningModule):
    def __init__(self, stop_at: int | None = None) -> None:
        super().__init__()
        self.layer, self.stop_at = nn.Linear(2, 1), stop_at
        self.met: list[float] = []

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        self.met.append(float(batch[0, 0]))
        if index == self.stop_at:
            raise KeyboardInterrupt
        return self.layer(batch).mean()

    def validation_step(self, batch: torch.Tensor, index: int) -> None: ...

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def _fit(model: Model, times: StepTimes, steps: int) -> None:
    batches = ReadyBatches([torch.full((3, 2), value) for value in (1.0, 2.0)], steps)
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        callbacks=[times],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    fit(trainer, model, batches)


def test_all_steps_but_the_first_are_timed() -> None:
    model, times = Model(), StepTimes(budget=1e9, least=1)
    _fit(model, times, steps=5)
    assert model.met == [1, 2, 1, 2, 1]  # the batches in turn
    assert len(times.timing.seconds) == 5 - WARM_UP
    assert min(times.timing.seconds) > 0


def test_the_budget_ends_it_but_not_before_the_least() -> None:
    model, times = Model(), StepTimes(budget=0.0, least=3)
    _fit(model, times, steps=100)
    assert len(times.timing.seconds) == 3


def test_ctrl_c_stays_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        _fit(Model(stop_at=2), StepTimes(budget=0.0, least=50), steps=100)

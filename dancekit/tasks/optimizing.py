"""How the weights of every task are found: the optimizer of a recipe, with its schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from dancekit.recipe import Optimizer


def optimizer_of(chosen: Optimizer, parameters: Iterable[nn.Parameter], trainer: pl.Trainer) -> Any:
    """What Lightning's `configure_optimizers` returns; parameters that need no gradient are left out."""
    learned = [each for each in parameters if each.requires_grad]
    if chosen.name == "sgd":
        optimizer: torch.optim.Optimizer = torch.optim.SGD(
            learned,
            lr=chosen.highest_rate,
            momentum=chosen.momentum,
            nesterov=chosen.nesterov,
            weight_decay=chosen.weight_decay,
        )
    else:
        optimizer = torch.optim.AdamW(learned, lr=chosen.highest_rate, weight_decay=chosen.weight_decay)
    steps = int(trainer.estimated_stepping_batches)
    warmup = round(chosen.warmup_epochs * steps / max(trainer.max_epochs or 1, 1))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, WarmupCosine(steps=steps, warmup=warmup))
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class WarmupCosine:
    """Learning rate as a share of its highest: up in a straight line, then down along a cosine to 0."""

    def __init__(self, *, steps: int, warmup: int) -> None:
        self.steps, self.warmup = steps, min(warmup, steps - 1)

    def __call__(self, step: int) -> float:
        if step < self.warmup:
            return (step + 1) / (self.warmup + 1)
        done = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))

"""What every task does alike: draws that repeat, evaluation by collecting, the optimizer of the recipe."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import lightning.pytorch as pl
import torch
import torch.distributed as dist
from torch import Tensor, nn

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.recipe import Optimizer
from dancekit.tasks.optimizing import optimizer_of


class Task(pl.LightningModule):
    """A LightningModule that collects what it makes of a split, and concludes from it at the end.

    Args:
        seed: of dropout and whatever else is drawn from torch's generator; it starts anew each step, so that
            a resumed run draws what an unbroken one does.
    """

    def __init__(self, *, optimizer: Optimizer, seed: int) -> None:
        super().__init__()
        self._optimizer = optimizer
        self._seed = seed

    @abstractmethod
    def collect(self, batch: ClipBatch) -> None:
        """Keep what the model makes of a batch of validation or test."""

    @abstractmethod
    def conclude(self, split: str) -> None:
        """Bring together what all processes have kept, and log what it comes to."""

    def on_train_batch_start(self, batch: ClipBatch, batch_index: int) -> None:
        torch.manual_seed(ClipRandom.mix(self._seed, self.current_epoch, batch_index, self.global_rank))

    def log_of_training(self, batch: ClipBatch, loss: Tensor, **parts: Tensor) -> None:
        """The loss, and its parts or companions by name, as means over the epoch."""
        options: dict[str, Any] = {
            "on_step": False,
            "on_epoch": True,
            "sync_dist": True,
            "batch_size": len(batch),
        }
        self.log("train/loss", loss, prog_bar=True, **options)
        for name, part in parts.items():
            self.log(f"train/{name}", part, **options)

    def validation_step(self, batch: ClipBatch, batch_index: int) -> None:
        self.collect(batch)

    def on_validation_epoch_end(self) -> None:
        self.conclude("validate")

    def test_step(self, batch: ClipBatch, batch_index: int) -> None:
        self.collect(batch)

    def on_test_epoch_end(self) -> None:
        self.conclude("test")

    def configure_optimizers(self) -> Any:
        return optimizer_of(self._optimizer, self.parameters(), self.trainer)


def distributed() -> bool:
    """Whether several processes train together."""
    return dist.is_available() and dist.is_initialized()


def heard_by_all(loss: Tensor, network: nn.Module) -> Tensor:
    """The loss, of which every parameter that learns is a part: processes that train together ask for that.

    A lifter leaves some out in a stage of its training, or when it is learned from behind a backbone.
    """
    if not distributed():
        return loss
    return loss + 0 * sum(each.sum() for each in network.parameters() if each.requires_grad)

"""The last step of training a lifter: what is fitted to held-out people, with the weights that count."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as pl

from dancekit.assembly import Prepared
from dancekit.tasks.lifting import Lifting
from dancekit.weights import keep_weights, read_checkpoint


def finish(model: Lifting, prepared: Prepared, checkpoint: Path, trainer: pl.Trainer) -> dict[str, float]:
    """Let the lifter fit to the recordings of validation, and keep what it fitted in the checkpoint.

    Every process of a run fits to all of them, so that all have the same; the first one writes.
    """
    model.load_state_dict(read_checkpoint(checkpoint)["state_dict"])
    told = model.to(trainer.strategy.root_device).finish(prepared.data.held_out())
    if trainer.is_global_zero:
        keep_weights(checkpoint, model)
    trainer.strategy.barrier()
    return told

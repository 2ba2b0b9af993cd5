"""A Lightning Trainer for a recipe: precision, loggers, callbacks."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ModelCheckpoint, RichProgressBar, WeightAveraging
from lightning.pytorch.loggers import Logger, TensorBoardLogger, WandbLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from dancekit.console import interactive, say
from dancekit.errors import RecipeError
from dancekit.recipe import Recipe, TrainerOptions, WandbOptions
from dancekit.run import Run, read_json, write_json
from dancekit.verbs.callbacks import FiniteLoss, MetricsFile


def make_trainer(recipe: Recipe, run: Run, *, monitor: bool) -> pl.Trainer:
    """The trainer of a fit.

    Args:
        monitor: keep the epoch that validates best; otherwise the last one.

    Raises:
        RecipeError: Lightning refuses an option, or W&B is asked online without a login.
    """
    options = recipe.trainer
    callbacks: list[pl.Callback] = [MetricsFile(run.metrics), FiniteLoss()]
    if monitor:
        what, best = {"recognition": ("accuracy", "max"), "lifting": ("mpjpe", "min")}[recipe.task]
        callbacks.append(_checkpoint(run.best, monitor=f"validate/{what}", mode=best))
    callbacks.append(_checkpoint(run.last))
    if options.average_weights is not None:
        callbacks.append(WeightAveraging(avg_fn=WarmAverage(options.average_weights)))
    if interactive():
        callbacks.append(RichProgressBar())
    return trainer_for(
        options,
        max_epochs=options.max_epochs,
        gradient_clip_val=options.gradient_clip,
        callbacks=callbacks,
        logger=_loggers(recipe, run) or False,
        enable_progress_bar=interactive(),
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )


def _checkpoint(file: Path, **monitor: Any) -> ModelCheckpoint:
    return ModelCheckpoint(
        dirpath=file.parent,
        filename=file.stem,
        save_on_train_epoch_end=True,  # after the epoch counts as done, so that resuming starts the next
        enable_version_counter=False,
        **monitor,
    )


class WarmAverage:
    """Exponential moving average of weights that forgets its start quickly.

    Args:
        decay: of the average once enough steps are made; before, it is the mean of about nine tenths of
            the steps so far.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def __call__(self, average: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
        decay = min(self.decay, (1 + float(steps)) / (10 + float(steps)))
        return decay * average + (1 - decay) * current


def trainer_for(options: TrainerOptions, **more: Any) -> pl.Trainer:
    """A trainer on the devices of a recipe, for fitting or for evaluating."""
    try:
        return pl.Trainer(
            accelerator=options.accelerator,
            devices=options.devices,
            num_nodes=options.num_nodes,
            strategy=options.strategy,
            precision=options.precision,  # type: ignore[arg-type]
            deterministic="warn" if options.deterministic else None,
            use_distributed_sampler=False,
            enable_model_summary=False,
            **more,
        )
    except (ValueError, MisconfigurationException) as error:
        raise RecipeError(f"trainer: {' '.join(str(error).split())}") from error


def with_native_precision(recipe: Recipe) -> Recipe:
    """The recipe with the precision that `auto` stands for on this machine."""
    if recipe.trainer.precision != "auto":
        return recipe
    precision: Any = native_precision(recipe.trainer.accelerator)
    return replace(recipe, trainer=replace(recipe.trainer, precision=precision))


@cache  # one process does not change its mind
def native_precision(accelerator: str) -> str:
    """bf16-mixed where this machine multiplies bfloat16 clearly faster than float32, found by trying."""
    if accelerator != "cpu" and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"
    if accelerator != "cpu" and torch.backends.mps.is_available():
        return "32-true"
    seconds = {dtype: _seconds_of_product(dtype) for dtype in (torch.float32, torch.bfloat16)}
    return "bf16-mixed" if seconds[torch.bfloat16] < 0.67 * seconds[torch.float32] else "32-true"


def _seconds_of_product(dtype: torch.dtype) -> float:
    matrix = torch.ones(512, 512, dtype=dtype)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - started)
    return min(times)


def _loggers(recipe: Recipe, run: Run) -> list[Logger]:
    """Loggers by name; each run has its metrics.csv besides, written by a callback."""
    loggers: list[Logger] = []
    for name in recipe.logger:
        if name == "wandb":
            loggers.append(_wandb(recipe.wandb, recipe.to_mapping(), run))
            continue
        try:
            loggers.append(TensorBoardLogger(run.folder, name="", version="tensorboard"))
        except ModuleNotFoundError as error:
            hint = "Install it: pip install 'dancekit[tensorboard]'."
            raise RecipeError("logger: tensorboard is not installed.", hint=hint) from error
    return loggers


def _logged_in() -> bool:
    """Whether there is a W&B login, without asking for one."""
    import wandb

    try:
        return bool(wandb.login(prompt=False, verify=False))
    except TypeError:  # before 0.31; MediaPipe's protobuf goes with no later one
        return bool(wandb.api.api_key)


def _wandb(options: WandbOptions, config: dict[str, Any], run: Run) -> WandbLogger:
    """A W&B logger that never prompts and goes on with the same W&B run when resumed."""
    import wandb

    logged_in = options.mode != "offline" and _logged_in()
    if options.mode == "online" and not logged_in:
        raise RecipeError(
            "wandb.mode: online needs a login.", hint="Run `wandb login` once, or set wandb.mode=offline."
        )
    identity = read_json(run.wandb)["id"] if run.wandb.is_file() else secrets.token_hex(4)
    if not run.wandb.is_file():
        write_json(run.wandb, {"id": identity, "project": options.project})
    if not logged_in:
        rank_zero_only(say)(
            f"W&B works offline; `wandb sync {run.folder / 'wandb'}/offline-run-*` uploads it."
        )
    return WandbLogger(
        project=options.project,
        entity=options.entity,
        name=run.folder.name,
        id=identity,
        resume="allow",
        offline=not logged_in,
        mode="online" if logged_in else "offline",  # the login above has read the environment already
        save_dir=run.folder,
        config=config,
        settings=wandb.Settings(silent=not logged_in),
    )

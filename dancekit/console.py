"""Saying things to the person at the terminal: always on stderr, so that stdout is for results."""

from __future__ import annotations

import logging
import sys
import warnings


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def interactive() -> bool:
    """Whether progress may be drawn."""
    return sys.stderr.isatty() and sys.stdout.isatty()


def quiet_libraries() -> None:
    """Keep back what Lightning says on each start and nobody can act on."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for message in (
        r".*does not have many workers.*",
        r".*Checkpoint directory .* exists and is not empty.*",
        r".*litlogger.*",
        r".*isinstance\(treespec, LeafSpec\).*",
        r".*number of training batches .* is smaller than the logging interval.*",
        r".*lr_scheduler.step\(\).*before.*optimizer.step\(\).*",
        r".*It is recommended to use .self.log\(.*sync_dist=True.*",
        r".*You are using .* with DDP.*|.*Using `DistributedSampler` with the dataloaders.*",
        r"Total length of `list` across ranks is zero.*",
        r".*Be aware that when using `ckpt_path`.*",
        r"Grad strides do not match bucket view strides.*",
    ):
        warnings.filterwarnings("ignore", message=message)

"""Saying things to the person at the terminal: always on stderr, so that stdout is for results."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LINE_EVERY = 5.0  # seconds between lines of progress where none can be drawn


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def interactive() -> bool:
    """Whether progress may be drawn."""
    return sys.stderr.isatty() and sys.stdout.isatty()


@contextmanager
def counted(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Progress of work whose end is not known: a changing line on a terminal, plain lines elsewhere.

    Args:
        what: is counted, such as recordings.

    Yields:
        Called with where it is at, and how many of these and how many frames there are so far.
    """
    started = time.monotonic()
    shown = started

    def text(where: str, count: int, frames: int) -> str:
        seconds = max(time.monotonic() - started, 1e-3)
        return f"{where}: {count:,} {what}, {frames:,} frames, {frames / seconds:,.0f} a second"

    if interactive():
        from rich.console import Console
        from rich.status import Status
        from rich.text import Text

        with Status("...", console=Console(stderr=True)) as status:
            yield lambda where, count, frames: status.update(Text(text(where, count, frames)))
        return

    def line(where: str, count: int, frames: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > _LINE_EVERY:
            shown = time.monotonic()
            say(text(where, count, frames))

    yield line


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

"""What every augmentation asks for: draws, and numbers that make sense."""

from __future__ import annotations

from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom


def draws(batch: ClipBatch) -> ClipRandom:
    """The draws of a training batch.

    Raises:
        ValueError: the batch is none of training.
    """
    if batch.random is None:
        raise ValueError("an augmentation needs a batch with random draws, as training makes them.")
    return batch.random


def chosen(batch: ClipBatch, probability: float) -> Tensor:
    """(N,) of bool: the clips that are changed."""
    return draws(batch).chance(probability)


def probability_of(value: float, *, name: str = "probability") -> float:
    """The value, once it is known to lie between 0 and 1.

    Raises:
        ValueError: it does not.
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}.")
    return value


def share_of(value: float) -> float:
    """The value, once it is known to be a share below the whole.

    Raises:
        ValueError: it is none.
    """
    if not 0 <= value < 1:
        raise ValueError(f"share must lie from 0 up to, but not at, 1, not {value}.")
    return value


def size_of(name: str, value: float) -> float:
    """The value, once it is known to be no less than 0 and finite.

    Raises:
        ValueError: it is not.
    """
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name} must lie at 0 or above, not {value}.")
    return value

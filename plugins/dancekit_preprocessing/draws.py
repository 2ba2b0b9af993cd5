"""What every augmentation asks for: draws, and numbers that make sense."""

from __future__ import annotations

from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom, RecordingRandom


def draws(batch: ClipBatch) -> ClipRandom:
    """The draws of a training batch.

    Raises:
        ValueError: the batch is none of training.
    """
    if batch.random is None:
        raise ValueError("an augmentation needs a batch with random draws, as training makes them.")
    return batch.random


def always_draws(batch: ClipBatch, *, seed: int, step: str) -> ClipRandom | RecordingRandom:
    """The draws of a step that is random in validation and test too.

    In training they are those of the batch. Elsewhere they follow from the seed and from each clip's place
    in its split, so that every evaluation sees the same.
    """
    return batch.random or RecordingRandom(index=batch.index, seed=seed, purpose=step)


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


def range_of(
    name: str, values: tuple[float, float], *, lowest: float = float("-inf"), highest: float = float("inf")
) -> tuple[float, float]:
    """The two values, once they are known to be finite, in order and within limits.

    Raises:
        ValueError: they are not.
    """
    low, high = values
    if not (lowest <= low <= high <= highest and -float("inf") < low and high < float("inf")):
        limits = (
            "" if (lowest, highest) == (-float("inf"), float("inf")) else f" within {lowest} to {highest}"
        )
        raise ValueError(f"{name} must be a lower and an upper end{limits}, not {low} and {high}.")
    return low, high


def seed_of(value: int) -> int:
    """The value, once it is known to be a seed.

    Raises:
        ValueError: it is below 0.
    """
    if value < 0:
        raise ValueError(f"seed must lie at 0 or above, not {value}.")
    return value


def size_of(name: str, value: float) -> float:
    """The value, once it is known to be no less than 0 and finite.

    Raises:
        ValueError: it is not.
    """
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name} must lie at 0 or above, not {value}.")
    return value

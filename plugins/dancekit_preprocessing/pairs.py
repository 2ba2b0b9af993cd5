"""Batches whose frames are pairs: each moment, and the one a recorded frame later (`batches.frame_pairs`).

Shapes are (N, M, T, V, C); of T frames every second one follows the one before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.errors import RecipeError


def refuse_pairs(step: str, batch: ClipBatch) -> None:
    """Raise a RecipeError where the frames of a batch are pairs, for a step that changes when they are."""
    if batch.frame_pairs:
        raise RecipeError(
            f"{step} changes the moments of a clip, and batches.frame_pairs has two frames of each.",
            hint=f"Take {step} out of `preprocess`, or leave batches.frame_pairs out.",
        )


def each_apart(step: Callable[[ClipBatch], ClipBatch], batch: ClipBatch) -> ClipBatch:
    """A step along time on the moments and on the frames after them, each for themselves.

    The step sees the second of each pair as another person.
    """
    if not batch.frame_pairs:
        return step(batch)
    persons = batch.present.shape[1]

    def apart(values: Tensor) -> Tensor:
        """(N, M, 2 T, ...) to (N, 2 M, T, ...)"""
        in_pairs: Tensor = values.unflatten(2, (-1, 2))  # (N, M, T, 2, ...)
        return in_pairs.movedim(3, 2).flatten(1, 2)

    def together(values: Tensor) -> Tensor:
        """(N, 2 M, T, ...) to (N, M, 2 T, ...)"""
        in_pairs: Tensor = values.unflatten(1, (persons, 2))  # (N, M, 2, T, ...)
        return in_pairs.movedim(2, 3).flatten(2, 3)

    done = step(_mapped(batch, apart))
    return _mapped(done, together)


def _mapped(batch: ClipBatch, change: Callable[[Tensor], Tensor]) -> ClipBatch:
    """All that has persons and frames, changed alike."""
    return replace(
        batch,
        keypoints=change(batch.keypoints),
        score=change(batch.score),
        present=change(batch.present),
    )

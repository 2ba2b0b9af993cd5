"""The order of the persons, which means nothing. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.draws import chosen, draws, probability_of


class SwapPersons(Preprocessor):
    """Put the persons of some clips into a random order; places where nobody is stay where they are.

    Labels per person go along. Put it before `centre`, which takes the first person as the middle.

    Args:
        probability: of each clip to be put into another order, which can be the one it has.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.5) -> None:
        self.probability = probability_of(probability)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        persons = batch.present.shape[1]
        swap = chosen(batch, self.probability)  # (N,)
        ticket = draws(batch).uniform(persons)  # (N, M)
        if persons == 1:
            return batch
        source = _reordered(batch.present.any(2) & swap[:, None], ticket)  # (N, M)
        clip = torch.arange(len(batch), device=source.device)[:, None]  # (N, 1)
        swapped = replace(
            batch,
            score=batch.score[clip, source],
            present=batch.present[clip, source],
            label=batch.label[clip, source] if batch.label.ndim == 2 else batch.label,
        )
        return swapped.with_keypoints(batch.keypoints[clip, source])


def _reordered(movable: Tensor, ticket: Tensor) -> Tensor:
    """Whom each place gets: the movable ones by their tickets (0 to 1), the others stay; all (N, M)."""
    slots = torch.arange(movable.shape[1], device=movable.device, dtype=ticket.dtype)
    staying = 2 + slots  # behind every ticket, in their own order
    places = torch.where(movable, slots - movable.shape[1], staying).argsort(1)  # (N, M)
    people = torch.where(movable, ticket, staying).argsort(1)  # (N, M)
    return torch.empty_like(places).scatter(1, places, people)

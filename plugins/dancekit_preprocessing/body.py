"""The body of one dancer with the movement of another. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.bones import ancestry, from_parents, lengths_of, parents_of
from dancekit_preprocessing.draws import chosen, draws, probability_of


class ExchangeBoneLengths(Preprocessor):
    """Give some clips the bone lengths of another clip of the batch; directions of bones stay.

    The length of a bone is its mean over the persons and frames that it is seen in. Every bone is
    multiplied by the ratio of the two lengths, and joints are put together again from the root, which
    stays in place. A bone that is missing keeps its length; what hangs on it moves along. Persons of one
    clip share the ratios. In 2D the mean length depends on the view too, hence a limit. Put it after
    `scale_to_body`: else it exchanges how far the cameras were.

    With several processes the other clip is one of the same process, so the result depends on their number.

    Args:
        probability: of each clip to get other lengths.
        limit: the largest ratio, and its inverse the smallest; at least 1.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.5, limit: float = 1.5) -> None:
        if not limit >= 1:
            raise ValueError(f"limit must lie at 1 or above, not {limit}.")
        self.probability = probability_of(probability)
        self.limit = limit

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        exchange = chosen(batch, self.probability)  # (N,)
        other = _another(draws(batch).uniform())  # (N,)
        parents = parents_of(batch.layout, batch.keypoints.device)  # (V,)
        seen = batch.seen
        whole = seen & seen.index_select(3, parents)  # (N, M, T, V)
        # Axis by axis, so that bones lie side by side in memory as the products below want them.
        places = batch.keypoints.movedim(-1, 0).contiguous()  # (C, N, M, T, V)
        bones = (places @ from_parents(batch.layout, places.device)).mul_(whole)
        total = lengths_of(bones.movedim(0, -1)).sum((1, 2))  # (N, V)
        lengths = total / whole.sum((1, 2)).clamp(min=1)
        known = (lengths > 0) & (lengths[other] > 0) & exchange[:, None]
        ratio = (lengths[other] / lengths).clamp(1 / self.limit, self.limit).where(known, 1)  # (N, V)
        # How far a joint moves is what all bones on its way from the root have grown by.
        way = ancestry(batch.layout, bones.device)  # (V, V)
        growth = (way * (ratio - 1)[:, None]).transpose(1, 2)  # (N, V, V)
        moved = places.flatten(2, 3) + bones.flatten(2, 3) @ growth  # (C, N, M*T, V)
        return batch.with_keypoints(moved.view_as(places).movedim(0, -1))


def _another(uniform: Tensor) -> Tensor:
    """(N,) draws from 0 to 1 to the place of another clip, each other one alike; alone, itself."""
    clips = len(uniform)
    onward = 1 + (uniform * (clips - 1)).long().clamp(max=max(clips - 2, 0))  # (N,)
    return (torch.arange(clips, device=uniform.device) + onward) % clips

"""The movement of one dancer with the body of another. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.bones import Bones, lengths_of
from dancekit_preprocessing.draws import chosen, draws, probability_of, share_of


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
        bones = Bones(batch)
        total = lengths_of(bones.vectors.movedim(0, -1)).sum((1, 2))  # (N, V)
        lengths = total / bones.whole.sum((1, 2)).clamp(min=1)
        known = (lengths > 0) & (lengths[other] > 0) & exchange[:, None]
        ratio = (lengths[other] / lengths).clamp(1 / self.limit, self.limit).where(known, 1)  # (N, V)
        return bones.stretched(ratio)


class VaryBoneLengths(Preprocessor):
    """Give each clip a body of its own: every bone longer or shorter by a random share; directions stay.

    Left and right are alike, and so are the persons of a clip. Joints are put together again from the root,
    which stays in place. A bone that is missing keeps its length; what hangs on it moves along.

    Args:
        share: the largest change; 0.15 draws factors from 0.85 to 1.15.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, share: float = 0.15) -> None:
        self.share = share_of(share)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        joints = batch.layout.num_joints
        ratio = draws(batch).uniform(joints, low=1 - self.share, high=1 + self.share)  # (N, V)
        alike = torch.minimum(torch.arange(joints), torch.tensor(batch.layout.flip)).to(ratio.device)  # (V,)
        return Bones(batch).stretched(ratio[:, alike])


def _another(uniform: Tensor) -> Tensor:
    """(N,) draws from 0 to 1 to the place of another clip, each other one alike; alone, itself."""
    clips = len(uniform)
    onward = 1 + (uniform * (clips - 1)).long().clamp(max=max(clips - 2, 0))  # (N,)
    return (torch.arange(clips, device=uniform.device) + onward) % clips

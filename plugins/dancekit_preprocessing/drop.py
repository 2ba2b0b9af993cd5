"""Random losses, as occlusion and detectors make them: joints, parts of the body, persons.

What is dropped is missing: its score is 0. Shapes are (N, M, T, V, C).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep
from dancekit_preprocessing.draws import chosen, draws, probability_of
from dancekit_preprocessing.parts import members_of


class DropJoints(Preprocessor):
    """Lose single joints.

    Args:
        probability: of each joint of each person to be lost.
        over: in each frame on its own, or through the whole clip.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.05, over: Literal["frame", "clip"] = "frame") -> None:
        self.probability = probability_of(probability)
        self.over = over

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        _, m, t, v = batch.score.shape
        frames = t if self.over == "frame" else 1
        return _without(batch, draws(batch).chance(self.probability, m, frames, v))  # (N, M, T or 1, V)


class DropParts(Preprocessor):
    """Lose one part of the body, such as the left arm, in some clips: of all persons, in all frames.

    Args:
        probability: of each clip to lose a part.
        parts: names of `layout.parts` to draw from, evenly; () draws from all.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.2, parts: tuple[str, ...] = ()) -> None:
        self.probability = probability_of(probability)
        self.parts = parts

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        members = members_of(batch.layout, self.parts, step="drop_parts").to(batch.score.device)  # (P, V)
        lose = chosen(batch, self.probability)  # (N,)
        place = draws(batch).uniform() * len(members)  # (N,)
        joints = members[place.long().clamp(max=len(members) - 1)]  # (N, V)
        return _without(batch, (joints & lose[:, None])[:, None, None])  # (N, 1, 1, V)


class DropPerson(Preprocessor):
    """Lose one person, in some of the clips that have several.

    Where labels are per person, the lost one's becomes unknown (-1).

    Args:
        probability: of each clip with at least two persons to lose one, any of them alike.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.1) -> None:
        self.probability = probability_of(probability)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        persons = batch.present.shape[1]
        there = batch.present.any(2)  # (N, M)
        lose = chosen(batch, self.probability) & (there.sum(1) > 1)  # (N,)
        ticket = draws(batch).uniform(persons).masked_fill(~there, -1)  # (N, M): the highest is lost
        slots = torch.arange(persons, device=there.device)
        lost = lose[:, None] & (slots == ticket.argmax(1, keepdim=True))  # (N, M)
        label = batch.label.masked_fill(lost, -1) if batch.label.ndim == 2 else batch.label
        present = batch.present & ~lost[:, :, None]
        return _without(replace(batch, present=present, label=label), lost[:, :, None, None])  # (N, M, 1, 1)


def _without(batch: ClipBatch, lost: Tensor) -> ClipBatch:
    """The batch with the score 0 where `lost` is true; it broadcasts to (N, M, T, V)."""
    kept = (~lost).expand_as(batch.score)
    missing = replace(batch, score=keep(batch.score[..., None], kept)[..., 0])
    return missing.with_keypoints(batch.keypoints)

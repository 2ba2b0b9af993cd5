"""Random changes of when things happen within a clip. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.data.sampling import between
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.draws import chosen, draws, probability_of, share_of
from dancekit_preprocessing.pairs import refuse_pairs


class ReverseTime(Preprocessor):
    """Play some clips backwards.

    Only for movements that mean the same backwards: sitting down becomes standing up. Of
    `batches.frame_pairs` each pair is turned too, so that motion runs backwards.

    Args:
        probability: of each clip to be reversed.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.5) -> None:
        self.probability = probability_of(probability)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        clips = chosen(batch, self.probability).nonzero()[:, 0]  # (K,)

        def turned(values: Tensor, time: int = 2) -> Tensor:
            """(N, M, T, ...), or (N, T, ...) of pictures."""
            return values.index_copy(0, clips, values.index_select(0, clips).flip(time))

        backwards = replace(batch, score=turned(batch.score), present=turned(batch.present))
        return backwards.with_keypoints(turned(batch.keypoints)).with_pictures(partial(turned, time=1))


class Speed(Preprocessor):
    """Let some stretches of a clip run faster and others slower; its first and last frames stay.

    The speed is drawn at a few moments and runs in straight lines between them. Values between two frames
    are taken as the sampling of clips does: linear, and where one of the two is missing, the other's.
    Interpolation twice blurs slightly, so it is no replacement for a random crop (`batches.crop`).

    Args:
        share: the largest change of speed at these moments; 0.3 draws speeds from 0.7 to 1.3 of the mean.
        moments: at how many, spread evenly; at least 2.

    Raises:
        RecipeError: when called with `batches.frame_pairs`.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, share: float = 0.3, moments: int = 4) -> None:
        if moments < 2:
            raise ValueError(f"moments must lie at 2 or above, not {moments}.")
        self.share = share_of(share)
        self.moments = moments

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        refuse_pairs("speed", batch)
        frames = batch.score.shape[2]
        speed = draws(batch).uniform(self.moments, low=1 - self.share, high=1 + self.share)  # (N, moments)
        return batch if frames < 3 else resampled(batch, warp(speed, frames))


def warp(speed: Tensor, frames: int) -> Tensor:
    """Moments to sample at for speeds at evenly spread moments: (N, K) to (N, T), from 0 to T - 1."""
    steps = F.interpolate(speed[:, None], frames - 1, mode="linear", align_corners=True)[:, 0]  # (N, T-1)
    times = F.pad(steps.cumsum(1), (1, 0))  # (N, T)
    return times / times[:, -1:] * (frames - 1)  # in this order the last is T - 1 exactly


def resampled(batch: ClipBatch, times: Tensor) -> ClipBatch:
    """The batch at other moments, (N, T') in frames.

    A person is present where the nearer frame has them, and of pictures the nearer one is taken.
    """
    n, m, t, v = batch.score.shape
    before = times.floor().long()  # (N, T')
    after = (before + 1).clamp(max=t - 1)
    first_row = torch.arange(n * m, device=times.device).view(n, m, 1) * t  # (N, M, 1)
    weight = (times - before)[:, None]  # (N, 1, T')
    rows = first_row + before[:, None], first_row + after[:, None]  # each (N, M, T')
    present = _take(batch.present[..., None], torch.where(weight < 0.5, *rows))[..., 0]  # (N, M, T')
    score = batch.score * batch.present[..., None]
    scores = _take(score, rows[0]), _take(score, rows[1])  # each (N, M, T', V)
    points = _take(batch.keypoints.flatten(3), rows[0]), _take(batch.keypoints.flatten(3), rows[1])
    places = points[0].unflatten(3, (v, -1)), points[1].unflatten(3, (v, -1))  # each (N, M, T', V, C)
    keypoints, score = between(places, scores, weight[..., None])
    moved = replace(batch, score=score * present[..., None], present=present)
    clip = torch.arange(n, device=times.device)[:, None]
    nearer = torch.where(weight[:, 0] < 0.5, before, after)  # (N, T')
    return moved.with_keypoints(keypoints).with_pictures(lambda pictures: pictures[clip, nearer])


def _take(values: Tensor, rows: Tensor) -> Tensor:
    """(N, M, T, F) at rows (N, M, T') of the flattened (N*M*T): (N, M, T', F)."""
    return values.flatten(0, 2).index_select(0, rows.flatten()).view(*rows.shape, -1)

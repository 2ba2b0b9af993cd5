"""What a further person costs: batches with any number of persons, and the line through their times."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.errors import DataError


def with_persons(batch: ClipBatch, *, clips: int, persons: int, slots: int | None = None) -> ClipBatch:
    """Clips in which so many persons are, each as somebody of the batch was recorded.

    The same recordings are taken whatever `persons` is, each as often as the others: a gap in one of them is
    in every batch.

    Args:
        batch: whose persons are repeated; its pictures stay those of its clips.
        clips: N of the new batch.
        persons: that are there in every clip.
        slots: M of the new batch; None is `persons`. The slots beyond have nobody.

    Raises:
        DataError: nobody is in the batch.
    """
    there = batch.present.any(2).nonzero()  # (K, 2) clip and person
    if len(there) == 0:
        raise DataError("nobody is in the recordings that were taken to measure on.")
    people = there[:clips]  # (K', 2)
    clip = torch.arange(clips, device=there.device)
    slot = torch.arange(persons, device=there.device)
    taken = people[(clip[:, None] + slot) % len(people)]  # (N, persons, 2)
    empty = (slots or persons) - persons

    def of_persons(values: Tensor) -> Tensor:
        chosen = values[taken[..., 0], taken[..., 1]]  # (N, persons, ...)
        nobody = chosen.new_zeros(clips, empty, *chosen.shape[2:])
        return torch.cat([chosen, nobody], dim=1)  # (N, M, ...)

    of_clips = taken[:, 0, 0]  # (N,): a clip is that of its first person
    label = batch.label[of_clips] if batch.label.ndim == 1 else of_persons(batch.label)
    return replace(
        batch,
        keypoints=of_persons(batch.keypoints),
        score=of_persons(batch.score),
        present=of_persons(batch.present),
        label=label,
        index=batch.index[of_clips],
        frame_rate=batch.frame_rate[of_clips],
        image_size=batch.image_size[of_clips],
        random=None,
    ).with_pictures(lambda pictures: pictures[of_clips])


@dataclass(frozen=True, kw_only=True)
class Line:
    """The straight line of least squares through some points.

    Attributes:
        slope: what one more on the axis adds.
        intercept: at 0.
        r2: the share of the variance that the line explains; None where the values do not differ.
    """

    slope: float
    intercept: float
    r2: float | None

    @classmethod
    def through(cls, x: Sequence[float], y: Sequence[float]) -> Line | None:
        """None through fewer than two different places."""
        if len(set(x)) < 2:
            return None
        line = statistics.linear_regression(x, y)
        r2 = statistics.correlation(x, y) ** 2 if len(set(y)) > 1 else None
        return cls(slope=line.slope, intercept=line.intercept, r2=r2)

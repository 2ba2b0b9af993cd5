"""From recordings of any length to batches of T frames: which moments, and the values there."""

from __future__ import annotations

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.data.store import RecordingStore


def crop_times(
    lengths: Tensor, frames: int, crop: tuple[float, float], random: ClipRandom | None
) -> tuple[Tensor, Tensor]:
    """The moments that a clip is sampled at: evenly over a span of the recording, both ends included.

    Args:
        lengths: (N,) frames of each recording.
        frames: T.
        crop: shortest and longest share of the recording that the span covers; its place is random too.
        random: None takes the longest span, in the middle.

    Returns:
        (N, T) times in frames of the recording, between 0 and length - 1; and (N,) the frames of the
        recording from one sample to the next.
    """
    shortest, longest = crop
    last = (lengths - 1).float()  # (N,)
    if random is None:
        share = torch.full_like(last, longest)
        place = torch.full_like(last, 0.5)
    else:
        share = random.uniform(low=shortest, high=longest)
        place = random.uniform()
    span = share * last
    start = place * (last - span)
    step = span / max(frames - 1, 1)  # (N,)
    steps = torch.arange(frames, device=lengths.device)
    times = start[:, None] + steps * step[:, None]  # (N, T)
    return torch.minimum(times, last[:, None]), step  # rounding must not lead past the last frame


def gather(
    store: RecordingStore,
    index: Tensor,
    *,
    frames: int,
    crop: tuple[float, float] = (1.0, 1.0),
    persons: int | None = None,
    random: ClipRandom | None = None,
) -> ClipBatch:
    """Clips as arrays of one length, by linear interpolation between neighbouring frames.

    A moment that falls on a frame is that frame. Between two, a joint that is missing on one side takes the
    other side's value; missing on both it stays missing.
    A person is present where the nearer frame has them.

    Args:
        index: (N,) clips of the store; -1 is filling and gives a clip with nobody in it.
        frames: T.
        persons: M; None takes the most that the store has. Persons beyond it are left out.
    """
    clip = index.clamp(min=0)
    lengths = store.frames[clip]  # (N,)
    times, step = crop_times(lengths, frames, crop, random)  # (N, T)
    m = persons or store.most_persons
    person = torch.arange(m, device=index.device)
    here = (person < store.persons[clip, None]) & (index >= 0)[:, None]  # (N, M)
    # Absent persons read the first person's rows and are masked below: no row is out of bounds.
    base = store.first[clip, None] + torch.where(here, person, 0) * lengths[:, None]  # (N, M)
    before = times.floor().long()  # (N, T)
    after = torch.minimum(before + 1, (lengths - 1)[:, None])
    weight = (times - before)[:, None, :, None]  # (N, 1, T, 1)
    rows_before = base[:, :, None] + before[:, None]  # (N, M, T)
    rows_after = base[:, :, None] + after[:, None]
    nearer = torch.where(weight[..., 0] < 0.5, rows_before, rows_after)
    present = store.present[nearer] & here[:, :, None]  # (N, M, T)
    keypoints, score = _interpolate(store, rows_before, rows_after, weight)
    score = score * present[..., None]
    return ClipBatch(
        keypoints=keypoints * (score > 0)[..., None],
        score=score,
        present=present,
        label=_pad_persons(store.label[clip], m),
        layout=store.layout,
        index=index,
        frame_rate=store.frame_rate[clip] / step.where(step > 0, torch.nan),
        image_size=store.image_size[clip],
        random=random,
    )


def _interpolate(
    store: RecordingStore, before: Tensor, after: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor]:
    """Values between two rows: (N, M, T) rows and weights to (N, M, T, V, C) and (N, M, T, V)."""
    score_before, score_after = _take(store.score, before), _take(store.score, after)  # (N, M, T, V)
    weight = weight.expand_as(score_before)
    only_after = (score_before == 0) & (weight > 0)
    weight = torch.where(only_after, 1.0, torch.where(score_after == 0, 0.0, weight))
    first, second = _take(store.keypoints, before), _take(store.keypoints, after)  # (N, M, T, V, C)
    return torch.lerp(first, second, weight[..., None]), torch.lerp(score_before, score_after, weight)


def _take(values: Tensor, rows: Tensor) -> Tensor:
    """values[rows]; one contiguous copy per row, several times as fast as fancy indexing."""
    flat = values.flatten(1).index_select(0, rows.flatten())
    return flat.view(*rows.shape, *values.shape[1:])


def _pad_persons(label: Tensor, persons: int) -> Tensor:
    """Labels per person cut or filled with -1 to M; a label per clip as it is."""
    if label.ndim == 1:
        return label
    padded = label.new_full((len(label), persons), -1)
    padded[:, : label.shape[1]] = label[:, :persons]
    return padded

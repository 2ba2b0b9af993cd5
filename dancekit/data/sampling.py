"""From recordings of any length to batches of T frames: which moments, and the values there."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError
from dancekit.masking import repeat_last

_ROUNDING = 1e-3  # of a frame: so far past the end still is the last frame


def crop_times(
    lengths: Tensor,
    frames: int,
    crop: tuple[float, float],
    random: ClipRandom | None,
    *,
    place: float = 0.5,
    step: Tensor | None = None,
    jitter: bool = False,
) -> tuple[Tensor, Tensor]:
    """The moments that a clip is sampled at: evenly over a span of the recording, both ends included.

    Args:
        lengths: (N,) frames of each recording.
        frames: T.
        crop: shortest and longest share of the recording that the span covers; its place is random too.
        random: None takes the longest span, at `place`.
        place: where the span lies, from 0, at the beginning, to 1, at the end.
        step: (N,) frames of the recording from one sample to the next. `crop` is then a share of T of them,
            and a span that is longer than the recording starts with it.
        jitter: with `random`, each moment is anywhere in its own T-th of the span.

    Returns:
        (N, T) times in frames of the recording, from 0 to length - 1, or past it only with `step`; and (N,)
        the frames of the recording from one sample to the next, on average.
    """
    shortest, longest = crop
    last = (lengths - 1).float()  # (N,)
    if random is None:
        share = torch.full_like(last, longest)
        where = torch.full_like(last, place)
    else:
        share = random.uniform(low=shortest, high=longest)
        where = random.uniform()
    span = share * last if step is None else share * step * (frames - 1)
    start = where * (last - span).clamp(min=0)
    even = span / max(frames - 1, 1) if step is None else share * step  # (N,)
    moments = torch.arange(frames, device=lengths.device).expand(len(lengths), -1)  # (N, T)
    if jitter and random is not None:
        even = span / frames
        moments = moments + random.uniform(frames)
    times = start[:, None] + moments * even[:, None]  # (N, T)
    if step is None:
        times = torch.minimum(times, last[:, None])  # rounding must not lead past the last frame
    return times, even


def check_frame_rates(store: RecordingStore) -> None:
    """Raise a DataError that names the recordings whose frame rate is not known."""
    unknown = store.frame_rate.isnan().nonzero()[:, 0].tolist()
    if unknown:
        others = f" and {len(unknown) - 1} others" if len(unknown) > 1 else ""
        raise DataError(
            f"batches.frame_rate: the frame rate of {store.names[unknown[0]]}{others} is not known.",
            hint="Give it to the data set (data.frame_rate, where it takes one), or leave batches.frame_rate "
            "out to stretch every recording to batches.frames.",
        )


def gather(
    store: RecordingStore,
    index: Tensor,
    *,
    frames: int,
    crop: tuple[float, float] = (1.0, 1.0),
    place: float = 0.5,
    persons: int | None = None,
    frame_rate: float | None = None,
    jitter: bool = False,
    frame_pairs: bool = False,
    whole: bool = False,
    random: ClipRandom | None = None,
) -> ClipBatch:
    """Clips as arrays of one length, by linear interpolation between neighbouring frames.

    A moment that falls on a frame is that frame. Between two, a joint that is missing on one side takes the
    other side's value; missing on both it stays missing.
    A person is present where the nearer frame has them, and nobody is past the end of a recording.
    Where the store has pictures, the nearest to each moment at which somebody is present is read.

    Args:
        index: (N,) clips of the store; -1 is filling and gives a clip with nobody in it.
        frames: T.
        crop: shortest and longest share of the recording, or of T frames at `frame_rate`, that is drawn.
        place: where the longest share lies without `random`, from 0, the beginning, to 1, the end.
        persons: M; None takes the most that the store has. Persons beyond it are left out.
        frame_rate: of the T frames, per second; None spreads them over the recording.
        jitter: with `random`, draw each moment from its own T-th of the span.
        frame_pairs: each moment is followed by the one a recorded frame later, or by the last frame: the
            batch has 2 T frames, and of a recording's last frame both are that frame.
        whole: take every recording from its first frame on, at `frame_rate` or as it was recorded, in place
            of `frames` and `crop`: T is what the longest needs, and nobody is past the end of the others.

    Raises:
        DataError: a frame rate is asked for, and that of a recording is not known; or a picture cannot be
            read.
    """
    clip = index.clamp(min=0)
    lengths = store.frames[clip]  # (N,)
    recorded = store.frame_rate[clip]  # (N,)
    if frame_rate is not None:
        check_frame_rates(store)
    step = None if frame_rate is None else recorded / frame_rate
    if whole:
        step = torch.ones_like(recorded) if step is None else step
        frames = int(((lengths - 1) / step + _ROUNDING).floor().max()) + 1
        crop, place, random = (1.0, 1.0), 0.0, None
    times, step = crop_times(lengths, frames, crop, random, place=place, step=step, jitter=jitter)  # (N, T)
    last = (lengths - 1)[:, None]  # (N, 1)
    here = (times <= last + _ROUNDING) & (index >= 0)[:, None]  # (N, T)
    times = torch.minimum(times, last)
    if frame_pairs:
        times = torch.stack([times, torch.minimum(times + 1, last)], dim=2).flatten(1)  # (N, 2 T)
        here = here.repeat_interleave(2, dim=1)
    m = persons or store.most_persons
    person = torch.arange(m, device=index.device)
    known = person < store.persons[clip, None]  # (N, M)
    # Absent persons read the first person's rows and are masked below: no row is out of bounds.
    base = store.first[clip, None] + torch.where(known, person, 0) * lengths[:, None]  # (N, M)
    before = times.floor().long()  # (N, T)
    after = torch.minimum(before + 1, last)
    weight = (times - before)[:, None, :, None]  # (N, 1, T, 1)
    rows_before = base[:, :, None] + before[:, None]  # (N, M, T)
    rows_after = base[:, :, None] + after[:, None]
    nearer = torch.where(weight[..., 0] < 0.5, rows_before, rows_after)
    present = store.present[nearer] & known[:, :, None] & here[:, None]  # (N, M, T)
    keypoints, score = between(
        (_take(store.keypoints, rows_before), _take(store.keypoints, rows_after)),
        (_take(store.score, rows_before), _take(store.score, rows_after)),
        weight,
    )
    someone = present[..., None].to(score.dtype)  # (N, M, T, 1); a missing joint of a store lies at 0 already
    batch = ClipBatch(
        keypoints=(keypoints.flatten(3) * someone).view_as(keypoints),
        score=score * someone,
        present=present,
        label=_pad_persons(store.label[clip], m),
        layout=store.layout,
        index=index,
        frame_rate=recorded / step.where(step > 0, torch.nan),
        image_size=store.image_size[clip],
        random=random,
        frame_pairs=frame_pairs,
    )
    if store.pictures is None:
        return batch
    names = [None if place < 0 else store.names[place] for place in index.tolist()]
    images, person_mask = store.pictures.read(names, times, present.any(1))
    return replace(batch, frames=images, person_mask=person_mask)


def between(
    keypoints: tuple[Tensor, Tensor], score: tuple[Tensor, Tensor], weight: Tensor
) -> tuple[Tensor, Tensor]:
    """Values between two frames, by a straight line; a joint that is missing in one takes the other's.

    Args:
        keypoints: (N, M, T, V, C) in the earlier and in the later frame.
        score: (N, M, T, V) of the two; 0 = missing.
        weight: (N, 1, T, 1) of the later, from 0 to below 1; at 0 it does not count.
    """
    earlier, later = score[0].sign() * (1 - weight), score[1].sign() * weight  # (N, M, T, V)
    # Where both are seen their sum is 1, to the last digit; where none is it is 0, and 0 remains.
    weight = later.div_(earlier.add_(later).clamp_(min=torch.finfo(later.dtype).tiny))
    of_places = repeat_last(weight, keypoints[0].shape[-1])  # (N, M, T, V, C)
    return torch.lerp(*keypoints, of_places), torch.lerp(*score, weight)


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

"""Batches to test with: a few dancers swaying, with what real recordings lack.

Notation used for shapes: N clips, M persons, T frames, V joints, C coordinates.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.skeleton.layout import Layout


def example_batch(
    *,
    layout: Layout | str = "openpose18",
    clips: int = 4,
    persons: int = 2,
    frames: int = 16,
    coordinates: int = 2,
    seed: int = 0,
    complete: bool = False,
    training: bool = False,
    pictures: int | None = None,
) -> ClipBatch:
    """A batch that keeps the array contract, the same for the same arguments.

    Args:
        layout: a layout, or the name of a shipped one.
        coordinates: 2 or 3; places are about the origin and of the order of 1.
        complete: everyone and every joint is there. Otherwise a tenth of the joints is missing, the
            last person is absent from every second clip, and the first clip ends early.
        training: with random draws, as the batches that augmentation gets.
        pictures: side in pixels of pictures with every kind of mask; None for keypoints alone.
    """
    layout = Layout.named(layout) if isinstance(layout, str) else layout
    generator = torch.Generator().manual_seed(seed)
    size = (clips, persons, 1, layout.num_joints, coordinates)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    time = torch.arange(frames)[:, None, None] / 8  # (T, 1, 1)
    sway = torch.sin(time * (1 + normal(*size).abs()) + 3 * normal(*size))  # (N, M, T, V, C)
    keypoints = (
        normal(layout.num_joints, coordinates) + 0.3 * normal(clips, persons, 1, 1, coordinates) + 0.4 * sway
    )
    score = 0.3 + 0.7 * torch.rand(*keypoints.shape[:-1], generator=generator)  # (N, M, T, V)
    present = torch.ones(clips, persons, frames, dtype=torch.bool)
    if not complete:
        missing = torch.rand(*score.shape, generator=generator) < 0.1
        missing[..., 0] = False  # so that nobody who is there has no joint at all
        score = score.masked_fill(missing, 0)
        present[0, :, frames - frames // 4 :] = False
        if persons > 1:
            present[1::2, -1] = False
    score = score * present[..., None]
    batch = ClipBatch(
        keypoints=keypoints * (score > 0)[..., None],
        score=score,
        present=present,
        label=torch.arange(clips) % 6,
        layout=layout,
        index=torch.arange(clips),
        frame_rate=torch.full((clips,), 30.0),
        image_size=torch.full((clips, 2), float("nan")),
        random=draws(clips, seed=seed) if training else None,
    )
    return batch if pictures is None else _with_example_pictures(batch, pictures, generator)


def _with_example_pictures(batch: ClipBatch, size: int, generator: torch.Generator) -> ClipBatch:
    """A bright blob of noise on a dark ground, and what could be found of it; black where nobody is."""
    n, _, t = batch.present.shape
    shown = batch.present.any(1)  # (N, T)
    place = torch.rand(n, t, 2, generator=generator) * 0.4 + 0.3  # of the blob's middle
    across = (torch.arange(size) + 0.5) / size  # (size,)
    y, x = (across[None, None] - place[..., axis, None] for axis in (0, 1))  # (N, T, size)
    mask = (y[..., None] ** 2 + x[..., None, :] ** 2 < 0.05) & shown[..., None, None]  # (N, T, H, W)
    noise = torch.randint(0, 60, (n, t, 3, size, size), generator=generator)
    frames = (noise + 150 * mask[:, :, None]) * shown[..., None, None, None]
    rows = torch.arange(size)[:, None] % 4 == 0
    return replace(
        batch, frames=frames.to(torch.uint8), person_mask=mask, silhouette=mask, thinned=mask & rows
    )


def draws(total: int, *, seed: int, start: int = 0, stop: int | None = None) -> ClipRandom:
    """Random draws for some clips of a batch, as one process of several gets them."""
    return ClipRandom(seed=seed, total=total, start=start, stop=total if stop is None else stop)


def with_absent_person(batch: ClipBatch) -> ClipBatch:
    """One more person who is never there: (N, M, ...) to (N, M+1, ...)."""
    return replace(
        batch,
        keypoints=F.pad(batch.keypoints, (0, 0, 0, 0, 0, 0, 0, 1)),  # (N, M+1, T, V, C)
        score=F.pad(batch.score, (0, 0, 0, 0, 0, 1)),  # (N, M+1, T, V)
        present=F.pad(batch.present, (0, 0, 0, 1)),  # (N, M+1, T)
    )


def with_absent_frames(batch: ClipBatch, frames: int) -> ClipBatch:
    """More frames at the end in which nobody is there: (N, M, T, ...) to (N, M, T + frames, ...)."""
    return replace(
        batch,
        keypoints=F.pad(batch.keypoints, (0, 0, 0, 0, 0, frames)),
        score=F.pad(batch.score, (0, 0, 0, frames)),
        present=F.pad(batch.present, (0, frames)),
    ).with_pictures(lambda pictures: _with_black(pictures, frames))


def _with_black(pictures: Tensor, frames: int) -> Tensor:
    """(N, T, ...) to (N, T + frames, ...)"""
    n, _, *rest = pictures.shape
    return torch.cat([pictures, pictures.new_zeros(n, frames, *rest)], dim=1)


def with_missing_as(batch: ClipBatch, value: float) -> ClipBatch:
    """The same batch with other numbers where there is no joint; nothing may depend on them."""
    return replace(batch, keypoints=batch.keypoints.masked_fill(~batch.seen[..., None], value))


def with_nobody_in(batch: ClipBatch, clips: slice) -> ClipBatch:
    """The same batch with nobody in some of its clips, as filling has it."""
    filled = torch.zeros(len(batch), dtype=torch.bool)
    filled[clips] = True
    return replace(
        batch,
        keypoints=batch.keypoints.masked_fill(filled[:, None, None, None, None], 0),
        score=batch.score.masked_fill(filled[:, None, None, None], 0),
        present=batch.present & ~filled[:, None, None],
    ).with_pictures(lambda pictures: pictures * ~filled.view(-1, *[1] * (pictures.ndim - 1)))


def without_joint(batch: ClipBatch, joint: int, clips: slice) -> ClipBatch:
    """The same batch with one joint missing throughout some of its clips."""
    missing = torch.zeros_like(batch.seen)
    missing[clips, ..., joint] = True
    lost = replace(batch, score=batch.score.masked_fill(missing, 0))
    return lost.with_keypoints(batch.keypoints)


def clips_of(batch: ClipBatch, start: int, stop: int) -> ClipBatch:
    """Some clips of a batch, without random draws."""
    here = slice(start, stop)
    return replace(
        batch,
        keypoints=batch.keypoints[here],
        score=batch.score[here],
        present=batch.present[here],
        label=batch.label[here],
        index=batch.index[here],
        frame_rate=batch.frame_rate[here],
        image_size=batch.image_size[here],
        random=None,
    ).with_pictures(lambda pictures: pictures[here])

"""Recordings of a run to try an exported network on, in sizes that differ from those it was recorded with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.recipe import Batches

CLIPS = 100
_TOGETHER = 20  # clips in a batch


def batches_of(store: RecordingStore, batches: Batches, *, clips: int = CLIPS) -> Iterator[ClipBatch]:
    """The first clips of a split as evaluation sees them; then a few with other frames and more persons."""
    count = min(clips, len(store))
    for start in range(0, count, _TOGETHER):
        yield _gathered(store, batches, range(start, min(start + _TOGETHER, count)), frames=batches.frames)
    few = range(min(3, count))
    yield with_one_more(_gathered(store, batches, few, frames=batches.frames // 2 + 3))
    yield _gathered(store, batches, few[:1], frames=batches.frames + 5)


def example_of(store: RecordingStore, batches: Batches) -> ClipBatch:
    """What a network is recorded with: no axis that is to stay free has size 1."""
    clips = [0, min(1, len(store) - 1)]
    return with_one_more(_gathered(store, batches, clips, frames=max(batches.frames, 8)))


def with_one_more(batch: ClipBatch) -> ClipBatch:
    """One more person, who is never there: (N, M, ...) to (N, M+1, ...)."""
    label = batch.label if batch.label.ndim == 1 else F.pad(batch.label, (0, 1), value=-1)
    return replace(
        batch,
        keypoints=F.pad(batch.keypoints, (0, 0, 0, 0, 0, 0, 0, 1)),
        score=F.pad(batch.score, (0, 0, 0, 0, 0, 1)),
        present=F.pad(batch.present, (0, 0, 0, 1)),
        label=label,
    )


def _gathered(store: RecordingStore, batches: Batches, clips: range | list[int], *, frames: int) -> ClipBatch:
    return gather(
        store,
        torch.tensor(list(clips), device=store.first.device),
        frames=frames,
        persons=batches.persons,
        frame_rate=batches.frame_rate,
        frame_pairs=batches.frame_pairs,
    )

"""Pictures beside keypoints: which moments are read, by whom, and that nothing of it changes with workers."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from dancekit.data.clips import PICTURES, Clip, ClipBatch
from dancekit.data.mirroring import mirrored
from dancekit.data.module import ClipData
from dancekit.data.pictures import PictureReader, Pictures, Strip, needed
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError
from dancekit.recipe import Batches
from dancekit.skeleton.layout import Layout
from dancekit.testing.examples import example_batch

LAYOUT = Layout.named("dance11")


class Numbered(Pictures):
    """Pictures that say which recording (red) and which frame of it (green) they are."""

    def __init__(self, *, masked: bool = True, broken: str = "") -> None:
        self.masked, self.broken = masked, broken

    def read(self, name: str, moments: npt.NDArray[np.int64], *, size: int) -> Strip:
        if name == self.broken:
            raise DataError(f"{name}: a frame cannot be read.")
        frames = np.zeros((len(moments), 3, size, size), np.uint8)
        frames[:, 0] = int(name.removeprefix("clip-")) + 1
        frames[:, 1] = moments[:, None, None]
        mask = np.ones((len(moments), size, size), np.bool_)
        return Strip(frames=frames, person_mask=mask if self.masked else None)


def _store(lengths: tuple[int, ...] = (9, 5, 13, 7), **options: Any) -> RecordingStore:
    clips = [
        Clip.of(
            np.ones((frames, LAYOUT.num_joints, 2)), label=place % 2, name=f"clip-{place}", person=f"p{place}"
        )
        for place, frames in enumerate(lengths)
    ]
    return replace(RecordingStore.pack(clips, LAYOUT), pictures=PictureReader(Numbered(**options), 4))


def _numbers(batch: ClipBatch, channel: int) -> list[list[int]]:
    assert batch.frames is not None
    return batch.frames[:, :, channel, 0, 0].tolist()


def test_the_nearest_frame_of_the_right_recording_is_read() -> None:
    batch = gather(_store(), torch.tensor([2, 0, -1]), frames=5)
    assert batch.frames is not None and batch.person_mask is not None
    assert batch.frames.shape == (3, 5, 3, 4, 4) and batch.frames.dtype == torch.uint8
    assert _numbers(batch, 0) == [[3] * 5, [1] * 5, [0] * 5]
    assert _numbers(batch, 1) == [[0, 3, 6, 9, 12], [0, 2, 4, 6, 8], [0] * 5]
    assert batch.person_mask.flatten(2).all(2).tolist() == [[True] * 5, [True] * 5, [False] * 5]


def test_nothing_is_read_where_nobody_is() -> None:
    store = _store((6, 6))
    store = replace(store, present=store.present.index_fill(0, torch.arange(2), False))
    batch = gather(store, torch.tensor([0, 1]), frames=6)
    assert _numbers(batch, 0) == [[0, 0, 1, 1, 1, 1], [2] * 6]


def test_a_selection_keeps_its_pictures() -> None:
    batch = gather(_store().select([3, 1]), torch.tensor([0, 1]), frames=2)
    assert _numbers(batch, 0) == [[4, 4], [2, 2]]


def test_without_masks_there_is_none() -> None:
    batch = gather(_store(masked=False), torch.tensor([0]), frames=2)
    assert batch.frames is not None and batch.person_mask is None


def test_pictures_of_another_shape_are_refused() -> None:
    class Wide(Numbered):
        def read(self, name: str, moments: npt.NDArray[np.int64], *, size: int) -> Strip:
            return super().read(name, moments, size=size + 1)

    with pytest.raises(DataError, match="clip-0: its pictures have shape"):
        gather(replace(_store(), pictures=PictureReader(Wide(), 4)), torch.tensor([0]), frames=2)


def _epoch(workers: int, **options: Any) -> Iterator[ClipBatch]:
    batches = Batches(size=2, frames=6, crop=(0.5, 1.0), pictures=4, workers=workers)
    store = _store(**options)
    data = ClipData(train=store, validate=store, test=None, batches=batches, seed=3)
    data.setup("fit")
    return iter(data.train_dataloader())


@pytest.mark.slow
def test_workers_make_the_batches_that_one_process_makes() -> None:
    alone, shared = list(_epoch(0)), list(_epoch(2))
    assert len(alone) == len(shared) == 2
    for one, other in zip(alone, shared, strict=True):
        assert torch.equal(needed(one, "frames"), needed(other, "frames"))
        assert torch.equal(one.index, other.index) and one.random and other.random
        # The draws go on in this process where the other process left off.
        assert torch.equal(one.random.uniform(3), other.random.uniform(3))


@pytest.mark.slow
def test_what_a_worker_cannot_read_is_an_error_of_the_run() -> None:
    with pytest.raises(DataError) as error:
        list(_epoch(2, broken="clip-1"))
    assert error.value.message == "clip-1: a frame cannot be read."  # without the other process's traceback


def test_a_batch_of_pictures_moves_mirrors_and_splits_as_a_whole() -> None:
    batch = example_batch(pictures=8, persons=2)
    for name in PICTURES:
        pictures = needed(batch, name)
        assert torch.equal(needed(mirrored(batch), name), pictures.flip(-1))
        alone = needed(batch.persons_as_clips(), name)
        assert torch.equal(alone[1], pictures[0]) and len(alone) == 2 * len(batch)
        assert torch.equal(needed(batch.to("cpu"), name), pictures)


def test_example_pictures_are_black_where_nobody_is() -> None:
    batch = example_batch(pictures=8)
    nobody = ~batch.present.any(1)  # (N, T)
    assert nobody.any()
    for name in PICTURES:
        assert not needed(batch, name)[nobody].any()
        assert needed(batch, name)[~nobody].any()


@pytest.mark.parametrize("what", PICTURES)
def test_a_part_that_needs_pictures_says_how_to_get_them(what: str) -> None:
    with pytest.raises(RecipeError, match=f"no {what.replace('_', ' ')}") as error:
        needed(example_batch(), what)
    assert error.value.hint


def test_a_reader_can_be_sent_to_another_process() -> None:
    store = pickle.loads(pickle.dumps(_store()))
    assert _numbers(gather(store, torch.tensor([1]), frames=1), 0) == [[2]]

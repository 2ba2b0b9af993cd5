"""Who is in which batch, on which process, on which side of a split."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from types import SimpleNamespace
from typing import cast

import lightning.pytorch as pl
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.module import BatchSampler, ClipData, hold_out
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError
from dancekit.recipe import Batches
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.from_mapping(
    {"name": "two", "joints": ["a", "b"], "bones": {"b": "a"}, "centre": "a", "pairs": {}}
)


def _order(sampler: BatchSampler) -> list[list[int]]:
    return [plan.index.tolist() for plan in sampler]


# Batches of an epoch


def test_training_takes_every_clip_once_an_epoch() -> None:
    sampler = BatchSampler(clips=12, size=4, shuffle=True)
    batches = _order(sampler)
    assert len(batches) == len(sampler) == 3
    assert sorted(chain(*batches)) == list(range(12))


def test_training_leaves_out_the_last_smaller_batch() -> None:
    batches = _order(BatchSampler(clips=11, size=4, shuffle=True))
    assert [len(batch) for batch in batches] == [4, 4]
    assert len(set(chain(*batches))) == 8 and set(chain(*batches)) <= set(range(11))


def test_few_clips_are_one_batch() -> None:
    sampler = BatchSampler(clips=5, size=32, shuffle=True)
    assert [sorted(batch) for batch in _order(sampler)] == [[0, 1, 2, 3, 4]]
    shared = [BatchSampler(clips=5, size=32, shuffle=True, rank=rank, processes=2) for rank in range(2)]
    assert len({clip for each in shared for clip in _order(each)[0]}) == 4


def test_the_order_is_new_each_epoch_and_the_same_by_seed() -> None:
    def order(seed: int, epoch: int) -> list[list[int]]:
        return _order(BatchSampler(clips=50, size=10, shuffle=True, seed=seed, epoch=lambda: epoch))

    assert order(1, 0) == order(1, 0) != order(2, 0)
    assert order(1, 1) == order(1, 1) != order(1, 0)
    assert order(1, 0) == _order(BatchSampler(clips=50, size=10, shuffle=True, seed=1))


def test_the_epoch_is_asked_for_anew() -> None:
    now = iter([0, 1, 0])
    sampler = BatchSampler(clips=50, size=10, shuffle=True, epoch=lambda: next(now))
    first, second, third = (_order(sampler) for _ in range(3))
    assert first == third != second


@given(
    clips=st.integers(2, 60),
    share=st.integers(1, 8),
    processes=st.integers(1, 2),
    shuffle=st.booleans(),
    epoch=st.integers(0, 5),
)
def test_processes_together_have_the_batches_of_one(
    clips: int, share: int, processes: int, shuffle: bool, epoch: int
) -> None:
    size = share * processes
    samplers = [
        BatchSampler(
            clips=clips,
            size=size,
            shuffle=shuffle,
            seed=3,
            epoch=lambda: epoch,
            rank=rank,
            processes=processes,
        )
        for rank in range(processes)
    ]
    plans = [list(sampler) for sampler in samplers]
    assert len({len(each) for each in plans}) == 1 == len({len(sampler) for sampler in samplers})
    order = np.random.default_rng((3, epoch)).permutation(clips) if shuffle else np.arange(clips)
    seen: list[int] = []
    for step, parts in enumerate(zip(*plans, strict=True)):
        together = np.concatenate([part.index for part in parts])
        assert len({len(part.index) for part in parts}) == 1
        assert {part.total for part in parts} == {len(together)}
        assert {(part.epoch, part.step) for part in parts} == {(epoch, step)}
        assert [part.start for part in parts] == [rank * len(parts[0].index) for rank in range(processes)]
        seen += together[together >= 0].tolist()
    assert seen == order[: len(seen)].tolist()
    if not shuffle:
        assert seen == list(range(clips))


def test_evaluation_keeps_the_order_and_fills_the_last_batch() -> None:
    assert _order(BatchSampler(clips=5, size=4, shuffle=False)) == [[0, 1, 2, 3], [4, -1, -1, -1]]
    second = BatchSampler(clips=5, size=4, shuffle=False, rank=1, processes=2)
    assert _order(second) == [[2, 3], [-1, -1]]


def test_a_size_that_cannot_be_shared_is_told() -> None:
    with pytest.raises(RecipeError, match=r"batches\.size: 5 clips cannot be shared evenly by 2 devices"):
        BatchSampler(clips=20, size=5, shuffle=True, processes=2)


def test_too_few_clips_are_told() -> None:
    with pytest.raises(DataError, match="1 clips to train on are too few for 2 devices"):
        BatchSampler(clips=1, size=2, shuffle=True, processes=2)


# Held-out recordings

_PEOPLE = st.lists(st.sampled_from(["ann", "bo", "cy", "di", "ed", "flo", "gil"]), min_size=2, max_size=80)


@given(people=_PEOPLE, share=st.floats(0.01, 0.99), seed=st.integers(0, 100))
def test_no_person_is_on_two_sides(people: list[str], share: float, seed: int) -> None:
    if len(set(people)) < 2:
        return
    train, validate = hold_out(people, share, by="person", seed=seed)
    assert train == sorted(train) and validate == sorted(validate)
    assert sorted(train + validate) == list(range(len(people)))
    assert train and validate
    assert not {people[i] for i in train} & {people[i] for i in validate}
    # As near as whole persons allow: off by no more than the one with the most clips.
    most = max(Counter(people).values())
    assert abs(len(validate) - share * len(people)) <= max(most, share * len(people) - len(validate))
    assert (train, validate) == hold_out(people, share, by="person", seed=seed)


@given(people=st.integers(5, 40), each=st.integers(1, 9), share=st.floats(0.1, 0.9), seed=st.integers(0, 50))
def test_the_share_is_held_where_persons_are_alike(people: int, each: int, share: float, seed: int) -> None:
    names = [f"p{i // each}" for i in range(people * each)]
    _, validate = hold_out(names, share, by="person", seed=seed)
    assert abs(len(validate) / len(names) - share) <= 0.5 / people + 1e-9


def test_one_person_with_most_clips_is_not_held_out() -> None:
    people = ["star"] * 80 + ["ann"] * 10 + ["bo"] * 10
    for seed in range(20):
        _, validate = hold_out(people, 0.1, by="person", seed=seed)
        assert len(validate) == 10


@given(count=st.integers(2, 200), share=st.floats(0.01, 0.99), seed=st.integers(0, 100))
def test_single_clips_are_held_out(count: int, share: float, seed: int) -> None:
    train, validate = hold_out([""] * count, share, by="clip", seed=seed)
    assert sorted(train + validate) == list(range(count))
    assert train and validate
    assert abs(len(validate) - share * count) <= 1


def test_seeds_hold_out_others() -> None:
    people = [f"p{i}" for i in range(50)]
    chosen = {tuple(hold_out(people, 0.2, by="person", seed=seed)[1]) for seed in range(10)}
    assert len(chosen) == 10


def test_nothing_is_held_out_by_a_share_of_nothing() -> None:
    assert hold_out(["", ""], 0, by="person", seed=0) == ([0, 1], [])


@pytest.mark.parametrize("people", [["", "ann", "bo"], ["ann", "ann"], [""]])
def test_people_who_are_not_known_are_told(people: list[str]) -> None:
    with pytest.raises(DataError, match="needs to know who dances in each clip, and at least two"):
        hold_out(people, 0.5, by="person", seed=0)


# Loaders


def _store(count: int, *, seed: int = 0) -> RecordingStore:
    random = np.random.default_rng(seed)
    clips = [
        Clip.of(random.normal(size=(1, 3 + i, 2, 2)), label=i % 3, name=f"{i}", person="ann")
        for i in range(count)
    ]
    return RecordingStore.pack(clips, LAYOUT)


def _data(**batches: object) -> ClipData:
    options = Batches(**{"size": 4, "frames": 6, "crop": (0.5, 0.9), **batches})  # type: ignore[arg-type]
    data = ClipData(
        train=_store(10), validate=_store(5, seed=1), test=_store(3, seed=2), batches=options, seed=7
    )
    data.setup("fit")
    return data


def _trainer(*, epoch: int = 0, rank: int = 0, processes: int = 1) -> pl.Trainer:
    """As much of a trainer as the loaders look at."""
    stand_in = SimpleNamespace(current_epoch=epoch, global_rank=rank, world_size=processes)
    return cast(pl.Trainer, stand_in)


def test_loaders_deliver_batches() -> None:
    data = _data()
    train = list(data.train_dataloader())
    validate = list(data.val_dataloader())
    test = list(data.test_dataloader())
    assert [len(batch) for batch in train] == [4, 4]
    assert [batch.index.tolist() for batch in validate] == [[0, 1, 2, 3], [4, -1, -1, -1]]
    assert [batch.index.tolist() for batch in test] == [[0, 1, 2, -1]]
    for batch in (*train, *validate, *test):
        assert isinstance(batch, ClipBatch) and batch.keypoints.shape == (4, 1, 6, 2, 2)
        assert batch.layout is LAYOUT
    assert all(batch.random is not None for batch in train)
    assert all(batch.random is None for batch in (*validate, *test))
    assert train[0].label.tolist() == [int(i) % 3 for i in train[0].index]


def test_training_repeats_by_seed_and_epoch() -> None:
    def keypoints(epoch: int) -> torch.Tensor:
        data = _data()
        data.trainer = _trainer(epoch=epoch)
        return torch.cat([batch.keypoints for batch in data.train_dataloader()])

    assert torch.equal(keypoints(0), keypoints(0))
    assert not torch.equal(keypoints(0), keypoints(1))


def test_evaluation_sees_whole_recordings() -> None:
    batch = next(iter(_data(frames=4).test_dataloader()))
    clip = _store(3, seed=2).clip(1)  # 4 frames
    torch.testing.assert_close(batch.keypoints[1], torch.from_numpy(clip.keypoints))


def test_two_processes_share_the_batches_of_one() -> None:
    alone = list(_data().train_dataloader())
    halves = []
    for rank in range(2):
        data = _data()
        data.trainer = _trainer(rank=rank, processes=2)
        halves.append(list(data.train_dataloader()))
    for whole, *parts in zip(alone, *halves, strict=True):
        assert torch.equal(torch.cat([part.index for part in parts]), whole.index)
        assert torch.equal(torch.cat([part.keypoints for part in parts]), whole.keypoints)


def test_every_option_of_the_batches_reaches_them() -> None:
    data = _data(frames=4, frame_pairs=True, jitter=True)
    for loader in (data.train_dataloader(), data.test_dataloader()):
        batch = next(iter(loader))
        assert batch.frame_pairs and batch.keypoints.shape[2] == 8
    plain = next(iter(_data(frames=4).train_dataloader()))
    assert not torch.equal(
        next(iter(_data(frames=4, jitter=True).train_dataloader())).keypoints, plain.keypoints
    )


def test_an_unknown_frame_rate_is_told_before_training() -> None:
    with pytest.raises(DataError, match="the frame rate of 0 and 9 others is not known"):
        _data(frame_rate=30.0)


def test_recordings_that_are_not_there_are_told() -> None:
    data = ClipData(train=None, validate=None, test=None, batches=Batches(), seed=0)
    data.setup("fit")
    assert data.val_dataloader() == []
    with pytest.raises(DataError, match=r"no recordings to train on\. Set splits\.train"):
        data.train_dataloader()
    with pytest.raises(DataError, match=r"no recordings to test on\. Set splits\.test"):
        data.test_dataloader()

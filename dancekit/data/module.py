"""Batches for training, validation and test: who is in which, in what order, on which device."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler, get_worker_info

from dancekit.data.clips import ClipBatch
from dancekit.data.looks import WHOLE, Look
from dancekit.data.mirroring import mirrored
from dancekit.data.randomness import ClipRandom
from dancekit.data.sampling import check_frame_rates, gather
from dancekit.data.store import RecordingStore
from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.recipe import Batches

_SHARE_OF_DEVICE = 0.3  # of a GPU's free memory that recordings may take; the rest is the model's
_MOST_WORKERS = 8  # unless a recipe says so: each holds a few batches


@dataclass(frozen=True)
class BatchPlan:
    """Which clips a batch of this process has, and where its random numbers come from."""

    index: np.ndarray  # (n,) clips of this process; -1 = filling
    epoch: int
    step: int
    total: int
    start: int


class BatchSampler(Sampler[BatchPlan]):
    """The batches of an epoch, shared out over the processes of a run.

    Training shuffles anew each epoch and leaves out the last, smaller batch; evaluation keeps the order
    and fills the last batch with -1, so that every process has as many.

    Args:
        epoch: asked at the start of each epoch which one it is. Lightning's `set_epoch` would name another
            after a run is resumed.
    """

    def __init__(
        self,
        *,
        clips: int,
        size: int,
        shuffle: bool,
        seed: int = 0,
        epoch: Callable[[], int] = int,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        if size % processes:
            raise RecipeError(
                f"batches.size: {size} clips cannot be shared evenly by {processes} devices.",
                hint="It is the size over all devices together.",
            )
        self._clips, self._shuffle, self._seed = clips, shuffle, seed
        self._size = min(size, clips - clips % processes) if shuffle else size
        if self._size == 0:
            raise DataError(f"{clips} clips to train on are too few for {processes} devices.")
        self._share = self._size // processes
        self._start = rank * self._share
        self._epoch = epoch

    def __len__(self) -> int:
        return self._clips // self._size if self._shuffle else -(-self._clips // self._size)

    def __iter__(self) -> Iterator[BatchPlan]:
        epoch = self._epoch()
        order = np.arange(self._clips)
        if self._shuffle:
            order = np.random.default_rng((self._seed, epoch)).permutation(self._clips)
        for step in range(len(self)):
            batch = order[step * self._size : (step + 1) * self._size]
            batch = np.pad(batch, (0, self._size - len(batch)), constant_values=-1)
            mine = batch[self._start : self._start + self._share]
            yield BatchPlan(mine, epoch, step, self._size, self._start)


class ClipBatches(Dataset[ClipBatch | DancekitError]):
    """Turns a plan into a batch, on the device where the recordings lie.

    A process that makes batches for another hands it an error in place of the batch: raised there, it would
    come with its traceback as the message.

    Args:
        random_seed: None draws nothing, and takes the stretch that `look` says.
        whole: take recordings from beginning to end, and no stretches.
    """

    def __init__(
        self,
        store: RecordingStore,
        batches: Batches,
        *,
        random_seed: int | None,
        look: Look = WHOLE,
        whole: bool = False,
    ) -> None:
        self.store, self._batches, self._seed, self._look = store, batches, random_seed, look
        self._whole = whole

    def __getitem__(self, plan: BatchPlan) -> ClipBatch | DancekitError:
        if get_worker_info() is None:
            return self._batch(plan)
        try:
            return self._batch(plan)
        except DancekitError as error:
            return error

    def _batch(self, plan: BatchPlan) -> ClipBatch:
        device = self.store.keypoints.device
        random = None
        if self._seed is not None:
            random = ClipRandom.for_batch(
                seed=self._seed,
                epoch=plan.epoch,
                step=plan.step,
                total=plan.total,
                start=plan.start,
                stop=plan.start + len(plan.index),
                device=device,
            )
        batch = gather(
            self.store,
            torch.from_numpy(plan.index).to(device),
            frames=self._batches.frames,
            crop=self._batches.crop if random else (self._look.share, self._look.share),
            place=self._look.place,
            persons=self._batches.persons,
            frame_rate=self._batches.frame_rate,
            jitter=self._batches.jitter,
            frame_pairs=self._batches.frame_pairs,
            whole=self._whole,
            random=random,
        )
        return mirrored(batch) if self._look.mirrored else batch


class Loader(DataLoader[Any]):
    """Gives batches, and raises the errors of the processes that make them."""

    def __iter__(self) -> Any:
        for batch in super().__iter__():
            if isinstance(batch, DancekitError):
                raise batch
            yield batch


class ClipData(pl.LightningDataModule):
    """The recordings of one recipe as batches.

    Recordings that fit the device live on it, and batches are made there; nothing is copied in workers.
    Those with pictures are made into batches by processes of their own, ahead of what trains on them.

    Args:
        whole: validation and test take recordings from beginning to end.

    Attributes:
        look: which look at each recording validation and test take.
    """

    def __init__(
        self,
        *,
        train: RecordingStore | None,
        validate: RecordingStore | None,
        test: RecordingStore | None,
        batches: Batches,
        seed: int,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self.stores = {"train": train, "validate": validate, "test": test}
        self._batches, self._seed, self._whole = batches, seed, whole
        self.look = WHOLE
        if batches.frame_rate is not None:
            for store in (train, validate, test):
                if store is not None:
                    check_frame_rates(store)

    def setup(self, stage: str) -> None:
        trainer = self.trainer
        device = trainer.strategy.root_device if trainer else torch.device("cpu")
        present = [store for store in self.stores.values() if store is not None]
        if any(store.pictures for store in present):
            return  # the processes that make their batches do so without the device
        if _fits(sum(store.bytes for store in present), device):
            self.stores = {name: store and store.to(device) for name, store in self.stores.items()}

    def train_dataloader(self) -> DataLoader[ClipBatch]:
        return self._loader("train", random=True)

    def val_dataloader(self) -> DataLoader[ClipBatch] | list[DataLoader[ClipBatch]]:
        return [] if self.stores["validate"] is None else self._loader("validate")

    def test_dataloader(self) -> DataLoader[ClipBatch]:
        return self._loader("test")

    def held_out(self) -> DataLoader[ClipBatch]:
        """All recordings of validation, for every process of a run alike."""
        return self._loader("validate", alone=True)

    def _loader(self, split: str, *, random: bool = False, alone: bool = False) -> DataLoader[ClipBatch]:
        store = self.stores[split]
        if store is None:
            raise DataError(f"the recipe has no recordings to {split} on.", hint=f"Set splits.{split}.")
        trainer = None if alone else self.trainer
        sampler = BatchSampler(
            clips=len(store),
            size=self._batches.size,
            shuffle=random,
            seed=self._seed,
            epoch=(lambda: trainer.current_epoch) if trainer else int,
            rank=trainer.global_rank if trainer else 0,
            processes=trainer.world_size if trainer else 1,
        )
        dataset = ClipBatches(
            store,
            self._batches,
            random_seed=self._seed if random else None,
            look=WHOLE if random else self.look,
            whole=self._whole and not random,
        )
        workers = 0 if store.pictures is None else _workers(self._batches)
        return Loader(
            dataset,
            sampler=sampler,
            batch_size=None,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=workers > 0 and torch.cuda.is_available(),
        )


def hold_out(people: Sequence[str], share: float, *, by: str, seed: int) -> tuple[list[int], list[int]]:
    """Divide clips into training and validation, seeded.

    Args:
        people: who dances in each clip.
        share: of the clips that validation takes, as nearly as whole persons allow.
        by: `person` keeps everyone on one side; `clip` draws single clips.

    Returns:
        Indices to train on and indices to validate on, each in order.

    Raises:
        DataError: persons are asked for but not known, or there is only one.
    """
    if share == 0:
        return list(range(len(people))), []
    random = np.random.default_rng((seed, 0x5EED))
    if by == "clip":
        count = min(max(1, round(share * len(people))), len(people) - 1)
        chosen = set(random.permutation(len(people))[:count].tolist())
    else:
        chosen = _whole_persons(people, share, random)
    validate = [index for index in range(len(people)) if index in chosen]
    return [index for index in range(len(people)) if index not in chosen], validate


def _whole_persons(people: Sequence[str], share: float, random: np.random.Generator) -> set[int]:
    known = sorted(set(people))
    if "" in known or len(known) < 2:
        raise DataError(
            "validation by person needs to know who dances in each clip, and at least two of them.",
            hint="Use splits.by=clip, splits.validate=SPLIT, or a data set that names its people.",
        )
    clips = Counter(people)
    wanted, held = share * len(people), 0
    chosen: list[str] = []
    for person in random.permutation(known).tolist():
        nearer = abs(held + clips[person] - wanted) < abs(held - wanted)
        if nearer and len(chosen) < len(known) - 1:  # someone is left to learn from
            chosen.append(person)
            held += clips[person]
    if not chosen:
        chosen = [min(known, key=lambda person: clips[person])]
    return {index for index, person in enumerate(people) if person in chosen}


def _workers(batches: Batches) -> int:
    return min(os.cpu_count() or 1, _MOST_WORKERS) if batches.workers == "auto" else batches.workers


def _fits(size: int, device: torch.device) -> bool:
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return size < _SHARE_OF_DEVICE * free

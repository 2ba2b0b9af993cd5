"""Lifting: 2D keypoints to 3D, learned from pairs that are made on the fly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.converting import converted
from dancekit.data.pairs import PosePairs
from dancekit.errors import RecipeError
from dancekit.interfaces import Lifter, Preprocessor
from dancekit.recipe import Optimizer
from dancekit.tasks.lifted import check_input, lift_both_ways
from dancekit.tasks.pose_metrics import mpjpe
from dancekit.tasks.poses import LiftedPoses, LiftedSequence
from dancekit.tasks.steps import each_step
from dancekit.tasks.task import Task, distributed, heard_by_all


class Lifting(Task):
    """preprocess -> pairs -> lifter.

    Args:
        preprocess: from recordings in 3D to what a detector would see of them. The last batch in 3D is what
            the lifter is to find; the steps after it change neither frames nor persons.
        seed: of dropout and whatever else the lifter draws.

    Attributes:
        both_ways: evaluate the mean of what is lifted as it is and mirrored.
        poses: of the split that was evaluated last.
    """

    def __init__(
        self,
        *,
        lifter: Lifter,
        preprocess: Sequence[Preprocessor],
        optimizer: Optimizer | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(optimizer=optimizer or Optimizer(name="adamw"), seed=seed)
        self.lifter = lifter
        self.preprocess = tuple(preprocess)
        self._collected: list[LiftedSequence] = []
        self.both_ways = False
        self.poses: LiftedPoses | None = None

    def pairs(self, batch: ClipBatch) -> PosePairs:
        """The persons of a batch of recordings as a detector sees them, and where they are.

        Raises:
            RecipeError: `preprocess` makes no pairs.
            DataError: the lifter reads another layout.
            LayoutError: the recordings lack joints that the lifter is to give.
        """
        recorded = detected = batch
        for after in each_step(self.preprocess, batch, training=self.training):
            if detected.keypoints.shape[-1] == 3 and after.keypoints.shape[-1] == 2:
                recorded = detected
            detected = after
        if recorded.keypoints.shape[-1] != 3 or detected.keypoints.shape[-1] != 2:
            raise RecipeError(
                "preprocess: lifting needs recordings in 3D that a step turns into 2D ones.",
                hint="Take 3D recordings, and let `preprocess` have `camera` and `project`.",
            )
        check_input(self.lifter, detected)
        return PosePairs.of(detected, converted(recorded, self.lifter.output_layout))

    def forward(self, keypoints: Tensor, score: Tensor) -> Tensor:
        return self.lifter.lift(keypoints, score)

    def training_step(self, batch: ClipBatch, batch_index: int) -> Tensor:
        progress = self.global_step / max(int(self.trainer.estimated_stepping_batches), 1)
        losses = self.lifter.loss(self.pairs(batch), progress)
        loss = torch.stack(list(losses.values())).sum()
        self.log_of_training(batch, loss, **losses)
        return heard_by_all(loss, self.lifter)

    @torch.no_grad()
    def finish(self, batches: Iterable[ClipBatch]) -> dict[str, float]:
        """Let the lifter fit what no gradient has learned to held-out recordings."""
        self.eval()
        return self.lifter.finish(_Pairs(self, batches))

    def collect(self, batch: ClipBatch) -> None:
        pairs = self.pairs(batch)
        if self.both_ways:
            lifted = lift_both_ways(self.lifter, pairs.keypoints, pairs.score)
        else:
            lifted = self.lifter.lift(pairs.keypoints, pairs.score)
        self._collected.extend(_sequences(batch, pairs, lifted.float()))

    def conclude(self, split: str) -> None:
        """The poses of all processes, in the order of the split."""
        collected, self._collected = self._collected, []
        if distributed():
            of_all: list[Any] = [None] * dist.get_world_size()
            dist.all_gather_object(of_all, collected)
            collected = [sequence for one in of_all for sequence in one]
        collected.sort(key=lambda sequence: (sequence.index, sequence.person))
        self.poses = LiftedPoses(
            sequences=tuple(collected),
            input_layout=self.lifter.input_layout,
            output_layout=self.lifter.output_layout,
        )
        error = mpjpe(self.poses)
        self.log(f"{split}/mpjpe", torch.nan if error is None else error, prog_bar=True)


class _Pairs:
    """The pairs of some batches, which can be gone through several times."""

    def __init__(self, model: Lifting, batches: Iterable[ClipBatch]) -> None:
        self._model, self._batches = model, batches

    def __iter__(self) -> Iterator[PosePairs]:
        for batch in self._batches:
            yield self._model.pairs(batch)


def _sequences(batch: ClipBatch, pairs: PosePairs, lifted: Tensor) -> Iterator[LiftedSequence]:
    """The persons of a batch, each cut to the frames up to the last that they are in."""
    persons = batch.present.shape[1]
    values = [
        each.cpu() for each in (pairs.keypoints, pairs.score, lifted, pairs.target, pairs.seen, pairs.present)
    ]
    for row in range(len(lifted)):
        clip, person = divmod(row, persons)
        there = values[-1][row].nonzero()[:, 0]  # frames
        if int(batch.index[clip]) < 0 or len(there) == 0:
            continue
        keypoints, score, own, target, seen, present = (
            each[row, : int(there[-1]) + 1].clone() for each in values
        )
        label = batch.label[clip]
        yield LiftedSequence(
            index=int(batch.index[clip]),
            person=person,
            label=int(label if label.ndim == 0 else label[person]),
            frame_rate=float(batch.frame_rate[clip]),
            keypoints=keypoints,
            score=score,
            lifted=own,
            target=target,
            seen=seen,
            present=present,
        )

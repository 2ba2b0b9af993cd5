"""Recognition: which movement a clip shows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Backbone, Lifter, Preprocessor
from dancekit.recipe import Head, Optimizer
from dancekit.tasks.lifted import lift_batch
from dancekit.tasks.metrics import Predictions, accuracy
from dancekit.tasks.steps import after_steps
from dancekit.tasks.task import Task, distributed, heard_by_all


class Recognizer(Task):
    """preprocess -> lifter -> refine -> backbone -> head.

    Args:
        refine: steps on what the lifter gives.
        frozen: leave the lifter as it is.
        class_weights: (classes,) weight of each class in the loss; None weighs all alike.
        seed: of dropout.
    """

    def __init__(
        self,
        *,
        backbone: Backbone,
        classes: int,
        preprocess: Sequence[Preprocessor] = (),
        lifter: Lifter | None = None,
        refine: Sequence[Preprocessor] = (),
        frozen: bool = False,
        head: Head | None = None,
        optimizer: Optimizer | None = None,
        class_weights: Tensor | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(optimizer=optimizer or Optimizer(), seed=seed)
        head = head or Head()
        self.preprocess = tuple(preprocess)
        self.lifter = lifter
        self.refine = tuple(refine)
        self._frozen = lifter is not None and frozen
        if self._frozen:
            self.lifter.requires_grad_(False)  # type: ignore[union-attr]
        self.backbone = backbone
        self.head = nn.Sequential(nn.Dropout(head.dropout), nn.Linear(backbone.out_features, classes))
        self._label_smoothing = head.label_smoothing
        self.register_buffer("_class_weights", class_weights, persistent=False)
        self._collected: list[tuple[Tensor, Tensor, Tensor]] = []
        self.predictions: Predictions | None = None

    def prepare(self, batch: ClipBatch) -> ClipBatch:
        """What the backbone sees of a batch; augmentation only where the batch has random draws."""
        batch = after_steps(self.preprocess, batch, training=self.training)
        if self.lifter is not None:
            with torch.set_grad_enabled(torch.is_grad_enabled() and not self._frozen):
                batch = lift_batch(self.lifter, batch)
            batch = after_steps(self.refine, batch, training=self.training)
        return batch.persons_as_clips() if batch.label.ndim == 2 else batch

    def train(self, mode: bool = True) -> Recognizer:
        super().train(mode)
        if self._frozen:
            self.lifter.train(False)  # type: ignore[union-attr]
        return self

    def forward(self, batch: ClipBatch) -> Tensor:
        """(N, classes) logits; N is clips times persons where labels are per person."""
        return self.classify(self.prepare(batch))

    def classify(self, prepared: ClipBatch) -> Tensor:
        logits: Tensor = self.head(self.backbone(prepared).float())
        return logits

    def training_step(self, batch: ClipBatch, batch_index: int) -> Tensor:
        prepared = self.prepare(batch)
        logits = self.classify(prepared)
        known = prepared.label >= 0
        loss = F.cross_entropy(
            logits[known],
            prepared.label[known],
            weight=self._class_weights,  # type: ignore[arg-type]
            label_smoothing=self._label_smoothing,
        )
        right = (logits[known].argmax(1) == prepared.label[known]).float().mean()
        self.log_of_training(batch, loss, accuracy=right)
        return loss if self.lifter is None else heard_by_all(loss, self.lifter)

    def collect(self, batch: ClipBatch) -> None:
        prepared = self.prepare(batch)
        self._collected.append((self.classify(prepared), prepared.label, prepared.index))

    def conclude(self, split: str) -> None:
        """Bring together what all processes saw, without filling and without unlabelled persons."""
        logits, label, index = (torch.cat(parts) for parts in zip(*self._collected, strict=True))
        self._collected.clear()
        if distributed():
            logits, label, index = (_from_all_processes(part) for part in (logits, label, index))
        real = (index >= 0) & (label >= 0)
        order = index[real].argsort(stable=True)
        self.predictions = Predictions(
            logits=logits[real][order].float().cpu(),
            label=label[real][order].cpu(),
            index=index[real][order].cpu(),
        )
        loss = F.cross_entropy(self.predictions.logits, self.predictions.label)
        self.log(f"{split}/loss", loss)
        self.log(f"{split}/accuracy", accuracy(self.predictions), prog_bar=True)


def _from_all_processes(part: Tensor) -> Tensor:
    """(N, ...) of every process behind each other; each has as many."""
    parts = [torch.empty_like(part) for _ in range(dist.get_world_size())]
    dist.all_gather(parts, part.contiguous())
    return torch.cat(parts)

"""A trained model as a function of tensors, which is what an exported file holds.

Notation used for shapes: N clips, M persons, T frames, V joints, C coordinates, B persons of a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from dancekit.data.clips import PICTURES, ClipBatch
from dancekit.exporting.description import INPUTS
from dancekit.interfaces import Lifter
from dancekit.skeleton.layout import Layout
from dancekit.tasks.recognition import Recognizer


class RecognitionNetwork(nn.Module):
    """Recordings, or batches that are prepared, to logits.

    Args:
        layout: of the keypoints that it takes.
        inputs: which of INPUTS come, in this order.
        inside: do the steps of preprocessing, the lifter among them; otherwise they have been done.
        labels_per_person: each person is answered for on their own.
        frame_pairs: frames come in pairs, as ClipBatch has them.
    """

    def __init__(
        self,
        model: Recognizer,
        *,
        layout: Layout,
        inputs: Sequence[str],
        inside: bool,
        labels_per_person: bool = False,
        frame_pairs: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.layout = layout
        self.inputs = tuple(inputs)
        self.inside = inside
        self.labels_per_person = labels_per_person
        self.frame_pairs = frame_pairs

    def forward(self, *tensors: Tensor) -> Tensor:
        """(N, classes), or (N*M, classes) where each person has a label."""
        given = dict(zip(self.inputs, tensors, strict=True))
        batch = batch_of(given, self.layout, labels_per_person=self.labels_per_person)
        batch.frame_pairs = self.frame_pairs
        if self.inside:
            batch = self.model.prepare(batch)
        elif self.labels_per_person:
            batch = batch.persons_as_clips()
        return self.model.classify(batch)


class LiftingNetwork(nn.Module):
    """`Lifter.lift` under the name that the exporter calls."""

    def __init__(self, lifter: Lifter) -> None:
        super().__init__()
        self.lifter = lifter

    def forward(self, *tensors: Tensor) -> Tensor:
        """(B, T, V, 2) and (B, T, V) to (B, T, V', 3)."""
        keypoints, score = tensors
        return self.lifter.lift(keypoints, score)


def axes_of(name: str, *, lifting: bool) -> tuple[str, ...]:
    """What the first axes of an input are, as far as they may change in size."""
    if lifting:
        return ("persons", "frames")
    if name in ("image_size", "frame_rate"):
        return ("clips",)
    return ("clips", "frames") if name in PICTURES else ("clips", "persons", "frames")


def batch_of(tensors: Mapping[str, Tensor], layout: Layout, *, labels_per_person: bool) -> ClipBatch:
    """A batch of what is given; what is not known of it is unknown."""
    clips, persons = tensors["present"].shape[:2]
    device = tensors["present"].device
    labels = (clips, persons) if labels_per_person else (clips,)
    unknown = {
        "image_size": torch.full((clips, 2), torch.nan, device=device),
        "frame_rate": torch.full((clips,), torch.nan, device=device),
    }
    given = {name: tensors[name] for name in INPUTS if name in tensors}
    return ClipBatch(
        **{**unknown, **given},  # type: ignore[arg-type]
        label=torch.full(labels, -1, dtype=torch.long, device=device),
        layout=layout,
        index=torch.arange(clips, device=device),
    )

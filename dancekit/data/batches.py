"""Several clips of one length as tensors: `ClipBatch`, which `dancekit.data.clips` hands on.

Notation used for shapes:
    N clips, M persons, T frames, V joints, C coordinates (2: pixels or normalised, 3: metres)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from dancekit.data.randomness import ClipRandom
from dancekit.masking import keep
from dancekit.skeleton.layout import Layout

PICTURES = ("frames", "person_mask", "silhouette", "thinned")
"""What a batch has as pictures, where a part asks for them: fields of ClipBatch."""


@dataclass(kw_only=True)
class ClipBatch:
    """Clips of one length as arrays; what every part after the data set takes.

    Attributes:
        keypoints: (N, M, T, V, C) float32; 0 where `score` is 0.
        score: (N, M, T, V) float32, 0 = missing, 1 = certain.
        present: (N, M, T) bool, this person is in this frame; padding is never computed as a person.
        label: (N,) int64, or (N, M) where each person has one; -1 = unknown.
        layout: which skeleton the V axis is.
        index: (N,) int64, the place of each clip in its split; -1 = filling, not a clip.
        frame_rate: (N,) float32 frames per second after resampling; NaN = unknown.
        image_size: (N, 2) float32 width and height in pixels; NaN for keypoints that are not in pixels.
        random: the draws for this batch; None where nothing is random (validation, test, prediction).
        frame_pairs: T is pairs of a moment and the one a recorded frame later; false for what reaches a
            lifter or a backbone.
        frames: (N, T, K, H, W) uint8 pictures, K = 3: red, green, blue, or 1: grey; black where nobody is
            there to be recorded. None, like the three that follow, where no part asks for pictures.
        person_mask: (N, T, H, W) bool, where the person is, as a detector or the maker of the recording says.
        silhouette: (N, T, H, W) bool, where a step of `preprocess` takes the person to be.
        thinned: (N, T, H, W) bool, the silhouette thinned to lines.
    """

    keypoints: Tensor
    score: Tensor
    present: Tensor
    label: Tensor
    layout: Layout
    index: Tensor
    frame_rate: Tensor
    image_size: Tensor
    random: ClipRandom | None = None
    frame_pairs: bool = False
    frames: Tensor | None = None
    person_mask: Tensor | None = None
    silhouette: Tensor | None = None
    thinned: Tensor | None = None

    def __len__(self) -> int:
        return self.keypoints.shape[0]

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> ClipBatch:
        tensors: dict[str, Any] = {
            each.name: value.to(device, non_blocking=non_blocking)
            for each in fields(self)
            if isinstance(value := getattr(self, each.name), Tensor)
        }
        return replace(self, **tensors, random=self.random and self.random.to(device))

    @property
    def seen(self) -> Tensor:
        """(N, M, T, V) bool: the joint is there, of a person who is there."""
        # Repeated in memory and compared as truth values, both of which have faster kernels.
        return self.score.bool() & self.present[..., None].expand_as(self.score).contiguous()

    def with_keypoints(self, keypoints: Tensor) -> ClipBatch:
        """The batch with other coordinates (N, M, T, V, C'); missing joints go back to 0."""
        return replace(self, keypoints=keep(keypoints, self.seen))

    def with_pictures(self, change: Callable[[Tensor], Tensor]) -> ClipBatch:
        """The batch with each of its kinds of pictures, (N, T, K, H, W) or (N, T, H, W), changed."""
        changed: dict[str, Any] = {
            name: change(pictures) for name in PICTURES if (pictures := getattr(self, name)) is not None
        }
        return replace(self, **changed)

    def persons_as_clips(self) -> ClipBatch:
        """Every person as a clip of their own, for labels per person: (N, M, ...) -> (N*M, 1, ...)."""
        n, m = self.present.shape[:2]

        def alone(values: Tensor) -> Tensor:
            return values.flatten(0, 1).unsqueeze(1)  # (N*M, 1, ...)

        def for_each(values: Tensor) -> Tensor:
            return values.repeat_interleave(m, dim=0)  # (N*M, ...)

        label = self.label if self.label.ndim == 2 else self.label[:, None].expand(n, m)
        return replace(
            self,
            keypoints=alone(self.keypoints),
            score=alone(self.score),
            present=alone(self.present),
            label=label.flatten(),  # (N*M,)
            index=for_each(self.index),
            frame_rate=for_each(self.frame_rate),
            image_size=for_each(self.image_size),
        ).with_pictures(for_each)

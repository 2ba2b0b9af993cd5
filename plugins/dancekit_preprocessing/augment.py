"""Random changes of where whole training clips are, how large and how turned; the movement stays.

Shapes are (N, M, T, V, C). All persons of a clip are changed together.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import torch

from dancekit.data.clips import ClipBatch
from dancekit.data.mirroring import sides_swapped
from dancekit.interfaces import Preprocessor
from dancekit_preprocessing.draws import chosen, draws, probability_of, share_of, size_of
from dancekit_preprocessing.turning import about_x, about_y, about_z, in_plane, mapped, moved, of_each_joint


class Rotate(Preprocessor):
    """Turn whole clips by a random angle: about the vertical (y) in 3D, in the picture plane in 2D.

    Args:
        degrees: the largest angle to either side.
        tilt_x: in 3D, the largest angle about the x axis, as a camera that looks up or down; after the turn.
        tilt_z: in 3D, the largest angle about the z axis, as a camera that is not level; last.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, degrees: float = 30.0, tilt_x: float = 0.0, tilt_z: float = 0.0) -> None:
        for name, value in (("degrees", degrees), ("tilt_x", tilt_x), ("tilt_z", tilt_z)):
            if not 0 <= value <= 180:
                raise ValueError(f"{name} must lie between 0 and 180, not {value}.")
        self.degrees, self.tilt_x, self.tilt_z = degrees, tilt_x, tilt_z

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        random = draws(batch)
        angle = random.uniform(low=-1, high=1) * math.radians(self.degrees)  # (N,)
        if batch.keypoints.shape[-1] == 2:
            return mapped(batch, in_plane(angle))
        turn = about_y(angle)  # (N, 3, 3)
        for tilt, about in ((self.tilt_x, about_x), (self.tilt_z, about_z)):
            if tilt:
                turn = turn @ about(random.uniform(low=-1, high=1) * math.radians(tilt))
        return mapped(batch, turn)


class Scale(Preprocessor):
    """Stretch whole clips about the origin, each axis by a factor of its own.

    Args:
        share: the largest change; 0.1 draws factors from 0.9 to 1.1.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, share: float = 0.1) -> None:
        self.share = share_of(share)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        v, axes = batch.keypoints.shape[3:]
        factor = draws(batch).uniform(axes, low=1 - self.share, high=1 + self.share)  # (N, C)
        stretched = batch.keypoints.flatten(3) * of_each_joint(factor, v)  # (N, M, T, V*C)
        return batch.with_keypoints(stretched.unflatten(3, (v, axes)))


class Shear(Preprocessor):
    """Slant whole clips about the origin: each axis gains a random share of every other one.

    Source: Rao et al., "Augmented skeleton based contrastive action learning with momentum LSTM", 2021.

    Args:
        share: the largest share to either side.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, share: float = 0.2) -> None:
        self.share = share_of(share)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        axes = batch.keypoints.shape[-1]
        slant = draws(batch).uniform(axes, axes, low=-self.share, high=self.share)  # (N, C, C)
        same = torch.eye(axes, device=slant.device)
        return mapped(batch, slant.where(same == 0, same))


class Translate(Preprocessor):
    """Move whole clips, each axis by a distance of its own.

    Args:
        distance: the largest, to either side, in the unit of the keypoints; after `scale_to_body` that is
            the size of the body.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, distance: float = 0.1) -> None:
        self.distance = size_of("distance", distance)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        axes = batch.keypoints.shape[-1]
        move = draws(batch).uniform(axes, low=-self.distance, high=self.distance)  # (N, C)
        return batch.with_keypoints(moved(batch, move))


class Mirror(Preprocessor):
    """Mirror left and right: x is negated and the paired joints change places.

    Only for movements that mean the same on either side, and for keypoints with the origin in the body
    (after `centre`).

    Args:
        probability: of each clip to be mirrored.
    """

    when: Literal["train", "always"] = "train"

    def __init__(self, *, probability: float = 0.5) -> None:
        self.probability = probability_of(probability)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        clips = chosen(batch, self.probability).nonzero()[:, 0]  # (K,)
        swapped = sides_swapped(batch.keypoints.index_select(0, clips), batch.layout)  # (K, M, T, V, C)
        swapped[..., 0].neg_()
        scores = sides_swapped(batch.score.index_select(0, clips), batch.layout)  # (K, M, T, V)
        mirrored = replace(batch, score=batch.score.index_copy(0, clips, scores))
        return mirrored.with_keypoints(batch.keypoints.index_copy(0, clips, swapped))

"""Where a clip is and how large: taken out of it. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.masking import keep, masked_mean
from dancekit_preprocessing.bones import lengths_of
from dancekit_preprocessing.turning import moved


class Centre(Preprocessor):
    """Put the centre joint of the first person at the origin; other persons keep their distance.

    Args:
        over: its mean place in the whole clip, which keeps how a dancer travels, or its place in every
            frame, which does not.
    """

    def __init__(self, *, over: Literal["clip", "frame"] = "clip") -> None:
        self.over = over

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        centre = batch.layout.centre
        place = batch.keypoints[:, :1, :, centre]  # (N, 1, T, C)
        seen = batch.seen[:, :1, :, centre, None]  # (N, 1, T, 1)
        mean = masked_mean(place, seen, 2)  # (N, 1, C)
        if self.over == "clip":
            return batch.with_keypoints(moved(batch, -mean[:, 0]))
        # A frame in which the centre is missing takes the clip's mean.
        origin = place.where(seen, mean[:, :, None])  # (N, 1, T, C)
        return batch.with_keypoints(batch.keypoints - origin[:, :, :, None])


class ScaleToBody(Preprocessor):
    """Divide by the size of the body, so that the distance of the camera does not matter.

    Afterwards the keypoints are not in pixels, and have no `image_size`.

    Args:
        by: "spread" is the root mean square distance of all seen joints from their middle in their frame;
            it needs no particular joint. "torso" is the mean length from the middle of the shoulders to the
            middle of the hips, which does not change with the pose in 3D; a clip in which the four are
            never seen together is divided by its spread.
        size: what this size becomes: with `by: torso` and 0.5, in metres, everyone has a trunk of half a
            metre, which is what a camera needs to know.

    Raises:
        LayoutError: when called for the torso in a layout without shoulders and hips.
    """

    def __init__(self, *, by: Literal["spread", "torso"] = "spread", size: float = 1.0) -> None:
        if not 0 < size < float("inf"):
            raise ValueError(f"size must lie above 0, not {size}.")
        self.by = by
        self.size = size

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        size = _torso(batch) if self.by == "torso" else spread_of(batch)  # (N,)
        if self.by == "torso" and (torch.compiler.is_compiling() or not bool((size > 0).all())):
            size = size.where(size > 0, spread_of(batch))
        # A clip with nothing in it stays as it is.
        size = (size / self.size).where(size > 0, 1)
        no_pixels = replace(batch, image_size=torch.full_like(batch.image_size, torch.nan))
        return no_pixels.with_keypoints(batch.keypoints / size[:, None, None, None, None])


def spread_of(batch: ClipBatch, *, each_person: bool = False) -> Tensor:
    """Root mean square distance of seen joints from their middle in their frame, over the whole clip.

    Returns:
        (N,), or (N, M) of each person; 0 says that there is none.
    """
    seen = batch.seen
    joints = seen.sum(3)  # (N, M, T)
    places = keep(batch.keypoints, seen).flatten(3)  # (N, M, T, V*C)
    v, c = batch.keypoints.shape[3:]
    # As products, sums over joints and their places again are several times as fast.
    each_axis = torch.eye(c, device=places.device).repeat(v, 1)  # (V*C, C)
    middle = places @ each_axis / joints.clamp(min=1)[..., None]  # (N, M, T, C)
    away = keep(places.sub_(middle @ each_axis.T).unflatten(3, (v, c)), seen)  # (N, M, T, V, C)
    first = 2 if each_person else 1
    distance: Tensor = torch.linalg.vector_norm(away.flatten(first), dim=-1)  # (N,) or (N, M)
    return distance / joints.flatten(first).sum(-1).clamp(min=1).sqrt()


def _torso(batch: ClipBatch) -> Tensor:
    """(N,) of which 0 says that it is never seen."""
    shoulders, hips = (
        [batch.layout.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "hip")
    )
    v, c = batch.keypoints.shape[3:]
    halves = torch.zeros(v, 1)
    halves[shoulders], halves[hips] = 0.5, -0.5
    # One product is several times as fast as picking the joints.
    take = torch.kron(halves, torch.eye(c)).to(batch.keypoints.device)  # (V*C, C)
    line = batch.keypoints.flatten(3) @ take  # (N, M, T, C)
    seen = batch.seen[..., [*shoulders, *hips]].all(3)  # (N, M, T)
    return masked_mean(lengths_of(line), seen, (1, 2))

"""Bones of a layout as matrices, so that a walk over the tree is one product.

Notation used for shapes: N clips, M persons, T frames, V joints, C coordinates.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.skeleton.layout import Layout


def parents_of(layout: Layout, device: torch.device) -> Tensor:
    """(V,) the parent of each joint; the root is its own."""
    parents = [joint if parent < 0 else parent for joint, parent in enumerate(layout.parents)]
    return torch.tensor(parents, device=device)


def from_parents(layout: Layout, device: torch.device) -> Tensor:
    """(V, V) float: places (..., V) times it are child minus parent; the root's are 0."""
    return _from_parents(layout).to(device)


@cache
def _from_parents(layout: Layout) -> Tensor:
    one_hot = torch.eye(layout.num_joints)
    return one_hot - one_hot[:, parents_of(layout, one_hot.device)]


def ancestry(layout: Layout, device: torch.device) -> Tensor:
    """(V, V) float: 1 where joint w lies on the way from the root to joint v, both included."""
    return _ancestry(layout).to(device)


@cache
def _ancestry(layout: Layout) -> Tensor:
    way = torch.zeros(layout.num_joints, layout.num_joints)
    for joint in range(layout.num_joints):
        above = joint
        while above >= 0:
            way[joint, above] = 1
            above = layout.parents[above]
    return way


def lengths_of(vectors: Tensor) -> Tensor:
    """(..., C) to (...); axis by axis, which is several times as fast as a norm over so short an axis."""
    axes = vectors.unbind(-1)
    squares = axes[0].square()
    for axis in axes[1:]:
        squares = squares.addcmul_(axis, axis)
    return squares.sqrt_()


def bone_vectors(keypoints: Tensor, parents: Tensor) -> Tensor:
    """(N, M, T, V, C) places to child minus parent; the root's is 0."""
    return keypoints - keypoints.index_select(3, parents)


def bone_scores(score: Tensor, parents: Tensor) -> Tensor:
    """(N, M, T, V): a bone is as sure as the less sure of its ends, and missing when either is."""
    return torch.minimum(score, score.index_select(3, parents))


class Bones:
    """The bones of a batch, axis by axis, so that they lie side by side in memory as the products want them.

    Attributes:
        vectors: (C, N, M, T, V) child minus parent; 0 where either is missing, and for the root.
        whole: (N, M, T, V) bool, both ends are seen.
    """

    def __init__(self, batch: ClipBatch) -> None:
        self._batch = batch
        seen, device = batch.seen, batch.keypoints.device
        self.whole = seen & seen.index_select(3, parents_of(batch.layout, device))  # (N, M, T, V)
        self._places = batch.keypoints.movedim(-1, 0).contiguous()  # (C, N, M, T, V)
        self.vectors = (self._places @ from_parents(batch.layout, device)).mul_(self.whole)

    def stretched(self, ratio: Tensor) -> ClipBatch:
        """The batch with every bone of a clip as many times as long: (N, V), by the child of each.

        Joints are put together again from the root, which stays in place. A bone that is missing keeps its
        length; what hangs on it moves along.
        """
        # How far a joint moves is what all bones on its way from the root have grown by.
        way = ancestry(self._batch.layout, ratio.device)  # (V, V)
        growth = (way * (ratio - 1)[:, None]).transpose(1, 2)  # (N, V, V)
        moved = self._places.flatten(2, 3) + self.vectors.flatten(2, 3) @ growth  # (C, N, M*T, V)
        return self._batch.with_keypoints(moved.view_as(self._places).movedim(0, -1))

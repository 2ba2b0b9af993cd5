"""A batch in another layout. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.skeleton.convert import conversion_matrix
from dancekit.skeleton.layout import Layout


def converted(batch: ClipBatch, layout: Layout) -> ClipBatch:
    """The batch in another layout, by the names of the joints and by what either layout says of derived ones.

    A derived joint is missing where any joint that it is made from is, and as sure as the least sure of them.

    Raises:
        LayoutError: the batch cannot give all joints of the layout.
    """
    if batch.layout == layout:
        return batch.with_keypoints(batch.keypoints)
    weights = torch.from_numpy(conversion_matrix(batch.layout, layout))  # (V', V)
    parts = _parts(weights).to(batch.score.device)  # (V', P)
    joints, most = parts.shape
    around = batch.score.shape[:3]
    scores = batch.score.index_select(3, parts.flatten()).view(*around, joints, most)  # (N, M, T, V', P)
    in_layout = replace(batch, score=scores.amin(4), layout=layout)
    axes = batch.keypoints.shape[-1]
    # One product for all axes is several times as fast as one for each frame.
    whole = torch.kron(weights.T.contiguous(), torch.eye(axes)).to(batch.keypoints.device)  # (V*C, V'*C)
    places = batch.keypoints.flatten(3) @ whole  # (N, M, T, V'*C)
    return in_layout.with_keypoints(places.view(*around, joints, axes))


def _parts(weights: Tensor) -> Tensor:
    """(V', P) the joints that each is made of; the first of them again where others have more."""
    rows = [row.nonzero()[:, 0].tolist() for row in weights]
    most = max(len(row) for row in rows)
    return torch.tensor([row + row[:1] * (most - len(row)) for row in rows])

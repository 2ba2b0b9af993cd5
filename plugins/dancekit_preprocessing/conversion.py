"""From the skeleton of the recordings to another. Shapes are (N, M, T, V, C)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.skeleton.convert import conversion_matrix
from dancekit.skeleton.layout import Layout


class ConvertLayout(Preprocessor):
    """Put keypoints into another layout by the names of the joints, whatever layout they are in.

    A joint takes the place of the one with the same name, or is the mean of those that either layout names
    under `derived`: it is then missing where any of them is, and as sure as the least sure of them.

    Args:
        layout: the name of a layout, a YAML file, or the layout itself.

    Raises:
        LayoutError: when called in a layout that cannot give all joints; it names those that lack.
    """

    def __init__(self, *, layout: Layout) -> None:
        self.layout = layout

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        weights = torch.from_numpy(conversion_matrix(batch.layout, self.layout))  # (V', V)
        parts = _parts(weights).to(batch.score.device)  # (V', P)
        joints, most = parts.shape
        scores = batch.score.index_select(3, parts.flatten()).unflatten(3, (joints, most))  # (N, M, T, V', P)
        converted = replace(batch, score=scores.amin(4), layout=self.layout)
        axes = batch.keypoints.shape[-1]
        # One product for all axes is several times as fast as one for each frame.
        whole = torch.kron(weights.T.contiguous(), torch.eye(axes)).to(batch.keypoints.device)  # (V*C, V'*C)
        places = batch.keypoints.flatten(3) @ whole  # (N, M, T, V'*C)
        return converted.with_keypoints(places.unflatten(3, (joints, axes)))


def _parts(weights: Tensor) -> Tensor:
    """(V', P) the joints that each is made of; the first of them again where others have more."""
    rows = [row.nonzero()[:, 0].tolist() for row in weights]
    most = max(len(row) for row in rows)
    return torch.tensor([row + row[:1] * (most - len(row)) for row in rows])

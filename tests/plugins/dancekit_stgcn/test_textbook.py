"""The textbook form of ST-GCN is the same function, learns alike, and shares nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch
from dancekit_stgcn.attention import SpatialAttention, SpatioTemporalAttention
from dancekit_stgcn.model import STGCN
from torch import Tensor

from dancekit.interfaces import Attention
from dancekit.skeleton.layout import Layout
from dancekit.testing.examples import example_batch

LAYOUT = Layout.named("dance11")


class Double(Attention):
    """Of another plugin: what is not known is taken as it is."""

    def __init__(self, *, channels: int) -> None:
        super().__init__()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return 2 * x


def _batch():
    batch = example_batch(layout=LAYOUT, persons=1, complete=True)
    return replace(batch, score=torch.ones_like(batch.score))


def _x(batch) -> Tensor:
    return batch.keypoints[:, 0].permute(0, 3, 1, 2)  # (B, C, T, V)


OPTIONS = [
    {},
    {"score_channel": True, "importance": False, "temporal_kernel": 5},
    {"attention": partial(SpatioTemporalAttention, gate="literal"), "partition": "distance"},
    {"attention": partial(SpatialAttention, maps="full"), "score_channel": True},
    {"attention": Double, "stages": (1, 2, 2), "strides": (2, 1, 2)},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_same_features_and_same_learning(stirred, options) -> None:
    torch.manual_seed(0)
    ours = stirred(STGCN(layout=LAYOUT, coordinates=2, width=4, **options)).double()
    batch = _batch()
    batch = replace(batch, keypoints=batch.keypoints.double(), score=batch.score.double())
    textbook = ours.textbook().double()
    for model in (ours, textbook):
        model.eval()
    with torch.no_grad():
        torch.testing.assert_close(textbook(_x(batch)), ours(batch), rtol=1e-4, atol=1e-5)
    numbers = []
    for model, given in ((ours.train(), batch), (textbook.train(), _x(batch))):
        model.zero_grad()
        out = model(given)
        out.square().mean().backward()
        gradient = sorted(float(each.grad.norm()) for each in model.parameters())
        numbers.append((out.detach(), torch.tensor(gradient)))
    torch.testing.assert_close(numbers[0], numbers[1], rtol=1e-4, atol=1e-5)


def test_nothing_is_shared() -> None:
    ours = STGCN(layout=LAYOUT, coordinates=2, width=4, attention=SpatioTemporalAttention)
    mine = {each.data_ptr() for each in (*ours.parameters(), *ours.buffers())}
    plain = ours.textbook()
    assert not mine & {each.data_ptr() for each in (*plain.parameters(), *plain.buffers())}
    assert sum(each.numel() for each in plain.parameters()) == sum(each.numel() for each in ours.parameters())

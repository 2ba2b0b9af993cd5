"""Fusing: the same numbers with fewer steps, and the module it came from untouched."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from dancekit_stgcn.attention import SpatioTemporalAttention
from dancekit_stgcn.model import STGCN, GraphConvolution
from torch import Tensor, nn

from dancekit.exporting.fusing import FoldedNorm, fuse
from dancekit.masking import MaskedBatchNorm
from dancekit.skeleton.layout import Layout
from dancekit.testing.examples import example_batch

LAYOUT = Layout.named("dance11")


def _used(network: nn.Module) -> nn.Module:
    """With weights and statistics unlike those of a new one, as a trained one has."""
    generator = torch.Generator().manual_seed(0)
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
        elif value.is_floating_point():
            value.add_(torch.randn(value.shape, generator=generator), alpha=0.2)
    return network.eval()


class _Pair(nn.Module):
    """A convolution and the norm after it, `times` times over."""

    def __init__(self, convolution: nn.Module, norm: nn.Module, times: int = 1) -> None:
        super().__init__()
        self.convolution, self.norm, self.times = convolution, norm, times

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.times):
            x = self.norm(self.convolution(x))
        return x


def _literal(pair: _Pair, x: Tensor) -> Tensor:
    """y = weight (W x + b - mean) / sqrt(variance + eps) + bias, term by term."""
    y, norm = pair.convolution(x), pair.norm
    result = torch.empty_like(y)
    for channel in range(y.shape[1]):
        spread = (norm.running_var[channel] + norm.eps).sqrt()
        normal = (y[:, channel] - norm.running_mean[channel]) / spread
        result[:, channel] = normal * norm.weight[channel] + norm.bias[channel]
    return result


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("convolution", "norm", "shape"),
    [
        (lambda bias: nn.Conv2d(3, 5, (3, 1), bias=bias), MaskedBatchNorm, (2, 3, 7, 4)),
        (lambda bias: nn.Conv2d(3, 5, 1, bias=bias), nn.BatchNorm2d, (2, 3, 7, 4)),
        (lambda bias: nn.Conv1d(3, 5, 3, dilation=2, bias=bias), MaskedBatchNorm, (2, 3, 9)),
        (lambda bias: nn.Linear(3, 5, bias=bias), nn.BatchNorm1d, (6, 3)),
    ],
)
def test_a_norm_goes_into_the_convolution_before_it(
    convolution: Any, norm: Any, shape: Any, bias: bool
) -> None:
    pair = _used(_Pair(convolution(bias), norm(5)))
    assert isinstance(pair, _Pair)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = _literal(pair, x)
        kept = {name: value.clone() for name, value in pair.state_dict().items()}
        fused = fuse(pair, lambda network: network(x))
        torch.testing.assert_close(fused(x), wanted, atol=1e-5, rtol=1e-5)
    assert isinstance(fused.norm, FoldedNorm)
    assert isinstance(pair.norm, norm)  # the one that it came from is as it was
    assert all(torch.equal(kept[name], value) for name, value in pair.state_dict().items())


def test_what_is_used_twice_stays_as_it_is() -> None:
    pair = _used(_Pair(nn.Conv1d(3, 3, 1), MaskedBatchNorm(3), times=2))
    x = torch.randn(2, 3, 4)
    fused = fuse(pair, lambda network: network(x))
    assert isinstance(fused.norm, MaskedBatchNorm)
    with torch.no_grad():
        assert torch.equal(fused(x), pair(x))


def test_a_norm_of_something_else_stays() -> None:
    network = _used(nn.Sequential(nn.Conv1d(3, 3, 1), nn.ReLU(), MaskedBatchNorm(3)))
    x = torch.randn(2, 3, 4)
    fused = fuse(network, lambda network: network(x))
    assert isinstance(fused.get_submodule("2"), MaskedBatchNorm)
    with torch.no_grad():
        assert torch.equal(fused(x), network(x))


def _stgcn(**options: Any) -> STGCN:
    network = STGCN(
        layout=LAYOUT,
        coordinates=2,
        width=4,
        stages=(1, 2),
        strides=(1, 2),
        attention=lambda channels: SpatioTemporalAttention(channels=channels),
        **options,
    )
    used = _used(network)
    assert isinstance(used, STGCN)
    return used


@pytest.mark.parametrize("attention_after", [False, True])
@pytest.mark.parametrize("importance", [False, True])
def test_stgcn_keeps_its_answers_and_loses_its_norms(importance: bool, attention_after: bool) -> None:
    network = _stgcn(importance=importance, attention_after=attention_after)
    batch = example_batch(layout=LAYOUT)
    fused = fuse(network, lambda network: network(batch))
    others = example_batch(layout=LAYOUT, persons=1, frames=11, seed=3)
    with torch.no_grad():
        for each in (batch, others):
            torch.testing.assert_close(fused(each), network(each), atol=1e-5, rtol=1e-4)
    left = [name for name, module in fused.named_modules() if isinstance(module, MaskedBatchNorm)]
    assert left == ["input_norm"]  # there is no convolution before it


def test_the_graph_and_its_mask_become_one_matrix() -> None:
    network = _stgcn()
    fused = fuse(network, lambda network: network(example_batch(layout=LAYOUT)))
    assert isinstance(fused, STGCN)
    for before, after in zip(network.blocks, fused.blocks, strict=True):
        spatial, folded = before.spatial, after.spatial
        assert isinstance(spatial, GraphConvolution) and isinstance(folded, GraphConvolution)
        assert folded.importance is None and spatial.importance is not None
        k, v, _ = spatial.graph.shape
        for i in range(k):
            for j in range(v):
                product = spatial.graph[i, j] * spatial.importance[i, j]
                assert torch.equal(folded.graph[i, j], product)
    # It no longer follows from the layout, so it has to be kept with the weights.
    assert any(name.endswith("spatial.graph") for name in fused.state_dict())
    torch.testing.assert_close(fused.connections(), network.connections())

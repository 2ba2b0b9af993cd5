"""Parameters and multiply-accumulates against formulas written out."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.interfaces import Attention
from dancekit.masking import MaskedBatchNorm
from dancekit.measuring.operations import count_macs, count_parameters


class Gate(Attention):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, 1, (3, 1), padding=(1, 0), bias=False)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return x * torch.sigmoid(self.convolution(x))


class Network(nn.Module):
    """One layer of each kind, a product with a graph, and one layer that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate(3)
        self.convolution = nn.Conv2d(3, 8, (5, 1), padding=(2, 0), bias=False)
        self.norm = MaskedBatchNorm(8)
        self.graph = nn.Parameter(torch.rand(11, 11))
        self.linear = nn.Linear(8, 6)
        self.idle = nn.Linear(100, 100)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.convolution(self.gate(x))) @ self.graph
        return self.linear(y.mean((2, 3)))


B, T, V = 2, 7, 11
EXPECTED = {
    "convolution": B * 8 * T * V * 3 * 5,
    "matrix_product": B * 8 * T * V * V,
    "attention": B * T * V * 3 * 3,
    "linear": B * 8 * 6,
}


def test_macs_are_those_of_the_formulas() -> None:
    network, x = Network().eval(), torch.randn(B, 3, T, V)
    with torch.no_grad():
        counts = count_macs(network, lambda: network(x))
    assert counts == EXPECTED
    assert list(counts.values()) == sorted(counts.values(), reverse=True)


def test_backward_costs_each_product_twice_again() -> None:
    network, x = Network(), torch.randn(B, 3, T, V, requires_grad=True)
    counts = count_macs(network, lambda: network(x).sum().backward())
    assert sum(counts.values()) == 3 * sum(EXPECTED.values())


def test_counting_leaves_nothing_behind() -> None:
    network, x = Network().eval(), torch.randn(B, 3, T, V)
    with pytest.raises(RuntimeError):
        count_macs(network, lambda: network(x[:, :2]))
    assert torch.backends.mha.get_fastpath_enabled()
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in network.modules())
    assert count_macs(network, lambda: network(x)) == EXPECTED


def test_parameters_by_kind() -> None:
    assert count_parameters(Network()) == {
        "linear": 100 * 101 + 6 * 9,
        "other": 121,
        "convolution": 8 * 3 * 5,
        "norm": 16,
        "attention": 9,
    }


def test_a_shared_parameter_counts_once() -> None:
    first, second = nn.Linear(5, 5, bias=False), nn.Linear(5, 5, bias=False)
    second.weight = first.weight
    assert count_parameters(nn.Sequential(first, second)) == {"linear": 25}


@given(length=st.integers(1, 9), width=st.sampled_from([4, 8]))
@settings(max_examples=10, deadline=None)
def test_multi_head_attention_is_counted_in_evaluation_too(length: int, width: int) -> None:
    """Projections of queries, keys, values and the result, scores, and their mean of the values."""
    layer = nn.MultiheadAttention(width, 2, batch_first=True).eval()
    x = torch.randn(3, length, width)
    with torch.no_grad():
        counts = count_macs(layer, lambda: layer(x, x, x, need_weights=False))
    assert counts == {"attention": 3 * (4 * length * width**2 + 2 * length**2 * width)}


def test_scaled_dot_products_are_attention_wherever_they_stand() -> None:
    x = torch.randn(1, 2, 5, 4, requires_grad=True)
    forward = 2 * 2 * 5 * 5 * 4  # heads, and two products of 5 by 5 by 4
    counts = count_macs(nn.Identity(), lambda: F.scaled_dot_product_attention(x, x, x))
    assert counts == {"attention": forward}
    counts = count_macs(nn.Identity(), lambda: F.scaled_dot_product_attention(x, x, x).sum().backward())
    assert counts == {"attention": forward + 5 * forward // 2}  # scores are made once more

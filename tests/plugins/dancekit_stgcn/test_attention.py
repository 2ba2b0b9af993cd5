import literal
import numpy as np
import pytest
import torch
from dancekit_stgcn.attention import SpatialAttention, SpatioTemporalAttention, TemporalAttention


def _norm(norm):
    return [
        value.detach().double().numpy()
        for value in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    ]


def _literal_gate(x, attention):
    weights = attention.convolution.weight.detach().double().numpy()
    return literal.gate(x, weights, _norm(attention.norm), attention.gate == "residual")


@pytest.mark.parametrize("gate", ["residual", "literal"])
@pytest.mark.parametrize("maps", ["one", "full"])
@pytest.mark.parametrize("attention", [TemporalAttention, SpatialAttention])
def test_gate_is_the_equation(attention, maps, gate, stirred):
    module = stirred(attention(channels=4, maps=maps, gate=gate)).eval()
    x = torch.randn(2, 4, 6, 5)
    ours = module(x)
    for person in range(2):
        expected = torch.from_numpy(_literal_gate(x[person].double().numpy(), module))
        torch.testing.assert_close(ours[person].double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("attention", "axis"), [(TemporalAttention, 2), (SpatialAttention, 1)])
def test_a_pooled_gate_is_the_equation_on_means(attention, axis, stirred):
    module = stirred(attention(channels=4, maps="pooled")).eval()
    x = torch.randn(2, 4, 6, 5)
    mask = torch.ones(2, 6, dtype=torch.bool)
    mask[1, 4:] = False
    for person, frames in ((0, 6), (1, 4)):
        there = x[person, :, :frames].double().numpy()
        means = there.mean(axis, keepdims=True)
        scores = literal.batch_norm(
            literal.convolution(means, module.convolution.weight.detach().double().numpy()),
            *_norm(module.norm),
        )
        expected = torch.from_numpy(there * (1 + 1 / (1 + np.exp(-scores))))
        ours = module(x, mask)[person, :, :frames].double()
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)
    maps = module.maps(x, mask)["gate"]
    assert maps.shape == (2, 6, 5)
    assert (maps == (maps[:, :, :1] if axis == 2 else maps[:, :1])).all()


def test_both_gates_one_after_the_other(stirred):
    module = stirred(SpatioTemporalAttention(channels=3, maps="full", gate="literal")).eval()
    x = torch.randn(1, 3, 5, 4)
    expected = _literal_gate(_literal_gate(x[0].double().numpy(), module.temporal), module.spatial)
    torch.testing.assert_close(module(x)[0].double(), torch.from_numpy(expected), rtol=1e-5, atol=1e-5)


def test_temporal_looks_along_time_and_spatial_along_joints(stirred):
    x = torch.zeros(1, 2, 9, 9)
    x[0, :, 4, 4] = 1.0
    for attention, seen in ((TemporalAttention, (slice(3, 6), 4)), (SpatialAttention, (4, slice(3, 6)))):
        module = stirred(attention(channels=2)).eval()
        change = (module.weights(x) - module.weights(torch.zeros_like(x)))[0, 0] != 0
        expected = torch.zeros(9, 9, dtype=torch.bool)
        expected[seen] = True
        assert torch.equal(change, expected)


def test_zero_start_gates_by_one_half():
    x = torch.randn(3, 4, 6, 5)
    module = TemporalAttention(channels=4, start="zero", gate="literal")
    torch.testing.assert_close(module(x), x / 2)


@pytest.mark.parametrize("maps", ["one", "full", "pooled"])
@pytest.mark.parametrize("attention", [TemporalAttention, SpatialAttention, SpatioTemporalAttention])
def test_absent_frames_reach_nobody(attention, maps):
    torch.manual_seed(0)
    module = attention(channels=4, maps=maps)
    x = torch.randn(2, 4, 8, 5)
    mask = torch.ones(2, 8, dtype=torch.bool)
    mask[1, 5:] = False
    other = x.clone()
    other[1, :, 5:] = 1e6
    there = mask[:, None].expand(2, 4, 8)
    torch.testing.assert_close(module(x, mask)[there], module(other, mask)[there])


def test_maps_are_the_weights():
    x = torch.randn(2, 4, 8, 5)
    module = SpatioTemporalAttention(channels=4).eval()
    maps = module.maps(x)
    assert set(maps) == {"temporal", "spatial"}
    torch.testing.assert_close(maps["temporal"], module.temporal.weights(x)[:, 0])
    torch.testing.assert_close(maps["spatial"], module.spatial.weights(module.temporal(x))[:, 0])

from functools import partial

import literal
import numpy as np
import pytest
import torch
from dancekit_stgcn.attention import SpatioTemporalAttention
from dancekit_stgcn.model import STGCN, GraphConvolution

from dancekit.masking import MaskedBatchNorm
from dancekit.skeleton.graph import adjacency
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("dance11")


def _double(tensor):
    return tensor.detach().double().numpy()


def _literal_norm(x, norm):
    return literal.batch_norm(x, *map(_double, (norm.running_mean, norm.running_var, norm.weight, norm.bias)))


def _literal_graph_convolution(x, convolution):
    k = len(convolution.graph)
    weight = _double(convolution.mix.weight)[:, :, 0, 0]  # (O, K*C)
    weights = weight.reshape(len(weight), k, -1).transpose(1, 0, 2)  # (K, O, C)
    return literal.graph_convolution(x, _double(convolution.graph * convolution.importance), weights)


def _literal_attention(x, attention):
    for gate in (attention.temporal, attention.spatial):
        weights = _double(gate.convolution.weight)
        norm = gate.norm
        norms = tuple(map(_double, (norm.running_mean, norm.running_var, norm.weight, norm.bias)))
        x = literal.gate(x, weights, norms, gate.gate == "residual")
    return x


def _literal_block(x, block):
    y = x if block.attention_after else _literal_attention(x, block.attention)
    y = np.maximum(_literal_norm(_literal_graph_convolution(y, block.spatial), block.spatial_norm), 0)
    if block.attention_after:
        y = _literal_attention(y, block.attention)
    stride = block.temporal.stride[0]
    y = _literal_norm(literal.convolution(y, _double(block.temporal.weight), stride), block.temporal_norm)
    if block.shortcut is not None:
        y += _literal_norm(
            literal.convolution(x, _double(block.shortcut.weight), stride), block.shortcut_norm
        )
    elif block.residual:
        y += x
    return np.maximum(y, 0)


def test_graph_convolution_is_equation_11(stirred):
    graph = torch.from_numpy(adjacency(LAYOUT))
    module = stirred(GraphConvolution(in_channels=3, out_channels=4, graph=graph, importance=True))
    x = torch.randn(2, 3, 5, 11)
    for person in range(2):
        expected = _literal_graph_convolution(_double(x[person]), module)
        np.testing.assert_allclose(_double(module(x)[person]), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("gate", ["residual", "literal"])
def test_network_is_equations_10_to_15(gate, after, stirred):
    attention = partial(SpatioTemporalAttention, gate=gate)
    model = stirred(
        STGCN(
            layout=LAYOUT,
            coordinates=2,
            width=3,
            stages=(1, 1, 2),
            strides=(1, 1, 2),
            temporal_kernel=5,
            attention=attention,
            attention_after=after,
        )
    ).eval()
    x = torch.randn(1, 2, 7, 11)
    expected = _double(x[0])
    for block in model.blocks:
        expected = _literal_block(expected, block)
    ours = _double(model.features(x, None)[0])
    assert ours.shape == (6, 4, 11)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_published_shape():
    """Ten blocks, 64 x4, 128 x3, 256 x3, stride 2 at the fifth and the eighth, about 3.1 million weights."""
    model = STGCN(layout=Layout.named("ntu25"), coordinates=3)
    assert [block.temporal.out_channels for block in model.blocks] == [64] * 4 + [128] * 3 + [256] * 3
    assert [block.temporal.stride[0] for block in model.blocks] == [1, 1, 1, 1, 2, 1, 1, 2, 1, 1]
    assert [block.residual for block in model.blocks] == [False] + [True] * 9
    assert all(block.temporal.kernel_size == (9, 1) for block in model.blocks)
    assert 3.0e6 < sum(parameter.numel() for parameter in model.parameters()) < 3.2e6


def test_connections_start_as_the_graph():
    model = STGCN(layout=LAYOUT, coordinates=2, width=2)
    expected = torch.from_numpy(adjacency(LAYOUT).sum(0))
    torch.testing.assert_close(model.connections(), expected.expand(10, 11, 11))


def test_without_importance_the_graph_is_fixed():
    model = STGCN(layout=LAYOUT, coordinates=2, width=2, importance=False)
    assert not [name for name, _ in model.named_parameters() if "importance" in name]
    model.features(torch.randn(1, 2, 8, 11), None).sum().backward()
    torch.testing.assert_close(model.connections()[0], torch.from_numpy(adjacency(LAYOUT).sum(0)))


def test_absent_frames_are_as_if_the_clip_ended_before(stirred):
    """Frames that are masked at the end give what a shorter clip gives, in training and in evaluation."""
    model = stirred(STGCN(layout=LAYOUT, coordinates=2, width=4, attention=partial(SpatioTemporalAttention)))
    x = torch.randn(3, 2, 16, 11)
    mask = torch.ones(3, 16, dtype=torch.bool)
    mask[:, 8:] = False
    for mode in (True, False):
        model.train(mode)
        short = model.features(x[:, :, :8], None)
        long = model.features(x.masked_fill(~mask[:, None, :, None], 0), mask)
        torch.testing.assert_close(long[:, :, : short.shape[2]], short, rtol=1e-4, atol=1e-5)
        assert not long[:, :, short.shape[2] :].any()


def test_masked_statistics_are_those_of_the_shorter_clip():
    torch.manual_seed(0)
    x = torch.randn(3, 2, 16, 11)
    mask = torch.ones(3, 16, dtype=torch.bool)
    mask[:, 8:] = False
    models = []
    for clip, there in ((x[:, :, :8], None), (x.masked_fill(~mask[:, None, :, None], 0), mask)):
        torch.manual_seed(1)
        models.append(STGCN(layout=LAYOUT, coordinates=2, width=4).train())
        models[-1].features(clip, there)
    for short, long in zip(*(_norms(model) for model in models), strict=True):
        torch.testing.assert_close(long.running_mean, short.running_mean, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(long.running_var, short.running_var, rtol=1e-4, atol=1e-6)


def _norms(model):
    return [module for module in model.blocks.modules() if isinstance(module, MaskedBatchNorm)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stages": (1, 2), "strides": (1,)}, "as many strides"),
        ({"stages": (), "strides": ()}, "at least one"),
        ({"temporal_kernel": 4}, "odd"),
        ({"width": 0}, "at least 1"),
    ],
)
def test_senseless_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        STGCN(layout=LAYOUT, coordinates=2, **arguments)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_gpu_gives_what_the_cpu_gives():
    model = STGCN(layout=LAYOUT, coordinates=2, width=8, attention=partial(SpatioTemporalAttention)).eval()
    x = torch.randn(2, 2, 16, 11)
    expected = model.features(x, None)
    on_gpu = model.cuda().features(x.cuda(), None).cpu()
    torch.testing.assert_close(on_gpu, expected, rtol=1e-3, atol=1e-3)

"""Masked statistics against the usual ones, against literal loops, and over processes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn

from dancekit.masking import (
    MaskedBatchNorm,
    keep,
    masked_mean,
    repeat_last,
    resample_mask,
    zero_absent,
)


def _norms(
    features: int = 3, *, dtype: torch.dtype = torch.float32
) -> tuple[MaskedBatchNorm, nn.BatchNorm2d]:
    """One of ours and one of torch's with the same weights."""
    ours, theirs = MaskedBatchNorm(features).to(dtype), nn.BatchNorm2d(features).to(dtype)
    generator = torch.Generator().manual_seed(3)
    for name in ("weight", "bias"):
        values = torch.randn(features, generator=generator).to(dtype)
        getattr(ours, name).data.copy_(values)
        getattr(theirs, name).data.copy_(values)
    return ours, theirs


def _input(seed: int = 0, *, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(4, 3, 5, 2, generator=torch.Generator().manual_seed(seed)).to(dtype) * 3 + 7


def _mask(seed: int = 0) -> Tensor:
    """(B, 1, T, 1)"""
    return torch.rand(4, 1, 5, 1, generator=torch.Generator().manual_seed(seed)) > 0.4


@pytest.mark.parametrize("everything", [None, torch.ones(4, 1, 5, 1, dtype=torch.bool)])
def test_where_all_is_there_it_is_batch_norm(everything: Tensor | None) -> None:
    ours, theirs = _norms(dtype=torch.float64)
    for seed in range(3):
        x, y = (_input(seed, dtype=torch.float64).requires_grad_() for _ in range(2))
        one, other = ours(x, everything), theirs(y)
        torch.testing.assert_close(one, other)
        one.square().sum().backward()
        other.square().sum().backward()
        torch.testing.assert_close(x.grad, y.grad)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    ours.eval()
    theirs.eval()
    x = _input(9, dtype=torch.float64)
    torch.testing.assert_close(ours(x, everything), theirs(x))


def _literally(norm: MaskedBatchNorm, x: Tensor, mask: Tensor) -> tuple[Tensor, list[float], list[float]]:
    """Batch norm over what is there, one number at a time; also mean and unbiased variance."""
    mask = mask.expand_as(x)
    result, means, variances = torch.zeros_like(x), [], []
    for f in range(x.shape[1]):
        there = [float(x[b, f, t, v]) for b, t, v in _places(x) if mask[b, f, t, v]]
        mean = sum(there) / len(there)
        variance = sum((value - mean) ** 2 for value in there) / len(there)
        for b, t, v in _places(x):
            scaled = (float(x[b, f, t, v]) - mean) / math.sqrt(variance + norm.eps)
            result[b, f, t, v] = scaled * norm.weight[f].item() + norm.bias[f].item()
        means.append(mean)
        variances.append(variance * len(there) / max(len(there) - 1, 1))
    return result, means, variances


def _places(x: Tensor) -> list[tuple[int, int, int]]:
    b, _, t, v = x.shape
    return [(i, j, k) for i in range(b) for j in range(t) for k in range(v)]


@pytest.mark.parametrize("shape", [(4, 1, 5, 1), (4, 3, 5, 2), (1, 1, 5, 1)])
def test_only_what_is_there_counts(shape: tuple[int, ...]) -> None:
    norm, _ = _norms()
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(1)) > 0.4
    x = _input()
    x[~mask.expand_as(x)] = 1e6
    expected, means, variances = _literally(norm, x, mask)
    result = norm(x, mask)
    there = mask.expand_as(x)
    torch.testing.assert_close(result[there], expected[there], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(norm.running_mean, 0.1 * torch.tensor(means))
    torch.testing.assert_close(norm.running_var, 0.9 + 0.1 * torch.tensor(variances))


def test_what_stands_in_for_the_absent_changes_nothing() -> None:
    mask = _mask()
    there = mask.expand(4, 3, 5, 2)
    found = []
    for filling in (0.0, 1e30, math.nan, math.inf):
        norm, _ = _norms()
        x = _input()
        x[~there] = filling
        x.requires_grad_()
        result = norm(x, mask)
        result[there].square().sum().backward()
        assert x.grad is not None
        found.append((result[there], norm.running_mean, norm.running_var, x.grad[there]))
        assert (x.grad[~there] == 0).all()
    for values in found[1:]:
        for one, other in zip(values, found[0], strict=True):
            assert torch.equal(one, other)


def test_a_feature_that_is_not_there_leaves_its_statistics() -> None:
    norm, _ = _norms()
    mask = torch.ones(4, 3, 5, 2, dtype=torch.bool)
    mask[:, 1] = False
    result = norm(_input(), mask)
    assert norm.running_mean[1] == 0 and norm.running_var[1] == 1
    assert (norm.running_mean[[0, 2]] != 0).all()
    assert result[:, [0, 2]].isfinite().all()


def test_one_number_has_no_spread_but_a_mean() -> None:
    norm, _ = _norms()
    mask = torch.zeros(4, 1, 5, 2, dtype=torch.bool)
    mask[0, 0, 0, 0] = True
    result = norm(_input(), mask)
    torch.testing.assert_close(result[0, :, 0, 0], norm.bias)
    torch.testing.assert_close(norm.running_var, torch.full((3,), 0.9))


def test_evaluation_uses_what_training_remembered() -> None:
    norm, _ = _norms()
    norm(_input(), _mask())
    norm.eval()
    before = norm.running_mean.clone()
    x = _input(5)
    expected = (x - norm.running_mean.view(1, -1, 1, 1)) / (norm.running_var + norm.eps).sqrt().view(
        1, -1, 1, 1
    )
    expected = expected * norm.weight.view(1, -1, 1, 1) + norm.bias.view(1, -1, 1, 1)
    torch.testing.assert_close(norm(x, _mask(2)), expected)
    assert torch.equal(norm.running_mean, before)


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 4), (2, 3, 4, 5, 2)])
def test_any_number_of_axes(shape: tuple[int, ...]) -> None:
    norm = MaskedBatchNorm(3)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    masked = norm(x, torch.ones(shape, dtype=torch.bool))
    torch.testing.assert_close(masked, MaskedBatchNorm(3)(x))


def test_state_has_the_names_of_batch_norm() -> None:
    ours, theirs = _norms()
    theirs(_input())
    names = set(theirs.state_dict()) - {"num_batches_tracked"}
    assert set(ours.state_dict()) == names
    ours.load_state_dict({name: value for name, value in theirs.state_dict().items() if name in names})
    ours.eval()
    theirs.eval()
    torch.testing.assert_close(ours(_input(1)), theirs(_input(1)))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_has_statistics_in_single(dtype: torch.dtype) -> None:
    norm = MaskedBatchNorm(1)
    x = torch.full((4096, 1, 1, 1), 200.0, dtype=dtype)
    x[::2] = 202.0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = norm(x, torch.ones(4096, 1, 1, 1, dtype=torch.bool))
    assert result.dtype == dtype and norm.running_mean.dtype == torch.float32
    assert float(norm.running_mean) == pytest.approx(20.1)
    assert result[0].item() == pytest.approx(1, abs=0.01)


def test_gradients() -> None:
    norm, _ = _norms(dtype=torch.float64)
    mask = _mask()

    def masked(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        result: Tensor = torch.func.functional_call(norm, {"weight": weight, "bias": bias}, (x, mask))
        return result.masked_fill(~mask, 0)

    x = _input(dtype=torch.float64).requires_grad_()
    weight, bias = (each.detach().clone().requires_grad_() for each in (norm.weight, norm.bias))
    assert torch.autograd.gradcheck(masked, (x, weight, bias))


# Over processes


def _one_process(rank: int, folder: str) -> None:
    """Its half of the batch; what it finds is left in a file."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    found = {name: _normalise(name, slice(2 * rank, 2 * rank + 2)) for name in ("masked", "whole")}
    torch.save(found, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def _normalise(name: str, rows: slice) -> dict[str, Tensor]:
    norm, _ = _norms()
    x = _input()[rows].requires_grad_()
    mask = _mask()[rows] if name == "masked" else None
    there = torch.ones_like(x, dtype=torch.bool) if mask is None else mask.expand_as(x)
    result = norm(x, mask)
    weights = torch.arange(120).view(4, 3, 5, 2).sin()[rows]  # a loss that sees every place differently
    (result * weights)[there].pow(3).sum().backward()
    assert x.grad is not None and norm.weight.grad is not None and norm.bias.grad is not None
    return {
        "result": result.detach().masked_fill(~there, 0),
        "gradient": x.grad,
        "weight": norm.weight.grad,
        "bias": norm.bias.grad,
        "mean": norm.running_mean,
        "variance": norm.running_var,
    }


def test_passes_with_and_without_a_mask_learn_in_one_step() -> None:
    norm, x = MaskedBatchNorm(3), torch.randn(4, 3, 5, requires_grad=True)
    mask = torch.ones(4, 1, 5, dtype=torch.bool)
    mask[0] = False
    passes = (lambda: norm(x).pow(3).mean(), lambda: norm(x, mask)[1:].pow(3).mean())
    apart = [torch.autograd.grad(each(), x)[0] for each in passes]
    (together,) = torch.autograd.grad(passes[0]() + passes[1](), x)
    torch.testing.assert_close(together, apart[0] + apart[1])


@pytest.mark.slow
def test_two_processes_are_as_one(tmp_path: Path) -> None:
    spawn(_one_process, args=(str(tmp_path),), nprocs=2)  # type: ignore[no-untyped-call]
    halves = [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2)]
    for name in ("masked", "whole"):
        alone = _normalise(name, slice(None))
        first, second = (half[name] for half in halves)
        for key in ("result", "gradient"):
            torch.testing.assert_close(torch.cat([first[key], second[key]]), alone[key], atol=1e-4, rtol=1e-4)
        for key in ("weight", "bias"):
            torch.testing.assert_close(first[key] + second[key], alone[key], atol=1e-4, rtol=1e-4)
        for key in ("mean", "variance"):
            assert torch.equal(first[key], second[key])
            torch.testing.assert_close(first[key], alone[key])


# Means and masks


@pytest.mark.parametrize("dim", [2, (2, 3), (0, 2)])
def test_masked_mean_against_a_loop(dim: int | tuple[int, ...]) -> None:
    x, mask = _input(), _mask()
    x[~mask.expand_as(x)] = math.nan
    kept = [axis for axis in range(4) if axis not in ((dim,) if isinstance(dim, int) else dim)]
    sums: dict[tuple[int, ...], list[float]] = {}
    for b, t, v in _places(x):
        for f in range(3):
            group = tuple((b, f, t, v)[axis] for axis in kept)
            sums.setdefault(group, [])
            if mask[b, 0, t, 0]:
                sums[group].append(float(x[b, f, t, v]))
    result = masked_mean(x, mask, dim)
    for group, values in sums.items():
        assert float(result[group]) == pytest.approx(sum(values) / max(len(values), 1), rel=1e-5)


def test_the_mean_of_nothing_is_zero() -> None:
    x = torch.full((2, 3), math.nan)
    assert masked_mean(x, torch.zeros(2, 3, dtype=torch.bool), 1).tolist() == [0, 0]


def test_the_mean_without_a_mask_is_the_mean() -> None:
    assert torch.equal(masked_mean(_input(), None, (2, 3)), _input().mean((2, 3)))


def test_the_absent_have_no_gradient() -> None:
    x = torch.ones(2, 4, requires_grad=True)
    mask = torch.tensor([[True, False, True, True], [False] * 4])
    masked_mean(x, mask, 1).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    torch.testing.assert_close(x.grad, mask / 3)


@pytest.mark.parametrize("frames", [5, 6, 7, 8, 9, 24, 25, 48, 63])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_resampling_is_what_a_stride_leaves(frames: int, stride: int) -> None:
    mask = torch.rand(3, frames, generator=torch.Generator().manual_seed(frames)) > 0.5
    copying = torch.zeros(1, 1, 2 * stride + 1)
    copying[..., stride] = 1  # a convolution that copies the frame it is centred on
    strided = nn.functional.conv1d(mask[:, None].float(), copying, stride=stride, padding=stride)[:, 0] > 0.5
    resampled = resample_mask(mask, strided.shape[1])
    assert resampled is not None and torch.equal(resampled, strided)


def test_resampling_to_any_length() -> None:
    mask = torch.tensor([[True] * 5 + [False] * 5])
    for frames in range(1, 21):
        resampled = resample_mask(mask, frames)
        assert resampled is not None and resampled.shape == (1, frames) and resampled.dtype == torch.bool
        assert abs(int(resampled.sum()) - frames / 2) <= 0.5
    assert resample_mask(mask, 10) is mask
    assert resample_mask(None, 3) is None


def test_zero_absent() -> None:
    x = torch.full((2, 3, 4, 5), 2.0)
    mask = torch.tensor([[True, False, True, True], [False, False, False, True]])
    x[~mask[:, None, :, None].expand_as(x)] = math.nan
    zeroed = zero_absent(x, mask)
    for b in range(2):
        for t in range(4):
            assert (zeroed[b, :, t] == (2 if mask[b, t] else 0)).all()
    assert zero_absent(x, None) is x


# Places and the mask of their joints


def _with_junk(axes: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """With what an earlier step may have left of missing joints."""
    generator = torch.Generator().manual_seed(axes)
    values = torch.randn(3, 5, 7, axes, generator=generator).to(dtype)
    mask = torch.rand(3, 5, 7, generator=generator) > 0.3
    junk = torch.tensor([math.nan, math.inf, -math.inf, 1e30], dtype=dtype)
    values[~mask] = junk[torch.arange(int((~mask).sum())) % 4][:, None]
    return values, mask


@pytest.mark.parametrize("axes", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_what_is_kept_is_as_it_was(axes: int, dtype: torch.dtype) -> None:
    values, mask = _with_junk(axes, dtype)
    before = values.clone()
    kept = keep(values, mask)
    assert kept.dtype == dtype and torch.equal(kept, values.masked_fill(~mask[..., None], 0))
    assert torch.equal(values.nan_to_num(), before.nan_to_num())
    assert kept.data_ptr() != values.data_ptr() and not torch.signbit(kept[~mask]).any()
    everything = keep(before.nan_to_num(), torch.ones_like(mask))
    assert torch.equal(everything, before.nan_to_num())
    assert keep(values[:0], mask[:0]).shape == (0, 5, 7, axes)


@pytest.mark.parametrize("axes", [2, 3])
def test_any_strides_can_be_kept_from(axes: int) -> None:
    values, mask = _with_junk(axes)
    shuffled = values.movedim(-1, 0).contiguous().movedim(0, -1)
    apart = torch.cat([values.new_zeros(1), values.flatten()])[1:].view_as(values)  # at an odd place
    for other in (shuffled, apart, values.transpose(0, 1).contiguous().transpose(0, 1)):
        assert torch.equal(keep(other, mask), keep(values, mask))
    constant = torch.ones(axes).expand(3, 5, 7, axes)
    assert torch.equal(keep(constant, mask), mask[..., None].float().expand_as(constant))


def test_gradients_pass_what_is_kept() -> None:
    values, mask = torch.randn(2, 4, 3, requires_grad=True), torch.rand(2, 4) > 0.5
    keep(values, mask).sum().backward()
    assert values.grad is not None
    assert torch.equal(values.grad, mask[..., None].float().expand(2, 4, 3))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_last_axis_of_the_same(dtype: torch.dtype) -> None:
    values = torch.randn(3, 4).to(dtype)
    repeated = repeat_last(values, 3)
    assert repeated.dtype == dtype and torch.equal(repeated, torch.stack([values] * 3, -1))

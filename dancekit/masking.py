"""Batch norm and means that count only who is there.

A mask is bool, true where something is real, and broadcasts to what it masks. None means all of it is
real, which takes the fast kernels.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F


class MaskedBatchNorm(nn.Module):
    """Batch norm whose statistics leave out absent persons, frames and joints.

    With several processes the statistics are those of the whole batch, on any device, so a run gives the
    same numbers however many processes share its batches. Its state has the names of `nn.BatchNorm2d`.

    Source: Ioffe and Szegedy, "Batch normalization", 2015, with every mean taken over what is there.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, features: int, *, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalise (B, F, ...) per feature; where the mask is false the result has no meaning."""
        if not self.training or (mask is None and not _distributed()):
            return F.batch_norm(
                x,
                self.running_mean,
                self.running_var,
                self.weight,
                self.bias,
                training=self.training,
                momentum=self.momentum,
                eps=self.eps,
            )
        # Autocast would take the statistics in half precision.
        with torch.autocast(x.device.type, enabled=False):
            exact = x if x.dtype == torch.float64 else x.float()
            return self._train(exact, mask).to(x.dtype)

    def _train(self, x: Tensor, mask: Tensor | None) -> Tensor:
        over = [0, *range(2, x.ndim)]
        shape = (1, -1) + (1,) * (x.ndim - 2)
        real = torch.ones((), device=x.device, dtype=x.dtype) if mask is None else mask.to(x.dtype)
        count = _sum_over_processes(real.expand_as(x).sum(over))  # (F,)
        divisor = count.clamp(min=1)
        mean = _sum_over_processes(_only(x, mask).sum(over)) / divisor  # (F,)
        centred = _only(x - mean.view(shape), mask)
        variance = _sum_over_processes(centred.square().sum(over)) / divisor  # (F,)
        self._remember(mean.detach(), variance.detach(), count)
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return centred * scale.view(shape) + self.bias.view(shape)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Move the running statistics of every feature that was there at all; the variance unbiased."""
        momentum = self.momentum * (count > 0).to(mean.dtype)
        unbiased = variance * count / (count - 1).clamp(min=1)
        # By `data`, autograd does not see it: F.batch_norm keeps the statistics that another pass of the same
        # step met, and its gradient in training makes no use of them.
        self.running_mean.data.lerp_(mean, momentum)
        self.running_var.data.lerp_(unbiased, momentum)

    def extra_repr(self) -> str:
        return f"{self.weight.numel()}"


def masked_mean(x: Tensor, mask: Tensor | None, dim: int | tuple[int, ...]) -> Tensor:
    """The mean of what is there over some dimensions; 0 where nothing is."""
    if mask is None:
        return x.mean(dim)
    real = mask.to(x.dtype).expand_as(x)
    return _only(x, mask).sum(dim) / real.sum(dim).clamp(min=1)


def keep(values: Tensor, mask: Tensor) -> Tensor:
    """(..., C) with 0 where the mask (...) is false, whatever stands there; a new tensor.

    `masked_fill` reads a mask that is repeated along a short last axis entry by entry. On a processor, a
    mask that is repeated in memory and combined with the bits of the values is several times as fast.
    """
    if not _has_bits(values):
        return values.masked_fill(~mask[..., None], 0)
    values = values.contiguous()
    if values.shape[-1] == 2 and values.storage_offset() % 2 == 0:  # both coordinates are one number
        whole = mask.long().neg_()  # all bits, or none
        return whole.bitwise_and_(values.view(torch.int64)[..., 0])[..., None].view(torch.float32)
    whole = torch.stack([mask.int().neg_()] * values.shape[-1], dim=-1)  # (..., C)
    return whole.bitwise_and_(values.view(torch.int32)).view(torch.float32)


def repeat_last(values: Tensor, times: int) -> Tensor:
    """(...) to (..., times), for arithmetic with values that have so short a last axis."""
    if not _has_bits(values):
        return values[..., None].expand(*values.shape, times)
    # In memory for the reason above; whole numbers are put side by side in a third of the time.
    return torch.stack([values.view(torch.int32)] * times, dim=-1).view(torch.float32)


def _has_bits(values: Tensor) -> bool:
    """Whether the bits of the values can be worked on: not where a graph is recorded."""
    recorded = values.requires_grad or torch.compiler.is_compiling()
    return values.device.type == "cpu" and values.dtype == torch.float32 and not recorded


def resample_mask(mask: Tensor | None, frames: int) -> Tensor | None:
    """The mask (B, T) at T' frames, nearest in time: what a temporal stride leaves of it."""
    if mask is not None and isinstance(frames, torch.SymInt):
        return mask[:, _nearest_frames(mask.shape[1], frames, mask.device)]  # (B, T')
    if mask is None or mask.shape[1] == frames:
        return mask
    strided = mask[:, :: -(-mask.shape[1] // frames)]  # (B, T'): the frames that a stride is centred on
    if strided.shape[1] == frames:
        return strided
    return F.interpolate(mask[:, None].float(), size=frames, mode="nearest")[:, 0] > 0.5  # (B, T')


def _nearest_frames(frames: int, wanted: int, device: torch.device) -> Tensor:
    """(T',) which of T frames `resample_mask` takes, for a graph in which neither number is known yet."""
    place = torch.arange(wanted, device=device)
    # Rounded up without a negative number: the division of ONNX rounds towards 0, and Python's down.
    strided = place * ((frames + wanted - 1) // wanted)
    return strided.where(strided[-1:] < frames, place * frames // wanted)  # (T',)


def zero_absent(x: Tensor, mask: Tensor | None) -> Tensor:
    """(B, C, T, V) with zeros in absent frames, as a convolution's own padding has them; mask (B, T)."""
    return x if mask is None else x.masked_fill(~mask[:, None, :, None], 0)


def _only(x: Tensor, mask: Tensor | None) -> Tensor:
    """`x` with 0 for what is not there."""
    # Not by multiplication: what stands in for someone absent must not count even if it is not finite.
    return x if mask is None else x.masked_fill(~mask, 0)


class _SumOverProcesses(torch.autograd.Function):
    """all_reduce(sum) whose gradient is summed over the processes too."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        total = value.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        dist.all_reduce(total)
        return total


def _sum_over_processes(value: Tensor) -> Tensor:
    if not _distributed():
        return value
    return _SumOverProcesses.apply(value)  # type: ignore[no-any-return,no-untyped-call]


def _distributed() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1

"""Fold what a trained network always multiplies by into its weights: the same function with fewer steps.

A batch norm in evaluation is y = s x + t with s = weight / sqrt(variance + eps) and t = bias - s mean. After
a convolution W x + b it is the convolution (s W) x + (s b + t).

Which norm follows which convolution is seen by running the network once: a norm that is given the very tensor
that a convolution returned follows it. So a plugin's network is fused without knowing of it. A module that
has more to fold offers `fused() -> nn.Module`, which takes its place.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from dancekit.masking import MaskedBatchNorm

Folding = nn.Conv1d | nn.Conv2d | nn.Linear
_FOLDING = (nn.Conv1d, nn.Conv2d, nn.Linear)
_NORMS = (MaskedBatchNorm, nn.BatchNorm1d, nn.BatchNorm2d)


@runtime_checkable
class Fusible(Protocol):
    """A module that knows a form of itself with fewer steps."""

    def fused(self) -> nn.Module:
        """The same function in evaluation; the module itself stays as it is."""


class FoldedNorm(nn.Module):
    """In the place of a batch norm that went into the weights of the convolution before it."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return x


def fuse(network: nn.Module, run: Callable[[nn.Module], object]) -> nn.Module:
    """A copy of a network in evaluation, with all that can be folded into its weights.

    Args:
        run: calls the network with any input, such as `lambda network: network(x)`. It tells what follows
            what, so it must send data through every module that counts.
    """
    network = copy.deepcopy(network).eval()
    network = _with_fused_modules(network)
    for convolution, norm in _pairs(network, run):
        _fold(convolution, norm)
        _replace(network, norm, FoldedNorm())
    return network


def _with_fused_modules(module: nn.Module) -> nn.Module:
    if isinstance(module, Fusible):
        module = module.fused().eval()
    for name, child in module.named_children():
        setattr(module, name, _with_fused_modules(child))
    return module


class _Watch:
    """What convolutions returned and norms were given, while a network runs."""

    def __init__(self) -> None:
        self.returned: dict[int, tuple[Folding, Tensor]] = {}  # by id; the tensor is kept so that ids differ
        self.calls: dict[nn.Module, int] = {}
        self.before: dict[nn.Module, Folding | None] = {}

    def convolution(self, module: nn.Module, _: object, output: Tensor) -> None:
        assert isinstance(module, _FOLDING)
        self.calls[module] = self.calls.get(module, 0) + 1
        self.returned[id(output)] = (module, output)

    def norm(self, module: nn.Module, given: tuple[Any, ...], _: object) -> None:
        self.calls[module] = self.calls.get(module, 0) + 1
        found = self.returned.get(id(given[0])) if given else None
        self.before[module] = None if found is None else found[0]


@torch.no_grad()
def _pairs(network: nn.Module, run: Callable[[nn.Module], object]) -> list[tuple[Folding, nn.Module]]:
    """(convolution, norm) that follow each other; those that are used several times stay as they are."""
    watch = _Watch()
    handles: list[RemovableHandle] = []
    for module in network.modules():
        if isinstance(module, _FOLDING):
            handles.append(module.register_forward_hook(watch.convolution))
        elif isinstance(module, _NORMS):
            handles.append(module.register_forward_hook(watch.norm))
    try:
        run(network)
    finally:
        for handle in handles:
            handle.remove()
    return [
        (before, norm)
        for norm, before in watch.before.items()
        if before is not None and watch.calls[norm] == watch.calls[before] == 1
    ]


@torch.no_grad()
def _fold(convolution: Folding, norm: nn.Module) -> None:
    """Give a convolution the scale and the shift of a norm; in float64, to round only once."""
    assert isinstance(norm, _NORMS)
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None and variance is not None
    scale = torch.rsqrt(variance.double() + norm.eps)  # (O,)
    if norm.weight is not None:
        scale = scale * norm.weight.double()
    shift = -scale * mean.double()
    if norm.bias is not None:
        shift = shift + norm.bias.double()
    if convolution.bias is not None:
        shift = shift + scale * convolution.bias.double()
    weight = convolution.weight
    folded = weight.double() * scale.view(-1, *[1] * (weight.ndim - 1))
    convolution.weight = nn.Parameter(folded.to(weight.dtype), requires_grad=False)
    convolution.bias = nn.Parameter(shift.to(weight.dtype), requires_grad=False)


def _replace(network: nn.Module, old: nn.Module, new: nn.Module) -> None:
    """Put a module in the place of another, wherever in the network that is."""
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if child is old:
                setattr(parent, name, new)

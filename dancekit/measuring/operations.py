"""Parameters and multiply-accumulates of a module, by kind of layer.

A multiply-accumulate (MAC) is one product and the sum it goes into: 1 MAC = 2 FLOP. Counted are convolutions
and matrix products, by `torch.utils.flop_counter`; norms, activations and sums are not, as is usual.

Kinds: `attention` is all within an `Attention` of dancekit or torch's multi-head attention, and scaled dot
products; `convolution` and `linear` are layers; `matrix_product` is a product outside of these, such as that
of features with the graph of a skeleton. Parameters can also be of `norm` or `other`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode, sdpa_backward_flop_count, sdpa_flop_count

from dancekit.interfaces import Attention
from dancekit.masking import MaskedBatchNorm

_KINDS: tuple[tuple[str, tuple[type[nn.Module], ...]], ...] = (
    ("attention", (Attention, nn.MultiheadAttention)),
    (
        "convolution",
        (
            nn.Conv1d,
            nn.Conv2d,
            nn.Conv3d,
            nn.ConvTranspose1d,
            nn.ConvTranspose2d,
            nn.ConvTranspose3d,
        ),
    ),
    ("linear", (nn.Linear, nn.Bilinear)),
    (
        "norm",
        (
            MaskedBatchNorm,
            nn.BatchNorm1d,
            nn.BatchNorm2d,
            nn.BatchNorm3d,
            nn.GroupNorm,
            nn.LayerNorm,
            nn.RMSNorm,
        ),
    ),
)


def count_parameters(module: nn.Module) -> dict[str, int]:
    """Kind of layer -> numbers in its parameters, frozen ones too; what two layers share counts once."""
    counts: Counter[str] = Counter()
    rest = {id(parameter): parameter.numel() for parameter in module.parameters()}
    for kind, layer in _layers(module):
        for parameter in layer.parameters():
            counts[kind] += rest.pop(id(parameter), 0)
    counts["other"] = sum(rest.values())
    return _largest_first(counts)


def count_macs(module: nn.Module, call: Callable[[], object]) -> dict[str, int]:
    """Kind of layer -> multiply-accumulates of a call.

    Args:
        module: whose layers tell the kinds.
        call: what is counted, such as `lambda: module(x)`; layers that do not run do not count. A backward
            pass in it counts by what its operations are.
    """
    counts: Counter[str] = Counter()
    counter = FlopCounterMode(display=False, custom_mapping=_UNKNOWN_TO_TORCH)
    of_layers: Counter[str] = Counter()  # operation -> FLOP that layers have answered for
    entered: list[Counter[str]] = []

    def enter(layer: nn.Module, _: Any) -> None:
        entered.append(_so_far(counter))

    def leave(kind: str) -> Callable[..., None]:
        def left(*_: Any) -> None:
            own = _so_far(counter)
            own.subtract(entered.pop())
            counts[kind] += own.total()
            of_layers.update(own)

        return left

    handles = []
    for kind, layer in _layers(module):
        handles += [layer.register_forward_pre_hook(enter), layer.register_forward_hook(leave(kind))]
    # The fast path of multi-head attention is one operation that nothing is known of.
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with counter:
            call()
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for handle in handles:
            handle.remove()
    for operation, flop in _so_far(counter).items():
        counts[_kind_of_operation(operation)] += flop - of_layers[operation]
    return _largest_first(Counter({kind: flop // 2 for kind, flop in counts.items()}))


def _layers(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The outermost layers of a known kind: what is within an attention belongs to it."""
    for kind, types in _KINDS:
        if isinstance(module, types):
            yield kind, module
            return
    for child in module.children():
        yield from _layers(child)


def _so_far(counter: FlopCounterMode) -> Counter[str]:
    return Counter({str(each): flop for each, flop in counter.get_flop_counts().get("Global", {}).items()})


def _forward(*shapes: Any, **_: Any) -> int:
    return int(sdpa_flop_count(*shapes[:3]))  # of queries, keys and values


def _backward(*shapes: Any, **_: Any) -> int:
    return int(sdpa_backward_flop_count(*shapes[:4]))  # after the gradient


_UNKNOWN_TO_TORCH = {  # its counter knows the kernels of a GPU alone
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _forward,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: _backward,
}


def _kind_of_operation(operation: str) -> str:
    if "attention" in operation:
        return "attention"
    return "convolution" if "conv" in operation else "matrix_product"


def _largest_first(counts: Counter[str]) -> dict[str, int]:
    return {kind: count for kind, count in counts.most_common() if count}

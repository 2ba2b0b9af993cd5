"""What a model attends to: the maps of its attentions, averaged over some clips of a split."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.interfaces import Attention
from dancekit.recipe import Batches
from dancekit.reporting.contents import AttentionMap
from dancekit.skeleton.layout import Layout
from dancekit.tasks.recognition import Recognizer

_AT_ONCE = 8  # clips in memory together


class _Mean:
    """A mean over persons of (B, T, V), frame by frame, of who is there."""

    def __init__(self) -> None:
        self._total: Tensor | float = 0.0
        self._count: Tensor | float = 0.0

    def add(self, values: Tensor, mask: Tensor | None) -> None:
        """values (B, T, V), mask (B, T)"""
        there = torch.ones_like(values[..., 0]) if mask is None else mask.to(values.dtype)  # (B, T)
        self._total = self._total + (values.masked_fill(there[..., None] == 0, 0)).sum(0)  # (T, V)
        self._count = self._count + there.sum(0)[:, None]  # (T, 1)

    def value(self) -> np.ndarray:
        """(T, V)"""
        assert isinstance(self._total, Tensor) and isinstance(self._count, Tensor)  # something was added
        return (self._total / self._count.clamp(min=1)).double().cpu().numpy()


def attention_maps(
    model: Recognizer, store: RecordingStore, batches: Batches, *, most: int = 32
) -> tuple[tuple[AttentionMap, ...], Layout]:
    """One map for each name that the model's attentions give, blocks in the model's order.

    Args:
        most: clips to average over, evenly from the whole split.

    Returns:
        The maps, none without attention; and the layout that the backbone sees.
    """
    count = min(most, len(store))
    chosen = torch.linspace(0, len(store) - 1, count).round().long()
    means: dict[tuple[str, int], _Mean] = defaultdict(_Mean)
    training = model.training
    model.eval()
    with torch.no_grad(), _uncompiled(), _watched(model.backbone, means):
        for index in torch.split(chosen, _AT_ONCE):
            place = store.keypoints.device
            batch = gather(
                store,
                index.to(place),
                frames=batches.frames,
                persons=batches.persons,
                frame_rate=batches.frame_rate,
                frame_pairs=batches.frame_pairs,
            )
            prepared = model.prepare(batch.to(model.device))
            model.backbone.embed(prepared)
    model.train(training)
    maps: dict[str, dict[int, np.ndarray]] = defaultdict(dict)
    for (name, number), mean in sorted(means.items(), key=lambda item: item[0][1]):
        value = mean.value()
        if value.shape[1] == prepared.layout.num_joints:
            maps[name][number] = value
    found = tuple(
        AttentionMap(
            name=name,
            layout=prepared.layout,
            blocks=tuple(blocks.values()),
            numbers=tuple(blocks),
            clips=count,
        )
        for name, blocks in maps.items()
    )
    return found, prepared.layout


def outermost_attentions(module: nn.Module) -> list[Attention]:
    """The attentions in a module, in its order; not those that an attention is made of."""
    if isinstance(module, Attention):
        return [module]
    return [found for child in module.children() for found in outermost_attentions(child)]


def _uncompiled() -> AbstractContextManager[Any]:
    """A compiled backbone does not call hooks that come after it was compiled, unless it runs eagerly.

    Where nothing is compiled, the compiler's import of several seconds is spared.
    """
    if "torch._dynamo" not in sys.modules:
        return nullcontext()
    return torch.compiler.set_stance("force_eager")  # type: ignore[no-any-return]


@contextmanager
def _watched(module: nn.Module, means: dict[tuple[str, int], _Mean]) -> Iterator[None]:
    """While it lasts, every call of an attention adds its maps to the means of (name, number)."""

    def watch(attention: Attention, number: int) -> Any:
        def record(_: nn.Module, args: tuple[Any, ...], options: dict[str, Any]) -> None:
            x, mask = _arguments(*args, **options)
            for name, values in attention.maps(x, mask).items():
                means[name, number].add(values.float(), mask)

        return attention.register_forward_pre_hook(record, with_kwargs=True)

    handles = [watch(attention, number) for number, attention in enumerate(outermost_attentions(module), 1)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _arguments(x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
    """How `Attention.forward` takes them."""
    return x, mask

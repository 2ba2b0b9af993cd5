"""A backbone against its textbook form: first that both give the same, then how long each takes, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

import torch
from torch import Tensor, nn

from dancekit.data.clips import ClipBatch
from dancekit.errors import PluginError
from dancekit.interfaces import Backbone
from dancekit.measuring.result import Comparison, Repeats
from dancekit.measuring.timing import Call, Clock, times_as_fast

Context = Callable[[], AbstractContextManager[object]]
"""Opens what a precision asks for around a forward pass, such as autocast."""

_TOLERANCE = 1e-3  # of the largest feature: many sums in another order, in float32


def against_textbook(
    backbone: Backbone,
    batch: ClipBatch,
    *,
    clock: Clock,
    budget: float,
    precision: Context,
    textbook_precisions: Mapping[str, Context],
) -> Iterator[Comparison]:
    """Time a backbone and its textbook form; both are trained, so hand in a copy.

    Args:
        batch: ready for the backbone. Its persons are taken as clips, all of them there and all joints seen,
            because the textbook form knows no masks.
        budget: seconds of each comparison.
        precision: of the backbone.
        textbook_precisions: name -> what the textbook form is timed in, one comparison after the other.

    Returns:
        Two comparisons for each precision; none where the backbone has no textbook form.

    Raises:
        PluginError: what is offered as textbook form computes something else.
    """
    textbook = backbone.textbook()
    if textbook is None:
        return
    full = everyone_there(batch)
    x = full.keypoints[:, 0].permute(0, 3, 1, 2).contiguous()  # (B, C, T, V)
    _check_same(backbone, full, textbook, x)
    for name, textbook_precision in textbook_precisions.items():
        ours, plain = (backbone, full, precision), (textbook, x, textbook_precision)
        for what, call in (("inference", _inference), ("training_step", _training_step)):
            taken = clock.in_turn([call(*ours), call(*plain)], budget=budget)
            yield Comparison(
                what=what,
                textbook_precision=name,
                seconds=Repeats.of(taken[0]),
                textbook_seconds=Repeats.of(taken[1]),
                times_as_fast=times_as_fast(taken[1], taken[0]),
            )


def everyone_there(batch: ClipBatch) -> ClipBatch:
    """One person for each clip, the first that is there, in every frame and with every joint.

    What was missing is at 0, as if it had been seen there: it costs what any other place does.
    """
    first = batch.present.any(2).long().argmax(1)  # (N,)
    clip = torch.arange(len(batch), device=first.device)
    keypoints = batch.keypoints[clip, first][:, None]  # (N, 1, T, V, C)
    return replace(
        batch,
        keypoints=keypoints,
        score=keypoints.new_ones(keypoints.shape[:-1]),
        present=keypoints.new_ones(keypoints.shape[:3], dtype=torch.bool),
        label=batch.label if batch.label.ndim == 1 else batch.label[clip, first][:, None],
    )


def _check_same(backbone: Backbone, batch: ClipBatch, textbook: nn.Module, x: Tensor) -> None:
    with torch.no_grad():
        ours, plain = backbone.eval()(batch).float(), textbook.eval()(x).float()
    if ours.shape == plain.shape and (ours - plain).abs().max() <= _TOLERANCE * ours.abs().max():
        return
    raise PluginError(
        f"the textbook form of {type(backbone).__name__} gives other features than it does.",
        hint="Its plugin is at fault: `textbook` has to compute the same function, or return None.",
    )


def _inference(model: nn.Module, x: object, precision: Context) -> Call:
    def once() -> None:
        model.eval()
        with torch.inference_mode(), precision():
            model(x)

    return once


def _training_step(model: nn.Module, x: object, precision: Context) -> Call:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)

    def once() -> None:
        model.train()
        optimizer.zero_grad(set_to_none=True)
        with precision():
            loss = model(x).float().square().mean()
        loss.backward()
        optimizer.step()

    return once

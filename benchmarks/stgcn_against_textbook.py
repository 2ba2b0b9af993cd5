"""How fast dancekit's ST-GCN is against the textbook form, both in one process, in turn.

    python benchmarks/stgcn_against_textbook.py [--batch 8] [--frames 64] [--layout coco17] [--width 64]

The textbook form computes the same function: a 1x1 convolution to K*C channels, an einsum with the
graph, a 9x1 convolution and batch norm, on (N, C, T, V) in memory, in float32. It takes its weights from
the dancekit model, and the outputs are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from dancekit_stgcn.model import STGCN, Block, GraphConvolution
from torch import Tensor, nn
from torch.nn import functional as F

from dancekit.skeleton.layout import Layout


class TextbookGraphConvolution(nn.Module):
    """Convolve to K*C channels, then sum over the neighbours of each partition."""

    def __init__(self, ours: GraphConvolution) -> None:
        super().__init__()
        k = len(ours.graph)
        out, many, _, _ = ours.mix.weight.shape
        # ours mixes (K, C) to O after the sum; here each partition has its own O outputs before it
        weight = ours.mix.weight.detach().view(out, k, many // k).transpose(0, 1)  # (K, O, C)
        self.convolution = nn.Conv2d(many // k, k * out, 1, bias=False)
        self.convolution.weight.data = weight.reshape(k * out, many // k, 1, 1).clone()
        self.register_buffer("graph", ours.graph)
        self.importance = nn.Parameter(torch.ones_like(ours.graph))

    def forward(self, x: Tensor) -> Tensor:
        k = len(self.graph)
        n, _, t, v = x.shape
        y = self.convolution(x).view(n, k, -1, t, v)  # (N, K, O, T, V)
        return torch.einsum("nkctv,kvw->nctw", y, self.graph * self.importance).contiguous()


class TextbookBlock(nn.Module):
    def __init__(self, ours: Block) -> None:
        super().__init__()
        out, into = ours.temporal.weight.shape[:2]
        self.spatial = TextbookGraphConvolution(ours.spatial)
        self.spatial_norm = nn.BatchNorm2d(out)
        self.temporal = nn.Conv2d(into, out, (9, 1), ours.temporal.stride, (4, 0), bias=False)
        self.temporal.weight.data = ours.temporal.weight.detach().clone()
        self.temporal_norm = nn.BatchNorm2d(out)
        self.residual = ours.residual
        self.shortcut: nn.Module | None = None
        if ours.shortcut is not None:
            convolution = nn.Conv2d(ours.shortcut.in_channels, out, 1, ours.shortcut.stride, bias=False)
            convolution.weight.data = ours.shortcut.weight.detach().clone()
            self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        y = self.temporal_norm(self.temporal(F.relu(self.spatial_norm(self.spatial(x)))))
        if self.residual:
            y = y + (x if self.shortcut is None else self.shortcut(x))
        return F.relu(y)


class Textbook(nn.Module):
    def __init__(self, ours: STGCN) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(TextbookBlock(block) for block in ours.blocks))

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(x).mean((2, 3))


class Ours(nn.Module):
    def __init__(self, ours: STGCN) -> None:
        super().__init__()
        self.stgcn = ours

    def forward(self, x: Tensor) -> Tensor:
        return self.stgcn.features(x, None).float().mean((2, 3))


def forward_pass(model: nn.Module, x: Tensor, bfloat16: bool) -> Callable[[], Any]:
    def once() -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            model(x)

    return once


def training_step(model: nn.Module, x: Tensor, bfloat16: bool) -> Callable[[], Any]:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)

    def once() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            loss = model(x).square().mean()
        loss.backward()
        optimizer.step()

    return once


def compare(first: Callable[[], Any], second: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Median milliseconds of each, called in turn, and the median of the ratios pair by pair."""
    for _ in range(3):
        first(), second()
    pairs = [(_seconds(first), _seconds(second)) for _ in range(repeats)]
    return {
        "textbook_ms": round(1e3 * statistics.median(a for a, _ in pairs), 2),
        "dancekit_ms": round(1e3 * statistics.median(b for _, b in pairs), 2),
        "times_as_fast": round(statistics.median(a / b for a, b in pairs), 3),
    }


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--layout", default="coco17")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    torch.manual_seed(0)
    layout = Layout.named(options.layout)
    ours = Ours(STGCN(layout=layout, coordinates=3, width=options.width))
    textbook = Textbook(ours.stgcn)
    x = torch.randn(options.batch, 3, options.frames, layout.num_joints)
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(x), textbook.eval()(x), rtol=1e-4, atol=1e-5)
    result: dict[str, Any] = {"threads": torch.get_num_threads(), **vars(options)}
    for name, bfloat16 in (("float32", False), ("bfloat16", True)):
        result[f"forward_{name}"] = compare(
            forward_pass(textbook.eval(), x, False), forward_pass(ours.eval(), x, bfloat16), options.repeats
        )
        result[f"training_step_{name}"] = compare(
            training_step(textbook.train(), x, False),
            training_step(ours.train(), x, bfloat16),
            options.repeats,
        )
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

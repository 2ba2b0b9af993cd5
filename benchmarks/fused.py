"""How much faster a network is when batch norm and graph are folded into its weights.

    python benchmarks/fused.py [--width 64] [--frames 64] [--clips 8] [--threads 2] [--seconds 10]

Unfused and fused calls take turns in one process, so that whatever else the machine does slows both alike;
the ratio of their medians is what counts. `--seconds` is the budget of each precision. Weights are fresh:
they change no time.
"""

from __future__ import annotations

import argparse
from functools import partial

import torch
from dancekit_stgcn.model import STGCN
from torch import nn

from dancekit.exporting.fusing import fuse
from dancekit.measuring.timing import Clock
from dancekit.skeleton.layout import Layout
from dancekit.testing.examples import example_batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, value in (("width", 64), ("frames", 64), ("clips", 8), ("threads", 2), ("seconds", 10)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    layout = Layout.named("openpose18")
    batch = example_batch(layout=layout, clips=options.clips, persons=1, frames=options.frames, complete=True)
    plain = STGCN(layout=layout, coordinates=2, width=options.width).eval()
    fused = fuse(plain, lambda network: network(batch))
    clock = Clock(torch.device("cpu"))
    print(f"width {options.width}, {options.frames} frames, {options.clips} clips, {options.threads} threads")
    for precision in (torch.float32, torch.bfloat16):

        def call(network: nn.Module, precision: torch.dtype = precision) -> None:
            with (
                torch.inference_mode(),
                torch.autocast("cpu", dtype=precision, enabled=precision is not torch.float32),
            ):
                network(batch)

        calls = (partial(call, plain), partial(call, fused))
        seconds = [each.median for each in clock.in_turn(calls, budget=options.seconds)]
        rates = [options.clips / each for each in seconds]
        print(
            f"{str(precision).removeprefix('torch.')}: {rates[0]:.1f} clips/s unfused, "
            f"{rates[1]:.1f} fused, {seconds[0] / seconds[1]:.2f} times as fast"
        )


if __name__ == "__main__":
    main()

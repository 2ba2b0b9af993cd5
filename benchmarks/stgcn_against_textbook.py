"""How fast dancekit's ST-GCN is against the textbook form, both in one process, in turn.

    python benchmarks/stgcn_against_textbook.py [--batch 8] [--frames 64] [--layout coco17] [--width 64]

The textbook form, `dancekit_stgcn.textbook`, computes the same function in the usual way, here always in
float32. It takes its weights from the dancekit model, and the outputs are compared before anything is timed.
`dancekit bench RECIPE` measures the same on the batches of a recipe.
"""

from __future__ import annotations

import argparse
import json
import math
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from dancekit_stgcn.model import STGCN

from dancekit.data.clips import ClipBatch
from dancekit.measuring.timing import Clock
from dancekit.measuring.yardstick import against_textbook
from dancekit.skeleton.layout import Layout


def random_batch(layout: Layout, *, clips: int, frames: int) -> ClipBatch:
    """Clips of one person in 3D, everything of whom is seen."""
    shape = (clips, 1, frames, layout.num_joints)
    return ClipBatch(
        keypoints=torch.randn(*shape, 3),
        score=torch.ones(shape),
        present=torch.ones(shape[:3], dtype=torch.bool),
        label=torch.zeros(clips, dtype=torch.long),
        layout=layout,
        index=torch.arange(clips),
        frame_rate=torch.full((clips,), 30.0),
        image_size=torch.full((clips, 2), math.nan),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--layout", default="coco17")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each comparison")
    options = parser.parse_args()
    torch.manual_seed(0)
    layout = Layout.named(options.layout)
    model = STGCN(layout=layout, coordinates=3, width=options.width)
    batch = random_batch(layout, clips=options.batch, frames=options.frames)
    result: dict[str, Any] = {"threads": torch.get_num_threads(), **vars(options)}
    for name, precision in (
        ("float32", nullcontext),
        ("bfloat16", partial(torch.autocast, "cpu", torch.bfloat16)),
    ):
        for each in against_textbook(
            model,
            batch,
            clock=Clock(torch.device("cpu")),
            budget=options.seconds,
            precision=precision,
            textbook_precisions={"32-true": nullcontext},
        ):
            result[f"{each.what}_{name}"] = {
                "textbook_ms": round(1e3 * each.textbook_seconds.median, 2),
                "dancekit_ms": round(1e3 * each.seconds.median, 2),
                "times_as_fast": round(each.times_as_fast, 3),
            }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

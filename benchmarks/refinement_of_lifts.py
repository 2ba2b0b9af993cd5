"""Where `refinement` is of use, and whether neighbouring joints are: around a lifter that is trained here.

    DANCEKIT_REAL_DATA=FOLDER python benchmarks/refinement_of_lifts.py [--lifter martinez] [--steps 2500]

CMU at 30 frames per second as in benchmarks/refinement.py, each clip seen by a random camera and detected
with the errors of `detect`. The archive's test recordings are the test. Of its training recordings, four
fifths train the lifter, and equation 5 is fitted to what it makes of the others. MPJPE in mm, of all frames
and of the fastest 5%, the root not moved; acceleration in mm per frame^2.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from dancekit_lifting.martinez import Martinez
from dancekit_lifting.refinement import Refinement
from dancekit_lifting.spatial import NeighbourFit, unless_worse
from dancekit_lifting.videopose import VideoPose
from dancekit_preprocessing.camera import Camera
from dancekit_preprocessing.conversion import ConvertLayout
from dancekit_preprocessing.detect import Detect
from dancekit_preprocessing.gaps import FillGaps
from dancekit_preprocessing.projection import Project
from dancekit_sources.videopose3d import VideoPose3D
from refinement import HIGHEST_ACCELERATION, acceleration
from torch import Tensor

from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.pairs import PosePairs
from dancekit.data.randomness import ClipRandom
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.interfaces import Lifter, Preprocessor
from dancekit.skeleton.layout import Layout
from dancekit.tasks.lifted import lift_batch

LIFTERS = {"martinez": Martinez, "videopose": VideoPose}
SPOILT = {"as `detect` has it": Detect(), "all errors new in every frame": Detect(slow=0.0)}
FRAMES, EVERY, BATCH = 64, 4, 32
Steps = tuple[Preprocessor, ...]


def stores() -> tuple[RecordingStore, RecordingStore, RecordingStore]:
    """Windows of 64 frames to train, to fit and to test with."""
    dataset = VideoPose3D(path=Path("data_3d_cmu.npz"), vertical="y")
    windows: tuple[list[Clip], list[Clip], list[Clip]] = ([], [], [])
    for split in ("train", "test"):
        for number, clip in enumerate(dataset.recordings(split)):
            points = clip.keypoints[:, 1:]  # (1, T, V, 3)
            if acceleration(points[0] - points[0, :, :1], 120) > HIGHEST_ACCELERATION:
                continue
            points = points[:, ::EVERY]
            where = 2 if split == "test" else int(number % 5 == 4)
            starts = range(0, max(1, points.shape[1] - FRAMES + 1), FRAMES if where else FRAMES // 2)
            windows[where].extend(
                Clip.of(
                    points[:, start : start + FRAMES], label=0, name=f"{clip.name} {start}", frame_rate=30
                )
                for start in starts
                if points.shape[1] >= start + FRAMES
            )
    train, fit, test = (RecordingStore.pack(each, dataset.layout) for each in windows)
    return train, fit, test


def pairs(
    store: RecordingStore, index: Tensor, detect: Detect, random: ClipRandom | None = None
) -> tuple[ClipBatch, ClipBatch]:
    """Batches of the same clips: detected in 2D, and in 3D in the frame of the camera."""
    batch = replace(gather(store, index, frames=FRAMES), random=random)
    recorded = Camera(elevation=(-15, 30), roll=(-5, 5), distance=(2.5, 7.0))(batch)
    seen = ConvertLayout(layout=Layout.named("dance14"))(Project(focal=(0.8, 2.2))(recorded))
    return detect(seen), recorded


def trained(lifter: Lifter, store: RecordingStore, steps: int) -> Lifter:
    optimizer = torch.optim.AdamW(lifter.parameters(), 0.002, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.002, total_steps=steps)
    lifter.train()
    for step in range(steps):
        random = ClipRandom(seed=step, total=BATCH, start=0, stop=BATCH)
        index = torch.randint(len(store), (BATCH,), generator=torch.Generator().manual_seed(step))
        detected, recorded = pairs(store, index, SPOILT["as `detect` has it"], random)
        loss = sum(lifter.loss(PosePairs.of(detected, recorded), step / steps).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    return lifter.eval()


def lifted(
    lifter: Lifter, store: RecordingStore, detect: Detect, before: Steps = (), after: Steps = ()
) -> Iterator[tuple[Tensor, PosePairs]]:
    """Poses (B, T, V, 3) and what they should be."""
    for index in torch.arange(len(store)).split(BATCH):
        detected, recorded = pairs(store, index, detect)
        batch: ClipBatch = detected
        for step in before:
            batch = step(batch)
        batch = lift_batch(lifter, batch)
        for step in after:
            batch = step(batch)
        yield batch.keypoints.flatten(0, 1), PosePairs.of(detected, recorded)


@torch.no_grad()
def row(label: str, poses: Iterator[tuple[Tensor, PosePairs]]) -> None:
    errors, bends, speeds = [], [], []
    for pose, pair in poses:
        errors.append((pose - pair.target).norm(dim=-1).mean(-1)[:, 1:-1].flatten())
        bends.append((pose - pair.target).diff(n=2, dim=1).norm(dim=-1).mean(-1).flatten())
        speeds.append((pair.target[:, 2:] - pair.target[:, :-2]).norm(dim=-1).mean(-1).flatten())
    error, speed = torch.cat(errors), torch.cat(speeds)
    fastest = error[speed >= float(np.quantile(speed.numpy(), 0.95))]
    cells = [1000 * float(each.mean()) for each in (error, fastest, torch.cat(bends))]
    print(f"{label:44} {cells[0]:7.2f} {cells[1]:9.2f} {cells[2]:9.2f}", flush=True)


@torch.no_grad()
def neighbours(lifter: Lifter, fit: RecordingStore, test: RecordingStore, detect: Detect) -> None:
    for ridge in (0.001, 0.01, 0.1):
        sums = NeighbourFit(lifter.output_layout, ridge=ridge)
        for pose, pair in lifted(lifter, fit, detect):
            sums.add(pose, pair.target, pair.seen)
        others = ((pose, pair.target, pair.seen) for pose, pair in lifted(lifter, test, detect))
        _, without, with_them = unless_worse(sums.weights().float(), others)
        print(f"equation 5, ridge {ridge}: {1000 * without:.2f} > {1000 * with_them:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lifter", choices=tuple(LIFTERS), default="martinez")
    parser.add_argument("--steps", type=int, default=2500)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    train, fit, test = stores()
    print(f"{len(train)} windows to train, {len(fit)} to fit, {len(test)} to test")
    layouts = {"input_layout": Layout.named("dance14"), "output_layout": Layout.named("h36m17")}
    lifter = trained(LIFTERS[options.lifter](channels=256, dropout=0.1, **layouts), train, options.steps)
    refine, fill = Refinement(), FillGaps()
    ways: dict[str, tuple[Steps, Steps]] = {
        "nothing": ((), ()),
        "refined before": ((refine,), ()),
        "filled (fill_gaps) and refined before": ((fill, refine), ()),
        "refined after": ((), (refine,)),
        "refined before and after": ((refine,), (refine,)),
    }
    for label, detect in SPOILT.items():
        print(f"\n{options.lifter}, {label:40} MPJPE   fastest  acceleration")
        for way, (before, after) in ways.items():
            row(way, lifted(lifter, test, detect, before, after))
        neighbours(lifter, fit, test, detect)


if __name__ == "__main__":
    main()

"""What each preprocessor costs: clips a second, by the clock and by the processor's time, for 2D and for 3D.

python benchmarks/augmentation.py [--threads N] [--clips N] [--frames N] [--persons N]

Every step stands once in the list, in the order in which a recipe has use for it, on made recordings with
missing joints. The processor's time is what other work on the machine does not change: of one thread, it
says what an idle machine delivers by the clock. `share` is a step's part of the whole list.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import torch

from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.randomness import ClipRandom
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.interfaces import Preprocessor
from dancekit.plugin import Registry
from dancekit.testing import example_batch

# In order; `screen` and `box` do the same work, and only 3D has a view to align.
COMMON = ("fill_gaps", "smooth", "screen", "swap_persons", "centre", "scale_to_body")
COMMON += ("exchange_bone_lengths", "rotate", "scale", "shear", "translate", "mirror", "noise")
COMMON += ("drop_joints", "drop_parts", "drop_person", "reverse_time", "speed", "stream")
LISTS = {2: COMMON, 3: (*COMMON[:5], "align_view", *COMMON[5:])}
LAYOUTS = {2: "openpose18", 3: "ntu25"}
ROUNDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clips", type=int, default=32, help="in a batch")
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--persons", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    result: dict[str, Any] = {"torch": torch.__version__, **vars(options)}
    for coordinates in LISTS:
        result[f"{coordinates}d"] = _measured(coordinates, options)
    print(json.dumps(result, indent=2))


def _measured(coordinates: int, options: argparse.Namespace) -> dict[str, Any]:
    store, size = _store(coordinates, options.persons), options.clips
    steps = _steps(LISTS[coordinates])
    walls, processor = [], []
    parts: dict[str, list[float]] = {name: [] for name in ("sampling", *steps)}
    for place in range(ROUNDS + 2):
        index = torch.arange(size * place, size * (place + 1)) % len(store)
        random = ClipRandom(seed=place, total=size, start=0, stop=size)

        def sampled(index: torch.Tensor = index, random: ClipRandom = random) -> ClipBatch:
            return gather(store, index, frames=options.frames, crop=(0.7, 1.0), random=random)

        wall, started = time.perf_counter(), time.process_time()
        batch = sampled()
        for step in steps.values():
            batch = step(batch)
        wall, used = time.perf_counter() - wall, time.process_time() - started
        if place < 2:  # the first calls prepare kernels
            continue
        walls.append(wall)
        processor.append(used)
        parts["sampling"].append(_time(sampled))
        batch = sampled()
        for name, step in steps.items():
            parts[name].append(_time(lambda step=step, batch=batch: step(batch)))
            batch = step(batch)
    cost = {name: _median(each) / size for name, each in parts.items()}  # seconds of a clip
    return {
        "layout": LAYOUTS[coordinates],
        "clips_per_second": round(size / _median(walls)),
        "clips_per_second_of_processor_time": round(size / _median(processor)),
        "microseconds_per_clip": {name: round(1e6 * each, 1) for name, each in cost.items()},
        "share": {name: round(each / sum(cost.values()), 3) for name, each in cost.items()},
    }


def _store(coordinates: int, persons: int) -> RecordingStore:
    """Recordings of 60 to 120 frames, a tenth of the joints missing."""
    made = example_batch(
        layout=LAYOUTS[coordinates], clips=256, persons=persons, frames=120, coordinates=coordinates
    )
    clips = []
    for place in range(len(made)):
        frames = 60 + 61 * place % 61
        clips.append(
            Clip.of(
                made.keypoints[place, :, :frames].numpy() * 100 + 200,
                score=made.score[place, :, :frames].numpy(),
                label=0,
                name=f"{place}",
                frame_rate=30,
                image_size=(640, 480),
            )
        )
    return RecordingStore.pack(clips, made.layout)


def _steps(names: tuple[str, ...]) -> dict[str, Preprocessor]:
    registry = Registry.load()
    return {name: registry.find("preprocessor", name).load()() for name in names}


def _time(call: Callable[[], ClipBatch]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()

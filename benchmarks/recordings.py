"""How fast recordings are imported, and how fast and in how much memory a large store opens.

python benchmarks/recordings.py [CLIPS]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dancekit.data.clips import Clip
from dancekit.data.packing import write_packed
from dancekit.plugin import Registry
from dancekit.skeleton.layout import Layout
from dancekit.verbs.import_recordings import import_recordings
from dancekit.verbs.source import find_source

_FRAMES = 60  # of each made recording
_OPEN = """
import json, resource, sys, time
import torch
from dancekit.data.module import ClipData
from dancekit.data.packed import open_packed
from dancekit.recipe import Batches
from pathlib import Path
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, started = peak(), time.perf_counter()
packed = open_packed(Path(sys.argv[1]))
opened, memory = time.perf_counter() - started, peak() - before
data = ClipData(
    train=packed.split("all"), validate=None, test=None, batches=Batches(size=32, frames=64), seed=0
)
batch = next(iter(data.train_dataloader()))
print(json.dumps({
    "open_seconds": round(opened, 4), "open_mebibytes": round(memory, 1),
    "first_batch_seconds": round(time.perf_counter() - started, 3), "clips": len(packed.recordings),
}))
"""


def main() -> None:
    clips = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = {
            "bvh_frames_per_second": round(_imported(_write_bvh(folder / "bvh"), ["metres_per_unit=0.01"])),
            "skeleton_frames_per_second": round(_imported(_write_ntu(folder / "ntu"), ["protocol=ntu60"])),
            "store": _store(folder / "large.store", clips),
        }
    result["peak_mebibytes"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result, indent=2))


def _imported(folder: Path, arguments: list[str]) -> float:
    """Frames a second from the files to a finished store."""
    source = find_source(str(folder), arguments, Registry.load())
    started = time.perf_counter()
    imported = import_recordings(source, folder.with_suffix(".store"))
    return imported.frames / (time.perf_counter() - started)


def _write_bvh(folder: Path) -> Path:
    """Forty recordings of 21 joints, 500 frames each, with position and rotation channels on every joint."""
    folder.mkdir()
    lines = ["HIERARCHY"]
    for joint in range(21):
        lines.append(f"{'ROOT' if joint == 0 else 'JOINT'} joint{joint}")
        lines += [
            "{",
            "OFFSET 0 10 0",
            "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation",
        ]
    lines += ["End Site", "{", "OFFSET 0 5 0", "}", *["}"] * 21]
    random = np.random.default_rng(0)
    for number in range(40):
        rows = [" ".join(f"{value:.6f}" for value in row) for row in random.uniform(-90, 90, (500, 126))]
        motion = ["MOTION", f"Frames: {len(rows)}", "Frame Time: 0.0333333", *rows]
        (folder / f"clip_{number:02d}.bvh").write_text("\n".join([*lines, *motion]) + "\n")
    return folder


def _write_ntu(folder: Path) -> Path:
    """Forty recordings of one body, 100 frames each, as Kinect wrote them."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(40):
        lines = ["100"]
        for _ in range(100):
            lines += ["1", "72057594037931101 0 1 1 1 1 0 0.0 0.0 2", "25"]
            values = random.uniform(-1, 1, (25, 11))
            lines += [" ".join(f"{value:.7f}" for value in row) + " 2" for row in values]
        name = f"S001C001P{1 + number % 40:03d}R001A{1 + number % 60:03d}.skeleton"
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def _store(folder: Path, clips: int) -> dict[str, float]:
    layout = Layout.named("ntu25")
    points = np.random.default_rng(0).normal(size=(1, _FRAMES, layout.num_joints, 3))

    def recordings() -> Iterator[Clip]:
        for number in range(clips):
            yield Clip.of(
                points, label=number % 60, name=f"S001C001P001R001A{number:06d}", person=str(number % 40)
            )

    started = time.perf_counter()
    write_packed(folder, {"all": recordings()}, layout=layout, classes=tuple(f"a{n}" for n in range(60)))
    written = time.perf_counter() - started
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, str(folder)], capture_output=True, text=True, check=True
    )
    opened: dict[str, float] = json.loads(done.stdout)
    return {**opened, "written_frames_per_second": round(clips * _FRAMES / written)}


if __name__ == "__main__":
    main()

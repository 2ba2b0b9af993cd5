"""What `refinement` does to the motion of real people: jitter, quick movements, bone lengths, gaps.

    DANCEKIT_REAL_DATA=FOLDER python benchmarks/refinement.py [--as-recorded]

Motion capture from its root on, every coordinate of every joint spoilt by normal noise:

    white   anew in every frame, as a detector jitters
    slow    of one frame remembering 0.9 of the frame 1/30 s before, as an error that lasts

Errors are means over all joints, nothing re-rooted; acceleration is of one frame. The fastest twentieth are
the frames in which the joints are quickest on average. In every column `before > after`.

The recordings of CMU begin with a frame in another pose, which is left out, and some of them have joints that
jump: those with an acceleration above 1000 m/s2 are left out. --as-recorded keeps both.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from dancekit_lifting.refinement import Refinement
from dancekit_preprocessing.gaps import FillGaps
from dancekit_preprocessing.smooth import Smooth
from dancekit_sources.pyskl import Pyskl
from dancekit_sources.videopose3d import VideoPose3D

from dancekit.data.clips import ClipBatch
from dancekit.interfaces import Preprocessor
from dancekit.skeleton.layout import Layout

Array = npt.NDArray[np.float64]
Noise = Callable[[np.random.Generator, tuple[int, ...], float], Array]

HIGHEST_ACCELERATION = 1000.0  # metres per second^2
LEAST_FRAMES = 16
GAP_EVERY = 20  # seen frames from gap to gap
OTHERS: dict[str, dict[str, float]] = {
    "alpha = beta = 0": {"alpha": 0, "beta": 0},
    "alpha = beta = 1": {"alpha": 1, "beta": 1},
    "weight = 3/8": {"weight": 3 / 8},
    "weight = 1": {"weight": 1},
    "neighbours = 0.05": {"neighbours": 0.05},
}


@dataclass(frozen=True)
class Motion:
    """Recordings (T, V, 3) from the root on, in metres."""

    name: str
    clips: list[Array]
    layout: Layout
    rate: float

    def at(self, rate: int) -> Motion:
        """Fewer frames a second: every second, third and so on."""
        every = round(self.rate / rate)
        clips = [clip[::every] for clip in self.clips if len(clip) >= LEAST_FRAMES * every]
        return replace(self, name=f"{self.name.split(',')[0]}, {rate} fps", clips=clips, rate=rate)


def read(as_recorded: bool) -> tuple[Motion, Motion]:
    cmu = VideoPose3D(path=Path("data_3d_cmu.npz"), vertical="y")
    bandai = Pyskl(path=Path("bandai2_3d.pkl"), layout=Layout.named("bandai21"), frame_rate=30)
    clips = [clip.keypoints[0].astype(np.float64) for clip in cmu.recordings("all")]  # each (T, V, 3)
    if not as_recorded:
        clips = [clip[1:] for clip in clips]
        clips = [clip for clip in clips if acceleration(clip - clip[:, :1], 120) <= HIGHEST_ACCELERATION]
    dancers = [
        clip.keypoints[0].astype(np.float64) for split in bandai.splits for clip in bandai.recordings(split)
    ]
    return (
        Motion("CMU, 120 fps", [clip - clip[:, :1] for clip in clips], cmu.layout, 120),
        Motion("Bandai2, 30 fps", [clip - clip[:, :1] for clip in dancers], bandai.layout, 30),
    )


def acceleration(clip: Array, rate: float) -> float:
    return float(np.linalg.norm(np.diff(clip, 2, axis=0), axis=-1).max()) * rate**2


def white(random: np.random.Generator, shape: tuple[int, ...], rate: float) -> Array:
    return random.normal(size=shape)


def slow(random: np.random.Generator, shape: tuple[int, ...], rate: float) -> Array:
    memory = 0.9 ** (30 / rate)
    noise = random.normal(size=shape)
    noise[1:] *= np.sqrt(1 - memory**2)
    for frame in range(1, len(noise)):
        noise[frame] += memory * noise[frame - 1]
    return noise


def refined(step: Preprocessor, clip: Array, seen: npt.NDArray[np.bool_], motion: Motion) -> Array:
    """A clip (T, V, 3) as the step leaves it."""
    score = torch.from_numpy(seen.astype(np.float32))[None, None]  # (1, 1, T, V)
    batch = ClipBatch(
        keypoints=torch.from_numpy(clip).float()[None, None] * score[..., None],  # (1, 1, T, V, 3)
        score=score,
        present=torch.ones(1, 1, len(clip), dtype=torch.bool),
        label=torch.full((1,), -1),
        layout=motion.layout,
        index=torch.zeros(1, dtype=torch.int64),
        frame_rate=torch.tensor([motion.rate]),
        image_size=torch.full((1, 2), torch.nan),
    )
    return step(batch).keypoints[0, 0].double().numpy()


def measures(poses: list[Array], motion: Motion) -> dict[str, float]:
    """In millimetres (and frames)."""
    errors = [np.linalg.norm(pose - clip, axis=-1).mean(1) for pose, clip in _with(poses, motion)]
    bends = [np.linalg.norm(np.diff(pose - clip, 2, axis=0), axis=-1) for pose, clip in _with(poses, motion)]
    speeds = [np.linalg.norm(np.gradient(clip, axis=0), axis=-1).mean(1) for clip in motion.clips]
    error, speed = np.concatenate(errors), np.concatenate(speeds)
    child, parent = np.array(motion.layout.bones).T
    bones = [np.linalg.norm(pose[:, child] - pose[:, parent], axis=-1).std(0).mean() for pose in poses]
    return {
        "MPJPE": 1000 * float(error.mean()),
        "fastest 5%": 1000 * float(error[speed >= np.quantile(speed, 0.95)].mean()),
        "acceleration": 1000 * float(np.concatenate([each.mean(1) for each in bends]).mean()),
        "bones": 1000 * float(np.mean(bones)),
    }


def _with(poses: list[Array], motion: Motion) -> Iterator[tuple[Array, Array]]:
    return zip(poses, motion.clips, strict=True)


def row(label: str, motion: Motion, noise: Noise, size: float, step: Preprocessor) -> None:
    random = np.random.default_rng(0)
    spoilt = [clip + size / 1000 * noise(random, clip.shape, motion.rate) for clip in motion.clips]
    before = measures(spoilt, motion)
    after = measures(
        [refined(step, clip, np.ones(clip.shape[:2], dtype=bool), motion) for clip in spoilt], motion
    )
    cells = [f"{before[name]:6.2f} > {after[name]:6.2f}" for name in before]
    print(f"{label:40}", *cells, sep="   ", flush=True)


def gaps(motion: Motion, length: int, size: float) -> None:
    """Errors of lost frames, of a straight line and as refined."""
    random, steps = np.random.default_rng(0), (FillGaps(longest=length), Refinement(longest=length))
    errors: list[list[Array]] = [[] for _ in steps]
    for clip in motion.clips:
        frames, joints = clip.shape[:2]
        place = np.arange(frames)[:, None] + random.integers(0, length + GAP_EVERY, joints)  # (T, V)
        lost = place % (length + GAP_EVERY) < length
        lost[: GAP_EVERY // 2] = lost[-GAP_EVERY // 2 :] = False
        lost[:, 0] = False  # the root does not move
        spoilt = clip + size / 1000 * random.normal(size=clip.shape)
        for each, step in zip(errors, steps, strict=True):
            filled = refined(step, spoilt, ~lost, motion)
            each.append(np.linalg.norm(filled - clip, axis=-1)[lost])
    line, solved = (1000 * np.concatenate(each).mean() for each in errors)
    print(
        f"{motion.name:18} {length:2d} frames, {size:4.0f} mm   line {line:6.2f}   solved {solved:6.2f}"
        f"   {solved / line:5.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--as-recorded", action="store_true", help="leave nothing out")
    torch.set_num_threads(1)
    cmu, bandai = read(parser.parse_args().as_recorded)
    at_30 = cmu.at(30)
    sets = [at_30, cmu.at(60), cmu, bandai]
    print(*(f"{each.name}: {sum(map(len, each.clips))} frames" for each in sets), sep="\n")

    print(f"\n{'':40}   MPJPE             fastest 5%        acceleration      bones (std)")
    for motion in [*sets, cmu.at(24), cmu.at(20), cmu.at(15)]:
        for noise, size in ((white, 0), (white, 2), (white, 10), (slow, 10)):
            row(f"{motion.name}, {noise.__name__} {size} mm", motion, noise, size, Refinement())

    print("\nOther settings")
    for motion in (cmu.at(60), cmu):
        for size in (2, 10):
            row(f"one pass (smooth), {motion.name}, {size} mm", motion, white, size, Smooth())
    for label, arguments in OTHERS.items():
        for motion in (at_30, bandai):
            for size in (2, 10):
                row(f"{label}, {motion.name}, {size} mm", motion, white, size, Refinement(**arguments))

    print("\nGaps: error of the lost frames in mm, straight line (fill_gaps) and refinement")
    for motion in sets:
        for length in (1, 3, 5, 8):
            for size in (0, 2, 5, 10):
                gaps(motion, length, size)


if __name__ == "__main__":
    main()

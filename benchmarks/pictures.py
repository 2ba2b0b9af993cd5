"""Frames a second of each step on pictures, on made pictures of 96 x 96 pixels, in the order of a recipe.

    OMP_NUM_THREADS=1 python benchmarks/pictures.py [--clips N] [--frames N] [--size N]

The pictures show a bright figure of a head, a body and moving limbs on dark ground, both with noise.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import cv2
import numpy as np
import torch
from dancekit_images.cleaning import CleanSilhouette
from dancekit_images.cropping import CropToPerson, Resize
from dancekit_images.foreground import RemoveBackground
from dancekit_images.grey import Grey
from dancekit_images.max_entropy import MaxEntropy
from dancekit_images.thinning import Thinning

from dancekit.data.clips import ClipBatch
from dancekit.testing import example_batch

ROUNDS = 7
STEPS = {
    "max_entropy, colour": MaxEntropy(),
    "grey": Grey(),
    "max_entropy, grey": MaxEntropy(),
    "remove_background": RemoveBackground(),
    "clean_silhouette, opening: 1": CleanSilhouette(opening=1),
    "clean_silhouette": CleanSilhouette(),
    "thinning, published": Thinning(variant="published"),
    "thinning": Thinning(),
    "crop_to_person, each: frame": CropToPerson(each="frame"),
    "crop_to_person": CropToPerson(),
    "resize": Resize(),
}
LAST = ("crop_to_person, each: frame", "crop_to_person", "resize")  # each of what was there before them


def figure(size: int, phase: float) -> np.ndarray:
    """(size, size) uint8, 1 where the figure is; its limbs swing with the phase."""
    picture, unit = np.zeros((size, size), np.uint8), size / 96
    hip = np.array([48 + 8 * np.sin(phase), 55])
    neck = hip + np.array([2 * np.sin(2 * phase), -24])

    def bone(start: np.ndarray, end: np.ndarray, thickness: float) -> None:
        ends = (tuple(int(value * unit) for value in point) for point in (start, end))
        cv2.line(picture, *ends, 1, max(1, int(thickness * unit)))

    bone(neck, hip, 14)
    bone(neck - np.array([0, 8]), neck - np.array([0, 10]), 13)
    for limb, root in enumerate((neck, neck, hip, hip)):
        turn = phase * (1 + limb / 4) + limb
        middle = root + 14 * np.array([np.cos(turn), abs(np.sin(turn))])
        bone(root, middle, 7)
        bone(middle, middle + 14 * np.array([np.cos(2 * turn), np.sin(2 * turn)]), 5)
    return picture


def made_batch(clips: int, frames: int, size: int) -> ClipBatch:
    random = np.random.default_rng(0)
    phases = random.uniform(0, 6, (clips, 1)) + np.arange(frames) / 8  # (N, T)
    figures = np.stack([figure(size, phase) for phase in phases.flat])  # (N*T, size, size)
    noise = random.normal(60, 12, (clips * frames, 3, size, size))
    values = (noise + 110 * figures[:, None]).clip(0, 255).astype(np.uint8)
    pictures = torch.from_numpy(values).view(clips, frames, 3, size, size)
    return replace(example_batch(clips=clips, frames=frames, complete=True), frames=pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=32, help="in a batch")
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--size", type=int, default=96)
    options = parser.parse_args()
    cv2.setNumThreads(torch.get_num_threads())
    batch = made_batch(options.clips, options.frames, options.size)
    count = options.clips * options.frames
    pictures = f"{count} pictures of {options.size} x {options.size}"
    print(f"{torch.get_num_threads()} threads, {pictures}, best of {ROUNDS}; all after `grey` are grey")
    print(f"{'':30}{'frames a second':>16}{'ms a frame':>12}")
    for name, step in STEPS.items():
        best = float("inf")
        for _ in range(ROUNDS):
            started = time.perf_counter()
            result = step(batch)
            best = min(best, time.perf_counter() - started)
        print(f"{name:30}{count / best:16,.0f}{1000 * best / count:12.3f}")
        batch = batch if name in LAST else result


if __name__ == "__main__":
    main()

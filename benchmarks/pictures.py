"""Pictures a second: those of dance_six as they are rendered, and each step on them in the order of a recipe.

    OMP_NUM_THREADS=1 python benchmarks/pictures.py [--scenery plain] [--clips N] [--frames N] [--size N]

Every rate is the best of several rounds over one batch.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import cv2
import torch
from dancekit_images.cleaning import CleanSilhouette
from dancekit_images.cropping import CropToPerson, Resize
from dancekit_images.foreground import RemoveBackground
from dancekit_images.grey import Grey
from dancekit_images.max_entropy import MaxEntropy
from dancekit_images.thinning import Thinning
from dancekit_sources.dance_six import DanceSix

from dancekit.data.pictures import PictureReader
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore

ROUNDS = 5
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

Result = TypeVar("Result")


def timed(work: Callable[[], Result], name: str, pictures: int) -> Result:
    """The result of some work on so many pictures, and a line about its rate."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    print(f"{name:30}{pictures / best:18,.0f}{1000 * best / pictures:15.3f}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scenery", choices=("plain", "stage"), default="stage")
    parser.add_argument("--clips", type=int, default=32, help="in a batch")
    parser.add_argument("--frames", type=int, default=8, help="of a clip")
    parser.add_argument("--size", type=int, default=96)
    options = parser.parse_args()
    cv2.setNumThreads(torch.get_num_threads())
    dataset = DanceSix(scenery=options.scenery, recordings_test=max(6, options.clips))
    store = RecordingStore.pack(
        dataset.recordings("test"),
        dataset.layout,
        pictures=PictureReader(dataset.pictures("test"), options.size),
    )

    batch = gather(store, torch.arange(options.clips), frames=options.frames)
    count = int(batch.present.any(1).sum())
    pictures = f"{count} pictures of {options.size} x {options.size}"
    print(f"{torch.get_num_threads()} threads, {pictures}, best of {ROUNDS}; all after `grey` are grey")
    print(f"{'':30}{'pictures a second':>18}{'ms a picture':>15}")
    timed(
        lambda: gather(store, torch.arange(options.clips), frames=options.frames),
        f"rendering, {options.scenery}",
        count,
    )
    for name, step in STEPS.items():
        result = timed(partial(step, batch), name, count)
        batch = batch if name in LAST else result


if __name__ == "__main__":
    main()

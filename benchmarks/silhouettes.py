"""How well silhouettes from a maximum-entropy threshold meet the truth on dance_six, before either scenery.

python benchmarks/silhouettes.py [RECORDINGS]
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import torch
from dancekit_images.cleaning import CleanSilhouette
from dancekit_images.foreground import RemoveBackground
from dancekit_images.max_entropy import MaxEntropy
from dancekit_sources.dance_six import DanceSix

from dancekit.data.pictures import PictureReader, intersection_over_union, needed
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.tasks.steps import after_steps

SIZE, FRAMES = 96, 4
CHAINS = {
    "bright side": [MaxEntropy(), RemoveBackground(foreground="bright")],
    "dark side": [MaxEntropy(), RemoveBackground(foreground="dark")],
    "side by its border": [MaxEntropy(), RemoveBackground()],
    "side by its border, cleaned": [MaxEntropy(), RemoveBackground(), CleanSilhouette()],
}


def main(recordings: int) -> None:
    """A row for each scenery and chain: mean IoU, its quartiles, share of frames above 0.8."""
    print(f"{'scenery':8} {'silhouette':28} {'mean':>6} {'25%':>6} {'50%':>6} {'75%':>6} {'> 0.8':>6}")
    for scenery in ("plain", "stage"):
        dataset = DanceSix(scenery=scenery, recordings_test=recordings)
        store = RecordingStore.pack(dataset.recordings("test"), dataset.layout)
        store = replace(store, pictures=PictureReader(dataset.pictures("test"), SIZE))
        batch = gather(store, torch.arange(len(store)), frames=FRAMES)
        truth = needed(batch, "person_mask")
        shown = batch.present.any(1) & truth.flatten(2).any(2)  # (N, T)
        for name, chain in CHAINS.items():
            found = needed(after_steps(chain, batch, training=False), "silhouette")
            overlap = intersection_over_union(found, truth)[shown].numpy()
            quartiles = " ".join(f"{value:6.2f}" for value in np.quantile(overlap, [0.25, 0.5, 0.75]))
            print(f"{scenery:8} {name:28} {overlap.mean():6.2f} {quartiles} {(overlap > 0.8).mean():6.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)

"""Runs in the environment that has MediaPipe: python in_mediapipe.py FOLDER VIDEO IMAGE...

Detects in each, writes what it found to FOLDER, and checks the contract, several people and an error. Of a
file called row_of_4 the picture is as many equal strips side by side, with a dancer in the middle of each.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from dancekit_pose.mediapipe import MediaPipe

from dancekit.data.clips import Clip
from dancekit.errors import DataError
from dancekit.testing import check_detector


def main(folder: str, *sources: str) -> None:
    assert np.__version__.startswith("1."), np.__version__
    detector = MediaPipe()
    for source in map(Path, sources):
        clip = detector(source)
        np.savez(
            Path(folder) / f"{source.stem}.npz",
            keypoints=clip.keypoints,
            score=clip.score,
            present=clip.present,
            size=np.array(clip.image_size),
            rate=np.array(clip.frame_rate or 0),
        )
        if source.stem.startswith("row_of_"):
            check_row(clip, int(source.stem.removeprefix("row_of_")))
    check_detector(MediaPipe, source=Path(sources[1]))
    empty = Path(folder) / "nothing.mp4"
    empty.touch()
    try:
        detector(empty)
    except DataError as error:
        assert "is empty" in str(error)
    else:
        raise AssertionError("an empty file was taken")


def check_row(clip: Clip, count: int) -> None:
    """In every frame there is one person in each strip, and nobody else."""
    assert clip.image_size is not None
    strip = clip.image_size[0] / count
    assert clip.present.shape[0] == count and clip.present.all(), clip.present.sum(axis=1)
    middles = np.median(clip.keypoints[..., 0], axis=2)  # (M, T)
    assert (np.sort(middles // strip, axis=0) == np.arange(count)[:, None]).all(), middles


if __name__ == "__main__":
    main(*sys.argv[1:])

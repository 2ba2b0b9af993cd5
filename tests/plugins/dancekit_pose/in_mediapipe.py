"""Runs in the environment that has MediaPipe: python in_mediapipe.py FOLDER VIDEO IMAGE...

Detects in each, writes what it found to FOLDER, and checks the contract and an error.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from dancekit_pose.mediapipe import MediaPipe

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
    check_detector(MediaPipe, source=Path(sources[1]))
    empty = Path(folder) / "nothing.mp4"
    empty.touch()
    try:
        detector(empty)
    except DataError as error:
        assert "is empty" in str(error)
    else:
        raise AssertionError("an empty file was taken")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""How hard dance_six is: what plain methods reach on its test split.

    python benchmarks/dance_six_exam.py [--seeds 6 7]

Every method sees the same: 18 keypoints, missing joints filled in over time, moved to the pelvis of the
recording and divided by the length of the trunk.
"""

from __future__ import annotations

import argparse

import numpy as np
from dancekit_sources.dance_six import DanceSix
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dancekit.data.clips import Clip

FRAMES = 32
NECK, RIGHT_HIP, LEFT_HIP = (DanceSix().layout.index(name) for name in ("neck", "right_hip", "left_hip"))


def filled(points: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Missing joints (score 0) interpolated over time, (T, V, C); never seen: the mean of the others."""
    out = points.copy()
    frames = np.arange(len(points))
    for joint in range(points.shape[1]):
        seen = score[:, joint] > 0
        for axis in range(points.shape[2]):
            if seen.any():
                out[:, joint, axis] = np.interp(frames, frames[seen], points[seen, joint, axis])
            else:
                out[:, joint, axis] = points[..., axis][score > 0].mean()
    return out


def normalised(clip: Clip) -> np.ndarray:
    """(FRAMES, V, C): resampled in time, the recording's mean pelvis at 0, its mean trunk of length 1."""
    points = filled(clip.keypoints[0], clip.score[0])
    pelvis = (points[:, RIGHT_HIP] + points[:, LEFT_HIP]) / 2
    trunk = np.linalg.norm(points[:, NECK] - pelvis, axis=-1).mean()
    points = (points - pelvis.mean(axis=0)) / trunk
    where = np.linspace(0, len(points) - 1, FRAMES)
    flat = points.reshape(len(points), -1)  # (T, V*C)
    sampled = [np.interp(where, np.arange(len(points)), column) for column in flat.T]
    return np.stack(sampled, axis=-1).reshape(FRAMES, *points.shape[1:])  # (FRAMES, V, C)


def examine(data: DanceSix) -> dict[str, float]:
    clips = {split: list(data.recordings(split)) for split in data.splits}
    x = {split: np.stack([normalised(clip) for clip in each]) for split, each in clips.items()}
    y = {split: np.array([clip.label for clip in each]) for split, each in clips.items()}

    def features(split: str, mean_pose: bool) -> np.ndarray:
        chosen = x[split].mean(axis=1) if mean_pose else x[split]
        return chosen.reshape(len(chosen), -1)  # (N, features)

    def accuracy(predicted: np.ndarray) -> float:
        return float((predicted == y["test"]).mean())

    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    linear.fit(features("train", True), y["train"])
    neighbour = KNeighborsClassifier(n_neighbors=1).fit(features("train", False), y["train"])
    # A kernel as wide as the median distance between recordings.
    train = features("train", False)
    sample = train[:500]
    width = np.median(((sample[:, None] - sample[None]) ** 2).sum(-1))
    ridge = KernelRidge(kernel="rbf", gamma=2 / width, alpha=0.1)
    ridge.fit(train, np.eye(len(data.classes))[y["train"]])
    return {
        "linear on the mean pose": accuracy(linear.predict(features("test", True))),
        "nearest neighbour, 32 frames": accuracy(neighbour.predict(features("test", False))),
        "kernel ridge, 32 frames": accuracy(ridge.predict(features("test", False)).argmax(axis=1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="How hard dance_six is for plain methods.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[6])
    for seed in parser.parse_args().seeds:
        for keypoints in ("detected", "true_2d", "true_3d"):
            results = examine(DanceSix(seed=seed, keypoints=keypoints))
            for method, accuracy in results.items():
                print(f"seed {seed}  {keypoints:9}  {method:30} {100 * accuracy:5.1f} %")


if __name__ == "__main__":
    main()

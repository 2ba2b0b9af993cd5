"""Recordings of people: a dance walk against itself, and one movement in two styles against others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dancekit_coach.body import Array
from dancekit_coach.review import review
from dancekit_sources.bvh import Bvh
from sklearn.metrics import roc_auc_score

from dancekit.data.clips import Clip
from dancekit.data.unpickle import read_pickle
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("h36m17")
NAMES = {"Hips": "pelvis", "Chest": "spine", "Chest2": "thorax", "Neck": "neck", "Head": "head"} | {
    f"{there}{name}": f"{here}_{joint}"
    for here, there in (("left", "Left"), ("right", "Right"))
    for name, joint in {
        "Hip": "hip", "Knee": "knee", "Ankle": "ankle", "Shoulder": "shoulder", "Elbow": "elbow",
        "Wrist": "wrist",
    }.items()
}  # fmt: skip


def cmu_walk(real_data: Path) -> tuple[Array, float]:
    """The dance walk of subject 131: joints (T, 17, 3) in metres at 30 frames per second."""
    data = Bvh(path=real_data / "bvh" / "131_01.bvh", metres_per_unit=0.056444, layout=LAYOUT, rename=NAMES)
    clip = next(iter(data.recordings("all")))
    assert clip.frame_rate is not None
    every = round(clip.frame_rate / 30)
    return clip.keypoints[0, ::every].astype(np.float64), clip.frame_rate / every


def as_clip(points: Array, rate: float) -> Clip:
    return Clip.of(points, label=0, name="walk", frame_rate=rate)


def read_at(points: Array, frames: Array) -> Array:
    """Points (T, V, 3) at moments between frames."""
    flat = points.reshape(len(points), -1)
    read = [np.interp(frames, np.arange(len(flat)), column) for column in flat.T]
    return np.stack(read, axis=1).reshape(len(frames), *points.shape[1:])


def test_a_dance_walk_against_itself(real_data: Path) -> None:
    points, rate = cmu_walk(real_data)
    reference = as_clip(points, rate)
    itself = review(reference, reference, layout=LAYOUT)
    assert itself.score is not None and itself.score.value == 100 and not itself.cues
    late = review(as_clip(read_at(points, np.arange(len(points)) - 6.0), rate), reference, layout=LAYOUT)
    assert late.timing is not None and late.timing.start_lag == pytest.approx(6 / rate, abs=1 / rate)
    slow = review(
        as_clip(read_at(points, np.arange(len(points) / 0.9) * 0.9), rate), reference, layout=LAYOUT
    )
    assert slow.timing is not None and slow.timing.tempo_ratio == pytest.approx(0.9, rel=0.02)
    noise = np.random.default_rng(0).normal(0, 0.01, points.shape)
    noisy = review(as_clip(points + noise, rate), reference, layout=LAYOUT)
    assert not noisy.cues and noisy.score is not None and (noisy.score.value or 0) > 97


def test_one_movement_in_two_styles_against_other_movements(real_data: Path) -> None:
    layout = Layout.named("bandai21")
    annotations = read_pickle(real_data / "bandai2_3d.pkl")["annotations"]
    kinds: dict[tuple[int, str], list[Clip]] = {}
    for each in annotations:
        key = int(each["label"]), each["frame_dir"].split("_")[-2]
        if len(kinds.setdefault(key, [])) < 1:
            clip = Clip.of(each["keypoint"], label=key[0], name=each["frame_dir"], frame_rate=30.0)
            kinds[key].append(clip)
    rng = np.random.default_rng(3)
    keys = sorted(kinds)
    same, unshared = [], []
    for wanted in [True, False] * 20:
        first = keys[rng.integers(len(keys))]
        fitting = [key for key in keys if key != first and (key[0] == first[0]) == wanted]
        second = fitting[rng.integers(len(fitting))]
        found = review(kinds[first][0], kinds[second][0], layout=layout, mirror="off")
        same.append(wanted)
        unshared.append(found.unshared)
    assert roc_auc_score(same, -np.array(unshared)) >= 0.85

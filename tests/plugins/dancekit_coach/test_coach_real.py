"""Recordings of people: a dance walk against itself, and one movement in two styles against others."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from coach_calls import call
from dancekit_coach.angles import ANGLES
from dancekit_coach.body import Array
from dancekit_coach.result import Review
from dancekit_coach.review import Options, review
from dancekit_sources.bvh import Bvh

from dancekit.data.clips import Clip
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


def cmu_walk(real_data: Path, name: str) -> tuple[Array, float]:
    """A dance walk of subject 131: joints (T, 17, 3) in metres at 30 frames per second."""
    data = Bvh(path=real_data / "bvh" / f"{name}.bvh", metres_per_unit=0.056444, layout=LAYOUT, rename=NAMES)
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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["131_01", "131_02"])
def test_a_dance_walk_against_itself_late_slowed_and_noised(real_data: Path, name: str) -> None:
    points, rate = cmu_walk(real_data, name)
    reference = as_clip(points, rate)
    frames = len(points)

    def against(changed: Array, **options: bool) -> Review:
        return review(as_clip(changed, rate), reference, layout=LAYOUT, options=Options(**options))

    itself = against(points)
    assert itself.score is not None and itself.score.value == 100 and not itself.cues
    assert itself.unshared == 0 and itself.timing is not None and itself.timing.start_lag == 0
    assert itself.smoothness and not any(stroke.difference for stroke in itself.smoothness)
    late = against(read_at(points, np.arange(frames) - 6.0), together=True)
    assert late.timing is not None and late.timing.start_lag == pytest.approx(6 / rate, abs=1 / rate)
    assert not [each for each in late.form if each.beyond_error]
    slow = against(read_at(points, np.arange(frames / 0.9) * 0.9))
    assert slow.timing is not None and slow.timing.tempo_ratio == pytest.approx(0.9, rel=0.02)
    assert not [each for each in slow.form if each.beyond_error]
    for millimetres, least in ((5, 98), (10, 97), (20, 90)):
        noise = np.random.default_rng(0).normal(0, millimetres / 1000, points.shape)
        noisy = against(points + noise)
        assert not noisy.cues and noisy.score is not None and (noisy.score.value or 0) > least
        assert not [each for each in noisy.form if each.beyond_error]


@pytest.mark.slow
def test_people_who_face_the_camera_are_measured_without_saying_so(real_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("mediapipe")
    video = str(real_data / "media" / "exercise.avi")
    words = ("--detector", "mediapipe", "--reference", video, "--person", "1", "--reference-person", "2")
    call("review", video, *words, "--out", str(tmp_path))
    found = json.loads((tmp_path / "result.json").read_text())
    assert not found["refused"] and found["score"]["coverage"] > 0.8
    planar = [angle.name for angle in ANGLES if angle.planar and angle.part == "arm"]
    assert not set(planar) & set(found["not_measured"])
    assert found["timing"]["resolution"] == pytest.approx(0.1)


@pytest.mark.slow
def test_the_score_tells_one_movement_in_two_styles_from_two_movements(real_data: Path) -> None:
    """200 pairs of ten movements in seven styles, none of which was looked at while the score was made."""
    path = Path(__file__).parents[3] / "benchmarks" / "coach_score.py"
    specification = importlib.util.spec_from_file_location("coach_score", path)
    assert specification is not None and specification.loader is not None
    benchmark = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(benchmark)
    same, table = benchmark.drawn_pairs(real_data, [20, 21, 22, 23, 24], 0)
    assert same.sum() == 100 and len(same) == 200
    for measure in ("score", "score, 0 where refused", "shared"):
        assert benchmark.area_under_curve(same, table[measure]) >= 0.95, measure

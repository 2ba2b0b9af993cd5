"""What result.json says of lifted poses: each number against a loop, and what is said of nothing."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dancekit.skeleton.layout import Layout
from dancekit.tasks.pose_metrics import GAPS, SPEEDS, mpjpe, root_rule, summary
from dancekit.tasks.poses import LiftedPoses, LiftedSequence

CLASSES = ("raising", "waving", "never")
INPUT, OUTPUT = Layout.named("dance14"), Layout.named("h36m17")


def _sequence(seed: int, *, frames: int = 40, **more: Any) -> LiftedSequence:
    random = torch.Generator().manual_seed(seed)
    start = 0.4 * torch.randn(1, 17, 3, generator=random)
    steps = 0.03 * torch.randn(frames, 17, 3, generator=random) * torch.rand(1, 17, 1, generator=random)
    target = start + steps.cumsum(0)
    missing = torch.rand(frames, 14, generator=random) < torch.rand(frames, 1, generator=random) * 0.8
    options: dict[str, Any] = {
        "index": seed,
        "person": 0,
        "label": seed % 3 - 1,
        "frame_rate": 30.0,
        "keypoints": torch.zeros(frames, 14, 2),
        "score": (~missing).float(),
        "lifted": target + 0.05 * (1 + seed) * torch.randn(frames, 17, 3, generator=random),
        "target": target,
        "seen": torch.rand(frames, 17, generator=random) < 0.9,
        "present": torch.rand(frames, generator=random) < 0.9,
    }
    return LiftedSequence(**(options | more))


def _poses(*sequences: LiftedSequence) -> LiftedPoses:
    return LiftedPoses(sequences=sequences, input_layout=INPUT, output_layout=OUTPUT)


@pytest.fixture(scope="module")
def some() -> LiftedPoses:
    return _poses(*(_sequence(seed) for seed in range(6)))


def _rows(poses: LiftedPoses) -> list[dict[str, Any]]:
    """Every known joint of every frame: its error in mm and all that it can be put in a bin by."""
    rows = []
    for each in poses.sequences:
        for t in range(len(each.present)):
            for j, name in enumerate(OUTPUT.joints):
                if not (each.present[t] and each.seen[t, j]):
                    continue
                speed = None
                inside = 0 < t < len(each.present) - 1
                if inside and all(each.present[s] and each.seen[s, j] for s in (t - 1, t + 1)):
                    speed = math.dist(each.target[t - 1, j], each.target[t + 1, j]) * each.frame_rate / 2
                rows.append(
                    {
                        "error": 1000 * math.dist(each.lifted[t, j].tolist(), each.target[t, j].tolist()),
                        "joint": name,
                        "label": each.label,
                        "speed": speed,
                        "missing": int((each.score[t] == 0).sum()),
                        "frame": (each.index, each.person, t),
                    }
                )
    return rows


def _mean(rows: list[dict[str, Any]]) -> Any:
    return pytest.approx(np.mean([row["error"] for row in rows]), rel=1e-5) if rows else None


def test_the_error_as_a_whole_and_by_joint_and_movement(some: LiftedPoses) -> None:
    rows, result = _rows(some), summary(some, CLASSES)
    assert result["mpjpe"] == mpjpe(some) == _mean(rows)
    assert list(result["per_joint"]) == list(OUTPUT.joints)
    for name, error in result["per_joint"].items():
        assert error == _mean([row for row in rows if row["joint"] == name])
    assert list(result["per_movement"]) == ["raising", "waving"]
    for label, name in enumerate(result["per_movement"]):
        assert result["per_movement"][name] == _mean([row for row in rows if row["label"] == label])
    counts = [sum(row["joint"] == name for row in rows) for name in OUTPUT.joints]
    weighted = np.average(list(result["per_joint"].values()), weights=counts)
    assert result["mpjpe"] == pytest.approx(weighted, rel=1e-9)


def test_the_error_by_speed_and_by_gaps(some: LiftedPoses) -> None:
    rows, result = _rows(some), summary(some, CLASSES)
    for place, each in enumerate(result["speed"]):
        high = SPEEDS[place + 1] if place + 1 < len(SPEEDS) else math.inf
        inside = [row for row in rows if row["speed"] is not None and SPEEDS[place] <= row["speed"] < high]
        assert each["joints"] == len(inside) and each["mpjpe"] == _mean(inside)
        assert (each["from"], each["to"]) == (SPEEDS[place], None if high == math.inf else high)
    assert sum(each["joints"] > 0 for each in result["speed"]) >= 4
    for place, each in enumerate(result["occlusion"]):
        last = GAPS[place + 1] - 1 if place + 1 < len(GAPS) else 99
        inside = [row for row in rows if GAPS[place] <= row["missing"] <= last]
        assert each["frames"] == len({row["frame"] for row in inside}) and each["mpjpe"] == _mean(inside)
    assert sum(each["frames"] > 0 for each in result["occlusion"]) == len(GAPS)
    assert sum(each["frames"] for each in result["occlusion"]) == result["frames"]
    assert result["frames"] == len({row["frame"] for row in rows})


def test_the_yardstick_is_the_error_of_the_mean_target(some: LiftedPoses) -> None:
    sums = {name: np.zeros(3) for name in OUTPUT.joints}
    counts = dict.fromkeys(OUTPUT.joints, 0)
    for again in (False, True):
        errors = []
        for each in some.sequences:
            for t, j in torch.nonzero(each.known).tolist():
                name, true = OUTPUT.joints[j], each.target[t, j].double().numpy()
                if again:
                    errors.append(1000 * math.dist(sums[name] / counts[name], true))
                else:
                    sums[name] += true
                    counts[name] += 1
    assert summary(some, CLASSES)["mean_pose"] == pytest.approx(np.mean(errors), rel=1e-6)


def test_frames_of_different_recordings_are_never_subtracted(some: LiftedPoses) -> None:
    """Sequences that are right but for a place of their own have no error of motion."""
    moved = [replace(each, lifted=each.target + place) for place, each in enumerate(some.sequences)]
    result = summary(_poses(*moved), CLASSES)
    assert result["mpjve"] < 1e-3 and result["acceleration"] < 1e-3
    assert result["mpjpe"] > 1000


def test_persons_of_one_recording_are_drawn_together(some: LiftedPoses) -> None:
    pair = _poses(_sequence(1), _sequence(5, index=1, person=1))
    assert pair.clips == 1 and summary(pair, CLASSES)["clips"] == 1
    assert summary(pair, CLASSES)["mpjpe_interval"] is None
    low, high = summary(some, CLASSES)["mpjpe_interval"]
    assert low < summary(some, CLASSES)["mpjpe"] < high
    assert summary(some, CLASSES) == summary(some, CLASSES)


def test_the_interval_covers_what_it_should() -> None:
    """Recordings whose errors have a standard deviation of 10 mm: that of the mean of 25 is 2."""
    random = np.random.default_rng(0)
    base = _sequence(
        0, frames=3, present=torch.ones(3, dtype=torch.bool), seen=torch.ones(3, 17, dtype=torch.bool)
    )
    shifts = 0.1 + 0.01 * random.normal(size=25)
    moved = [
        replace(base, index=place, lifted=base.target + torch.tensor([shift, 0.0, 0.0]))
        for place, shift in enumerate(shifts)
    ]
    low, high = summary(_poses(*moved), CLASSES)["mpjpe_interval"]
    expected = 2 * 1.96 * 1000 * shifts.std() / 5
    assert high - low == pytest.approx(expected, rel=0.15)


def test_a_perfect_lifter(some: LiftedPoses) -> None:
    result = summary(_poses(*(replace(each, lifted=each.target) for each in some.sequences)), CLASSES)
    for name in ("mpjpe", "p_mpjpe", "n_mpjpe", "mpjve", "acceleration"):
        assert result[name] == pytest.approx(0, abs=1e-3)
    assert result["pck150"] == 1.0
    assert result["auc"] == pytest.approx(30 / 31)  # nothing is below 0 mm


def test_units(some: LiftedPoses) -> None:
    """Metres in, millimetres out; frames per second only for speed."""
    moved = [replace(each, lifted=each.target + torch.tensor([0.3, 0, 0.4])) for each in some.sequences]
    assert summary(_poses(*moved), CLASSES)["mpjpe"] == pytest.approx(500, rel=1e-5)
    faster = _poses(*(replace(each, frame_rate=60.0) for each in some.sequences))
    slow, fast = summary(some, CLASSES), summary(faster, CLASSES)
    assert slow.pop("speed") != fast.pop("speed") and slow == fast


def test_where_there_is_nothing_to_say_json_says_null() -> None:
    nobody = _sequence(1, present=torch.zeros(40, dtype=torch.bool))
    unknown = _sequence(2, seen=torch.zeros(40, 17, dtype=torch.bool))
    broken = _sequence(1, lifted=torch.full((40, 17, 3), math.nan))
    for poses in (_poses(), _poses(nobody), _poses(unknown, nobody), _poses(broken)):
        result = json.loads(json.dumps(summary(poses, CLASSES), allow_nan=False))
        for name in ("mpjpe", "mpjpe_interval", "p_mpjpe", "n_mpjpe", "mpjve", "acceleration"):
            assert result[name] is None
        assert set(result["per_joint"].values()) == {None}
    assert (
        result["pck150"] == 0 and result["auc"] == 0 and result["frames"] > 0
    )  # broken is wrong, not unknown
    short = summary(_poses(_sequence(1, frames=2, present=torch.tensor([True, True]))), CLASSES)
    assert short["mpjve"] is not None and short["acceleration"] is None


def test_an_unknown_frame_rate_has_no_speed() -> None:
    result = summary(_poses(_sequence(1, frame_rate=math.nan)), CLASSES)
    assert {each["joints"] for each in result["speed"]} == {0}
    assert result["mpjpe"] is not None


def test_the_root_in_words() -> None:
    assert root_rule(OUTPUT).startswith("the pelvis of the target is at 0")
    assert root_rule(INPUT).startswith("the middle of left hip and right hip of the target is at 0")
    assert summary(_poses(), CLASSES)["joints"] == 17

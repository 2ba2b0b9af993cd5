"""What the report of a lifting run is made from: its files, its poses and its recordings."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dancekit.data.clips import Clip
from dancekit.data.store import RecordingStore
from dancekit.plugin import Component, Plugin, Provided
from dancekit.recipe import Recipe
from dancekit.run import Run, write_json
from dancekit.schema import Part
from dancekit.skeleton.layout import Layout
from dancekit.tasks.pose_errors import position_errors
from dancekit.tasks.pose_metrics import summary
from dancekit.tasks.poses import LiftedPoses, LiftedSequence
from dancekit.verbs.evaluation import LiftingEvaluation
from dancekit.verbs.lifting_report import collect_lifting, write_lifting_report
from dancekit.verbs.report_parts import best_epoch

CLASSES = ("waving", "walking", "never")
INPUT, OUTPUT = Layout.named("dance14"), Layout.named("h36m17")
HISTORY = """epoch,train/loss,validate/mpjpe,learning_rate,seconds
0,1.0,nan,0.1,1
1,0.8,61.5,0.05,1
2,0.7,60.5,0.02,1
3,0.6,60.5,0.0,1
"""


def _store(people: tuple[str, ...] = ("ann", "bob"), clips: int = 9) -> RecordingStore:
    points = np.random.default_rng(0).normal(size=(1, 10, 17, 3))
    return RecordingStore.pack(
        [
            Clip.of(points, label=i % 2, name=f"clip{i}", person=people[i % len(people)], frame_rate=20.0)
            for i in range(clips)
        ],
        OUTPUT,
    )


def _sequence(index: int, *, frames: int = 30, **more: Any) -> LiftedSequence:
    random = torch.Generator().manual_seed(index)
    target = torch.randn(frames, 17, 3, generator=random)
    values: dict[str, Any] = {
        "index": index,
        "person": 0,
        "label": index % 2,
        "frame_rate": 20.0,
        "keypoints": torch.randn(frames, 14, 2, generator=random),
        "score": (torch.rand(frames, 14, generator=random) < 0.9).float(),
        "lifted": target + 0.02 * (1 + index) * torch.randn(frames, 17, 3, generator=random),
        "target": target,
        "seen": torch.rand(frames, 17, generator=random) < 0.9,
        "present": torch.arange(frames) >= 3,
    }
    return LiftedSequence(**(values | more))


def _recipe() -> Recipe:
    def part(kind: str, name: str) -> Part:
        plugin = Plugin(name="here", source="here", module=__name__)
        return Part(Provided(Component(kind=kind, name=name, target="x:Y"), plugin), object, {}, kind)  # type: ignore[arg-type]

    return Recipe(task="lifting", data=part("dataset", "made"), lifter=part("lifter", "tiny"))


def _finished(
    folder: Path, *sequences: LiftedSequence, roles: tuple[str, ...] = ("validate", "test")
) -> LiftingEvaluation:
    run = Run(folder / "runs" / "2020_tiny")
    run.folder.mkdir(parents=True)
    poses = LiftedPoses(sequences=sequences, input_layout=INPUT, output_layout=OUTPUT)
    result: dict[str, Any] = {"parameters": 12, "epochs": 4, "seconds": 4.5, "versions": {"python": "3"}}
    write_json(run.result, result | {role: summary(poses, CLASSES) for role in roles})
    run.metrics.write_text(HISTORY)
    return LiftingEvaluation(
        run=run,
        split=roles[-1],
        classes=CLASSES,
        store=_store(),
        poses=poses,
        weights={"2D branch": torch.linspace(0, 1, 17)},
    )


def test_the_report_has_the_numbers_of_the_result(tmp_path: Path) -> None:
    shown = _finished(tmp_path, *(_sequence(index) for index in range(9)))
    stores = {"train": _store(("bob", "eve")), "validate": None, "test": _store(("ann", "bob", "cleo"))}
    report = collect_lifting(shown.run, _recipe(), shown, stores)
    saved = json.loads(shown.run.result.read_text())
    validate, test = report.results
    assert report.headline is test
    for result in report.results:
        wanted = saved[result.role]
        for name in (
            "mpjpe",
            "p_mpjpe",
            "mpjve",
            "pck150",
            "auc",
            "mean_pose",
            "root",
            "frames",
            "per_joint",
        ):
            assert getattr(result, name) == wanted[name]
        assert list(result.interval or ()) == wanted["mpjpe_interval"]
        assert [each.error for each in result.speed] == [each["mpjpe"] for each in wanted["speed"]]
        assert [each.count for each in result.occlusion] == [each["frames"] for each in wanted["occlusion"]]
        assert (result.speed[0].high, result.speed[-1].high) == (0.25, None)
    assert (test.people, test.known_people) == (3, 1)
    assert (validate.people, validate.known_people) == (None, None)
    assert report.chosen_epoch == 2  # the first of two equally good ones
    assert report.subtitle == "tiny on made, dance14 to h36m17, seed 0"
    assert report.weights["2D branch"].tolist() == pytest.approx(np.linspace(0, 1, 17).tolist())
    errors = [each.error for each in report.movements]
    assert {each.name: each.clips for each in report.movements} == {"waving": 5, "walking": 4}
    assert errors == sorted(errors, reverse=True)  # type: ignore[type-var]


def test_examples_are_the_poses_as_they_were_lifted(tmp_path: Path) -> None:
    sequences = [_sequence(index) for index in range(9)]
    shown = _finished(tmp_path, *sequences)
    examples = collect_lifting(shown.run, _recipe(), shown, {}).examples
    assert [each.kind for each in examples].count("best") == 2 and len(examples) == 6
    assert {each.name for each in examples if each.kind == "best"} == {"clip0", "clip1"}
    assert {each.name for each in examples if each.kind == "worst"} == {"clip7", "clip8"}
    for example in examples:
        sequence = sequences[int(example.name.removeprefix("clip"))]
        assert example.error == position_errors(sequence.lifted, sequence.target, sequence.known).mean()
        assert example.movement == CLASSES[sequence.label] and example.person is None and example.whole
        assert np.isnan(example.keypoints[:3]).all() and np.isnan(example.lifted[:3]).all()
        given = (sequence.score > 0) & sequence.present[:, None]
        assert np.array_equal(np.isfinite(example.keypoints).all(-1), given.numpy())
        assert np.array_equal(np.isfinite(example.target).all(-1), sequence.known.numpy())
        assert np.array_equal(example.lifted[3:], sequence.lifted[3:].double().numpy())


@pytest.mark.parametrize(("rate", "frames"), [(20.0, 160), (100.0, 800), (math.nan, 240)])
def test_of_a_long_recording_a_stretch_is_shown(tmp_path: Path, rate: float, frames: int) -> None:
    late = torch.arange(1000) >= 700
    shown = _finished(tmp_path, _sequence(0, frames=1000, frame_rate=rate, present=late))
    (example,) = collect_lifting(shown.run, _recipe(), shown, {}).examples
    assert len(example.keypoints) == len(example.lifted) == len(example.target) == frames
    assert example.frames == 1000 and not example.whole
    assert example.frame_rate == (None if math.isnan(rate) else rate)
    assert np.isfinite(example.lifted[-1]).all()  # where the person is


def test_persons_of_one_recording_are_told_apart(tmp_path: Path) -> None:
    shown = _finished(tmp_path, _sequence(0), _sequence(0, person=1), _sequence(1, label=-1))
    report = collect_lifting(shown.run, _recipe(), shown, {})
    assert {(each.name, each.person) for each in report.examples} == {
        ("clip0", 0),
        ("clip0", 1),
        ("clip1", None),
    }
    assert next(each for each in report.examples if each.name == "clip1").movement is None
    assert [(each.name, each.clips) for each in report.movements] == [("waving", 1)]


@pytest.mark.parametrize("roles", [("validate",), ("test",), ("validate", "test")])
def test_a_page_is_written_whatever_was_kept(tmp_path: Path, roles: tuple[str, ...]) -> None:
    shown = _finished(tmp_path, *(_sequence(index) for index in range(4)), roles=roles)
    write_lifting_report(shown.run, _recipe(), shown)
    page = shown.run.report.read_text()
    assert "<h1>2020_tiny</h1>" in page
    assert ("weights of the last epoch were kept" in page) == ("validate" not in roles)


def test_a_lifter_that_answers_nothing_usable_has_a_page(tmp_path: Path) -> None:
    nobody = _sequence(0, seen=torch.zeros(30, 17, dtype=torch.bool))
    broken = _sequence(1, lifted=torch.full((30, 17, 3), math.nan))
    for number, sequences in enumerate([(), (nobody,), (broken,), (nobody, broken)]):
        shown = _finished(tmp_path / str(number), *sequences)
        write_lifting_report(shown.run, _recipe(), replace(shown, weights={}))
        assert "no error to tell" in shown.run.report.read_text()


def test_the_best_epoch() -> None:
    rows = [{"epoch": 0.0}, {"epoch": 1.0, "x": math.nan}, {"epoch": 2.0, "x": 3.0}, {"epoch": 3.0, "x": 3.0}]
    assert best_epoch(rows, "x", highest=True) == best_epoch(rows, "x", highest=False) == 2
    assert best_epoch([*rows, {"epoch": 4.0, "x": 9.0}], "x", highest=True) == 4
    assert best_epoch(rows[:2], "x", highest=True) is None

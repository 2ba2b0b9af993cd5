"""A report of made-up numbers, of any size, of which every part can be replaced."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dancekit.reporting.contents import (
    AttentionMap,
    Connections,
    Example,
    NamedMatrix,
    RunReport,
    SplitResult,
)
from dancekit.skeleton.graph import adjacency
from dancekit.skeleton.layout import Layout


def make_confusion(classes: int, clips: int, seed: int = 0) -> np.ndarray:
    """Mostly right; the second class is never danced and the last never recognised."""
    random = np.random.default_rng(seed)
    counts = np.zeros((classes, classes), dtype=int)
    for label in random.integers(classes, size=clips):
        guess = label if random.random() < 0.7 else random.integers(classes)
        counts[label, guess] += 1
    counts[1] = 0
    counts[:, 0] += counts[:, -1]
    counts[:, -1] = 0
    return counts


def make_result(role: Any, confusion: np.ndarray, **more: Any) -> SplitResult:
    accuracy = float(np.trace(confusion) / confusion.sum())
    return SplitResult(
        role=role,
        accuracy=accuracy,
        interval=(accuracy - 0.03, accuracy + 0.02),
        top5=0.97,
        loss=0.4321,
        clips=int(confusion.sum()),
        confusion=confusion,
        **{"people": 7, "known_people": 0, **more},
    )


def make_example(layout: Layout, *, persons: int = 1, frames: int = 20, **more: Any) -> Example:
    random = np.random.default_rng(3)
    pose = random.normal(size=(persons, 1, layout.num_joints, 2))
    points = pose + 0.1 * random.normal(size=(persons, frames, layout.num_joints, 2)).cumsum(1)
    points[:, :, 0] = np.nan
    defaults = {"name": "clip_7", "label": "walking", "predicted": "waving", "probability": 0.8125}
    return Example(points=points, layout=layout, frame_rate=25.0, **{**defaults, **more})


def make_report(classes: int = 6, *, clips: int = 300, **more: Any) -> RunReport:
    layout = Layout.named("dance11")
    random = np.random.default_rng(1)
    graph = adjacency(layout).sum(0)
    after = graph * random.uniform(0.5, 1.5, size=(4, *graph.shape))
    names = (
        "hands_on_waist",
        "raising_high",
        "spreading_one_arm",
        "waving",
        "spreading_both_arms",
        "walking",
    )
    more_names = tuple(f"movement_number_{i}" for i in range(6, classes))
    report = RunReport(
        title="2020-02-02_stgcn",
        subtitle="stgcn on dance_six, seed 0",
        classes=(*names, *more_names)[:classes],
        results=(
            make_result("validate", make_confusion(classes, clips // 2, seed=5)),
            make_result("test", make_confusion(classes, clips)),
        ),
        history=tuple(
            {
                "epoch": float(i),
                "train/loss": 2 / (i + 1),
                "train/accuracy": 1 - 1 / (i + 2),
                "validate/loss": 2.2 / (i + 1),
                "validate/accuracy": 0.9 - 0.8 / (i + 1),
                "learning_rate": 0.1 * (8 - i),
            }
            for i in range(8)
        ),
        chosen_epoch=5,
        parameters=123_456,
        epochs=8,
        seconds=654.0,
        recipe="data:\n  name: dance_six\n",
        versions={"python": "3.12", "torch": "2.9"},
        command="dancekit fit recipes/stgcn.yaml",
        repeat="dancekit fit runs/2020-02-02_stgcn/recipe.yaml",
        connections=Connections(layout=layout, before=graph, after=after),
        attention=tuple(
            AttentionMap(
                name=name,
                layout=layout,
                blocks=tuple(random.uniform(0.3, 0.7, size=(t, layout.num_joints)) for t in (64, 64, 32, 16)),
                numbers=(1, 2, 3, 4),
                clips=32,
            )
            for name in ("temporal", "spatial")
        ),
        matrices=(
            NamedMatrix(
                title="Distances",
                explanation="How far <apart>.",
                values=np.arange(6.0).reshape(2, 3),
                rows=("left_wrist", "head"),
                columns=("a", "b", "c"),
            ),
        ),
        examples=(
            make_example(layout),
            make_example(layout, label="waving", name="clip_8"),
            make_example(layout, persons=2, label="waving", name="clip_9", subject=1),
        ),
    )
    return replace(report, **more)


@pytest.fixture
def sample() -> Callable[..., RunReport]:
    return make_report


@pytest.fixture
def sample_example() -> Callable[..., Example]:
    return make_example

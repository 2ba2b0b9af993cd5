"""Fusing runs: the weighted mean of probabilities, recording by recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dancekit.data.clips import Clip
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError
from dancekit.plugin import Registry
from dancekit.run import Run
from dancekit.skeleton.layout import Layout
from dancekit.tasks.metrics import Predictions
from dancekit.verbs import ensemble
from dancekit.verbs.ensemble import fuse, members_of
from dancekit.verbs.evaluate import mean_of
from dancekit.verbs.evaluation import Evaluation

LAYOUT = Layout.from_mapping(
    {"name": "two", "joints": ["a", "b"], "bones": {"b": "a"}, "centre": "a", "pairs": {}}
)
CLASSES = ("wave", "walk", "run")


def evaluation(
    name: str, logits: list[list[float]], names: str = "xyz", labels: tuple[int, ...] = (0, 1, 2), **more: Any
) -> Evaluation:
    clips = [
        Clip.of(np.ones((1, 1, 2, 2)), label=label, name=each)
        for each, label in zip(names, labels, strict=True)
    ]
    return Evaluation(
        run=Run(Path(name)),
        split="test",
        classes=more.get("classes", CLASSES),
        store=RecordingStore.pack(clips, LAYOUT),
        predictions=Predictions(
            logits=torch.tensor(logits), label=torch.tensor(labels), index=torch.arange(len(clips))
        ),
    )


def run(folder: Path, recipe: str = "seed: 0\n") -> Run:
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(recipe)
    return Run(folder)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Evaluation]:
    """What `evaluate` says of a run, by the name of its folder."""
    known: dict[str, Evaluation] = {}
    monkeypatch.setattr(ensemble, "evaluate", lambda run, *_, **__: known[run.folder.name])
    return known


def test_probabilities_are_averaged_by_weight_and_by_name(
    tmp_path: Path, answers: dict[str, Evaluation]
) -> None:
    one = [[2.0, 0.0, 0.0], [0.0, 3.0, 1.0], [0.5, 0.2, 0.1]]
    other = [[0.0, 0.0, 4.0], [1.0, 0.0, 1.0], [0.0, 2.0, 0.0]]  # of z, x, y
    answers["a"] = evaluation("a", one)
    answers["b"] = evaluation("b", other, names="zxy", labels=(2, 0, 1))
    fused = fuse([run(tmp_path / "a"), run(tmp_path / "b")], Registry([]), "test", weights=(3, 1))
    by_name = {"x": (one[0], other[1]), "y": (one[1], other[2]), "z": (one[2], other[0])}
    assert fused.evaluation.names.tolist() == ["x", "y", "z"]
    assert fused.evaluation.predictions.label.tolist() == [0, 1, 2]
    for row, name in enumerate("xyz"):
        first, second = (np.exp(each) / np.exp(each).sum() for each in by_name[name])
        literal = 0.75 * first + 0.25 * second
        np.testing.assert_allclose(fused.evaluation.predictions.logits[row].exp(), literal, rtol=1e-6)
    assert [member["weight"] for member in fused.result["members"]] == [0.75, 0.25]
    assert [member["accuracy"] for member in fused.result["members"]] == pytest.approx([2 / 3, 1.0])


def test_one_run_alone_is_itself(tmp_path: Path, answers: dict[str, Evaluation]) -> None:
    answers["a"] = evaluation("a", [[2.0, 0.0, 0.0]] * 3)
    fused = fuse([run(tmp_path / "a")], Registry([]), "test")
    assert fused.evaluation is answers["a"]
    assert "members" not in fused.result


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"names": "xyw"}, "different recordings"),
        ({"labels": (0, 1, 1)}, "different recordings"),
        ({"classes": ("walk", "wave", "run")}, "different classes"),
    ],
)
def test_runs_about_other_things_are_told(
    tmp_path: Path, answers: dict[str, Evaluation], other: dict[str, Any], told: str
) -> None:
    answers["a"] = evaluation("a", [[0.0, 0.0, 0.0]] * 3)
    answers["b"] = evaluation("b", [[0.0, 0.0, 0.0]] * 3, **other)
    with pytest.raises(DataError, match=told):
        fuse([run(tmp_path / "a"), run(tmp_path / "b")], Registry([]), "test")


def test_an_ensemble_is_taken_apart(tmp_path: Path) -> None:
    recipe = "ensemble: {members: {joint: [], bone: [seed=1]}, weights: [3, 1]}\n"
    runs = [run(tmp_path / "both", recipe), run(tmp_path / "alone")]
    members, weights = members_of(runs, (1, 1))
    assert [member.folder.relative_to(tmp_path).as_posix() for member in members] == [
        "both/members/joint",
        "both/members/bone",
        "alone",
    ]
    assert weights == pytest.approx((0.375, 0.125, 0.5))
    assert members_of(runs[1:], ())[1] == (1.0,)


@pytest.mark.parametrize("weights", [(1,), (1, -1), (0, 0), (1, float("inf"))])
def test_weights_that_make_no_sense_are_told(tmp_path: Path, weights: tuple[float, ...]) -> None:
    with pytest.raises(RecipeError, match="weights"):
        members_of([run(tmp_path / "a"), run(tmp_path / "b")], weights)


def test_looks_are_averaged_as_probabilities() -> None:
    one, other = (evaluation("a", logits).predictions for logits in ([[4.0, 0, 0]] * 3, [[0.0, 2, 0]] * 3))
    mean = mean_of([one, other]).logits.exp()
    first, second = (np.exp(each) / np.exp(each).sum() for each in ([4.0, 0, 0], [0.0, 2, 0]))
    np.testing.assert_allclose(mean[0], (first + second) / 2, rtol=1e-6)
    torch.testing.assert_close(mean.sum(1), torch.ones(3))

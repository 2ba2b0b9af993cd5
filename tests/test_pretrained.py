"""A lifter that another run has trained: found by name, its arguments taken, its absence told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from dancekit.errors import RecipeError, RecipeErrors
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import Draft
from dancekit.run import Run
from dancekit.weights import keep_weights, load_lifter, read_checkpoint

LIFTER = {"name": "martinez", "input_layout": "openpose18", "output_layout": "h36m17", "channels": 8}


def _run(root: Path, folder: str, lifter: dict[str, Any] = LIFTER, *, finished: bool = True) -> Run:
    """A run of lifting as far as finding it goes."""
    run = Run(root / "runs" / folder)
    run.checkpoints.mkdir(parents=True)
    run.recipe.write_text(yaml.safe_dump({"task": "lifting", "data": "dance_six", "lifter": lifter}))
    if finished:
        run.result.write_text("{}")
    return run


def _check(lifter: dict[str, Any], folder: Path = Path()) -> Recipe:
    content = {
        "data": "dance_six",
        "lifter": lifter,
        "refine": ["align_view"],
        "backbone": {"name": "stgcn", "width": 4},
    }
    return check_recipe(Draft(content=content, folder=folder, name="recognise"), Registry.load())


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_newest_finished_run_of_the_name_gives_the_arguments(tmp_path: Path) -> None:
    _run(tmp_path, "2026-01-01_10-00-00_lift", LIFTER | {"channels": 4})
    newest = _run(tmp_path, "2026-01-02_10-00-00_lift")
    _run(tmp_path, "2026-01-03_10-00-00_lift", finished=False)
    _run(tmp_path, "2026-01-04_10-00-00_other")
    recipe = _check({"name": "martinez", "run": "lift"})
    assert recipe.pretrained.run == str(newest.folder.resolve()) and not recipe.pretrained.fine_tune
    assert recipe.lifter is not None and recipe.lifter.arguments["channels"] == 8
    assert recipe.lifter.arguments["dropout"] == 0.5  # its default, which the run left out


def test_what_the_recipe_says_itself_goes_first(tmp_path: Path) -> None:
    run = _run(tmp_path, "2026-01-01_10-00-00_lift")
    recipe = _check({"name": "martinez", "run": str(run.folder), "dropout": 0.1, "fine_tune": True})
    assert recipe.lifter is not None and recipe.lifter.arguments["dropout"] == 0.1
    assert recipe.pretrained.fine_tune


def test_a_resolved_recipe_needs_the_run_no_more(tmp_path: Path) -> None:
    run = _run(tmp_path, "2026-01-01_10-00-00_lift")
    resolved = _check({"name": "martinez", "run": "lift"}).to_mapping()
    assert resolved["lifter"]["run"] == str(run.folder.resolve()) and resolved["lifter"]["channels"] == 8
    run.recipe.unlink()
    draft = Draft(content=resolved, folder=tmp_path, name="recipe")
    assert check_recipe(draft, Registry.load()).to_mapping() == resolved


def test_without_a_run_the_lifter_is_one_of_its_own() -> None:
    recipe = _check(LIFTER)
    assert recipe.pretrained.run is None and "run" not in recipe.to_mapping()["lifter"]


def _problems(lifter: dict[str, Any], folder: Path = Path()) -> list[RecipeError]:
    with pytest.raises(RecipeErrors) as errors:
        _check(lifter, folder)
    return list(errors.value.problems)


def test_an_absent_run_says_what_to_run_first(tmp_path: Path) -> None:
    (tmp_path / "lift.yaml").write_text("task: lifting")
    (problem,) = _problems({"name": "siamese", "run": "lift"}, tmp_path)
    assert problem.message == "lifter.run: there is no finished run 'lift'."
    assert problem.hint == f"Train the lifter first: dancekit fit {tmp_path / 'lift.yaml'}"
    (problem,) = _problems({"name": "siamese", "run": "runs/away"}, tmp_path)
    assert problem.hint.startswith("Name the directory of a run")


def test_the_shipped_recipe_of_the_paper_names_the_shipped_recipe_of_its_lifter() -> None:
    from dancekit.recipe_files import read_recipe

    with pytest.raises(RecipeErrors) as errors:
        check_recipe(read_recipe("recipes/paper.yaml"), Registry.load())
    (problem,) = errors.value.problems
    assert problem.hint == "Train the lifter first: dancekit fit recipes/lift_siamese.yaml"


@pytest.mark.parametrize(
    ("lifter", "told"),
    [
        ({"name": "siamese", "run": "lift"}, "the lifter of "),
        ({"name": "martinez", "run": 7.5, "fine_tune": "perhaps"}, "lifter.fine_tune: 'perhaps'"),
        ({"name": "martinez", "run": "lift", "chanels": 4}, "lifter.chanels: there is no such key."),
        ({"name": "martinez", "fine_tune": True}, "lifter.fine_tune: there is no such key."),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, lifter: dict[str, Any], told: str) -> None:
    _run(tmp_path, "2026-01-01_10-00-00_lift")
    assert any(told in problem.message for problem in _problems(lifter))


def test_weights_of_the_lifter_in_the_run(tmp_path: Path) -> None:
    run = _run(tmp_path, "2026-01-01_10-00-00_lift")
    recipe = _check({"name": "martinez", "run": "lift"})
    assert recipe.lifter is not None and recipe.pretrained.run is not None
    trained, other = recipe.lifter.build(), recipe.lifter.build()
    state = {f"lifter.{name}": value for name, value in trained.state_dict().items()}
    torch.save({"state_dict": state | {"head.0.weight": torch.zeros(1)}, "epoch": 3}, run.last)
    load_lifter(other, recipe.pretrained.run)
    for name, value in other.state_dict().items():
        torch.testing.assert_close(value, trained.state_dict()[name])
    wider = _check({"name": "martinez", "run": "lift", "channels": 16}).lifter
    assert wider is not None
    with pytest.raises(RecipeError, match="do not fit"):
        load_lifter(wider.build(), recipe.pretrained.run)
    run.recipe.unlink()
    with pytest.raises(RecipeError, match="there is no run"):
        load_lifter(other, recipe.pretrained.run)


def test_weights_are_put_back_and_the_rest_is_kept(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 1)
    file = tmp_path / "best.ckpt"
    torch.save({"state_dict": {"weight": torch.zeros(1, 2)}, "epoch": 3}, file)
    keep_weights(file, model)
    content = read_checkpoint(file)
    assert content["epoch"] == 3
    torch.testing.assert_close(content["state_dict"]["weight"], model.weight.detach())


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x80\x04cos\nsystem\n(S'true'\ntR."])
def test_a_file_that_is_no_checkpoint_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.ckpt").write_bytes(content)
    with pytest.raises(Exception, match="cannot be read as weights"):
        read_checkpoint(tmp_path / "x.ckpt")

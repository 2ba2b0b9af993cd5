"""A checked recipe: defaults, ranges, components, all problems together, and back to a mapping."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import RecipeErrors
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, Splits, TrainerOptions, check_recipe
from dancekit.recipe_files import Draft, read_recipe, recipe_text, shipped_recipes, write_recipe
from dancekit.run import Run
from dancekit.tables import is_table, read_table

SMALLEST = {"data": "dance_six", "backbone": "stgcn"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def _check(registry: Registry, content: dict[str, Any], folder: Path = Path()) -> Recipe:
    return check_recipe(Draft(content=content, folder=folder, name="r"), registry)


def _problems(registry: Registry, **content: Any) -> list[str]:
    with pytest.raises(RecipeErrors) as caught:
        _check(registry, {**SMALLEST, **content})
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [str(problem) for problem in caught.value.problems]


def test_defaults(registry: Registry) -> None:
    recipe = _check(registry, SMALLEST)
    assert (recipe.task, recipe.seed, recipe.preprocess, recipe.lifter) == ("recognition", 0, (), None)
    assert recipe.splits == Splits() and recipe.trainer == TrainerOptions()
    assert recipe.data.name == "dance_six" and recipe.data.arguments["recordings_train"] == 3200
    assert recipe.backbone.arguments["width"] == 64


def test_values_are_converted(registry: Registry) -> None:
    written = {
        "seed": "3",
        "batches": {"crop": [1, 1], "persons": "none"},
        "splits": {"test": "none", "hold_out": 0},
        "trainer": {"gradient_clip": 1, "devices": "auto"},
        "optimizer": "adamw",
    }
    recipe = _check(registry, {**SMALLEST, **written})
    assert recipe.seed == 3
    assert recipe.batches.crop == (1.0, 1.0) and recipe.batches.persons is None
    assert recipe.splits.test is None
    assert recipe.trainer.gradient_clip == 1.0 and recipe.trainer.devices == "auto"


def test_a_section_is_not_a_component(registry: Registry) -> None:
    (problem,) = _problems(registry, trainer="fast")
    assert problem.startswith("trainer.name: there is no such key.")
    assert _check(registry, {**SMALLEST, "optimizer": "adamw"}).optimizer.name == "adamw"


@pytest.mark.parametrize("nothing", [None, "none", []])
def test_lists_can_be_nothing(registry: Registry, nothing: Any) -> None:
    recipe = _check(registry, {**SMALLEST, "preprocess": nothing, "logger": nothing, "lifter": None})
    assert (recipe.preprocess, recipe.logger) == ((), ())


def test_one_name_is_a_list_of_one(registry: Registry) -> None:
    recipe = _check(registry, {**SMALLEST, "preprocess": "centre", "logger": "tensorboard"})
    assert [part.name for part in recipe.preprocess] == ["centre"]
    assert recipe.logger == ("tensorboard",)


def test_an_item_that_is_none_is_left_out(registry: Registry) -> None:
    recipe = _check(registry, {**SMALLEST, "preprocess": ["centre", "none", "mirror"]})
    assert [part.name for part in recipe.preprocess] == ["centre", "mirror"]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("splits", "hold_out", 1.0),
        ("splits", "hold_out", -0.1),
        ("splits", "hold_out", math.nan),
        ("batches", "size", 0),
        ("batches", "frames", 0),
        ("batches", "crop", [0.0, 1.0]),
        ("batches", "crop", [0.9, 0.8]),
        ("batches", "crop", [0.5, 1.5]),
        ("batches", "crop", [0.9, math.inf]),
        ("batches", "persons", 0),
        ("batches", "frame_rate", 0),
        ("batches", "frame_rate", -30),
        ("batches", "frame_rate", math.nan),
        ("batches", "frame_rate", math.inf),
        ("head", "dropout", 1.0),
        ("head", "label_smoothing", -1),
        ("optimizer", "learning_rate", 0),
        ("optimizer", "learning_rate", math.inf),
        ("optimizer", "learning_rate", math.nan),
        ("optimizer", "weight_decay", -1e-4),
        ("optimizer", "momentum", 1.0),
        ("optimizer", "momentum", 0),
        ("optimizer", "warmup_epochs", -1),
        ("trainer", "max_epochs", 0),
        ("trainer", "gradient_clip", 0),
        ("trainer", "average_weights", 1.0),
    ],
)
def test_what_is_out_of_range_is_told(registry: Registry, section: str, key: str, value: Any) -> None:
    (problem,) = _problems(registry, **{section: {key: value}})
    assert problem.startswith(f"{section}.{key}: ") and " is not " in problem


def test_a_clip_of_a_frame_rate_may_run_faster(registry: Registry) -> None:
    batches = {"frame_rate": 30, "crop": [0.8, 1.25]}
    assert _check(registry, {**SMALLEST, "batches": batches}).batches.frame_rate == 30.0
    for crop in ([0.9, 0.8], [0.0, 1.0], [0.5, math.inf]):
        (problem,) = _problems(registry, batches={"frame_rate": 30, "crop": crop})
        assert problem.startswith("batches.crop: ") and "of the time that a clip takes" in problem


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_generator_takes(registry: Registry, seed: int) -> None:
    assert _problems(registry, seed=seed) == [f"seed: {seed} is not from 0 up to 4294967295."]


def test_momentum_may_be_nothing_without_nesterov(registry: Registry) -> None:
    for optimizer in ({"momentum": 0, "nesterov": False}, {"momentum": 0, "name": "adamw"}):
        assert _check(registry, {**SMALLEST, "optimizer": optimizer}).optimizer.momentum == 0


def test_all_problems_at_once(registry: Registry) -> None:
    problems = _problems(
        registry,
        data={"name": "dance_sx"},
        backbone={"name": "stgcn", "wdth": 3, "attention": {"name": "temporal", "maps": "some"}},
        preprocess=["centre", {"name": "rotate", "degrees": "far"}, "nothing_such"],
        trainer={"max_epochs": "many", "gradient_clip": -1},
        batches={"size": 0},
        seed="x",
        sed=1,
        splits=None,
    )
    told = "\n".join(problems)
    for words in (
        "sed: there is no such key. Did you mean 'seed'? A recipe takes: task, seed, data",
        "data.name: there is no dataset 'dance_sx'. Did you mean 'dance_six'?",
        "backbone.wdth: there is no such key. Did you mean 'width'?",
        "backbone.attention.maps: 'some' is not one of 'one', 'full', 'pooled'.",
        "preprocess[1].degrees: 'far' is not",
        "preprocess[2].name: there is no preprocessor 'nothing_such'.",
        "trainer.max_epochs: 'many' is not a whole number.",
        "trainer.gradient_clip: -1.0 is not more than 0.",
        "batches.size: 0 is not at least 1.",
        "seed: 'x' is not a whole number.",
        "splits: None is not a mapping of keys to values.",
    ):
        assert words in told
    assert len(problems) == 11


@pytest.mark.parametrize("key", ["data", "backbone"])
@pytest.mark.parametrize("nothing", [None, "none"])
def test_data_and_backbone_are_needed(registry: Registry, key: str, nothing: Any) -> None:
    (problem,) = _problems(registry, **{key: nothing})
    assert problem.startswith(f"{key} is missing. A recipe names a ")


def test_an_empty_recipe_misses_both(registry: Registry) -> None:
    with pytest.raises(RecipeErrors) as caught:
        _check(registry, {})
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("nodes", [5, {"name": "rotate"}])
def test_preprocess_is_a_list(registry: Registry, nodes: Any) -> None:
    assert _problems(registry, preprocess=nodes) == [f"preprocess: {nodes!r} is not a list of preprocessors."]


@pytest.mark.parametrize("key", [1, True])
def test_a_key_that_is_no_text_is_told(registry: Registry, key: Any) -> None:
    with pytest.raises(RecipeErrors, match=f"{key}: there is no such key."):
        _check(registry, {**SMALLEST, key: 1})
    with pytest.raises(RecipeErrors, match=f"trainer.{key}: there is no such key."):
        _check(registry, {**SMALLEST, "trainer": {key: 1}})


# Back to a mapping


def _again(recipe: Recipe, registry: Registry, folder: Path) -> Recipe:
    file = folder / "recipe.yaml"
    file.write_text(recipe_text(recipe.to_mapping()))
    return check_recipe(read_recipe(file), registry)


SHIPPED = sorted(shipped_recipes().rglob("*.yaml"))
TABLES = [file for file in SHIPPED if is_table(read_recipe(file))]


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.stem)
def test_every_row_of_a_shipped_table_is_a_right_recipe(registry: Registry, file: Path) -> None:
    table = read_table([str(file)])
    assert len(table.rows) > 2 and table.title != table.name
    for row in table.rows:
        draft = row.draft()
        assert check_recipe(draft, registry).task == "recognition" and draft.notices == []
    with pytest.raises(RecipeErrors, match=f"{file.stem} is a table of recipes. `dancekit compare`"):
        check_recipe(read_recipe(file), registry)


@pytest.mark.parametrize("file", [f for f in SHIPPED if f not in TABLES], ids=lambda file: file.stem)
def test_every_shipped_recipe_is_right_and_round_trips(
    registry: Registry, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = read_recipe(file)
    assert draft.notices == []
    lifter = draft.content.get("lifter") or {}
    if "run" in lifter:  # as if the recipe of the lifter had been trained
        run = Run(tmp_path / "runs" / f"2026-01-01_00-00-00_{lifter['run']}")
        run.folder.mkdir(parents=True)
        trained = check_recipe(read_recipe(file.with_name(f"{lifter['run']}.yaml")), registry)
        write_recipe(trained.to_mapping(), run.recipe)
        run.result.write_text("{}")
        monkeypatch.chdir(tmp_path)
    recipe = check_recipe(draft, registry)
    again = _again(recipe, registry, tmp_path)
    assert again == recipe
    assert again.to_mapping() == recipe.to_mapping()


def test_a_resolved_recipe_writes_every_default(registry: Registry) -> None:
    resolved = _check(
        registry, {**SMALLEST, "backbone": {"name": "stgcn", "attention": "temporal"}}
    ).to_mapping()
    assert list(resolved)[:3] == ["task", "seed", "data"]
    assert resolved["batches"] == {
        "size": 32,
        "frames": 64,
        "crop": [1.0, 1.0],
        "persons": None,
        "frame_rate": None,
        "jitter": False,
        "frame_pairs": False,
        "pictures": None,
        "workers": "auto",
    }
    assert resolved["backbone"]["stages"] == [1, 1, 1, 1, 2, 2, 2, 4, 4, 4]
    assert resolved["backbone"]["attention"] == {
        "name": "temporal",
        "maps": "one",
        "gate": "residual",
        "start": "usual",
    }
    assert resolved["lifter"] is None and resolved["preprocess"] == []


_SHARE = st.floats(0, 1, exclude_max=True)
_ABOVE = st.floats(0, 1e6, exclude_min=True)
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="$\\"), min_size=1)
_CHANGES = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "splits": st.fixed_dictionaries(
            {
                "train": _TEXT,
                "test": st.none() | _TEXT,
                "hold_out": _SHARE,
                "by": st.sampled_from(["person", "clip"]),
            }
        ),
        "head": st.fixed_dictionaries({"dropout": _SHARE, "class_weights": st.booleans()}),
        "optimizer": st.fixed_dictionaries({"learning_rate": _ABOVE, "warmup_epochs": _ABOVE}),
        "trainer": st.fixed_dictionaries(
            {
                "devices": st.integers(1, 8) | st.just("auto"),
                "accelerator": _TEXT,
                "average_weights": st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True),
            }
        ),
        "logger": st.lists(st.sampled_from(["wandb", "tensorboard"]), max_size=2),
        "preprocess": st.lists(
            st.sampled_from(["centre", "mirror"]) | st.fixed_dictionaries({"name": st.just("centre")}),
            max_size=3,
        ),
        "backbone": st.fixed_dictionaries(
            {
                "name": st.just("stgcn"),
                "stages": st.lists(st.integers(1, 4), max_size=3),
                "partition": st.sampled_from(["uniform", "distance", "spatial"]),
                "attention": st.sampled_from(["none", None, "temporal", "spatial"]),
            }
        ),
    }
)


@settings(max_examples=25, deadline=None)
@given(changes=_CHANGES)
def test_any_recipe_round_trips(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]) -> None:
    registry = Registry.load()
    if changes["splits"]["test"] in ("none", "???") or "???" in str(changes):
        return
    recipe = _check(registry, {**SMALLEST, **changes})
    assert _again(recipe, registry, tmp_path_factory.mktemp("r")) == recipe

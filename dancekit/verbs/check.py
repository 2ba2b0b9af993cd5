"""recipes check: every error of a recipe that can be found without training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from dancekit.assembly import Steps, model_input, one_clip, open_dataset, with_pictures
from dancekit.data.store import RecordingStore
from dancekit.errors import DancekitError, DataError, RecipeErrors
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe, member_drafts
from dancekit.recipe_files import read_recipe
from dancekit.tables import is_table, read_table
from dancekit.tasks.lifting import Lifting


def check_thoroughly(file: str, registry: Registry, overrides: Iterable[str] = ()) -> list[DancekitError]:
    """Check the keys, then open the data set, build the parts and send one recording through them.

    Of a table, every row.
    """
    words = list(overrides)
    try:
        if is_table(read_recipe(file)):
            return [
                type(problem)(f"rows.{row.name}: {problem.message}", hint=problem.hint)
                for row in read_table([file, *words]).rows
                for problem in check_thoroughly(row.recipe, registry, row.overrides)
            ]
        draft = read_recipe(file, words)
        recipe = check_recipe(draft, registry)
    except RecipeErrors as errors:
        return list(errors.problems)
    except DancekitError as error:
        return [error]
    if not recipe.ensemble.members:
        return _build_parts(recipe)
    return [
        type(problem)(f"ensemble.members.{name}: {problem.message}", hint=problem.hint)
        for name, member in member_drafts(draft, recipe.ensemble).items()
        for problem in _build_parts(check_recipe(member, registry))
    ]


def _build_parts(recipe: Recipe) -> list[DancekitError]:
    problems: list[DancekitError] = []
    first: RecordingStore | None = None
    try:
        first = _first_recording(recipe)
    except DancekitError as error:
        problems.append(error)
    built: dict[str, list[Any]] = {"preprocess": [], "refine": [], "lifter": []}
    for key, parts in (
        ("preprocess", recipe.preprocess),
        ("refine", recipe.refine),
        ("lifter", (recipe.lifter,)),
    ):
        for part in parts:
            try:
                built[key].append(part and part.build())
            except DancekitError as error:
                problems.append(error)
    if first is None:
        return problems
    try:
        _send_through(recipe, first, built, whole=not problems)
    except DancekitError as error:
        problems.append(error)
    return problems


def _send_through(
    recipe: Recipe, first: RecordingStore, built: Mapping[str, list[Any]], *, whole: bool
) -> None:
    """One recording through the parts; only the backbone, where a part before it could not be built."""
    layout, coordinates = first.layout, first.coordinates
    if whole and recipe.task == "lifting":
        model = Lifting(lifter=built["lifter"][0], preprocess=built["preprocess"])
        model.pairs(one_clip(recipe, first))
    elif whole:
        steps = Steps(preprocess=tuple(built["preprocess"]), refine=tuple(built["refine"]))
        layout, coordinates = model_input(recipe, first, steps, built["lifter"][0])
    if recipe.backbone is not None:
        with torch.device("meta"):  # shapes without memory
            recipe.backbone.build(layout=layout, coordinates=coordinates)


def _first_recording(recipe: Recipe) -> RecordingStore:
    """One recording to learn from, without reading the others.

    Raises:
        DataError: there is none, or it cannot be read.
        RecipeError: a split is not there.
    """
    dataset, split = open_dataset(recipe), recipe.splits.train
    own = dataset.packed(split)
    if own is not None:
        return with_pictures(own.select([0]), recipe, dataset, split)
    clip = next(iter(dataset.recordings(split)), None)
    if clip is None:
        raise DataError(f"split {split!r} is empty.")
    return with_pictures(RecordingStore.pack([clip], dataset.layout), recipe, dataset, split)

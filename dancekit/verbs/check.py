"""recipes check: every error of a recipe that can be found without training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from dancekit.assembly import model_input, open_dataset
from dancekit.data.store import RecordingStore
from dancekit.errors import DancekitError, DataError, RecipeErrors
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe, member_drafts
from dancekit.recipe_files import read_recipe


def check_thoroughly(file: str, registry: Registry, overrides: Iterable[str] = ()) -> list[DancekitError]:
    """Check the keys, then open the data set, build the parts and send one recording through them."""
    try:
        draft = read_recipe(file, overrides)
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
    built: list[Any] = []
    for part in (*recipe.preprocess, recipe.lifter):
        try:
            built.append(part and part.build())
        except DancekitError as error:
            problems.append(error)
    if first is None:
        return problems
    layout, coordinates = first.layout, first.coordinates
    try:
        if not problems:
            *preprocess, lifter = built
            layout, coordinates = model_input(recipe, first, preprocess, lifter)
        with torch.device("meta"):  # shapes without memory
            recipe.backbone.build(layout=layout, coordinates=coordinates)
    except DancekitError as error:
        problems.append(error)
    return problems


def _first_recording(recipe: Recipe) -> RecordingStore:
    """One recording to learn from, without reading the others.

    Raises:
        DataError: there is none, or it cannot be read.
        RecipeError: a split is not there.
    """
    dataset = open_dataset(recipe)
    own = dataset.packed(recipe.splits.train)
    if own is not None:
        return own.select([0])
    clip = next(iter(dataset.recordings(recipe.splits.train)), None)
    if clip is None:
        raise DataError(f"split {recipe.splits.train!r} is empty.")
    return RecordingStore.pack([clip], dataset.layout)

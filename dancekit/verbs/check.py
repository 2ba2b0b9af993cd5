"""recipes check: every error of a recipe that can be found without training."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from dancekit.assembly import open_dataset
from dancekit.errors import DancekitError, RecipeErrors
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe


def check_thoroughly(file: str, registry: Registry, overrides: Iterable[str] = ()) -> list[DancekitError]:
    """Check the keys, then open the data set and build the parts, without reading all recordings."""
    try:
        recipe = check_recipe(read_recipe(file, overrides), registry)
    except RecipeErrors as errors:
        return list(errors.problems)
    except DancekitError as error:
        return [error]
    return _build_parts(recipe)


def _build_parts(recipe: Recipe) -> list[DancekitError]:
    problems: list[DancekitError] = []
    layout = None
    try:
        layout = open_dataset(recipe).layout
    except DancekitError as error:
        problems.append(error)
    parts = [part for part in (*recipe.preprocess, recipe.lifter) if part is not None]
    for part in parts:
        try:
            part.build()
        except DancekitError as error:
            problems.append(error)
    if layout is not None:
        try:
            with torch.device("meta"):  # shapes without memory
                recipe.backbone.build(layout=layout, coordinates=3)
        except DancekitError as error:
            problems.append(error)
    return problems

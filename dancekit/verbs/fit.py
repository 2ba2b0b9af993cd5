"""fit: a recipe of one model, or of an ensemble of several."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dancekit.errors import RecipeError
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import Draft, read_recipe
from dancekit.run import Run, shared_run
from dancekit.verbs.ensemble import fit_ensemble, resume_ensemble
from dancekit.verbs.single import fit_single, resume_single


def fit(draft: Draft, registry: Registry, *, root: Path = Path("runs")) -> Run:
    """Train a recipe in a new run directory.

    Args:
        root: where run directories lie.

    Raises:
        RecipeErrors: the recipe is wrong; nothing has been made.
        KeyboardInterrupt: the user stopped it; the run can be resumed.
    """
    if shared_run() is not None:  # another process of a distributed run, which trains one model
        return fit_single(draft, registry)
    recipe = check_recipe(draft, registry)
    if recipe.ensemble.members:
        return fit_ensemble(draft, recipe, registry, root=root)
    return fit_single(draft, registry, root=root)


def resume(run: Run, registry: Registry, overrides: Iterable[str] = ()) -> Run:
    """Go on with a run from the last epoch that it, or the member of an ensemble at work, finished."""
    overrides = tuple(overrides)
    shared = shared_run()
    if shared is not None:
        return resume_single(shared, registry, overrides)
    recipe = check_recipe(read_recipe(run.recipe), registry)
    if not recipe.ensemble.members:
        return resume_single(run, registry, overrides)
    if overrides:
        raise RecipeError(
            f"{overrides[0]}: the recipe of an ensemble is not changed on resuming.",
            hint=f"Resume one member, such as {run.member(next(iter(recipe.ensemble.members))).folder}.",
        )
    return resume_ensemble(run, registry)

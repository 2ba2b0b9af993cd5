"""A lifter that another run has trained: which run, and with which arguments. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from dancekit.errors import DancekitError
from dancekit.recipe_files import read_recipe, shipped_recipes
from dancekit.run import Run
from dancekit.schema import Checker


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """What a lifter has learned before, written with it: `lifter: {name: siamese, run: lift_siamese}`.

    Attributes:
        run: the directory of the run that trained it, or the name of its recipe, which takes the newest
            finished run of that name. The lifter's arguments are those of that run. None starts from nothing
            and learns with the backbone.
        fine_tune: go on training it with the backbone; otherwise it stays as it is.
    """

    run: str | None = None
    fine_tune: bool = False


KEYS = tuple(asdict(Pretrained()))


def take_pretrained(node: Any, checker: Checker) -> tuple[Any, Pretrained]:
    """Part the node of a lifter into the node of a component, complete, and where its weights are.

    What the node says itself goes before what the run's recipe says. A run that is gone is a problem only
    where the node does not say all: the recipe of a run does, and its weights lie in its own checkpoint.

    Returns:
        The node, or None on a problem; and the run, with its directory where it was found.
    """
    if not isinstance(node, Mapping) or node.get("run") in (None, "none"):
        if isinstance(node, Mapping):
            node = {key: value for key, value in node.items() if key != "run"}
        return node, Pretrained()
    own = {key: value for key, value in node.items() if key not in KEYS}
    options = {key: value for key, value in node.items() if key in KEYS}
    before = len(checker.problems)
    pretrained = Pretrained(**checker.arguments(Pretrained, options, "lifter"))
    if len(checker.problems) > before or pretrained.run is None:
        return None, pretrained
    run = Run.find(pretrained.run)
    if run is None:
        probe = Checker(registry=checker.registry, folder=checker.folder)
        probe.component("lifter", own, "lifter")
        if not probe.problems:
            return own, pretrained
        checker.problem(
            f"lifter.run: there is no finished run {pretrained.run!r}.", _what_to_run(node, checker)
        )
        return None, pretrained
    try:
        trained = read_recipe(run.recipe).content.get("lifter")
    except DancekitError as error:
        checker.problem(f"lifter.run: {error.message}", error.hint)
        return None, pretrained
    if not isinstance(trained, Mapping) or trained.get("name") != own.get("name"):
        name = trained.get("name") if isinstance(trained, Mapping) else "none"
        checker.problem(f"lifter.run: the lifter of {run.folder} is {name}, not {own.get('name')}.")
        return None, pretrained
    arguments = {key: value for key, value in trained.items() if key not in KEYS}
    return {**arguments, **own}, replace(pretrained, run=str(run.folder))


def _what_to_run(node: Mapping[str, Any], checker: Checker) -> str:
    """The command that trains it, where a recipe of that name lies beside."""
    recipe = checker.folder / f"{node['run']}.yaml"
    if not recipe.is_file():
        return "Name the directory of a run that has this lifter, or the recipe that trained it."
    shipped = shipped_recipes()
    if recipe.resolve().is_relative_to(shipped.resolve()):
        recipe = "recipes" / recipe.resolve().relative_to(shipped.resolve())
    return f"Train the lifter first: dancekit fit {recipe}"

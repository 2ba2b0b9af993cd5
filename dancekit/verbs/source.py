"""What `dancekit data` is pointed at: a file, a folder, a recipe or the name of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dancekit.console import say
from dancekit.data.paths import data_file
from dancekit.errors import DancekitError, DataError, RecipeError, RecipeErrors
from dancekit.interfaces import Dataset
from dancekit.plugin import Provided, Registry
from dancekit.recipe_files import Draft, apply_overrides, read_recipe
from dancekit.schema import Checker, Part


@dataclass(frozen=True, kw_only=True)
class Source:
    """Recordings that a user has named.

    Attributes:
        part: the data set and its checked arguments, not yet opened.
        path: the file or folder; None for a recipe or a data set that is made.
    """

    part: Part
    path: Path | None

    def open(self) -> Dataset:
        """Raises DataError or RecipeError as the data set does."""
        dataset: Dataset = self.part.build()
        return dataset


def find_source(
    name: str, overrides: Sequence[str], registry: Registry, *, format: str | None = None
) -> Source:
    """The data set behind what a user wrote.

    Args:
        name: a file or folder, found as recordings are; a recipe, of which `data` counts; or a data set.
        overrides: KEY=VALUE, arguments of the data set.
        format: the data set to read a file or folder with; None asks each whether it recognises it.

    Raises:
        DataError: nothing is there, or nobody or more than one recognises it.
        RecipeErrors: an argument is missing or wrong.
    """
    path: Path | None = None
    folder = Path()
    if format is None and name in registry.names("dataset"):
        node: dict[str, Any] = {"name": name}
    elif format is None and Path(name).suffix in (".yaml", ".yml"):
        draft = read_recipe(name)
        found = draft.content.get("data")
        if not isinstance(found, str | Mapping):
            raise RecipeError(f"{name}: data is missing.", hint="Name a recipe with a data set.")
        node = {"name": found} if isinstance(found, str) else dict(found)
        folder = draft.folder
    else:
        path = data_file(name)
        node = {"name": format or recognised(path, registry), "path": str(path)}
    draft = Draft(content={"data": node}, folder=folder, name="data")
    apply_overrides(draft, [f"data.{override}" for override in overrides])
    for notice in draft.notices:
        say(notice)
    checker = Checker(registry=registry, folder=folder)
    part = checker.component("dataset", draft.content["data"], "data")
    if checker.problems:  # the user writes KEY=VALUE, without `data.`
        told = [RecipeError(each.message.removeprefix("data."), hint=each.hint) for each in checker.problems]
        raise RecipeErrors(told)
    assert part is not None  # it would be a problem
    return Source(part=part, path=path)


def recognised(path: Path, registry: Registry) -> str:
    """The name of the one data set that recognises a file or a folder; said to the user.

    Raises:
        DataError: none does, or several do.
    """
    names = [
        provided.component.name for provided in registry.components("dataset") if _recognises(provided, path)
    ]
    if len(names) == 1:
        say(f"{path} is read as {names[0]}.")
        return names[0]
    known = ", ".join(registry.names("dataset"))
    if names:
        raise DataError(f"{path} may be {' or '.join(names)}.", hint=f"Say which: --format {names[0]}.")
    raise DataError(f"{path}: no data set recognises it.", hint=f"Say which: --format with one of {known}.")


def _recognises(provided: Provided, path: Path) -> bool:
    """What one data set says; one that cannot be imported says so, and stops no other."""
    try:
        target: type[Dataset] = provided.load()
    except DancekitError as error:
        say(str(error))
        return False
    return target.recognises(path)

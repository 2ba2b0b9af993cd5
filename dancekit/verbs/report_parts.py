"""What the reports of all runs have in common, from the files of a run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from dancekit.data.store import RecordingStore
from dancekit.recipe import Recipe
from dancekit.recipe_files import recipe_text
from dancekit.run import Run

Role = Literal["validate", "test"]
ROLES: tuple[Role, ...] = ("validate", "test")


def of_any_run(run: Run, recipe: Recipe, result: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says whatever the run was about: title, recipe, versions and so on.

    Args:
        result: as result.json has it.
    """
    return {
        "title": run.folder.name,
        "parameters": result["parameters"],
        "epochs": result["epochs"],
        "seconds": result["seconds"],
        "recipe": recipe_text(recipe.to_mapping()),
        "versions": _versions(result["versions"]),
        "command": _command(run),
        "repeat": shlex.join(["dancekit", "fit", f"{run.folder.parent.name}/{run.folder.name}/recipe.yaml"]),
    }


def best_epoch(history: Iterable[Mapping[str, float]], column: str, *, highest: bool) -> int | None:
    """The first with the best value, as the checkpoint is chosen; None where nothing was validated."""
    validated = [row for row in history if math.isfinite(row.get(column, math.nan))]
    if not validated:
        return None
    choose = max if highest else min
    return int(choose(validated, key=lambda row: row[column])["epoch"])


def people_in(store: RecordingStore | None) -> set[str] | None:
    """Who dances; None where that is not known of every clip."""
    if store is None or "" in store.people:
        return None
    return set(store.people)


def people_counts(people: set[str] | None, training: set[str] | None) -> dict[str, int | None]:
    """How many dance, and how many of them in training too; None where that is not known."""
    return {
        "people": None if people is None else len(people),
        "known_people": None if people is None or training is None else len(people & training),
    }


def _versions(versions: Mapping[str, Any]) -> dict[str, str]:
    """As one table: packages, the revision of the code, then plugins."""
    flat = {name: str(value) for name, value in versions.items() if isinstance(value, str)}
    return flat | {f"plugin {name}": str(source) for name, source in versions.get("plugins", {}).items()}


def _command(run: Run) -> str:
    file = run.folder / "command.txt"
    return file.read_text().strip() if file.is_file() else ""

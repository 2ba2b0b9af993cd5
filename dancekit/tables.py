"""Tables: several recipes that are to be compared, from the command line or from a file. Imports no torch.

A table is a YAML file with the key `rows`:

    title: Does attention over time help?
    source: table 1 of the paper
    seeds: 5
    rows:
      ST-GCN: {recipe: ../stgcn.yaml, printed: 81.03}
      with attention over time: {recipe: ../stgcn_ta.yaml, printed: 82.63, set: [trainer.max_epochs=30]}

Every row is compared with the first one. `printed` is the accuracy, in percent, that somebody else reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dancekit.errors import RecipeError
from dancekit.recipe_files import Draft, read_recipe
from dancekit.wording import nearest

_KEYS = ("title", "source", "seeds", "rows", "set")
_ROW_KEYS = ("recipe", "printed", "set")
SEEDS = 5
"""How often each row is trained where nobody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One recipe of a table.

    Attributes:
        recipe: its path.
        overrides: `KEY=VALUE` over it.
        printed: the accuracy in percent that `Table.source` reports.
    """

    name: str
    recipe: str
    overrides: tuple[str, ...] = ()
    printed: float | None = None

    def draft(self, overrides: Iterable[str] = ()) -> Draft:
        """The recipe as it stands in this table, with more overrides after its own."""
        return read_recipe(self.recipe, (*self.overrides, *overrides))


@dataclass(frozen=True, kw_only=True)
class Table:
    """What is compared.

    Attributes:
        name: for files and folders.
        source: who printed the numbers beside ours.
        seeds: how often each row is trained.

    Raises:
        RecipeError: the files of two rows would have one name.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    source: str = ""
    seeds: int = SEEDS

    def __post_init__(self) -> None:
        files: dict[str, str] = {}
        for row in self.rows:
            other = files.setdefault(file_name(row.name), row.name)
            if other != row.name:
                raise RecipeError(
                    f"{self.name}: the rows {other!r} and {row.name!r} differ in signs or capitals alone.",
                    hint="Their files would have one name: call one otherwise.",
                )


def file_name(row: str) -> str:
    """A row's name as files can have it."""
    return "".join(letter if letter.isalnum() else "_" for letter in row).strip("_").lower() or "row"


def is_table(draft: Draft) -> bool:
    """Whether what has been read is a table and no recipe."""
    return "rows" in draft.content


def read_table(words: Sequence[str]) -> Table:
    """The table of some recipes, or of one table's file.

    Args:
        words: paths of recipes, a table's file, and `KEY=VALUE` for all rows; several recipes of one name are
            told apart by their folders.

    Raises:
        RecipeError: there is no recipe, a file is missing, or a table has keys or values that it cannot have.
    """
    files = [word for word in words if "=" not in word]
    common = tuple(word for word in words if "=" in word)
    if not files:
        raise RecipeError("name at least one recipe or a table.", hint="See `dancekit recipes list`.")
    drafts = [read_recipe(file) for file in files]
    tables = [draft for draft in drafts if is_table(draft)]
    if tables and len(drafts) > 1:
        raise RecipeError(
            f"{tables[0].name} is a table, and a table is compared alone.", hint="Put all rows into one file."
        )
    if tables:
        return table_of(tables[0], common)
    names = _names(files)
    return Table(
        name="_".join(Path(file).stem for file in files)[:80],
        title=" · ".join(names),
        rows=tuple(
            Row(name=name, recipe=file, overrides=common) for name, file in zip(names, files, strict=True)
        ),
    )


def table_of(draft: Draft, common: tuple[str, ...] = ()) -> Table:
    """A table's file, with `KEY=VALUE` for all its rows after their own."""
    content, where = draft.content, draft.name
    _check_keys(content, _KEYS, where)
    rows = content["rows"]
    if not isinstance(rows, dict) or not rows:
        raise RecipeError(f"{where}: rows are names with a recipe each.", hint="rows: {ST-GCN: stgcn.yaml}")
    seeds = content.get("seeds", SEEDS)
    if not isinstance(seeds, int) or isinstance(seeds, bool) or seeds < 1:
        raise RecipeError(f"{where}: seeds is {seeds!r}.", hint="It is a whole number, 1 or more.")
    shared = _overrides(content, where)
    return Table(
        name=where,
        title=str(content.get("title", where)),
        source=str(content.get("source", "")),
        seeds=seeds,
        rows=tuple(
            _row(str(name), node, draft.folder, f"{where}: rows.{name}", shared, common)
            for name, node in rows.items()
        ),
    )


def _row(
    name: str, node: Any, folder: Path, where: str, shared: tuple[str, ...], common: tuple[str, ...]
) -> Row:
    node = {"recipe": node} if isinstance(node, str) else node
    if not isinstance(node, dict) or not isinstance(node.get("recipe"), str):
        raise RecipeError(f"{where} names no recipe.", hint="Write recipe: PATH.")
    _check_keys(node, _ROW_KEYS, where)
    printed = node.get("printed")
    if printed is not None and (not isinstance(printed, int | float) or not 0 <= printed <= 100):
        raise RecipeError(f"{where}: printed is {printed!r}.", hint="It is an accuracy in percent.")
    beside = folder / node["recipe"]
    return Row(
        name=name,
        recipe=str(beside) if beside.is_file() else node["recipe"],
        overrides=(*shared, *_overrides(node, where), *common),
        printed=None if printed is None else float(printed),
    )


def _overrides(node: dict[str, Any], where: str) -> tuple[str, ...]:
    found = node.get("set") or []
    if not isinstance(found, list) or not all(isinstance(one, str) and "=" in one for one in found):
        raise RecipeError(f"{where}: set is a list of KEY=VALUE.", hint="set: [trainer.max_epochs=5]")
    return tuple(found)


def _check_keys(node: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in node:
        if key not in known:
            raise RecipeError(f"{where}: there is no key {key!r}.", hint=nearest(str(key), known))


def _names(files: Sequence[str]) -> list[str]:
    """The stems of the files, with so many folders before them that all differ."""
    parts = [re.sub(r"\.ya?ml$", "", file).split("/") for file in files]
    for count in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    raise RecipeError("a recipe is named twice.", hint="Name each once; rows of one recipe need a table.")

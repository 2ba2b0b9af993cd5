"""Tables of recipes, from the command line and from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dancekit.errors import RecipeError
from dancekit.recipe_files import read_recipe
from dancekit.tables import SEEDS, Row, file_name, is_table, read_table


def _written(folder: Path, text: str, name: str = "table.yaml") -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return str(file)


def test_recipes_become_rows_and_overrides_are_for_all() -> None:
    table = read_table(["recipes/stgcn.yaml", "trainer.max_epochs=3", "recipes/stgcn_sta.yaml"])
    assert table.name == "stgcn_stgcn_sta" and table.seeds == SEEDS and table.source == ""
    assert table.rows == (
        Row(name="stgcn", recipe="recipes/stgcn.yaml", overrides=("trainer.max_epochs=3",)),
        Row(name="stgcn_sta", recipe="recipes/stgcn_sta.yaml", overrides=("trainer.max_epochs=3",)),
    )
    draft = table.rows[0].draft(["seed=4"])
    assert draft.content["seed"] == 4 and draft.content["trainer"]["max_epochs"] == 3


def test_recipes_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files = [_written(tmp_path, "seed: 1", f"{folder}/stgcn.yaml") for folder in ("ours", "theirs")]
    assert [row.name for row in read_table(files).rows] == ["ours/stgcn", "theirs/stgcn"]
    with pytest.raises(RecipeError, match="named twice"):
        read_table([files[0], files[0]])


def test_a_file_says_titles_rows_and_printed_numbers(tmp_path: Path) -> None:
    _written(tmp_path, "seed: 1", "recipes_of_mine/base.yaml")
    file = _written(
        tmp_path,
        """
title: Who is better?
source: table 7 of somebody
seeds: 2
set: [trainer.max_epochs=5]
rows:
  base: recipes_of_mine/base.yaml
  other: {recipe: recipes/stgcn.yaml, printed: 81.03, set: [trainer.max_epochs=6, batches.frames=8]}
""",
    )
    assert is_table(read_recipe(file)) and not is_table(read_recipe("recipes/stgcn.yaml"))
    table = read_table([file, "seed=9"])
    assert (table.name, table.title, table.seeds) == ("table", "Who is better?", 2)
    base, other = table.rows
    assert Path(base.recipe) == tmp_path / "recipes_of_mine/base.yaml" and base.printed is None
    assert other.recipe == "recipes/stgcn.yaml" and other.printed == 81.03
    assert base.overrides == ("trainer.max_epochs=5", "seed=9")
    drafted = other.draft().content
    assert (
        drafted["trainer"]["max_epochs"] == 6 and drafted["batches"]["frames"] == 8 and drafted["seed"] == 9
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rows: {}", "rows are names with a recipe each"),
        ("rows: [stgcn.yaml]", "rows are names with a recipe each"),
        ("rows: {a: {printed: 3}}", "rows.a names no recipe"),
        ("rows: {a: {recipe: x.yaml, printd: 3}}", "there is no key 'printd'. Did you mean 'printed'"),
        ("rows: {a: {recipe: x.yaml, printed: 101}}", "It is an accuracy in percent"),
        ("rows: {a: x.yaml}\nseeds: 0", "seeds is 0"),
        ("rows: {a: x.yaml}\nseeds: true", "seeds is True"),
        ("rows: {a: x.yaml}\nset: trainer.max_epochs=5", "set is a list of KEY=VALUE"),
        (
            "rows: {+rot: x.yaml, -Rot: y.yaml}",
            "'+rot' and '-Rot' differ in signs or capitals alone",
        ),
        ("rows: {a: x.yaml}\ntitel: 5", "there is no key 'titel'. Did you mean 'title'"),
    ],
)
def test_wrong_tables_are_sentences(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(RecipeError) as error:
        read_table([_written(tmp_path, text)])
    assert sentence in str(error.value)


def test_a_table_is_compared_alone(tmp_path: Path) -> None:
    file = _written(tmp_path, "rows: {a: recipes/stgcn.yaml}")
    with pytest.raises(RecipeError, match="a table is compared alone"):
        read_table([file, "recipes/stgcn.yaml"])
    with pytest.raises(RecipeError, match="at least one recipe"):
        read_table(["seed=3"])


def test_rows_have_names_that_files_can_have() -> None:
    assert file_name("ST-GCN, both (eq 12)") == "st_gcn__both__eq_12" and file_name("//") == "row"

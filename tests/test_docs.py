"""The documentation is held to the code: links, commands, recipes, overrides, examples, the reference."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import click
import pytest
from omegaconf import OmegaConf

from dancekit import interfaces, networks, plugin
from dancekit.cli.main import group
from dancekit.plugin import KINDS, Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import Draft, read_recipe, shipped_recipes
from dancekit.verbs.plugins import describe_component

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PAGES = sorted(page for page in DOCS.rglob("*.md") if EXAMPLES not in page.parents)
TOP = [ROOT / "README.md"] if (ROOT / "README.md").is_file() else []
BLOCK = re.compile(
    r"^(<!-- test: run -->\n)?```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
COMPONENTS = {"data": "dataset", "preprocess": "preprocessor", "lifter": "lifter", "backbone": "backbone"}

every_page = pytest.mark.parametrize("page", [*PAGES, *TOP], ids=lambda page: str(page.relative_to(ROOT)))


@pytest.fixture(scope="module")
def generator() -> Iterator[ModuleType]:
    """docs/generate.py, as `make docs` imports it."""
    sys.path.insert(0, str(DOCS))
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(plugin.ALLOWED_VARIABLE, "")
        spec.loader.exec_module(module)
        yield module
    sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def blocks(page: Path, *languages: str) -> Iterator[tuple[bool, str, str]]:
    """(marked to be run, title, code) of the fenced blocks in some languages."""
    for run, language, title, code in BLOCK.findall(page.read_text()):
        if language in languages:
            yield bool(run), title, code


def commands(page: Path) -> list[list[str]]:
    """The words behind `dancekit` of every command in the fenced blocks of a page."""
    lines = [
        line.removeprefix("$ ")
        for _, _, code in blocks(page, "console", "bash", "sh", "")
        for line in code.splitlines()
    ]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("dancekit ")]


def without_wrong_ones(page: Path, overrides: list[str]) -> list[str]:
    """Overrides but those whose error message the page shows."""
    text = page.read_text()
    wrong = re.findall(r"([\w.]+): (?:there is no such key|'.*?' is not )", text)
    return [override for override in overrides if override.partition("=")[0] not in wrong]


# The reference


def test_reference_is_what_the_generator_makes(generator: ModuleType) -> None:
    made = generator.pages()
    assert set(made) == {file.name for file in generator.FOLDER.iterdir()}
    for name, text in made.items():
        assert (generator.FOLDER / name).read_text() == text, f"{name} is old: run `make docs`"


def test_plugin_kinds_mentions_everything_public() -> None:
    page = (DOCS / "reference" / "plugin-kinds.md").read_text()
    hooks = [name for name, value in vars(plugin).items() if hasattr(value, "dancekit_spec")]
    assert hooks == ["dancekit_components"]
    public = [
        name
        for module in (interfaces, networks)
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    assert {"Dataset", "SkeletonBackbone"} <= set(public)
    for name in (*hooks, *public, "AttentionFactory"):
        assert name in page, name
    for kind in KINDS:
        assert f"### {kind}\n" in page, kind


def test_docstrings_are_taken_apart(generator: ModuleType) -> None:
    class Example:
        """Summary.

        More.

        Args:
            one: first line
                and second.
            two: other.

        Raises:
            ValueError: never.
        """

    from docstrings import entries, prose, split_docstring

    assert split_docstring(Example)[""] == "Summary.\n\nMore."
    assert entries(split_docstring(Example)["Args"]) == {"one": "first line and second.", "two": "other."}
    assert prose(Example, without="Args") == "Summary.\n\nMore.\n\nRaises:\n\n- `ValueError`: never."


# Links


@every_page
def test_links_and_pictures_exist(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
            assert heading in slugs, link


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text()
    for page in PAGES:
        if page.name != "README.md":
            assert f"]({page.relative_to(DOCS)})" in index, page


# Commands


def parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> str:
    """Parse words as the command line would, without calling anything; the verb's full name.

    Raises:
        click.UsageError: a verb or an option does not exist, or an argument is missing.
    """
    if not isinstance(command, click.Group):
        command.make_context(name, list(words), parent=parent)
        return name
    context = click.Context(command, info_name=name, parent=parent)
    _, rest, _ = command.make_parser(context).parse_args(list(words))
    if not rest:
        return name
    below = command.get_command(context, rest[0])
    if below is None:
        raise click.UsageError(f"no command {rest[0]!r}")
    return f"{name} {parse(below, rest[0], rest[1:], context)}"


def test_parsing_finds_wrong_words() -> None:
    assert parse(group, "dancekit", ["recipes", "check", "a.yaml"]) == "dancekit recipes check"
    for wrong in (["fti"], ["fit", "--rusume", "x"], ["plugins", "new"], ["plugins", "list", "--kind", "x"]):
        with pytest.raises(click.UsageError):
            parse(group, "dancekit", wrong)


@every_page
def test_commands_parse(page: Path) -> None:
    for words in commands(page):
        parse(group, "dancekit", words)
    for verb in re.findall(r"`dancekit (?!-)([a-z]+)", page.read_text()):
        assert verb in group.list_commands(click.Context(group)), verb


@every_page
def test_recipes_that_commands_name_exist(page: Path) -> None:
    titles = {Path(title).name for _, title, _ in blocks(page, "yaml")}
    examples = [str(file) for file in EXAMPLES.rglob("*.yaml")]
    for words in commands(page):
        for word in words:
            if not word.endswith(".yaml") or "=" in word or word.startswith(("runs/", "my_")):
                continue
            shown = word in titles or any(file.endswith(f"/{word}") for file in examples)
            assert shown or (ROOT / word).is_file(), word


# Recipes


def shown_folder(title: str, tmp_path: Path) -> Path:
    """The folder that a shown recipe lies in: that of its example, else one beside the folder `recipes`."""
    if (EXAMPLES / title).is_file():
        return (EXAMPLES / title).parent
    (tmp_path / "recipes").symlink_to(shipped_recipes())
    return tmp_path


@every_page
def test_whole_recipes_are_right(page: Path, registry: Registry, tmp_path: Path) -> None:
    for number, (_, title, code) in enumerate(blocks(page, "yaml")):
        content = OmegaConf.to_container(OmegaConf.create(code))
        if {"data", "backbone"} <= set(content) and "extends" not in content:
            check_recipe(Draft(content=content, folder=shown_folder(title, tmp_path), name="shown"), registry)
        elif "extends" in content:
            file = shown_folder(title, tmp_path) / f"{number}.yaml"
            file.write_text(code)
            check_recipe(read_recipe(file), registry)


def test_example_recipes_are_right(registry: Registry) -> None:
    for file in ("my-dances/my_dances.yaml", "kinect-of-your-own/stage_dances.yaml"):
        check_recipe(read_recipe(EXAMPLES / file), registry)


@every_page
def test_overrides_of_shown_commands_check(page: Path, registry: Registry) -> None:
    for words in commands(page):
        plain = [word for word in words if not word.startswith("-")]
        recipes = [word for word in plain if (ROOT / word).is_file() and word.endswith(".yaml")]
        overrides = without_wrong_ones(page, [word for word in plain if "=" in word])
        if recipes and words[0] in ("fit", "recipes") and overrides:
            check_recipe(read_recipe(ROOT / recipes[0], overrides), registry)


def known_keys(registry: Registry) -> set[str]:
    """Every key that an override can name, list numbers left out."""
    known = set()
    for each in fields(Recipe):
        hint = get_type_hints(Recipe)[each.name]
        known.add(each.name)
        names: list[str] = []
        if each.name in COMPONENTS:
            for provided in registry.components(COMPONENTS[each.name]):
                names += [
                    "name",
                    *(argument["name"] for argument in describe_component(provided)["arguments"]),
                ]
        elif is_dataclass(hint):
            names += [one.name for one in fields(hint)]
        known |= {f"{each.name}.{name}" for name in names}
    for provided in registry.components("attention"):
        arguments = describe_component(provided)["arguments"]
        known |= {f"backbone.attention.{one}" for one in ("name", *(each["name"] for each in arguments))}
    return known


@every_page
def test_overrides_exist(page: Path, registry: Registry) -> None:
    """In any code, also where no command is around: `KEY=VALUE` and `SECTION.KEY`."""
    sections = {each.name for each in fields(Recipe)}
    known = known_keys(registry)
    codes = re.findall(r"`([^`\n]+)`", page.read_text()) + [code for _, _, code in blocks(page, "console")]
    found = [
        re.sub(r"\[\d+\]", "", key)
        for code in codes
        for key in re.findall(r"(?<![\w./-])((?:[a-z_]+)(?:\[\d+\])?(?:\.[a-z_]+)+)(?==)", code)
        + re.findall(r"^([a-z_]+\.[a-z_]+)$", code)
    ]
    for key in without_wrong_ones(page, found):
        if key.partition(".")[0] in sections and not key.endswith((".json", ".yaml")):
            assert key in known, key


@every_page
def test_keys_of_recipe_fragments_exist(page: Path, registry: Registry) -> None:
    sections = {each.name for each in fields(Recipe)} - set(COMPONENTS)
    known = known_keys(registry)
    for _, _, code in blocks(page, "yaml"):
        content = OmegaConf.to_container(OmegaConf.create(code))
        for section in sections & set(content):
            below = content[section] if isinstance(content[section], dict) else {}
            assert {f"{section}.{key}" for key in below} <= known


# Python


@every_page
def test_python_compiles(page: Path) -> None:
    for _, title, code in blocks(page, "python"):
        compile(code, title or page.name, "exec")


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(run for run, _, _ in blocks(page, "python"))],
    ids=lambda page: page.stem,
)
def test_marked_python_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES / "kinect-of-your-own")  # where the files lie that the blocks read
    module = ModuleType("shown")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for run, _, code in blocks(page, "python"):
        if run:
            exec(compile(code, page.name, "exec"), vars(module))


def test_shown_pickle_is_read_as_shown(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guide's script writes what the guide's recipe reads."""
    monkeypatch.chdir(tmp_path)
    exec((EXAMPLES / "my-dances" / "write_pickle.py").read_text(), {})
    dataset = check_recipe(read_recipe(EXAMPLES / "my-dances" / "my_dances.yaml"), registry).data.build()
    assert dataset.splits == ("train", "test")
    assert dataset.classes == ("left_wave", "right_wave")
    assert [len(list(dataset.recordings(split))) for split in dataset.splits] == [50, 10]
    assert {clip.person for clip in dataset.recordings("test")} == {"5"}

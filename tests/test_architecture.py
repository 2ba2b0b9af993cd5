"""The plan of the house: which room may know which, and what may be imported when."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner

import dancekit
from dancekit import plugin
from dancekit.errors import RecipeErrors
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import read_recipe

CORE = Path(dancekit.__file__).parent
PLUGINS = CORE.parent / "plugins"

FLOORS = (
    (
        "dancekit",
        "dancekit.errors",
        "dancekit.wording",
        "dancekit.console",
        "dancekit.lazy",
        "dancekit.statistics",
    ),
    ("dancekit.plugin",),
    ("dancekit.skeleton",),
    (
        "dancekit.schema",
        "dancekit.recipe_files",
        "dancekit.recipe_sections",
        "dancekit.recipe",
        "dancekit.pretrained",
        "dancekit.run",
        "dancekit.tables",
    ),
    ("dancekit.data", "dancekit.masking"),
    ("dancekit.interfaces", "dancekit.networks"),
    ("dancekit.prediction",),
    ("dancekit.testing", "dancekit.reporting"),
    ("dancekit.tasks",),
    (
        "dancekit.assembly",
        "dancekit.recordings",
        "dancekit.weights",
        "dancekit.measuring",
        "dancekit.onnx_model",
        "dancekit.exporting",
    ),
    ("dancekit.verbs",),
    ("dancekit.cli",),
    ("dancekit.__main__",),
)
"""From the ground up. A module knows those on floors below it and on its own; a package is on one floor."""

CORE_FILES = sorted(CORE.rglob("*.py"))
PLUGIN_FILES = sorted(
    file for file in PLUGINS.rglob("*.py") if not file.relative_to(PLUGINS).parts[0].startswith(".")
)


def _module(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """(module, name) of each import; no name where a module is imported as it is."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            yield from ((node.module or "", alias.name) for alias in node.names)


def _everywhere(file: Path) -> set[tuple[str, str]]:
    """All imports of a file, also those inside functions."""
    return set(_imports(ast.walk(ast.parse(file.read_text()))))


def _at_once(file: Path) -> set[tuple[str, str]]:
    """The imports that run when the module is imported: all but those inside functions and for types."""
    found: set[tuple[str, str]] = set()
    waiting: list[ast.AST] = [ast.parse(file.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        found.update(_imports(iter([node])))
        waiting.extend(ast.iter_child_nodes(node))
    return found


def _modules_of_the_core() -> dict[str, Path]:
    return {_module(file, CORE.parent): file for file in CORE_FILES}


def _known(imports: set[tuple[str, str]], modules: dict[str, Path]) -> set[str]:
    """The modules of the core among imports: `from package import module` is the module."""
    named = {f"{module}.{name}" if f"{module}.{name}" in modules else module for module, name in imports}
    return named & set(modules)


def _floor(module: str) -> int:
    for number, rooms in enumerate(FLOORS):
        if any(module == room or (room != "dancekit" and module.startswith(f"{room}.")) for room in rooms):
            return number
    raise AssertionError(f"{module} is on no floor: give it one in FLOORS")


@pytest.mark.parametrize("file", CORE_FILES, ids=lambda file: _module(file, CORE.parent))
def test_the_core_knows_no_plugin(file: Path) -> None:
    plugins = {folder.name for folder in PLUGINS.iterdir() if (folder / "__init__.py").is_file()}
    assert len(plugins) >= 3
    assert not {module for module, _ in _everywhere(file) if module.partition(".")[0] in plugins}


@pytest.mark.parametrize("file", CORE_FILES, ids=lambda file: _module(file, CORE.parent))
def test_a_module_knows_only_the_floors_below_it(file: Path) -> None:
    me = _module(file, CORE.parent)
    above = {each for each in _known(_at_once(file), _modules_of_the_core()) if _floor(each) > _floor(me)}
    assert not above


def test_no_circle_of_imports() -> None:
    modules = _modules_of_the_core()
    graph = {name: _known(_at_once(file), modules) - {name} for name, file in modules.items()}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, f"a circle: {' -> '.join((*above, module))}"
        if module not in done:
            for each in sorted(graph[module]):
                visit(each, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())
    assert done == set(modules)


@pytest.mark.parametrize("file", PLUGIN_FILES, ids=lambda file: _module(file, PLUGINS))
def test_a_plugin_knows_only_public_names_of_the_core_and_itself(file: Path) -> None:
    mine = file.relative_to(PLUGINS).parts[0]
    for module, name in _everywhere(file):
        package = module.partition(".")[0]
        if package == "dancekit":
            private = [part for part in (*module.split("."), name) if part.startswith("_")]
            assert not private, f"{module} {name}"
        elif package.startswith("dancekit_"):
            assert package == mine


@pytest.mark.parametrize("file", [*CORE_FILES, *PLUGIN_FILES], ids=lambda file: _module(file, CORE.parent))
def test_there_is_one_lightning(file: Path) -> None:
    assert not {module for module, _ in _everywhere(file) if module.partition(".")[0] == "pytorch_lightning"}


HEAVY = ("torch", "lightning", "pytorch_lightning", "wandb", "matplotlib", "torchmetrics")


def _loaded_after(statement: str, heavy: tuple[str, ...] = HEAVY) -> set[str]:
    code = f"import sys\n{statement}\nprint(*(name for name in {heavy!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "module",
    [
        "dancekit",
        "dancekit.errors",
        "dancekit.plugin",
        "dancekit.skeleton.layout",
        "dancekit.recipe",
        "dancekit.run",
        "dancekit.cli.main",
        # What an exported model is run with:
        "dancekit.interfaces",
        "dancekit.data.clips",
        "dancekit.data.packed",
        "dancekit.onnx_model",
        "dancekit.verbs.exported",
        "dancekit.verbs.predict_stream",
        "dancekit.reporting.timeline_page",
    ],
)
def test_the_lower_floors_import_no_torch(module: str) -> None:
    assert _loaded_after(f"import {module}") == set()


def test_finding_plugins_imports_no_torch() -> None:
    assert _loaded_after("from dancekit.plugin import Registry\nassert Registry.load().components()") == set()


def test_data_sets_and_detectors_import_no_torch() -> None:
    statement = (
        "from dancekit.plugin import Registry\nfound = Registry.load()\n"
        "targets = [each.load() for kind in ('dataset', 'detector', 'command', 'layout')\n"
        "           for each in found.components(kind) if each.plugin.built_in]\nassert len(targets) > 10"
    )
    assert _loaded_after(statement) == set()


@pytest.mark.slow
def test_the_whole_core_imports_one_lightning() -> None:
    modules = [name for name in _modules_of_the_core() if name != "dancekit.__main__"]
    statement = "import importlib\nfor name in " + repr(modules) + ": importlib.import_module(name)"
    assert _loaded_after(statement, ("lightning", "pytorch_lightning")) == {"lightning"}


# A folder of plugins/ and its entry point deleted


@pytest.fixture(params=sorted(entry.name for entry in entry_points(group="dancekit")))
def without(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an entry point that is not there any more."""
    gone = str(request.param)

    def remaining(*, group: str) -> list[EntryPoint]:
        return [entry for entry in entry_points(group=group) if entry.name != gone]

    monkeypatch.setattr(plugin, "entry_points", remaining)
    return gone


def test_without_a_plugin_there_is_still_a_tool(without: str) -> None:
    from dancekit.cli.main import group

    listed = CliRunner().invoke(group, ["plugins", "list"])
    assert listed.exit_code == 0 and without not in listed.stdout
    assert len(Registry.load().plugins) >= 2
    recipes = CliRunner().invoke(group, ["recipes", "list"])
    assert recipes.exit_code == 0 and "recipes/stgcn.yaml" in recipes.stdout


def test_without_a_plugin_a_recipe_that_needs_it_says_so(without: str) -> None:
    registry = Registry.load()
    needed = {"dancekit-stgcn": "backbone 'stgcn'", "dancekit-sources": "dataset 'dance_six'"}
    needed["dancekit-preprocessing"] = "preprocessor 'centre'"
    draft = read_recipe("recipes/stgcn.yaml")
    if without not in needed:
        assert check_recipe(draft, registry).backbone.name == "stgcn"
        return
    with pytest.raises(RecipeErrors) as caught:
        check_recipe(draft, registry)
    assert f"there is no {needed[without]}." in str(caught.value)

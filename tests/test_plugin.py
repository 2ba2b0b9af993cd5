"""The registry: what it finds, and how little a broken plugin breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from strangers import hook, install

from dancekit.errors import PluginError, RecipeError
from dancekit.plugin import ALLOWED_VARIABLE, Component, Plugin, Registry

Install = Callable[..., None]


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts plugins on the import path, and takes them off again."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv(ALLOWED_VARIABLE, raising=False)
    before = set(sys.modules)

    def put(module: str, code: str, **options: str) -> None:
        install(tmp_path, module, code, **options)

    yield put
    for name in set(sys.modules) - before:
        if name.startswith(("stranger", "dancekit_local_")):
            del sys.modules[name]


def plugin(registry: Registry, name: str) -> Plugin:
    (found,) = [each for each in registry.plugins if each.name == name]
    return found


def assert_built_ins_work(registry: Registry) -> None:
    assert plugin(registry, "dancekit-stgcn").status == "active"
    assert registry.find("backbone", "stgcn").load().__name__ == "STGCN"


def test_built_ins_come_in_through_entry_points() -> None:
    registry = Registry.load()
    assert {each.name for each in registry.plugins if each.built_in} >= {"dancekit-stgcn", "dancekit-sources"}
    assert_built_ins_work(registry)
    assert registry.names("attention") == ("spatial", "spatio_temporal", "temporal")


def test_stranger_is_found_with_its_distribution(stranger: Install, tmp_path: Path) -> None:
    stranger("stranger_good", hook())
    (tmp_path / "stranger_model.py").write_text("class Mine: pass\n")
    registry = Registry.load()
    found = plugin(registry, "stranger_good")
    assert (found.status, found.source, found.error) == ("active", "stranger_good 1.0", "")
    assert registry.find("backbone", "mine").load().__name__ == "Mine"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import no_such_module_anywhere\n", "no_such_module_anywhere"),
        ("raise SystemExit('bye')\n", "SystemExit: bye"),
        ("def broken(:\n", "SyntaxError"),
        (hook().replace("dancekit_components", "dancekit_component"), "unknown hook 'dancekit_component'"),
        (hook().replace("dancekit_components()", "dancekit_components(models)"), "models"),
        (hook().replace("@hookimpl", ""), "no function `dancekit_components` marked with @hookimpl"),
        (hook() + "    raise OSError('half-way')\n", "OSError: half-way"),
        (hook() + "    yield 'text'\n", "'text', which is no Component"),
        (hook(kind="backbon"), "unknown kind 'backbon'"),
        (hook(target="stranger_model.Mine"), "stranger_model.Mine"),
        (hook(name=""), "has no name"),
        (hook(name="stgcn"), "the backbone 'stgcn' is taken by dancekit-stgcn"),
    ],
    ids=[
        "fails on import",
        "exits on import",
        "is no Python",
        "misspells the hook",
        "asks for an argument",
        "forgets the mark",
        "fails half-way",
        "yields text",
        "unknown kind",
        "malformed target",
        "no name",
        "claims a built-in",
    ],
)
def test_broken_plugin_is_named_and_breaks_nothing(stranger: Install, code: str, error: str) -> None:
    stranger("stranger_bad", code)
    stranger("stranger_good", hook())
    registry = Registry.load()
    bad = plugin(registry, "stranger_bad")
    assert bad.status == "broken"
    assert error in bad.error
    assert "\n" not in bad.error
    assert bad.components == []
    assert plugin(registry, "stranger_good").status == "active"
    assert registry.find("backbone", "mine").plugin.name == "stranger_good"
    assert_built_ins_work(registry)


def test_one_refused_component_leaves_the_others(stranger: Install) -> None:
    more = '    yield Component(kind="hologram", name="mine", target="a:b")\n'
    stranger("stranger_newer", hook() + more)
    registry = Registry.load()
    newer = plugin(registry, "stranger_newer")
    assert newer.status == "active"
    assert "unknown kind 'hologram': written for a newer dancekit?" in newer.error
    assert {"mine", "stgcn"} <= set(registry.names("backbone"))


def test_name_that_two_strangers_claim_belongs_to_neither(stranger: Install) -> None:
    stranger("stranger_one", hook())
    stranger("stranger_two", hook())
    registry = Registry.load()
    for name in ("stranger_one", "stranger_two"):
        assert "'mine' is provided by stranger_one and stranger_two" in plugin(registry, name).error
    with pytest.raises(RecipeError, match="provided by stranger_one and stranger_two") as caught:
        registry.find("backbone", "mine")
    assert f"{ALLOWED_VARIABLE}=stranger_one" in caught.value.hint
    assert_built_ins_work(registry)


def test_stranger_cannot_take_the_entry_point_of_a_built_in(stranger: Install) -> None:
    stranger("stranger_thief", hook(), entry="dancekit-stgcn")
    registry = Registry.load()
    built_in, thief = [each for each in registry.plugins if each.name == "dancekit-stgcn"]
    assert (built_in.built_in, built_in.status) == (True, "active")
    assert (thief.built_in, thief.status) == (False, "broken")
    assert registry.find("backbone", "stgcn").load().__name__ == "STGCN"


def test_component_twice_in_one_plugin(stranger: Install) -> None:
    stranger("stranger_twice", hook() + '    yield Component(kind="backbone", name="mine", target="a:b")\n')
    registry = Registry.load()
    assert "is taken by stranger_twice" in plugin(registry, "stranger_twice").error
    assert registry.find("backbone", "mine").component.target == "stranger_model:Mine"


@pytest.mark.parametrize(
    ("allowed", "active"),
    [
        (None, {"stranger_one", "stranger_two"}),
        ("stranger_two", {"stranger_two"}),
        (" stranger_one , stranger_two", {"stranger_one", "stranger_two"}),
        ("", set()),
    ],
)
def test_allow_list(
    stranger: Install, monkeypatch: pytest.MonkeyPatch, allowed: str | None, active: set[str]
) -> None:
    stranger("stranger_one", hook(name="one"))
    stranger("stranger_two", hook(name="two"))
    if allowed is not None:
        monkeypatch.setenv(ALLOWED_VARIABLE, allowed)
    registry = Registry.load()
    strangers = [each for each in registry.plugins if not each.built_in]
    assert {each.name for each in strangers if each.status == "active"} == active
    switched_off = {each.name for each in strangers if each.status == "disabled"}
    assert switched_off == {"stranger_one", "stranger_two"} - active
    assert {"stranger_one", "stranger_two"} & set(sys.modules) == active  # the others are not imported
    assert_built_ins_work(registry)


def test_local_file_is_a_plugin(tmp_path: Path) -> None:
    file = tmp_path / "my_backbone.py"
    file.write_text(hook(target="dancekit_local_my_backbone:Mine") + "\nclass Mine: pass\n")
    registry = Registry.load([file])
    assert plugin(registry, "my_backbone").source == str(file)
    assert registry.find("backbone", "mine").load().__name__ == "Mine"


def test_local_file_that_is_not_there_is_shown(tmp_path: Path) -> None:
    registry = Registry.load([tmp_path / "nowhere.py"])
    assert plugin(registry, "nowhere").status == "broken"
    assert "there is no file" in plugin(registry, "nowhere").error
    assert_built_ins_work(registry)


def test_unknown_name_has_the_nearest_and_what_was_not_loaded(stranger: Install) -> None:
    stranger("stranger_bad", "import no_such_module_anywhere\n")
    with pytest.raises(RecipeError) as caught:
        Registry.load().find("backbone", "stgcm")
    assert "stgcn" in caught.value.hint
    assert "not loaded: stranger_bad" in caught.value.message


@pytest.mark.parametrize("target", ["no_such_module_anywhere:Mine", "dancekit.errors:NoSuchThing"])
def test_target_that_cannot_be_imported_names_the_plugin(stranger: Install, target: str) -> None:
    stranger("stranger_hollow", hook(target=target))
    with pytest.raises(PluginError, match="'mine' of plugin 'stranger_hollow' cannot be imported") as caught:
        Registry.load().find("backbone", "mine").load()
    assert "stranger_hollow 1.0" in caught.value.hint
    assert caught.value.exit_code == 3


def test_component_says_what_its_target_should_be() -> None:
    with pytest.raises(PluginError, match=r'written "package.module:Name"'):
        Component(kind="backbone", name="mine", target="package.module")


def test_finding_plugins_imports_no_torch(tmp_path: Path) -> None:
    install(tmp_path, "stranger_good", hook())
    code = (
        "import sys; from dancekit.plugin import Registry; Registry.load().components(); "
        "sys.exit(bool({'torch', 'lightning'} & set(sys.modules)))"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=False)
    assert done.returncode == 0

"""Recipe files: what they extend, what overrides change, and what is told on the way."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dancekit.errors import RecipeError
from dancekit.recipe_files import Draft, read_recipe, recipe_text, shipped_recipes, write_recipe

BASE = """
seed: 1
data: {name: dance_six, keypoints: true_2d}
backbone: {name: stgcn, width: 8, attention: {name: temporal, maps: full}}
preprocess: [centre, {name: rotate, degrees: 10}]
trainer: {max_epochs: 3}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return _write(tmp_path, "base.yaml", BASE)


def _write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def _refused(path: Path | str, *overrides: str) -> str:
    with pytest.raises(RecipeError) as caught:
        read_recipe(path, overrides)
    return str(caught.value)


def test_a_file_is_read_as_it_is(base: Path) -> None:
    draft = read_recipe(base)
    assert draft == Draft(content=yaml.safe_load(BASE), folder=base.parent, name="base")


def test_shipped_recipes_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("recipes/stgcn.yaml", "stgcn.yaml", "stgcn", Path("recipes/stgcn")):
        assert read_recipe(path).folder == shipped_recipes()


@pytest.mark.parametrize("path", ["", ".", "..", "recipes", "recipes/", "/"])
def test_a_folder_is_no_recipe(path: str) -> None:
    assert "there is no recipe" in _refused(path)


def test_a_missing_recipe_has_the_nearest_name() -> None:
    assert _refused("recipes/stgnc.yaml") == (
        "there is no recipe recipes/stgnc.yaml. Did you mean 'stgcn.yaml'?"
    )


# What a file extends


def test_extends_merges_key_by_key(base: Path) -> None:
    child = _write(base.parent, "child.yaml", "extends: base.yaml\ntrainer: {compile: true}\nseed: 2\n")
    content = read_recipe(child).content
    assert content["trainer"] == {"max_epochs": 3, "compile": True}
    assert content["seed"] == 2
    assert content["data"] == {"name": "dance_six", "keypoints": "true_2d"}
    assert "extends" not in content


def test_extends_goes_on_through_folders(base: Path) -> None:
    _write(base.parent, "two/middle.yaml", "extends: ../base.yaml\nseed: 2\nbackbone: {width: 16}\n")
    last = _write(
        base.parent, "three/last.yaml", "extends: ../two/middle.yaml\nbackbone: {attention: none}\n"
    )
    draft = read_recipe(last)
    assert draft.content["seed"] == 2
    assert draft.content["backbone"] == {"name": "stgcn", "width": 16, "attention": "none"}
    assert draft.folder == last.parent and draft.name == "last"
    assert draft.notices == []


def test_lists_are_replaced_as_a_whole(base: Path) -> None:
    child = _write(base.parent, "child.yaml", "extends: base.yaml\npreprocess: [mirror]\n")
    assert read_recipe(child).content["preprocess"] == ["mirror"]


def test_an_item_of_a_list_is_changed_by_its_number(base: Path) -> None:
    child = _write(base.parent, "child.yaml", "extends: base.yaml\npreprocess: {1: {degrees: 5}}\n")
    assert read_recipe(child).content["preprocess"] == ["centre", {"name": "rotate", "degrees": 5}]


def test_a_circle_is_told(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", "extends: b.yaml\n")
    _write(tmp_path, "b.yaml", "extends: c.yaml\n")
    _write(tmp_path, "c.yaml", "extends: a.yaml\n")
    assert "circle: a.yaml -> b.yaml -> c.yaml -> a.yaml" in _refused(tmp_path / "a.yaml")


def test_two_may_extend_one_base(base: Path) -> None:
    for name in ("x.yaml", "y.yaml"):
        assert read_recipe(_write(base.parent, name, "extends: base.yaml\n")).content == yaml.safe_load(BASE)


def test_a_missing_base_is_told(tmp_path: Path) -> None:
    child = _write(tmp_path, "child.yaml", "extends: nowhere.yaml\n")
    assert _refused(child) == (
        f"{child} extends nowhere.yaml, which is not there. Looked for {tmp_path / 'nowhere.yaml'} "
        "and among the recipes that come with dancekit."
    )


@pytest.mark.parametrize("value", ["[base.yaml]", "5", "{a: 1}"])
def test_extends_is_one_path(base: Path, value: str) -> None:
    assert "is not the path of one recipe" in _refused(_write(base.parent, "c.yaml", f"extends: {value}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "a: [1",
        "a: 1\na: 2",
        "a: &a [1, *a]",
        "\t- x",
        "5",
        "${nowhere}: [",
        "a: ${nowhere}",
        "a: ${oc.env:DANCEKIT_NO_SUCH_VARIABLE}",
        "a: ${nowhere:1}",
    ],
)
def test_broken_yaml_is_told(tmp_path: Path, text: str) -> None:
    file = _write(tmp_path, "broken.yaml", text)
    assert _refused(file).startswith(f"{file} cannot be read as YAML: ")


def test_a_binary_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "binary.yaml"
    file.write_bytes(b"\xff\xfe\x00\x93")
    assert "cannot be read as YAML" in _refused(file)


def test_a_list_is_no_recipe(tmp_path: Path) -> None:
    assert "it holds a list, not keys and values" in _refused(_write(tmp_path, "list.yaml", "- a\n- b\n"))


@pytest.mark.parametrize("tag", ["object/apply:os.system", "object/new:os.system", "name:os.system"])
def test_a_python_tag_is_never_executed(tmp_path: Path, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    monkeypatch.setattr("os.system", called.append)
    assert "cannot be read as YAML" in _refused(
        _write(tmp_path, "evil.yaml", f"seed: !!python/{tag} ['x']\n")
    )
    assert "cannot be read as YAML" in _refused("stgcn", f"seed=!!python/{tag} ['x']")
    assert called == []


# Overrides


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("seed=5", ("seed",), 5),
        ("trainer.max_epochs=7", ("trainer", "max_epochs"), 7),
        ("trainer.compile=true", ("trainer", "compile"), True),
        ("backbone.attention.maps=one", ("backbone", "attention", "maps"), "one"),
        ("preprocess[1].degrees=20", ("preprocess", 1, "degrees"), 20),
        ("preprocess.1.degrees=20", ("preprocess", 1, "degrees"), 20),
        ("preprocess[1]=mirror", ("preprocess", 1), {"name": "mirror"}),
        ("preprocess[0]=mirror", ("preprocess", 0), "mirror"),
        ("preprocess[0].over=frame", ("preprocess", 0), {"name": "centre", "over": "frame"}),
        ("preprocess=[mirror]", ("preprocess",), ["mirror"]),
        ("data.path=a=b=c", ("data", "path"), "a=b=c"),
        ("data.path='x y'", ("data", "path"), "x y"),
        ("optimizer.learning_rate=1e-3", ("optimizer", "learning_rate"), 0.001),
        ("optimizer=adamw", ("optimizer",), "adamw"),
        ("backbone.stages=[1, 2]", ("backbone", "stages"), [1, 2]),
        ("backbone.attention=none", ("backbone", "attention"), "none"),
        ("backbone.width=", ("backbone", "width"), None),
        ("new.deep.key=1", ("new", "deep", "key"), 1),
        ("backbone={name: stgcn, importance: false}", ("backbone", "width"), 8),
        ("backbone={name: stgcn, importance: false}", ("backbone", "importance"), False),
    ],
)
def test_an_override_sets_a_value(base: Path, override: str, path: tuple[str | int, ...], value: Any) -> None:
    node: Any = read_recipe(base, [override]).content
    for step in path:
        node = node[step]
    assert node == value


def test_overrides_apply_in_order(base: Path) -> None:
    draft = read_recipe(base, ["data=pyskl", "data.path=x.pkl", "data.path=y.pkl"])
    assert draft.content["data"] == {"name": "pyskl", "path": "y.pkl"}


def test_a_name_alone_can_get_settings(base: Path) -> None:
    draft = read_recipe(base, ["lifter=siamese", "lifter.width=4"])
    assert draft.content["lifter"] == {"name": "siamese", "width": 4}


def test_settings_of_nothing_do_not_invent_a_name(base: Path) -> None:
    draft = read_recipe(base, ["backbone.attention=none", "backbone.attention.maps=one"])
    assert draft.content["backbone"]["attention"] == {"maps": "one"}


@pytest.mark.parametrize(
    "override", ["seed", "=5", "a b=1", "a..b=1", ".a=1", "a[x]=1", "a[]=1", "a-b=1", ""]
)
def test_a_malformed_override_is_told(base: Path, override: str) -> None:
    assert _refused(base, override) == (f"{override!r} is not an override. Write KEY=VALUE, such as seed=1.")


@pytest.mark.parametrize("override", ["seed=[1", "seed={a", "seed=${"])
def test_a_value_that_is_no_yaml_is_told(base: Path, override: str) -> None:
    assert _refused(base, override).startswith(f"{override!r} cannot be read as YAML: ")


@pytest.mark.parametrize("override", ["preprocess[2]=x", "preprocess[7].a=1", "preprocess.first=x"])
def test_an_item_that_is_not_there_is_told(base: Path, override: str) -> None:
    assert "preprocess has no item" in _refused(base, override)
    assert "It has 2, counted from 0." in _refused(base, override)


# Another component takes nothing from the one it replaces

TEMPORAL_DROPPED = "backbone.attention: spatial replaces temporal, whose settings are dropped: maps."


@pytest.mark.parametrize(
    "override",
    ["backbone.attention=spatial", "backbone.attention.name=spatial", "backbone.attention={name: spatial}"],
)
def test_replacing_a_component_drops_its_settings_and_says_so(base: Path, override: str) -> None:
    draft = read_recipe(base, [override])
    assert draft.content["backbone"] == {"name": "stgcn", "width": 8, "attention": {"name": "spatial"}}
    assert draft.notices == [TEMPORAL_DROPPED]


@pytest.mark.parametrize("node", ["spatial", "{name: spatial}", "{name: spatial, gate: literal}"])
def test_replacing_a_component_in_a_file_says_so_too(base: Path, node: str) -> None:
    child = _write(base.parent, "child.yaml", f"extends: base.yaml\nbackbone: {{attention: {node}}}\n")
    draft = read_recipe(child)
    assert draft.notices == [TEMPORAL_DROPPED]
    assert "maps" not in draft.content["backbone"]["attention"]
    assert draft.content["backbone"]["width"] == 8


def test_replacing_an_item_of_a_list_says_where(base: Path) -> None:
    draft = read_recipe(base, ["preprocess[1]=mirror"])
    assert draft.notices == ["preprocess[1]: mirror replaces rotate, whose settings are dropped: degrees."]


def test_the_same_name_again_keeps_the_settings(base: Path) -> None:
    draft = read_recipe(base, ["backbone.attention=temporal", "backbone.name=stgcn"])
    assert draft.content["backbone"] == yaml.safe_load(BASE)["backbone"]
    assert draft.notices == []


def test_replacing_a_default_says_so(base: Path) -> None:
    draft = read_recipe(base, ["optimizer.momentum=0.5", "optimizer=adamw"])
    assert draft.content["optimizer"] == {"name": "adamw"}
    assert draft.notices == ["optimizer: adamw replaces the default, whose settings are dropped: momentum."]


# Properties

_KEYS = st.text("abcdef", min_size=1, max_size=3)
_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text("xyz =:#'\"-", max_size=6)
)
_TREES = st.recursive(
    _VALUES, lambda inside: st.dictionaries(_KEYS, inside, min_size=1, max_size=4), max_leaves=12
)
_RECIPES = st.dictionaries(_KEYS, _TREES, min_size=1, max_size=4)


def _leaves(tree: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in tree.items():
        found += _leaves(value, (*above, key)) if isinstance(value, dict) else [(*above, key)]
    return found


@given(content=_RECIPES, data=st.data(), value=st.integers() | st.booleans())
def test_overriding_a_leaf_sets_that_leaf_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], data: st.DataObject, value: Any
) -> None:
    file = tmp_path_factory.mktemp("r") / "r.yaml"
    write_recipe(content, file)
    leaf = data.draw(st.sampled_from(_leaves(content)))
    expected = deepcopy(content)
    node = expected
    for key in leaf[:-1]:
        node = node[key]
    node[leaf[-1]] = value
    draft = read_recipe(file, [f"{'.'.join(leaf)}={yaml.safe_dump(value).splitlines()[0]}"])
    assert draft.content == expected
    assert draft.notices == []


@given(content=_RECIPES)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]
) -> None:
    file = tmp_path_factory.mktemp("r") / "r.yaml"
    write_recipe(content, file)
    assert read_recipe(file).content == content
    assert file.read_text() == recipe_text(content)


@given(base=_RECIPES, child=_RECIPES)
def test_extending_is_the_overrides_of_every_leaf(
    tmp_path_factory: pytest.TempPathFactory, base: dict[str, Any], child: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("r")
    write_recipe(base, folder / "base.yaml")
    write_recipe({"extends": "base.yaml", **child}, folder / "child.yaml")
    merged = read_recipe(folder / "child.yaml").content

    def at(tree: Any, leaf: tuple[str, ...]) -> Any:
        for key in leaf:
            tree = tree[key]
        return tree

    for leaf in _leaves(child):
        value, got = at(child, leaf), at(merged, leaf)
        # Text over a mapping is a component by its name; everything else stands as the child says.
        assert got == value or (isinstance(value, str) and got == {"name": value})
    for leaf in _leaves(base):
        if not any(leaf[: len(other)] == other or other[: len(leaf)] == leaf for other in _leaves(child)):
            named = any(isinstance(at(base, leaf[:depth]), str) for depth in range(1, len(leaf)))
            assert named or at(merged, leaf) == at(base, leaf)


def test_a_shipped_recipe_can_be_extended_from_anywhere(tmp_path: Path) -> None:
    child = _write(tmp_path, "child.yaml", "extends: recipes/stgcn.yaml\nseed: 3\n")
    content = read_recipe(child).content
    assert content["seed"] == 3
    assert content["data"] == {"name": "dance_six"}

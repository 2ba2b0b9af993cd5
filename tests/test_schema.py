"""A recipe's node against a constructor: types, components in components, and every problem at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml

from dancekit.errors import PluginError, RecipeError
from dancekit.plugin import Component, Plugin, Registry
from dancekit.schema import Checker, Nested, Part
from dancekit.skeleton.layout import Layout

Shade = Annotated[Callable[..., Any], Nested("attention")]


class Everything:
    """One parameter of each type that a recipe can write."""

    def __init__(
        self,
        *,
        whole: int = 1,
        number: float = 0.5,
        switch: bool = False,
        text: str = "t",
        file: Path = Path("f"),
        choice: Literal["a", "b"] = "a",
        maybe: int | None = None,
        either: int | Literal["auto"] = "auto",
        numbers: tuple[int, ...] = (1, 2),
        pair: tuple[float, float] = (0.0, 1.0),
        pairs: tuple[tuple[int, int], ...] = (),
        scale: float | tuple[float, float] = 1.0,
        anything: Any = None,
    ) -> None:
        self.given = dict(locals())


class Net:
    def __init__(
        self, *, layout: Layout, coordinates: int, width: int, attention: Shade | None = None
    ) -> None:
        if width < 1:
            raise ValueError("width must be at least 1.")
        self.layout, self.coordinates, self.width = layout, coordinates, width
        self.attention = None if attention is None else attention(channels=width)


class Tint:
    """Takes another attention, which may take another."""

    def __init__(
        self, *, channels: int, layout: Layout, strength: float = 1.0, inner: Shade | None = None
    ) -> None:
        if strength < 0:
            raise ValueError("strength is negative.")
        self.channels, self.layout, self.strength = channels, layout, strength
        self.inner = None if inner is None else inner(channels=channels + 1)


class Needy:
    def __init__(self, *, channels: int, inner: Shade) -> None: ...


class Loose:
    def __init__(self, *, width: int = 1, **more: Any) -> None: ...


class Starred:
    def __init__(self, *widths: int) -> None: ...


class Unreadable:
    def __init__(self, *, width: NowhereDefined) -> None: ...  # type: ignore[name-defined]  # noqa: F821


class Posed:
    def __init__(self, *, layout: Layout, target: Layout | None = None) -> None:
        self.layout, self.target = layout, target


not_a_class = 5

own_layout = Layout.from_mapping(
    {"name": "stick", "joints": ["a", "b"], "bones": {"b": "a"}, "centre": "a", "pairs": {}}
)


def _registry() -> Registry:
    offered = {
        "backbone": {
            "net": "Net",
            "loose": "Loose",
            "starred": "Starred",
            "unreadable": "Unreadable",
            "number": "not_a_class",
            "absent": "NoSuchClass",
        },
        "attention": {"tint": "Tint", "needy": "Needy"},
        "preprocessor": {"everything": "Everything", "posed": "Posed"},
        "layout": {"stick": "own_layout", "wrong": "not_a_class"},
    }
    components = [
        Component(kind=kind, name=name, target=f"{__name__}:{target}")
        for kind, names in offered.items()
        for name, target in names.items()
    ]
    return Registry([Plugin(name="mine", source="mine 1.0", module=__name__, components=components)])


@pytest.fixture
def checker() -> Checker:
    return Checker(registry=_registry())


def _says(checker: Checker) -> list[str]:
    return [str(problem) for problem in checker.problems]


def _everything(checker: Checker, **node: Any) -> dict[str, Any]:
    return checker.arguments(Everything, node, "part")


@pytest.mark.parametrize(
    ("key", "written", "meant"),
    [
        ("whole", 3, 3),
        ("whole", "3", 3),
        ("number", 3, 3.0),
        ("number", "1e-3", 0.001),
        ("switch", True, True),
        ("switch", "off", False),
        ("text", "x", "x"),
        ("text", 5, "5"),
        ("file", "a/b.txt", Path("a/b.txt")),
        ("choice", "b", "b"),
        ("maybe", 4, 4),
        ("maybe", None, None),
        ("maybe", "none", None),
        ("either", 2, 2),
        ("either", "auto", "auto"),
        ("numbers", [4, 5], (4, 5)),
        ("numbers", [], ()),
        ("pair", [1, 2], (1.0, 2.0)),
        ("pairs", [[1, 2], [3, 4]], ((1, 2), (3, 4))),
        ("scale", 2, 2.0),
        ("scale", [1, 2], (1.0, 2.0)),
        ("anything", {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_value_becomes_what_its_annotation_says(
    checker: Checker, key: str, written: Any, meant: Any
) -> None:
    value = _everything(checker, **{key: written})[key]
    assert checker.problems == []
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("key", "written", "words"),
    [
        ("whole", 5.5, "5.5 is not a whole number."),
        ("whole", True, "True is not a whole number."),
        ("whole", None, "None is not a whole number."),
        ("whole", "none", "'none' is not a whole number."),
        ("whole", "???", "'???' is not a whole number."),
        ("whole", [1], "[1] is not a whole number."),
        ("whole", "${nowhere}", "'${nowhere}' is not a whole number."),
        ("number", "fast", "'fast' is not a number."),
        ("switch", "maybe", "'maybe' is not true or false."),
        ("text", ["x"], "['x'] is not text."),
        ("file", 5, "5 is not a path."),
        ("choice", "c", "'c' is not one of 'a', 'b'."),
        ("maybe", "x", "'x' is not a whole number or nothing."),
        ("either", "x", "'x' is not a whole number or one of 'auto'."),
        ("numbers", 5, "5 is not a list, each a whole number."),
        ("numbers", "12", "'12' is not a list, each a whole number."),
        ("numbers", {"a": 1}, "{'a': 1} is not a list, each a whole number."),
        ("numbers", [1.5], "[1.5] is not a list, each a whole number."),
        ("pair", [1, 2, 3], "[1, 2, 3] is not a list of 2: a number, a number."),
        ("pairs", [[1]], "[[1]] is not a list, each a list of 2: a whole number, a whole number."),
    ],
)
def test_a_wrong_value_is_told_in_words(checker: Checker, key: str, written: Any, words: str) -> None:
    checked = _everything(checker, **{key: written})
    assert _says(checker) == [f"part.{key}: {words}"]
    assert key not in checked


def test_defaults_are_filled_in(checker: Checker) -> None:
    checked = _everything(checker)
    assert checked["numbers"] == (1, 2)
    assert checked["file"] == Path("f")
    assert len(checked) == 13


def test_every_problem_is_gathered(checker: Checker) -> None:
    _everything(checker, whole="x", nmber=1, choice="z", pair=3)
    assert len(checker.problems) == 4
    nearest = next(problem for problem in checker.problems if "nmber" in problem.message)
    assert nearest.message == "part.nmber: there is no such key. Did you mean 'number'?"
    assert "It takes: whole = 1, number = 0.5" in nearest.hint


def test_a_node_must_be_a_mapping(checker: Checker) -> None:
    assert checker.arguments(Everything, [1], "part") == {}
    assert _says(checker) == ["part: [1] is not a mapping of keys to values."]


def test_a_component_is_written_by_its_name_alone(checker: Checker) -> None:
    part = checker.component("preprocessor", "everything", "preprocess[0]")
    assert part is not None and part.name == "everything"
    assert part.node()["numbers"] == [1, 2]
    assert part.node()["file"] == "f"


@pytest.mark.parametrize("nothing", [None, "none"])
def test_a_component_can_be_none(checker: Checker, nothing: Any) -> None:
    assert checker.component("attention", nothing, "attention") is None
    assert checker.problems == []


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (5, "backbone: 5 is no backbone. Write the name of one"),
        ({"width": 3}, "backbone.name is missing. There is: absent, loose, net"),
        ({"name": 7}, "backbone.name is missing."),
        ("nte", "backbone.name: there is no backbone 'nte'. Did you mean 'net'?"),
        ("net", "backbone.width is missing. backbone 'net' comes from mine 1.0 and takes: width, attention"),
        ({"name": "net", "width": 1, "layout": "coco17"}, "backbone.layout is supplied by dancekit."),
        ({"name": "net", "width": 1, "coordinates": 2}, "backbone.coordinates is supplied by dancekit."),
    ],
)
def test_a_wrong_component_is_told(checker: Checker, node: Any, words: str) -> None:
    checker.component("backbone", node, "backbone")
    assert len(checker.problems) == 1
    assert words in _says(checker)[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("loose", "takes *args or **kwargs"),
        ("starred", "takes *args or **kwargs"),
        ("unreadable", "constructor of Unreadable cannot be read: name 'NowhereDefined'"),
        ("number", "cannot be read"),
        ("absent", "cannot be imported"),
    ],
)
def test_a_plugin_that_breaks_the_contract(checker: Checker, name: str, words: str) -> None:
    with pytest.raises(PluginError) as caught:
        checker.component("backbone", name, "backbone")
    assert words in str(caught.value)


def test_components_are_built_at_every_depth(checker: Checker) -> None:
    node = {
        "name": "net",
        "width": 8,
        "attention": {"name": "tint", "strength": 2, "inner": {"name": "tint", "inner": "tint"}},
    }
    part = checker.component("backbone", node, "backbone")
    assert checker.problems == [] and part is not None
    layout = Layout.named("coco17")
    net = part.build(layout=layout, coordinates=3)
    assert (net.coordinates, net.layout) == (3, layout)
    assert (net.attention.channels, net.attention.strength) == (8, 2.0)
    assert (net.attention.inner.channels, net.attention.inner.layout) == (9, layout)
    assert net.attention.inner.inner.channels == 10
    assert net.attention.inner.inner.inner is None


def test_a_nested_component_is_checked_at_every_depth(checker: Checker) -> None:
    inner = {"name": "tint", "inner": {"name": "tnt"}, "strenth": 1}
    checker.component("backbone", {"name": "net", "attention": {"name": "tint", "inner": inner}}, "backbone")
    told = "\n".join(_says(checker))
    assert "backbone.width is missing." in told
    assert "backbone.attention.inner.inner.name: there is no attention 'tnt'. Did you mean 'tint'?" in told
    assert "backbone.attention.inner.strenth: there is no such key. Did you mean 'strength'?" in told
    assert "attention 'tint' comes from mine 1.0 and takes: strength = 1.0, inner = None." in told
    assert len(checker.problems) == 3


@pytest.mark.parametrize("nothing", [None, "none"])
def test_a_needed_component_cannot_be_none(checker: Checker, nothing: Any) -> None:
    checker.component("attention", {"name": "needy", "inner": nothing}, "attention")
    assert _says(checker) == ["attention.inner is missing. It takes one attention of: needy, tint."]


def test_what_a_constructor_refuses_names_the_key(checker: Checker) -> None:
    part = checker.component("backbone", {"name": "net", "width": 0}, "backbone")
    assert part is not None
    with pytest.raises(RecipeError) as caught:
        part.build(layout=Layout.named("coco17"), coordinates=2)
    assert str(caught.value) == "backbone: width must be at least 1."


def test_what_a_nested_constructor_refuses_names_its_key(checker: Checker) -> None:
    node = {
        "name": "net",
        "width": 1,
        "attention": {"name": "tint", "inner": {"name": "tint", "strength": -1}},
    }
    part = checker.component("backbone", node, "backbone")
    assert part is not None
    with pytest.raises(RecipeError) as caught:
        part.build(layout=Layout.named("coco17"), coordinates=2)
    assert str(caught.value) == "backbone.attention.inner: strength is negative."


def test_the_node_of_a_part_is_read_back_to_an_equal_part(checker: Checker) -> None:
    node = {"name": "net", "width": 8, "attention": {"name": "tint", "inner": "tint"}}
    part = checker.component("backbone", node, "backbone")
    assert isinstance(part, Part)
    again = checker.component("backbone", yaml.safe_load(yaml.safe_dump(part.node())), "backbone")
    assert again == part


STICK = own_layout.to_mapping()


def test_layouts_by_name_file_and_mapping(checker: Checker, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**STICK, "name": "mine"}))
    checker.folder = tmp_path
    for written, name in (
        ("coco17", "coco17"),
        ("stick", "stick"),
        ("mine.yaml", "mine"),
        (STICK, "stick"),
        (own_layout, "stick"),
    ):
        part = checker.component("preprocessor", {"name": "posed", "layout": written}, "p")
        assert checker.problems == [] and part is not None
        assert part.build().layout.name == name
        again = checker.component("preprocessor", part.node(), "p")
        assert again == part  # by name where it is shipped, in full where it is not


def test_an_optional_layout_can_be_none(checker: Checker) -> None:
    part = checker.component("preprocessor", {"name": "posed", "layout": "coco17", "target": "none"}, "p")
    assert checker.problems == [] and part is not None
    assert part.build().target is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("coco71", "p.layout: there is no layout 'coco71'. Did you mean 'coco17'?"),
        ("absent.yaml", "p.layout: there is no layout file absent.yaml. It was looked for in"),
        (5, "p.layout: 5 is no layout. Write a name, a YAML file or a mapping."),
        (None, "p.layout: None is no layout."),
        ({"joints": ["a"]}, "p.layout: layout unnamed: the key `bones` is missing."),
        ("wrong", "p.layout: layout 'wrong' of a plugin is a int, no Layout."),
    ],
)
def test_a_wrong_layout_is_told(checker: Checker, written: Any, words: str) -> None:
    checker.component("preprocessor", {"name": "posed", "layout": written}, "p")
    assert len(checker.problems) == 1
    assert words in _says(checker)[0]


def test_a_deprecated_component_works_and_is_told():
    old = Component(
        kind="backbone", name="old", target="dancekit_stgcn.model:STGCN", deprecated="use stgcn instead"
    )
    plugin = Plugin(name="p", source="p 1.0", module="p", components=[old])
    checker = Checker(registry=Registry([plugin]))
    assert checker.component("backbone", "old", "backbone") is not None
    assert checker.problems == []
    assert checker.notices == ["backbone: old is deprecated: use stgcn instead."]

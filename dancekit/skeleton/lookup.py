"""From what a recipe writes for a layout to the Layout: a name, a YAML file, or the layout itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dancekit.errors import LayoutError
from dancekit.plugin import Registry
from dancekit.skeleton.layout import Layout, layout_names
from dancekit.wording import nearest


def find_layout(value: Any, *, registry: Registry, folder: Path = Path()) -> Layout:
    """The layout that a recipe names.

    Args:
        value: a shipped or a plugin's name, a path ending in .yaml (relative to `folder`, then to the
            current one), or the mapping that such a file holds.

    Raises:
        LayoutError: there is no such layout, or it is malformed.
    """
    if isinstance(value, Layout):
        return value
    if isinstance(value, Mapping):
        return Layout.from_mapping(value, name=str(value.get("name", "unnamed")))
    if not isinstance(value, str):
        raise LayoutError(f"{value!r} is no layout.", hint="Write a name, a YAML file or a mapping.")
    if value.endswith((".yaml", ".yml")):
        return _from_file(Path(value), folder)
    if value in layout_names():
        return Layout.named(value)
    if value in registry.names("layout"):
        found = registry.find("layout", value).load()
        layout = found() if callable(found) else found
        if not isinstance(layout, Layout):
            raise LayoutError(f"layout {value!r} of a plugin is a {type(layout).__name__}, no Layout.")
        return layout
    known = (*layout_names(), *registry.names("layout"))
    raise LayoutError(f"there is no layout {value!r}.", hint=nearest(value, known))


def layout_node(layout: Layout) -> str | dict[str, Any]:
    """What a resolved recipe writes: the name of a shipped layout, otherwise all of it."""
    if layout.name in layout_names() and Layout.named(layout.name) == layout:
        return layout.name
    return layout.to_mapping()


def _from_file(file: Path, folder: Path) -> Layout:
    for candidate in (folder / file, file):
        if candidate.is_file():
            return Layout.from_yaml(candidate)
    raise LayoutError(f"there is no layout file {file}.", hint=f"It was looked for in {folder.resolve()}.")

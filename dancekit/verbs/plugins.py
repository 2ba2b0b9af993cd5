"""plugins show and plugins check: what a component takes, and what is wrong with a plugin."""

from __future__ import annotations

import inspect
import re
import textwrap
import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from dancekit.errors import DancekitError
from dancekit.plugin import Plugin, Provided
from dancekit.schema import SUPPLIED, Nested
from dancekit.skeleton.layout import Layout
from dancekit.wording import describe


def describe_plugin(plugin: Plugin) -> dict[str, Any]:
    """What is known of a plugin without importing what it provides."""
    components = [
        {"kind": each.kind, "name": each.name, "summary": each.summary, "deprecated": each.deprecated}
        for each in plugin.components
    ]
    return {
        "name": plugin.name,
        "source": plugin.source,
        "module": plugin.module,
        "built_in": plugin.built_in,
        "status": plugin.status,
        "error": plugin.error,
        "components": components,
    }


def describe_component(provided: Provided) -> dict[str, Any]:
    """A component with its arguments; its target is imported.

    Raises:
        PluginError: it cannot be imported.
    """
    component, target = provided.component, provided.load()
    described = {
        "kind": component.kind,
        "name": component.name,
        "summary": component.summary,
        "deprecated": component.deprecated,
        "plugin": provided.plugin.name,
        "source": provided.plugin.source,
        "target": component.target,
        "about": _first_paragraph(inspect.getdoc(target) or "") if inspect.isclass(target) else "",
        "arguments": [],
        "supplied": [],
    }
    if inspect.isclass(target) and component.kind not in ("layout", "command"):
        described |= _arguments(target, SUPPLIED.get(component.kind, frozenset()))
    return described


def plugin_problems(plugin: Plugin) -> list[str]:
    """Everything that is wrong with a plugin; every target is imported."""
    problems = [plugin.error] if plugin.error else []
    for component in plugin.components:
        try:
            target = Provided(component, plugin).load()
        except DancekitError as error:
            problems.append(str(error))
            continue
        here = f"{component.kind} {component.name!r}"
        problems += [f"{here}: {problem}" for problem in _target_problems(target, component.kind)]
    return problems


def _target_problems(target: Any, kind: str) -> list[str]:
    if kind == "command":
        import click

        return [] if isinstance(target, click.Command) else ["its target is no click command."]
    if kind == "layout":
        layout = target() if callable(target) else target
        return (
            []
            if isinstance(layout, Layout)
            else ["its target is neither a Layout nor a function that makes one."]
        )
    from dancekit.testing import constructor_problems

    return constructor_problems(target, kind)


def _arguments(target: type, supplied: frozenset[str]) -> dict[str, Any]:
    hints = get_type_hints(target.__init__, include_extras=True)  # type: ignore[misc]
    meanings = _documented(inspect.getdoc(target) or "")
    arguments, given = [], []
    for name, parameter in inspect.signature(target).parameters.items():
        if name in supplied:
            given.append(name)
            continue
        needed = parameter.default is inspect.Parameter.empty
        arguments.append(
            {
                "name": name,
                "type": _words(hints.get(name, Any)),
                "required": needed,
                "default": None if needed else _shown(parameter.default),
                "meaning": meanings.get(name, ""),
            }
        )
    return {"arguments": arguments, "supplied": given}


def _words(hint: Any) -> str:
    """A type in words; the name of a component or a layout where a recipe names one."""
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_words(each) for each in get_args(hint))
    if get_origin(hint) is Annotated:
        kind = next((extra.kind for extra in hint.__metadata__ if isinstance(extra, Nested)), None)
        return f"a component of kind {kind}" if kind else _words(get_args(hint)[0])
    if hint is Layout:
        return "a layout"
    return "anything" if hint is Any else describe(hint)


def _shown(value: Any) -> Any:
    """A default as YAML, and so JSON, can hold it."""
    if isinstance(value, tuple):
        return [_shown(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _first_paragraph(documentation: str) -> str:
    return " ".join(documentation.split("\n\n")[0].split())


def _documented(documentation: str) -> Mapping[str, str]:
    """name -> meaning, from the section `Args:` of a docstring."""
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)+)", documentation, re.MULTILINE)
    if section is None:
        return {}
    entries = re.findall(r"^(\w+): (.*(?:\n[ \t]+.*)*)", textwrap.dedent(section[1]), re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in entries}

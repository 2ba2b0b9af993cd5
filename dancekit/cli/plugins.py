"""dancekit plugins list|show|check|new"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.errors import RecipeError
from dancekit.plugin import KINDS, Plugin, Provided, Registry
from dancekit.wording import nearest

TEMPLATE_KINDS = ("backbone", "attention", "preprocessor", "lifter", "dataset")


@click.group()
def plugins() -> None:
    """List, show, check and make plugins."""


@plugins.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="The components of one kind in place of plugins.")
@shared.as_json
@click.pass_obj
def list_plugins(session: Session, kind: str | None, as_json: bool) -> None:
    """Every plugin that was found, what it provides, and why it is broken if it is."""
    registry = session.registry()
    if as_json:
        from dancekit.verbs.plugins import describe_plugin

        found = [describe_plugin(plugin) for plugin in registry.plugins]
        components = [
            {**one, "plugin": plugin["name"]}
            for plugin in found
            for one in plugin["components"]
            if one["kind"] == kind
        ]
        click.echo(json.dumps(components if kind else found))
    elif kind:
        rows = [
            (one.component.name, one.component.summary, one.plugin.name) for one in registry.components(kind)
        ]
        _table((kind, "what it is", "plugin"), rows)
    else:
        _table(("plugin", "source", "status", "provides"), [_row(plugin) for plugin in registry.plugins])


@plugins.command()
@click.argument("names", nargs=-1, required=True, metavar="[KIND] NAME")
@shared.as_json
@click.pass_obj
def show(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """A plugin, or a component with its arguments: `show stgcn`, `show attention spatial`."""
    found_plugins, components = _named(session.registry(), names)
    from dancekit.verbs.plugins import describe_component, describe_plugin

    described = [describe_plugin(plugin) for plugin in found_plugins]
    described += [describe_component(provided) for provided in components]
    if as_json:
        click.echo(json.dumps(described))
    else:
        click.echo(
            "\n\n".join(_plugin_text(one) if "module" in one else _component_text(one) for one in described)
        )


@plugins.command()
@click.argument("names", nargs=-1, metavar="[PLUGIN]...")
@shared.as_json
@click.pass_obj
def check(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Import everything that plugins provide and check its constructors; exit code 3 if any is broken."""
    registry = session.registry()
    known = {plugin.name: plugin for plugin in registry.plugins}
    for name in names:
        if name not in known:
            raise RecipeError(f"there is no plugin {name!r}.", hint=nearest(name, known))
    chosen = [known[name] for name in names] or [
        plugin for plugin in registry.plugins if plugin.status != "disabled"
    ]
    from dancekit.verbs.plugins import plugin_problems

    found = {plugin.name: plugin_problems(plugin) for plugin in chosen}
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, problems in found.items():
            click.echo(f"{name}: {'ok' if not problems else ''}".rstrip())
            for problem in problems:
                click.echo(f"  {problem}")
    if any(found.values()):
        raise click.exceptions.Exit(3)


@plugins.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(TEMPLATE_KINDS), default="backbone", show_default=True)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default=True,
    help="Where its folder is made.",
)
@click.pass_obj
def new(session: Session, name: str, kind: str, folder: Path) -> None:
    """Write a package with a working component of one kind, and a test that it passes."""
    from dancekit.verbs.new_plugin import write_plugin

    made = write_plugin(name, kind, folder, session.registry())
    click.echo(made.folder)
    click.echo(
        f"Next: pip install -e {made.folder} && pytest {made.folder}, and then change {made.source}.",
        err=True,
    )


def _named(registry: Registry, names: Sequence[str]) -> tuple[list[Plugin], list[Provided]]:
    """What `[KIND] NAME` says; a plugin and a component may share a name."""
    if len(names) == 2:
        kind, name = names
        if kind not in KINDS:
            raise RecipeError(f"there is no kind {kind!r}.", hint=nearest(kind, KINDS))
        return [], [registry.find(kind, name)]
    if len(names) > 2:
        raise RecipeError(f"{' '.join(names)!r} is too much.", hint="Write NAME, or KIND NAME.")
    (name,) = names
    found = [plugin for plugin in registry.plugins if plugin.name == name]
    components = [provided for provided in registry.components() if provided.component.name == name]
    if not found and not components:
        known = {plugin.name for plugin in registry.plugins} | {
            one.component.name for one in registry.components()
        }
        raise RecipeError(f"there is no plugin or component {name!r}.", hint=nearest(name, sorted(known)))
    return found, components


def _row(plugin: Plugin) -> tuple[str, str, str, str]:
    provided = ", ".join(f"{one.kind} {one.name}" for one in plugin.components)
    status = f"{plugin.status}: {plugin.error}" if plugin.error else plugin.status
    return plugin.name, plugin.source, status, provided


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal, one line for each row elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*heads)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(len(heads))]
    for row in rows:
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _plugin_text(plugin: dict[str, Any]) -> str:
    error = f": {plugin['error']}" if plugin["error"] else ""
    lines = [
        f"plugin {plugin['name']}",
        f"  {plugin['source']}, {plugin['module']}, {plugin['status']}{error}",
    ]
    for one in plugin["components"]:
        lines.append(f"  {one['kind']} {one['name']}: {one['summary']}" + _deprecation(one))
    return "\n".join(lines)


def _component_text(one: dict[str, Any]) -> str:
    lines = [f"{one['kind']} {one['name']}: {one['summary']}{_deprecation(one)}".rstrip(": ")]
    lines.append(f"  {one['target']} of {one['plugin']} ({one['source']})")
    if one["about"]:
        lines += ["", *textwrap.wrap(one["about"], 100, initial_indent="  ", subsequent_indent="  ")]
    if one["arguments"]:
        lines += ["", "  Arguments:"]
    for argument in one["arguments"]:
        default = "required" if argument["required"] else f"default {_yaml(argument['default'])}"
        lines.append(f"    {argument['name']}: {argument['type']}; {default}")
        meaning = textwrap.wrap(argument["meaning"], 96, initial_indent=" " * 8, subsequent_indent=" " * 8)
        lines += meaning
    if one["supplied"]:
        lines += ["", f"  Supplied by dancekit: {', '.join(one['supplied'])}"]
    return "\n".join(lines)


def _deprecation(one: dict[str, Any]) -> str:
    return f" (deprecated: {one['deprecated']})" if one["deprecated"] else ""


def _yaml(value: Any) -> str:
    """A default as a recipe writes it."""
    return "none" if value is None else json.dumps(value) if not isinstance(value, str) else value

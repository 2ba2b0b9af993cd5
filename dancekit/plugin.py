"""Plugins: what one writes, and how the core finds, isolates and lists them. Imports no torch.

A plugin is a module named by an entry point of the group `dancekit`, with one hook:

    from dancekit.plugin import Component, hookimpl

    @hookimpl
    def dancekit_components():
        yield Component(kind="backbone", name="mine", target="my_package.model:Mine", summary="...")

The records are cheap; the target is imported only when a recipe asks for the component.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast

import pluggy

from dancekit.errors import PluginError, RecipeError, missing_library
from dancekit.wording import nearest

KINDS = ("dataset", "detector", "preprocessor", "lifter", "backbone", "attention", "layout", "command")
GROUP = "dancekit"
ALLOWED_VARIABLE = "DANCEKIT_PLUGINS"
BUILT_IN_DISTRIBUTION = "dancekit"

hookspec = pluggy.HookspecMarker("dancekit")
hookimpl = pluggy.HookimplMarker("dancekit")


@dataclass(frozen=True, kw_only=True)
class Component:
    """One thing that a plugin provides.

    Attributes:
        kind: one of `KINDS`.
        name: what a recipe writes; for a command, the word on the command line.
        target: "package.module:Class", imported only when it is asked for.
        summary: one line for `dancekit plugins list`.
        deprecated: what to use instead; empty while it is not deprecated.
    """

    kind: str
    name: str
    target: str
    summary: str = ""
    deprecated: str = ""

    def __post_init__(self) -> None:
        module, colon, attribute = self.target.partition(":")
        if not (module and colon and attribute):
            raise PluginError(
                f"component {self.name!r} has the target {self.target!r}.",
                hint='A target is written "package.module:Name".',
            )
        if not self.name:
            raise PluginError(f"a component of kind {self.kind!r} has no name.")


@hookspec
def dancekit_components() -> Iterable[Component]:  # type: ignore[empty-body]
    """Yield what this plugin provides. It must be cheap: import no torch here."""


@dataclass(kw_only=True)
class Plugin:
    """What is known of one plugin, loaded or not.

    Attributes:
        name: of the entry point, or the stem of a local file.
        source: its distribution and version, or the file it came from.
        module: the module that holds the hook.
        status: active, disabled (by the allow-list), or broken.
        error: the first line of what went wrong; a plugin can be active with one component refused.
        components: what it provides and the core accepted.
    """

    name: str
    source: str
    module: str
    built_in: bool = False
    status: Literal["active", "disabled", "broken"] = "active"
    error: str = ""
    components: list[Component] = field(default_factory=list)


@dataclass(frozen=True)
class Provided:
    """A component together with the plugin that provides it."""

    component: Component
    plugin: Plugin

    def load(self) -> Any:
        """Import the target.

        Raises:
            PluginError: it cannot be imported, or the attribute is not there.
            RunError: it needs torch, which is not installed.
        """
        module, _, attribute = self.component.target.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except Exception as error:
            if (missing := missing_library(error)) is not None:
                raise missing from error
            raise PluginError(
                f"{self.component.kind} {self.component.name!r} of plugin {self.plugin.name!r} cannot be "
                f"imported from {self.component.target}: {first_line(error)}.",
                hint=f"Mend or reinstall {self.plugin.source}.",
            ) from error


class Registry:
    """All plugins and their components.

    A built-in keeps its name against a stranger; a name that two strangers claim belongs to neither,
    and asking for it says who they are.
    """

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self.plugins = tuple(plugins)
        self._provided: dict[tuple[str, str], list[Provided]] = {}
        for plugin in self.plugins:
            for component in plugin.components:
                key = (component.kind, component.name)
                self._provided.setdefault(key, []).append(Provided(component, plugin))

    @classmethod
    def load(cls, files: Iterable[str | Path] = ()) -> Registry:
        """Find every plugin; one that is broken is recorded and stops nothing.

        Args:
            files: local modules to register as plugins too (`--plugin my_backbone.py`).
        """
        manager = pluggy.PluginManager("dancekit")
        manager.add_hookspecs(sys.modules[__name__])
        plugins = []
        for entry in sorted(entry_points(group=GROUP), key=_built_ins_first):
            plugin = _describe(entry)
            plugins.append(plugin)
            if plugin.status == "active":
                _register(manager, plugin, entry.load)
        for file in map(Path, files):
            plugin = Plugin(name=file.stem, source=str(file), module=f"dancekit_local_{file.stem}")
            plugins.append(plugin)
            _register(manager, plugin, lambda file=file, plugin=plugin: _import_file(file, plugin.module))
        _collect(manager, plugins)
        return cls(plugins)

    def components(self, kind: str | None = None) -> tuple[Provided, ...]:
        """What can be asked for, sorted by kind and name."""
        found = [one for many in self._provided.values() for one in many]
        chosen = [one for one in found if kind in (None, one.component.kind)]
        return tuple(sorted(chosen, key=lambda one: (KINDS.index(one.component.kind), one.component.name)))

    def names(self, kind: str) -> tuple[str, ...]:
        return tuple(one.component.name for one in self.components(kind))

    def find(self, kind: str, name: str) -> Provided:
        """The component of this kind and name.

        Raises:
            RecipeError: there is none, or more than one.
        """
        found = self._provided.get((kind, name), [])
        if len(found) == 1:
            return found[0]
        if found:
            who = " and ".join(one.plugin.name for one in found)
            raise RecipeError(
                f"{kind} {name!r} is provided by {who}.",
                hint=f"Choose one: {ALLOWED_VARIABLE}={found[0].plugin.name} loads only that plugin.",
            )
        broken = [plugin.name for plugin in self.plugins if plugin.status == "broken"]
        unloaded = f" (not loaded: {', '.join(broken)}; see `dancekit plugins list`)" if broken else ""
        raise RecipeError(f"there is no {kind} {name!r}{unloaded}.", hint=nearest(name, self.names(kind)))


def first_line(error: BaseException) -> str:
    """The error in one line, as a list can show it."""
    lines = str(error).strip().splitlines()
    if isinstance(error, pluggy.PluginValidationError):  # its first line says only where
        lines = [" ".join(lines)]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _describe(entry: EntryPoint) -> Plugin:
    distribution = entry.dist
    source = f"{distribution.name} {distribution.version}" if distribution else entry.value
    built_in = distribution is not None and distribution.name == BUILT_IN_DISTRIBUTION
    allowed = os.environ.get(ALLOWED_VARIABLE)
    # Chosen before anything is imported: a plugin that is switched off costs nothing.
    listed = allowed is None or entry.name in [name.strip() for name in allowed.split(",")]
    return Plugin(
        name=entry.name,
        source=source,
        module=entry.value,
        built_in=built_in,
        status="active" if built_in or listed else "disabled",
    )


def _built_ins_first(entry: EntryPoint) -> tuple[bool, str]:
    return (entry.dist is None or entry.dist.name != BUILT_IN_DISTRIBUTION, entry.name)


def _register(manager: pluggy.PluginManager, plugin: Plugin, load: Any) -> None:
    """Import one plugin and register it; whatever goes wrong stays with it."""
    if manager.has_plugin(plugin.name):
        plugin.status, plugin.error = "broken", f"another plugin has the name {plugin.name!r}"
        return
    try:
        manager.register(load(), plugin.name)
        manager.check_pending()  # pluggy itself lets a misspelt hook pass in silence
        if not any(impl.plugin_name == plugin.name for impl in _implementations(manager)):
            raise PluginError("no function `dancekit_components` marked with @hookimpl.")
    except (Exception, SystemExit) as error:
        plugin.status = "broken"
        plugin.error = first_line(error)
        if manager.has_plugin(plugin.name):  # register() can fail half-way
            manager.unregister(name=plugin.name)


def _implementations(manager: pluggy.PluginManager) -> list[pluggy.HookImpl]:
    return manager.hook.dancekit_components.get_hookimpls()


def _collect(manager: pluggy.PluginManager, plugins: Sequence[Plugin]) -> None:
    """Ask each plugin for its components; later claims of a built-in's name are refused."""
    implementations = {impl.plugin_name: impl for impl in _implementations(manager)}
    taken: dict[tuple[str, str], Plugin] = {}
    for plugin in plugins:
        if plugin.status != "active":
            continue
        try:
            offered = list(cast(Iterable[Component], implementations[plugin.name].function()))
            for component in offered:
                if not isinstance(component, Component):
                    raise PluginError(f"the hook yielded {component!r}, which is no Component.")
        except (Exception, SystemExit) as error:
            plugin.status, plugin.error = "broken", first_line(error)
            continue
        for component in offered:
            key = (component.kind, component.name)
            owner = taken.get(key)
            if component.kind not in KINDS:
                plugin.error = f"unknown kind {component.kind!r}: written for a newer dancekit?"
            elif owner is not None and (owner.built_in or owner is plugin):
                plugin.error = f"the {component.kind} {component.name!r} is taken by {owner.name}"
            else:
                if owner is not None:
                    what = f"the {component.kind} {component.name!r}"
                    owner.error = plugin.error = f"{what} is provided by {owner.name} and {plugin.name}"
                taken[key] = plugin
                plugin.components.append(component)
        if plugin.error and not plugin.components:
            plugin.status = "broken"


def _import_file(file: Path, name: str) -> ModuleType:
    if not file.is_file():
        raise PluginError(f"there is no file {file}.")
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"{file} is not a Python module.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module

"""The constructor is the schema: a recipe's node checked against a signature. Imports no torch.

A dataclass of the core and the class of a stranger's backbone are checked in the same way, so an error
reads the same at every depth: the key, what is wrong, the nearest right key, who takes what.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, make_dataclass
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from dancekit.errors import DancekitError, PluginError, RecipeError
from dancekit.plugin import Provided, Registry
from dancekit.skeleton.layout import Layout
from dancekit.skeleton.lookup import find_layout, layout_node
from dancekit.wording import describe, nearest

# What the core hands to a component of each kind; a recipe does not name these.
SUPPLIED: Mapping[str, frozenset[str]] = {
    "backbone": frozenset({"layout", "coordinates"}),
    "attention": frozenset({"layout", "channels"}),
}


@dataclass(frozen=True)
class Nested:
    """Marks a parameter that takes another component: `Annotated[Callable[..., X], Nested("attention")]`.

    With `dict[str, ...]` around it the parameter takes several, each by a name.
    """

    kind: str


@dataclass(frozen=True)
class Part:
    """A component chosen by a recipe, its arguments checked, not yet built."""

    provided: Provided
    target: Callable[..., Any]
    arguments: dict[str, Any]
    key: str

    @property
    def name(self) -> str:
        return self.provided.component.name

    def build(self, **supplied: Any) -> Any:
        """Call the constructor with what the recipe and the core give it.

        Raises:
            RecipeError: the constructor refuses a value.
        """
        accepted = inspect.signature(self.target).parameters
        arguments = {key: _buildable(value, supplied) for key, value in self.arguments.items()}
        arguments |= {key: value for key, value in supplied.items() if key in accepted}
        try:
            return self.target(**arguments)
        except DancekitError as error:
            if error.message.startswith((f"{self.key}.", f"{self.key}:")):
                raise  # a nested component has named its key already
            raise type(error)(f"{self.key}: {error.message}", hint=error.hint) from error
        except ValueError as error:
            raise RecipeError(f"{self.key}: {error}") from error

    def node(self) -> dict[str, Any]:
        """The node of a resolved recipe: the name and every argument, defaults included."""
        return {"name": self.name} | {key: _plain(value) for key, value in self.arguments.items()}


@dataclass
class Checker:
    """Checks nodes and gathers every problem instead of stopping at the first.

    Attributes:
        folder: where relative layout files of the recipe are looked up.
        notices: what works and should still be told, such as a deprecated component.
    """

    registry: Registry
    folder: Path = Path()
    problems: list[RecipeError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def problem(self, message: str, hint: str = "") -> None:
        self.problems.append(RecipeError(message, hint=hint))

    def component(self, kind: str, node: Any, key: str) -> Part | None:
        """Check the node of a component; None when the recipe says none, or on a problem."""
        if node is None or node == "none":
            return None
        if isinstance(node, str):
            node = {"name": node}
        if not isinstance(node, Mapping):
            self.problem(f"{key}: {node!r} is no {kind}.", "Write the name of one, or {name: ..., ...}.")
            return None
        arguments = dict(node)
        name = arguments.pop("name", None)
        if not isinstance(name, str):
            self.problem(f"{key}.name is missing.", f"There is: {', '.join(self.registry.names(kind))}.")
            return None
        try:
            provided = self.registry.find(kind, name)
            target = provided.load()
        except RecipeError as error:
            self.problem(f"{key}.name: {error.message}", error.hint)
            return None
        if provided.component.deprecated:
            self.notices.append(f"{key}: {name} is deprecated: {provided.component.deprecated}.")
        who = f"{kind} {name!r} comes from {provided.plugin.source} and takes: "
        checked = self.arguments(target, arguments, key, who, SUPPLIED.get(kind, frozenset()))
        return Part(provided, target, checked, key)

    def arguments(
        self,
        target: Callable[..., Any],
        node: Any,
        key: str,
        who: str = "It takes: ",
        supplied: Collection[str] = (),
    ) -> dict[str, Any]:
        """Check a mapping against the parameters of a constructor.

        Returns:
            Every parameter with its value or default, but those that are missing or wrong.
        """
        if not isinstance(node, Mapping):
            self.problem(f"{key}: {node!r} is not a mapping of keys to values.")
            return {}
        parameters, hints = _parameters(target, key)
        settable = {name: each for name, each in parameters.items() if name not in supplied}
        takes = who + (", ".join(_shown(each) for each in settable.values()) or "nothing") + "."
        checked: dict[str, Any] = {}
        for name in node:
            if name in parameters and name in supplied:
                self.problem(f"{_join(key, name)} is supplied by dancekit.", "Remove it from the recipe.")
            elif name not in settable:
                hint = nearest(str(name), settable) if settable else ""
                self.problem(f"{_join(key, str(name))}: there is no such key. {hint}".strip(), takes)
        for name, parameter in settable.items():
            if name in node:
                before = len(self.problems)
                value = self.value(hints.get(name, Any), node[name], _join(key, name))
                if len(self.problems) == before:
                    checked[name] = value
            elif parameter.default is inspect.Parameter.empty:
                self.problem(f"{_join(key, name)} is missing.", takes)
            else:
                checked[name] = parameter.default
        return checked

    def value(self, hint: Any, value: Any, key: str) -> Any:
        """Check one value against a type annotation and convert it."""
        choices = _choices(hint)
        if value in (None, "none") and type(None) in choices:
            return None
        for choice in choices:
            nested = _nested(choice)
            if nested is not None:
                return self._required(nested.kind, value, key)
            nested = _nested(get_args(choice)[1]) if get_origin(choice) is dict else None
            if nested is not None:
                return self._mapping(nested.kind, value, key)
        if Layout in choices:
            return self._layout(value, key)
        if hint is Any:
            return value
        for choice in (hint, *choices):  # a union as a whole takes no 3 for a float; its members do
            try:
                return _convert(choice, value)
            except Exception:
                continue
        self.problem(f"{key}: {value!r} is not {describe(hint)}.")
        return None

    def _required(self, kind: str, node: Any, key: str) -> Part | None:
        if node in (None, "none"):
            self.problem(
                f"{key} is missing.", f"It takes one {kind} of: {', '.join(self.registry.names(kind))}."
            )
            return None
        return self.component(kind, node, key)

    def _mapping(self, kind: str, nodes: Any, key: str) -> dict[str, Part] | None:
        if not isinstance(nodes, Mapping) or not nodes:
            self.problem(f"{key}: {nodes!r} is no mapping.", f"It takes name: {{name: {kind}, ...}}.")
            return None
        parts = {name: self._required(kind, node, _join(key, str(name))) for name, node in nodes.items()}
        return {str(name): part for name, part in parts.items() if part is not None}

    def _layout(self, value: Any, key: str) -> Layout | None:
        try:
            return find_layout(value, registry=self.registry, folder=self.folder)
        except DancekitError as error:
            self.problem(f"{key}: {error.message}", error.hint)
            return None


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _parameters(target: Callable[..., Any], key: str) -> tuple[dict[str, inspect.Parameter], dict[str, Any]]:
    name = getattr(target, "__name__", repr(target))
    try:
        parameters = dict(inspect.signature(target).parameters)
        initialiser = target.__init__ if inspect.isclass(target) else target
        hints = get_type_hints(initialiser, include_extras=True)
    except (NameError, TypeError, ValueError) as error:
        raise PluginError(
            f"{key}: the constructor of {name} cannot be read: {error}.",
            hint="Its annotations must be importable where it is defined.",
        ) from error
    loose = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    if any(parameter.kind in loose for parameter in parameters.values()):
        raise PluginError(
            f"{key}: the constructor of {name} takes *args or **kwargs.",
            hint="A component names its arguments, so that a recipe can be checked.",
        )
    return parameters, hints


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _nested(hint: Any) -> Nested | None:
    if get_origin(hint) is Annotated:
        return next((extra for extra in hint.__metadata__ if isinstance(extra, Nested)), None)
    return None


def _convert(hint: Any, value: Any) -> Any:
    """Let OmegaConf judge one value: numbers from text, lists to tuples, Literal, unions, paths."""
    from omegaconf import OmegaConf

    schema = OmegaConf.structured(make_dataclass("Value", [("value", hint)]))
    OmegaConf.update(schema, "value", value)
    if OmegaConf.is_missing(schema, "value"):
        raise ValueError("missing")
    container = OmegaConf.to_object(schema)
    return _tuples(container.value)  # type: ignore[union-attr]


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list | tuple) else value


def _shown(parameter: inspect.Parameter) -> str:
    default = "" if parameter.default is inspect.Parameter.empty else f" = {parameter.default!r}"
    return f"{parameter.name}{default}"


def _buildable(value: Any, supplied: Mapping[str, Any]) -> Any:
    """A nested component becomes a factory: called with its own supplied arguments, it builds one."""
    if isinstance(value, dict):
        return {name: _buildable(each, supplied) for name, each in value.items()}
    if not isinstance(value, Part):
        return value
    return lambda **given: value.build(**{**supplied, **given})


def _plain(value: Any) -> Any:
    """A value as YAML can hold it."""
    if isinstance(value, Part):
        return value.node()
    if isinstance(value, Layout):
        return layout_node(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value

"""What makes a constructor a schema: the rules that let a recipe's node be checked against it."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

from dancekit.interfaces import Attention, Backbone, Dataset, Detector, Lifter, Preprocessor
from dancekit.plugin import Registry
from dancekit.schema import SUPPLIED, Checker

INTERFACES: dict[str, type] = {
    "dataset": Dataset,
    "detector": Detector,
    "preprocessor": Preprocessor,
    "lifter": Lifter,
    "backbone": Backbone,
    "attention": Attention,
}

_LOOSE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def constructor_problems(target: Any, kind: str) -> list[str]:
    """What keeps a class from being a component of this kind; each with the way to mend it."""
    interface = INTERFACES[kind]
    name = getattr(target, "__name__", repr(target))
    if not (inspect.isclass(target) and issubclass(target, interface)):
        return [
            f"{name} is no {interface.__name__}: derive it from dancekit.interfaces.{interface.__name__}."
        ]
    problems = []
    unwritten = sorted(getattr(target, "__abstractmethods__", ()))
    if unwritten:
        problems.append(f"{name} does not define {', '.join(unwritten)}: write it.")
    try:
        hints = get_type_hints(target.__init__, include_extras=True)
    except Exception as error:
        return [*problems, f"the annotations of {name} cannot be resolved ({error}): import what they name."]
    for parameter in inspect.signature(target).parameters.values():
        problem = _problem(parameter, hints, settable=parameter.name not in SUPPLIED.get(kind, ()))
        if problem:
            problems.append(f"{name}({parameter}): {problem}")
    return problems


def _problem(parameter: inspect.Parameter, hints: dict[str, Any], *, settable: bool) -> str:
    if parameter.kind in _LOOSE:
        return "a recipe cannot be checked against *args or **kwargs: name every argument."
    if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
        return "arguments are keyword-only: write `*` before the first one."
    if parameter.name not in hints:
        return "it has no type: annotate it, so that a recipe's value can be checked."
    if isinstance(parameter.default, list | dict | set):
        return "a default that can be changed is shared by all instances: use a tuple."
    if settable and parameter.default is not inspect.Parameter.empty:
        checker = Checker(registry=Registry(()))
        checker.value(hints[parameter.name], parameter.default, parameter.name)
        if checker.problems:
            return "a recipe cannot hold its default: annotate it with numbers, text, Literal, tuple or Path."
    return ""

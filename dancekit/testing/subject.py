"""The component under test: found as a recipe finds it, and how a broken contract is said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dancekit.errors import DancekitError
from dancekit.plugin import Component, Plugin, Provided, Registry, first_line
from dancekit.schema import SUPPLIED, Checker, Part
from dancekit.testing.constructor import constructor_problems


@dataclass(frozen=True)
class Subject:
    """A component with its arguments, ready to be built as often as a test needs it."""

    kind: str
    part: Part

    def build(self, **supplied: Any) -> Any:
        """A new instance; whatever goes wrong is a broken contract."""
        with self.attempt(
            "cannot be built", "Its defaults, and the arguments of this test, must make an instance."
        ):
            return self.part.build(**supplied)

    def require(self, holds: Any, what: str, mend: str) -> None:
        """Raise an AssertionError that says what broke and how to mend it, unless it holds."""
        if not holds:
            raise AssertionError(f"{self.kind} {self.part.name!r} {what}. {mend}")

    @contextmanager
    def attempt(self, what: str, mend: str) -> Iterator[None]:
        """Any exception inside says the same, with its first line."""
        try:
            yield
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(
                f"{self.kind} {self.part.name!r} {what} ({first_line(error)}). {mend}"
            ) from error


def find_subject(kind: str, component: str | type, arguments: Mapping[str, Any]) -> Subject:
    """Find a component by name, or take a class, and check what comes before building it.

    Raises:
        AssertionError: it is not found, its plugin's module imports torch, its constructor breaks a rule,
            or an argument does not fit.
    """
    registry = Registry.load()
    if isinstance(component, str):
        provided = _find(registry, kind, component)
        _check_cheap_import(provided.plugin)
    else:
        provided = _alone(kind, component)
    target = component if isinstance(component, type) else _load(provided)
    problems = constructor_problems(target, kind)
    if problems:
        raise AssertionError("\n".join(problems))
    checker = Checker(registry=registry)
    name = provided.component.name
    checked = checker.arguments(target, dict(arguments), name, supplied=SUPPLIED.get(kind, frozenset()))
    if checker.problems:
        raise AssertionError("\n".join(str(problem) for problem in checker.problems))
    return Subject(kind=kind, part=Part(provided, target, checked, name))


def _find(registry: Registry, kind: str, name: str) -> Provided:
    try:
        return registry.find(kind, name)
    except DancekitError as error:
        reasons = "".join(f" Plugin {each.name}: {each.error}." for each in registry.plugins if each.error)
        raise AssertionError(
            f"{error}{reasons} If its plugin is not installed, or has a new entry point: pip install -e ."
        ) from error


def _load(provided: Provided) -> Any:
    try:
        return provided.load()
    except DancekitError as error:
        raise AssertionError(str(error)) from error


def _alone(kind: str, component: type) -> Provided:
    """A class that no plugin has named yet."""
    target = f"{component.__module__}:{component.__qualname__}"
    plugin = Plugin(name=component.__module__, source=component.__module__, module=component.__module__)
    return Provided(Component(kind=kind, name=component.__name__, target=target), plugin)


def _check_cheap_import(plugin: Plugin) -> None:
    """Import the plugin's module in a new process and see that torch stays out."""
    module = plugin.module.partition(":")[0]
    code = (
        f"import sys, importlib; importlib.import_module({module!r}); sys.exit(9 * ('torch' in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    if done.returncode == 9:
        raise AssertionError(
            f"importing {module} imports torch, which makes `dancekit --help` slow for everyone. "
            "Keep the hook in a module of its own, and name the class only in Component.target."
        )

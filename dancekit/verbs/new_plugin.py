"""plugins new: a package with one working component, written from templates."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Template

from dancekit.errors import RecipeError
from dancekit.plugin import Registry

_TEMPLATES = Path(__file__).parent / "templates"
_WORDS_OF_KIND = {
    "backbone": "Two layers on the joints of each frame, averaged over the frames",
    "attention": "A gate for each channel from its mean over the joints and frames that are there",
    "preprocessor": "Small random errors of each joint, as a detector makes them",
    "lifter": "Each joint's depth from all joints of its frame, by two layers",
    "dataset": "One arm circling, made on the spot: left or right",
}


@dataclass(frozen=True)
class NewPlugin:
    """What was written: the package's folder, and the file that its author changes first."""

    folder: Path
    source: Path


def write_plugin(name: str, kind: str, folder: Path, registry: Registry) -> NewPlugin:
    """Write a package; it passes its own tests as it is, once installed.

    Args:
        name: of the distribution; case, spaces, dots and underscores are normalised. `dancekit-` in front
            is left out of the component's name.
        kind: of its component.
        folder: where its folder is made.

    Raises:
        RecipeError: the name cannot be used, or the folder is already there.
    """
    distribution = re.sub(r"[-_.\s]+", "-", name.strip()).lower()
    component = distribution.removeprefix("dancekit-").replace("-", "_")
    module = distribution.replace("-", "_")
    _check_names(distribution, module, component, kind, registry)
    target = folder / distribution
    if target.exists():
        raise RecipeError(f"{target} is already there.", hint="Choose another name, or --folder.")
    words = {
        "distribution": distribution,
        "module": module,
        "component": component,
        "class_name": "".join(part.capitalize() for part in component.split("_")),
        "kind": kind,
        "summary": _WORDS_OF_KIND[kind],
    }
    package = f"src/{module}"
    files = {
        "pyproject.toml": "pyproject.toml.tmpl",
        "README.md": "README.md.tmpl",
        ".gitignore": "gitignore.tmpl",
        f"{package}/__init__.py": "hook.py.tmpl",
        f"{package}/{kind}.py": f"{kind}.py.tmpl",
        f"{package}/py.typed": "py.typed.tmpl",
        "tests/test_contract.py": "test_contract.py.tmpl",
    }
    for path, template in files.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template((_TEMPLATES / template).read_text()).substitute(words))
    return NewPlugin(folder=target, source=target / package / f"{kind}.py")


def _check_names(distribution: str, module: str, component: str, kind: str, registry: Registry) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", distribution) or not component.isidentifier():
        raise RecipeError(
            f"{distribution!r} cannot be the name of a package.",
            hint="Take letters, digits and hyphens, a letter first, such as dancekit-pose-mlp.",
        )
    if keyword.iskeyword(module) or keyword.issoftkeyword(module) or module in sys.stdlib_module_names:
        raise RecipeError(f"{module} is a word of Python's own.", hint=f"Take dancekit-{distribution}.")
    if module == "dancekit" or find_spec(module) is not None:
        raise RecipeError(f"a module {module} is already installed.", hint="Choose another name.")
    if component in registry.names(kind):
        owner = registry.components(kind)[registry.names(kind).index(component)].plugin
        raise RecipeError(
            f"the {kind} {component!r} is taken by {owner.name} ({owner.source}).",
            hint="Choose another name.",
        )

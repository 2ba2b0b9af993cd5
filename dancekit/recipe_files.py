"""Reading recipe files: `extends`, overrides from the command line, where recipes are found. No torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from dancekit.errors import RecipeError
from dancekit.wording import nearest


@dataclass(kw_only=True)
class Draft:
    """A recipe as its files and overrides say it, not yet checked.

    Attributes:
        content: nested plain mappings, lists and values.
        folder: where relative files that the recipe names are looked up.
        name: the stem of its file.
        notices: what was dropped or replaced on the way, to be told to the user.
    """

    content: dict[str, Any]
    folder: Path
    name: str
    notices: list[str] = field(default_factory=list)


def shipped_recipes() -> Path:
    """The folder of the recipes that come with dancekit."""
    package = Path(__file__).parent
    inside = package / "recipes"  # in an installed wheel; in a checkout they lie at the top level
    return inside if inside.is_dir() else package.parent / "recipes"


def read_recipe(path: str | Path, overrides: Iterable[str] = ()) -> Draft:
    """Read a recipe with all that it extends, then apply overrides in their order.

    Args:
        path: a YAML file; `recipes/NAME.yaml` that is not there is looked up among the shipped ones.
        overrides: `key.key=value`; a value is read as YAML, `none` is nothing.

    Raises:
        RecipeError: a file is missing, is no YAML mapping or extends itself, or an override is malformed.
    """
    file = _locate(Path(path))
    draft = Draft(content={}, folder=file.parent, name=file.stem)
    draft.content = _read_with_bases(file, (), draft.notices)
    for override in overrides:
        _override(draft.content, override, draft.notices)
    return draft


def write_recipe(content: Mapping[str, Any], file: Path) -> None:
    """Write a resolved recipe as YAML, keys in their order."""
    from omegaconf import OmegaConf

    OmegaConf.save(OmegaConf.create(dict(content)), file)


def recipe_text(content: Mapping[str, Any]) -> str:
    from omegaconf import OmegaConf

    return cast(str, OmegaConf.to_yaml(OmegaConf.create(dict(content))))


def _locate(path: Path) -> Path:
    if path.is_file():
        return path
    relative = Path(*path.parts[1:]) if path.parts[:1] == ("recipes",) else path
    shipped = shipped_recipes() / relative.with_suffix(".yaml")
    if not path.is_absolute() and shipped.is_file():
        return shipped
    names = [str(each.relative_to(shipped_recipes())) for each in sorted(shipped_recipes().rglob("*.yaml"))]
    raise RecipeError(f"there is no recipe {path}.", hint=nearest(str(relative), names))


def _read_with_bases(file: Path, above: tuple[Path, ...], notices: list[str]) -> dict[str, Any]:
    if file.resolve() in above:
        circle = " -> ".join(each.name for each in (*above, file.resolve()))
        raise RecipeError(f"recipes extend each other in a circle: {circle}.")
    content = _read_yaml(file)
    base = content.pop("extends", None)
    if base is None:
        return content
    if not isinstance(base, str):
        raise RecipeError(f"{file}: extends: {base!r} is not the path of one recipe.")
    base_file = file.parent / base
    if not base_file.is_file():
        raise RecipeError(f"{file} extends {base}, which is not there.", hint=f"Looked for {base_file}.")
    return _merge(_read_with_bases(base_file, (*above, file.resolve()), notices), content, "", notices)


def _read_yaml(file: Path) -> dict[str, Any]:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        content = OmegaConf.to_container(OmegaConf.load(file), resolve=True)
    except (YAMLError, OmegaConfBaseException, UnicodeDecodeError, OSError) as error:
        raise RecipeError(f"{file} cannot be read as YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{file} is not a recipe: it holds a {type(content).__name__}, not keys and values.")
    return cast(dict[str, Any], content)


def _merge(base: dict[str, Any], new: Mapping[str, Any], key: str, notices: list[str]) -> dict[str, Any]:
    """`new` over `base`: mappings key by key, everything else replaced, another component afresh."""
    merged = dict(base)
    for name, value in new.items():
        here = f"{key}.{name}" if key else str(name)
        old = merged.get(name)
        if isinstance(value, str) and value != "none" and _is_component(old):
            value = {"name": value}
        if isinstance(value, Mapping) and isinstance(old, str):
            old = {"name": old}
        if isinstance(value, Mapping) and isinstance(old, dict):
            if _is_component(old) and "name" in value and value["name"] != old["name"]:
                _tell_dropped(old, value, here, notices)
                merged[name] = dict(value)
            else:
                merged[name] = _merge(old, value, here, notices)
        else:
            merged[name] = value
    return merged


def _is_component(node: Any) -> bool:
    return isinstance(node, dict) and "name" in node


def _tell_dropped(old: Mapping[str, Any], new: Mapping[str, Any], key: str, notices: list[str]) -> None:
    dropped = [name for name in old if name != "name"]
    if dropped:
        notices.append(
            f"{key}: {new['name']} replaces {old['name']}, whose settings are dropped: {', '.join(dropped)}."
        )


def _override(content: dict[str, Any], override: str, notices: list[str]) -> None:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    key, equals, _ = override.partition("=")
    if not equals or not re.fullmatch(r"\w+(\.\w+|\[\d+\])*", key):
        raise RecipeError(f"{override!r} is not an override.", hint="Write KEY=VALUE, such as seed=1.")
    try:
        # OmegaConf reads the value as YAML does; the key is walked here, where lists and names matter.
        value = OmegaConf.to_container(OmegaConf.from_dotlist([f"value{equals}{override[len(key) + 1:]}"]))
    except (OmegaConfBaseException, YAMLError) as error:
        raise RecipeError(f"{override!r} cannot be read as YAML: {' '.join(str(error).split())}.") from error
    names = re.findall(r"\w+", key)
    change: Any = cast(dict[str, Any], value)["value"]
    _set(content, names, change, key, notices)


def _set(content: dict[str, Any], names: list[str], value: Any, key: str, notices: list[str]) -> None:
    """Merge one override, going through list items by their number."""
    for depth, name in enumerate(names[:-1]):
        child = content.get(name)
        if isinstance(child, list):
            position = names[depth + 1]
            if not position.isdecimal() or int(position) >= len(child):
                raise RecipeError(f"{key}: {name} has {len(child)} items, counted from 0.")
            holder = {position: child[int(position)]}
            _set(holder, names[depth + 1 :], value, key, notices)
            child[int(position)] = holder[position]
            return
        if isinstance(child, str):
            child = {"name": child}
        if child is None:
            child = {}
        if not isinstance(child, dict):
            raise RecipeError(f"{key}: {name} is {child!r} and has no keys.")
        content[name] = child
        content = child
    change = {names[-1]: value}
    if names[-1] == "name" and _is_component(content) and value != content["name"]:
        _tell_dropped(content, change, ".".join(names[:-1]) or "recipe", notices)
        content.clear()
    content.update(_merge(content, change, ".".join(names[:-1]), notices))

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
    apply_overrides(draft, overrides)
    return draft


def apply_overrides(draft: Draft, overrides: Iterable[str]) -> None:
    """Put `KEY=VALUE` over a draft, in their order.

    Raises:
        RecipeError: one is malformed.
    """
    for override in overrides:
        draft.content = _override(draft.content, override, draft.notices)


def write_recipe(content: Mapping[str, Any], file: Path) -> None:
    """Write a resolved recipe as YAML, keys in their order."""
    from omegaconf import OmegaConf

    OmegaConf.save(OmegaConf.create(dict(content)), file)


def recipe_text(content: Mapping[str, Any]) -> str:
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(OmegaConf.create(dict(content)))


def _locate(path: Path) -> Path:
    if path.is_file():
        return path
    relative = Path(*path.parts[1:]) if path.parts[:1] == ("recipes",) else path
    if relative.name and not path.is_absolute():
        shipped = shipped_recipes() / relative.with_suffix(".yaml")
        if shipped.is_file():
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
        try:
            base_file = _locate(Path(base))
        except RecipeError:
            looked = f"Looked for {base_file} and among the recipes that come with dancekit."
            raise RecipeError(f"{file} extends {base}, which is not there.", hint=looked) from None
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
        raise RecipeError(
            f"{file} is not a recipe: it holds a {type(content).__name__}, not keys and values."
        )
    return cast(dict[str, Any], content)


def _merge(base: dict[str, Any], new: Mapping[str, Any], key: str, notices: list[str]) -> dict[str, Any]:
    """`new` over `base`, key by key."""
    merged = dict(base)
    for name, value in new.items():
        merged[name] = _put(merged.get(name), value, f"{key}.{name}" if key else str(name), notices)
    return merged


def _put(old: Any, new: Any, key: str, notices: list[str]) -> Any:
    """One value over another: mappings merged, list items by their number, another component afresh."""
    if isinstance(new, str) and new != "none" and isinstance(old, dict):
        new = {"name": new}  # a component by its name alone
    if not isinstance(new, Mapping):
        return new
    if isinstance(old, str) and old != "none":
        old = {"name": old}
    if isinstance(old, list):
        return _put_items(old, new, key, notices)
    if isinstance(old, dict):
        return _replace(old, new, key, notices) or _merge(old, new, key, notices)
    return new


def _put_items(old: list[Any], new: Mapping[str, Any], key: str, notices: list[str]) -> list[Any]:
    items = list(old)
    for name, value in new.items():
        if not str(name).isdecimal() or int(name) >= len(items):
            raise RecipeError(f"{key} has no item {name}.", hint=f"It has {len(items)}, counted from 0.")
        items[int(name)] = _put(items[int(name)], value, f"{key}[{name}]", notices)
    return items


def _replace(
    old: Mapping[str, Any], new: Mapping[str, Any], key: str, notices: list[str]
) -> dict[str, Any] | None:
    """The new node where it names another component; what belonged to the old one is dropped and told."""
    if "name" not in new or new["name"] == old.get("name"):
        return None
    dropped = [name for name in old if name != "name"]
    if dropped:
        replaced = f"{new['name']} replaces {old.get('name', 'the default')}"
        notices.append(f"{key}: {replaced}, whose settings are dropped: {', '.join(dropped)}.")
    return dict(new)


def _override(content: dict[str, Any], override: str, notices: list[str]) -> dict[str, Any]:
    """An override is a small recipe of one value, put over the recipe."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    key, equals, text = override.partition("=")
    if not equals or not re.fullmatch(r"\w+(\.\w+|\[\d+\])*", key):
        raise RecipeError(f"{override!r} is not an override.", hint="Write KEY=VALUE, such as seed=1.")
    try:
        # OmegaConf reads the value as YAML does; lists and names in the key are this module's matter.
        read = cast(dict[str, Any], OmegaConf.to_container(OmegaConf.from_dotlist([f"value={text}"])))
    except (OmegaConfBaseException, YAMLError) as error:
        raise RecipeError(f"{override!r} cannot be read as YAML: {' '.join(str(error).split())}.") from error
    change = read["value"]
    for name in reversed(re.findall(r"\w+", key)):
        change = {name: change}
    return _merge(content, change, "", notices)

"""Reading what people write: every value is checked, and every error says where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from dancekit.errors import LayoutError
from dancekit.wording import nearest

Value = TypeVar("Value", covariant=True)


class Reader(Protocol[Value]):
    """Checks one value; `where` and `what` only serve the error."""

    def __call__(self, value: object, /, *, where: str, what: str) -> Value: ...


def read_yaml(path: Path) -> Any:
    """The plain content of a YAML file; nothing in it is executed, no interpolation is resolved.

    Raises:
        LayoutError: the file is not there, or is no YAML; doubled keys are refused too.
    """
    # Imported here: a recipe that names its layout by nothing but a name should not wait for it.
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        return OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    except YAMLError as error:
        problem = " ".join(str(error).split())
        raise LayoutError(f"{path}: this is not valid YAML: {problem}.", hint="Mend that line.") from None
    except (OSError, UnicodeDecodeError, OmegaConfBaseException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise LayoutError(f"{path}: it cannot be read: {reason}.", hint="Give a YAML file.") from None


def text(value: object, /, *, where: str, what: str) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        raise LayoutError(f"{where}: {what} is {value!r}.", hint="It must be a name.")
    return value


def texts(value: object, /, *, where: str, what: str) -> tuple[str, ...]:
    """A list of strings that are not empty."""
    if isinstance(value, str) or not isinstance(value, Iterable) or isinstance(value, Mapping):
        raise LayoutError(f"{where}: {what} is {value!r}.", hint="It must be a list of names.")
    return tuple(text(each, where=where, what=f"an entry of {what}") for each in value)


def table(value: object, read: Reader[Value], /, *, where: str, what: str) -> dict[str, Value]:
    """A mapping from names to whatever `read` accepts."""
    if not isinstance(value, Mapping):
        raise LayoutError(f"{where}: {what} is {value!r}.", hint="It must be a mapping from names.")
    return {
        text(key, where=where, what=f"a key of {what}"): read(each, where=where, what=f"{what}.{key}")
        for key, each in value.items()
    }


def finder(names: tuple[str, ...], /, *, where: str) -> Callable[[str, str], int]:
    """A function from a joint's name, and the key that speaks of it, to its place in `names`."""
    places = {name: place for place, name in enumerate(names)}

    def find(name: str, what: str) -> int:
        if name not in places:
            raise LayoutError(
                f"{where}: {what} speaks of the unknown joint {name!r}.",
                hint=nearest(name, names),
            )
        return places[name]

    return find

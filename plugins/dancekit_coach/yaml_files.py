"""YAML that people edit: nothing in it is executed or doubled, and every key knows its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from dancekit.errors import DataError

MOST_BYTES = 1 << 20


class Table(dict[Any, Any]):
    """A mapping of a file.

    Attributes:
        lines: key -> its line in the file, from 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Any, int] = {}


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; its mappings are of the class `Table`.

    Raises:
        DataError: it cannot be read, is no YAML, has a doubled key, an alias, or more than a megabyte.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path} has more than a megabyte.", hint="Give a file that a person wrote.")
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = path if mark is None else f"{path}:{mark.line + 1}"
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise DataError(f"{where}: this is not valid YAML: {problem}.", hint="Mend that line.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise DataError(f"{path} cannot be read: {reason}.", hint="Give a YAML file.") from None


def place_of(path: Path, table: object, key: object = None) -> str:
    """Where a key of a mapping stands, as FILE:LINE; the file alone where that is not known."""
    line = table.lines.get(key) if isinstance(table, Table) else None
    return str(path) if line is None else f"{path}:{line}"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """YAML without aliases, with which a small file could grow beyond bounds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "aliases are not allowed", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)


def _table(loader: _Loader, node: Any) -> Iterator[Table]:
    table = Table()
    yield table
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        try:
            doubled = key in table
        except TypeError:
            raise yaml.constructor.ConstructorError(
                None, None, "a key is no plain text", key_node.start_mark
            ) from None
        if doubled:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key!r} stands here twice", key_node.start_mark
            )
        table[key] = loader.construct_object(value_node, deep=True)
        table.lines[key] = cast(int, key_node.start_mark.line) + 1


_Loader.add_constructor("tag:yaml.org,2002:map", _table)

"""Rows of the dancer's file as the objects they stand for, checked on the way out as on the way in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from dancekit.errors import DataError
from dancekit_coach.care_checks import one_of
from dancekit_coach.diary import CheckIn, Session
from dancekit_coach.faults import Fault
from dancekit_coach.red_flags import RedFlag
from dancekit_coach.review_record import ReviewRecord

Row = Session | CheckIn | RedFlag | ReviewRecord
Kept = TypeVar("Kept", Session, CheckIn, RedFlag, ReviewRecord)


@dataclass(frozen=True, kw_only=True)
class Table(Generic[Kept]):
    """A table and what its rows stand for.

    Attributes:
        name: of the table.
        row: the class of its rows; each column but the key is a field of the same name.
        key: its primary key.
        columns: the others, and "day" where that is the key.
    """

    name: str
    row: type[Kept]
    key: str
    columns: tuple[str, ...]


SESSION = Table(
    name="sessions",
    row=Session,
    key="id",
    columns=("day", "minutes", "rpe", "kind", "started", "stopped_early", "pain"),
)
CHECK_IN = Table(
    name="check_ins",
    row=CheckIn,
    key="day",
    columns=("day", "sleep", "fatigue", "stress", "soreness", "pain"),
)
FLAG = Table(name="flags", row=RedFlag, key="id", columns=("sign", "raised_on", "cleared_on", "cleared_by"))
REVIEW = Table(
    name="reviews",
    row=ReviewRecord,
    key="id",
    columns=("movement", "day", "take", "score", "width", "faults"),
)

REMOVABLE: Mapping[str, str] = {
    "sessions": "id",
    "check_ins": "day",
    "reviews": "id",
    "pss10": "day",
    "plans": "id",
}
"""Tables from which a row may be removed, and its key. Red flags are cleared, not removed."""

_DATES = ("day", "raised_on", "cleared_on")


def insert(database: sqlite3.Connection, table: Table[Kept], row: Kept) -> int:
    """Add a row within a transaction, and return its number."""
    places = ", ".join("?" * len(table.columns))
    added = database.execute(
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})",
        [_packed(getattr(row, column)) for column in table.columns],
    )
    return int(added.lastrowid or 0)


def update(database: sqlite3.Connection, table: Table[Kept], key: int, row: Kept) -> None:
    """Put other values into a row within a transaction."""
    places = ", ".join(f"{column} = ?" for column in table.columns)
    values: list[object] = [_packed(getattr(row, column)) for column in table.columns]
    database.execute(f"UPDATE {table.name} SET {places} WHERE {table.key} = ?", (*values, key))


def select(database: sqlite3.Connection, table: Table[Kept], path: Path) -> Iterator[tuple[int, Kept]]:
    """All rows with their keys, in the order of the keys.

    Raises:
        DataError: a row is not what it should be, as after an edit by hand.
    """
    names = ", ".join((table.key, *table.columns))
    for key, *values in database.execute(f"SELECT {names} FROM {table.name} ORDER BY {table.key}").fetchall():
        fields = dict(zip(table.columns, values, strict=True))
        try:
            yield key, table.row(**{name: _unpacked(name, value) for name, value in fields.items()})
        except (DataError, TypeError, ValueError) as error:
            words = error.message if isinstance(error, DataError) else "it cannot be read."
            raise DataError(
                f"{path}: row {key} of {table.name}: {words}",
                hint="Mend or remove the row, or restore a copy.",
            ) from None


def remove(database: sqlite3.Connection, table: str, key: int | str) -> None:
    """Remove one row within a transaction.

    Raises:
        DataError: there is no such row, or the rows of this table are not removed.
    """
    column = REMOVABLE[one_of(table, "What to remove from", tuple(REMOVABLE))]
    if not database.execute(f"DELETE FROM {table} WHERE {column} = ?", (key,)).rowcount:
        raise DataError(f"{table} has no {key!r:.40}.", hint="Show them to see their numbers.")


def read_json(text: object, path: Path) -> dict[str, Any]:
    """A mapping that was kept as JSON.

    Raises:
        DataError: it is none.
    """
    try:
        content = json.loads(str(text))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise DataError(f"{path}: what is kept there cannot be read.", hint="Restore a copy.")
    return content


def _packed(value: object) -> object:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, tuple):  # faults
        return json.dumps([vars(each) for each in value])
    return json.dumps(dict(value)) if isinstance(value, Mapping) else value


def _unpacked(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DATES:
        return date.fromisoformat(value)
    if name == "started":
        return datetime.fromisoformat(value)
    if name == "pain":
        return json.loads(value)
    if name == "faults":
        return tuple(Fault(**each) for each in json.loads(value))
    return bool(value) if name == "stopped_early" else value

"""The export of a dancer's file: plain values, and a file that is written whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from dancekit.errors import RunError
from dancekit_coach.store_rows import CHECK_IN, FLAG, REVIEW, SESSION, Row, Table, read_json, select

FORMAT, VERSION = "dancekit.coach", 2


def everything(database: sqlite3.Connection, path: Path) -> dict[str, Any]:
    """All rows within a transaction, as plain values; those of a table in the order of writing.

    Raises:
        DataError: a row cannot be read.
    """
    found = database.execute("SELECT body, ready FROM profile").fetchone()
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "profile": read_json(found[0], path) if found else None,
        "ready": bool(found and found[1]),
    }
    tables: tuple[Table[Any], ...] = (SESSION, CHECK_IN, FLAG, REVIEW)
    for table in tables:
        content[table.name] = [_plain(each) for _, each in select(database, table, path)]
    sums = database.execute("SELECT day, total FROM pss10 ORDER BY day")
    content["pss10"] = [{"day": day, "total": total} for day, total in sums]
    plans = database.execute("SELECT made_on, body FROM plans ORDER BY id")
    content["plans"] = [{"made_on": day, "plan": read_json(body, path)} for day, body in plans]
    return content


def write_whole(path: Path, text: str) -> None:
    """Write a text file that only its owner may read; whatever happens, it is the old one or the new one.

    Raises:
        RunError: it cannot be written.
    """
    part = None
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except OSError as error:
        if part:
            Path(part).unlink(missing_ok=True)
        raise RunError(f"{path} cannot be written: {error.strerror}.", hint="Name another file.") from None


def _plain(row: Row) -> dict[str, Any]:
    return {key: _value(value) for key, value in vars(row).items()}


def _value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):  # faults
        return [dict(vars(each)) for each in value]
    return dict(value) if isinstance(value, Mapping) else value

"""The SQLite file of a dancer: where it lies, its tables, transactions, and worded errors.

A rollback journal, not a write-ahead log: between writes there is one file and nothing beside it, it works
where a log's shared memory does not, and dancers write a few rows a day. Every write is one transaction that
is on the disk when it returns. A killed process or a full disk leaves the file as it was before the write.
"""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from dancekit.errors import DancekitError, DataError, RunError

APPLICATION = 0x44414E43  # "DANC": marks the file as ours
DELETED = -1
WAIT = 10.0
"""Seconds to wait for another process that is writing."""

_LONGEST = 200  # bytes; file systems allow 255, and a journal has a longer name

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE profile (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL, ready INTEGER NOT NULL);
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL, minutes REAL NOT NULL, rpe REAL,
        kind TEXT NOT NULL, started TEXT, stopped_early INTEGER NOT NULL, pain TEXT);
    CREATE INDEX sessions_by_day ON sessions (day);
    CREATE TABLE check_ins (
        day TEXT PRIMARY KEY, sleep INTEGER, fatigue INTEGER, stress INTEGER, soreness INTEGER, pain TEXT);
    CREATE TABLE flags (
        id INTEGER PRIMARY KEY AUTOINCREMENT, sign TEXT NOT NULL, raised_on TEXT NOT NULL, cleared_on TEXT,
        cleared_by TEXT NOT NULL);
    CREATE TABLE trials (
        id INTEGER PRIMARY KEY AUTOINCREMENT, movement TEXT NOT NULL, day TEXT NOT NULL, score REAL NOT NULL,
        width REAL NOT NULL);
    CREATE TABLE pss10 (day TEXT PRIMARY KEY, total INTEGER NOT NULL);
    CREATE TABLE plans (
        id INTEGER PRIMARY KEY AUTOINCREMENT, start TEXT NOT NULL, made_on TEXT NOT NULL, body TEXT NOT NULL);
    """,
    # Trials became reviews, which also keep what was found.
    """
    CREATE TABLE reviews (
        id INTEGER PRIMARY KEY AUTOINCREMENT, movement TEXT NOT NULL, day TEXT NOT NULL, take TEXT NOT NULL,
        score REAL, width REAL, faults TEXT NOT NULL, UNIQUE (movement, take));
    INSERT INTO reviews (movement, day, take, score, width, faults)
        SELECT movement, day, 'trial ' || id, score, width, '[]' FROM trials ORDER BY id;
    DROP TABLE trials;
    """,
)
"""What brings the file from one version of its tables to the next; never changed, only added to."""


def dancer_file(dancer: str) -> Path:
    """Where the file of a dancer lies: in DANCEKIT_DANCERS, else among the user's own data.

    Raises:
        DataError: the name is no plain word.
    """
    # A letter with its accent may be written as one character or as two; the file is the same.
    name = unicodedata.normalize("NFC", dancer)
    kinds = [unicodedata.category(letter)[0] for letter in name]
    plain = all(kind in "LMN" or letter in "-_" for kind, letter in zip(kinds, name, strict=True))
    if not plain or kinds[:1] not in (["L"], ["N"]) or len(name.encode()) > _LONGEST:
        raise DataError(
            f"{dancer!r:.70} is no name for a file.", hint="Use letters, digits, - and _, and not too many."
        )
    folder = os.environ.get("DANCEKIT_DANCERS")
    return (
        Path(folder) if folder else platformdirs.user_data_path("dancekit") / "dancers"
    ) / f"{name}.sqlite"


class StoreFile:
    """An open file with transactions.

    Args:
        path: the file.
        create: make it if it is not there, for its owner only.

    Raises:
        DataError: it is not there, or not the file of a dancer, damaged, deleted, or of a newer dancekit.
        RunError: it cannot be opened or written.
    """

    def __init__(self, *, path: Path, create: bool = False) -> None:
        self.path = path
        if create:
            _make(path)
        elif not path.is_file():
            raise DataError(f"There is no dancer's file {path}.", hint="Make a profile first.")
        with _worded(path):
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=WAIT, isolation_level=None
            )
        try:
            with _worded(path):
                self._set_up()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        """All of what happens inside or nothing of it; nobody else writes meanwhile.

        Raises:
            RunError: the disk is full or fails, or another process writes for too long. Nothing was changed.
            DataError: the file was deleted meanwhile.
        """
        with _worded(self.path):
            self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                if self._number("user_version") == DELETED:
                    raise DataError(
                        f"The dancer's file {self.path} was deleted.", hint="Make a profile first."
                    )
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def delete(self) -> None:
        """Delete the file. A process that has it open is told at its next access.

        Raises:
            RunError: it cannot be deleted.
        """
        with self.transaction(write=True) as database:
            for (table,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall():
                database.execute(f'DELETE FROM "{table}"')  # secure_delete writes zeros over it
            database.execute(f"PRAGMA user_version = {DELETED}")
        self._db.close()
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise RunError(
                f"{self.path} is emptied but still there: {error.strerror}.", hint="Remove it."
            ) from None

    def _set_up(self) -> None:
        for pragma in ("synchronous = EXTRA", "secure_delete = ON", "trusted_schema = OFF"):
            self._db.execute(f"PRAGMA {pragma}")
        if self._version() == len(MIGRATIONS):
            return
        # Another process may be doing the same: what is missing is looked up again under the lock.
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for migration in MIGRATIONS[self._version() :]:
                for statement in migration.split(";"):  # executescript would end the transaction
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _version(self) -> int:
        """The version of the tables, 0 of an empty file; refuses what is not ours."""
        version, application = self._number("user_version"), self._number("application_id")
        fresh = not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != APPLICATION and not fresh:
            raise DataError(f"{self.path} is not the file of a dancer.", hint="Name another file.")
        if version == DELETED:
            raise DataError(f"The dancer's file {self.path} is being deleted.", hint="Try again.")
        if version > len(MIGRATIONS):
            raise DataError(f"{self.path} was written by a newer dancekit.", hint="Upgrade dancekit.")
        if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise DataError(f"{self.path} is damaged.", hint="Restore a copy of it.")
        return version

    def _number(self, pragma: str) -> int:
        return int(self._db.execute(f"PRAGMA {pragma}").fetchone()[0])


def _make(path: Path) -> None:
    """An empty file that only its owner may read; one that is there stays as it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise RunError(f"{path} cannot be made: {error.strerror}.", hint="Name another folder.") from None


_WORDS: dict[str, tuple[type[DancekitError], str, str]] = {
    "SQLITE_BUSY": (RunError, "another process is writing to it", "Try again when that is done."),
    "SQLITE_FULL": (RunError, "the disk is full; nothing was changed", "Make room and try again."),
    "SQLITE_IOERR": (RunError, "the disk fails; nothing was changed", "Check the disk and its free room."),
    "SQLITE_READONLY": (RunError, "it may only be read", "Change its permissions."),
    "SQLITE_CANTOPEN": (RunError, "it cannot be opened", "Check its permissions and those of its folder."),
    "SQLITE_NOTADB": (DataError, "it is not the file of a dancer", "Name another file."),
    "SQLITE_CORRUPT": (DataError, "it is damaged", "Restore a copy of it."),
}


@contextmanager
def _worded(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
        kind, words, hint = _WORDS.get(code, (RunError, str(error), "Nothing was changed."))
        raise kind(f"{path}: {words}.", hint=hint) from None

"""Tables of comma-separated values, row by row: no more of a file is in memory than is asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dancekit.data.guarded_files import MEBIBYTE
from dancekit.errors import DataError

_LARGEST = 512 * MEBIBYTE
_AGAIN = "Write the file again, in UTF-8 with a line for each row."


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table.

    Attributes:
        cells: as many as the header has.
        where: the file and the line, for errors.
    """

    cells: list[str]
    where: str

    def number(self, place: int) -> float:
        """A cell; NaN from an empty one.

        Raises:
            DataError: it is no number.
        """
        cell = self.cells[place].strip()
        try:
            return float(cell) if cell else float("nan")
        except ValueError:
            raise DataError(
                f"{self.where}: {cell[:40]!r} is no number.", hint="Leave the cell of a missing joint empty."
            ) from None

    def numbers(self, places: Sequence[int]) -> list[float]:
        """Several cells."""
        return [self.number(place) for place in places]

    def frame(self, place: int) -> int:
        """A cell that numbers a frame.

        Raises:
            DataError: it is no whole number.
        """
        number = self.number(place)
        if not abs(number) < 1e15 or number != int(number):
            raise DataError(
                f"{self.where}: {self.cells[place][:40]!r} is no number of a frame.",
                hint="Number the frames in whole numbers.",
            )
        return int(number)


def read_header(file: Path) -> tuple[str, ...]:
    """The names of the columns, without spaces around them.

    Raises:
        DataError: the file cannot be read, or its first line names nothing, or something twice.
    """
    return next(_header_and_rows(file))


def read_rows(file: Path) -> Iterator[Row]:
    """The rows below the header; empty lines are passed over.

    Raises:
        DataError: the file cannot be read, or a row has another number of cells than the header.
    """
    table = _header_and_rows(file)
    width = len(next(table))
    for number, cells in enumerate(table, start=2):
        if not any(cells):
            continue
        if len(cells) != width:
            raise DataError(
                f"{file}: row {number} has {len(cells)} cells, and the header {width}.",
                hint="The file is damaged or cut off: write it again.",
            )
        yield Row(cells=list(cells), where=f"{file}: row {number}")


def _header_and_rows(file: Path) -> Iterator[tuple[str, ...]]:
    """The header first. A row is counted as spreadsheets do, the header being 1."""
    try:
        if not file.is_file():
            raise DataError(f"{file}: this is no file.", hint="Check what the path names.")
        if file.stat().st_size > _LARGEST:
            raise DataError(
                f"{file}: it is larger than {_LARGEST // MEBIBYTE} MiB, the most that is read of a table.",
                hint="Divide it into one for each recording.",
            )
        with file.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.reader(stream)
            yield _checked(tuple(name.strip() for name in next(table, [])), file)
            yield from map(tuple, table)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"{file}: it cannot be read: {reason}.", hint="Check its permissions.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: this is no table of text: {error}.", hint=_AGAIN) from None


def _checked(header: tuple[str, ...], file: Path) -> tuple[str, ...]:
    if not any(header):
        raise DataError(f"{file}: its first line names no columns.", hint="Write a header.")
    if len(header) == 1 and ";" in header[0]:
        raise DataError(
            f"{file}: its cells are separated by semicolons.",
            hint="Write it with commas, and decimal points in the numbers.",
        )
    for name in header:
        if name and header.count(name) > 1:
            raise DataError(f"{file}: the column {name[:60]!r} is there twice.", hint="Keep one of them.")
    return header

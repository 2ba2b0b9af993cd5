"""Reading files from strangers: no larger than stated, and whatever is wrong said in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dancekit.errors import DataError

MEBIBYTE = 2**20


def read_limited(file: Path, *, most: int) -> bytes:
    """The content of a file of at most `most` bytes.

    Raises:
        DataError: it is no regular file, empty, larger than that, or cannot be read.
    """
    try:
        if not file.is_file():
            raise DataError(f"{file}: this is no file.", hint="Check what the path names.")
        with file.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"{file}: it cannot be read: {reason}.", hint="Check its permissions.") from None
    if len(content) > most:
        raise DataError(
            f"{file}: it is larger than {most // MEBIBYTE} MiB, the most that is read of such a file.",
            hint="Divide it into smaller ones, if it is what it should be.",
        )
    if not content.strip():
        raise DataError(f"{file}: the file is empty.", hint="Fetch or write it again.")
    return content


def read_json(file: Path, *, most: int) -> Any:
    """The content of a JSON file of at most `most` bytes.

    Raises:
        DataError: as `read_limited` and `parse_json`.
    """
    return parse_json(read_limited(file, most=most), name=str(file))


def parse_json(content: bytes | str, *, name: str) -> Any:
    """What a JSON text says.

    Args:
        name: what errors call it.

    Raises:
        DataError: it is no JSON, or nested too deeply to be data.
    """
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{name}: line {error.lineno}, column {error.colno}: this is no JSON: {error.msg}.",
            hint="The file is damaged or cut off: fetch or write it again.",
        ) from None
    except RecursionError:
        raise DataError(
            f"{name}: its JSON is nested too deeply.", hint="Keypoints need few levels: write the file again."
        ) from None
    except ValueError as error:  # another encoding, or a number of thousands of digits
        raise DataError(f"{name}: this is no JSON: {error}.", hint="Write it again, in UTF-8.") from None

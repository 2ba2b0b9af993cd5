"""Where recordings lie, so that recipes can name them without naming a machine's folders."""

from __future__ import annotations

import os
from pathlib import Path

from dancekit.errors import DataError

DATA_FOLDER = "DANCEKIT_REAL_DATA"
"""The environment variable that names the folder of recordings."""


def data_file(path: str | Path, *, beside: Path | None = None) -> Path:
    """Find a file or a folder of recordings.

    An absolute path is taken as it is. A relative one is looked up from the current folder, then from
    the folder of `beside`, then from the folder that DANCEKIT_REAL_DATA names.

    Args:
        beside: another file of the same data set.

    Raises:
        DataError: it is nowhere; the message lists where it was looked for.
    """
    path = Path(path).expanduser()
    if path.is_absolute():
        if path.exists():
            return path
        raise DataError(f"There is no {path}.", hint="Check the path.")
    named = os.environ.get(DATA_FOLDER)
    folders = [Path.cwd()]
    folders += [beside.parent.absolute()] if beside else []
    folders += [Path(named).expanduser().absolute()] if named else []
    folders = list(dict.fromkeys(folders))
    for folder in folders:
        if (folder / path).exists():
            return folder / path
    looked = " and ".join(str(folder) for folder in folders)
    also = "" if named else f", or set {DATA_FOLDER} to the folder that it is in"
    raise DataError(f"There is no {path} in {looked}.", hint=f"Check the path{also}.")

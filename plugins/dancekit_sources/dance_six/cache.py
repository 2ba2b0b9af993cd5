"""Arrays kept on disk between runs: found by the parameters that made them, never half written."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

Arrays = dict[str, npt.NDArray[Any]]


def cache_folder() -> Path:
    """The user's cache of dancekit; the environment variable DANCEKIT_CACHE puts it elsewhere."""
    chosen = os.environ.get("DANCEKIT_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("dancekit")


def code_digest() -> str:
    """A digest of the modules of this data set: other code may make other recordings."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:16]


def remember(
    name: str, parameters: Mapping[str, object], make: Callable[[], Arrays], *, contents: frozenset[str]
) -> Arrays:
    """The arrays that `make` returns, from the cache where they are there and whole.

    Args:
        name: begins the name of the file.
        parameters: everything that the arrays depend on, the code that makes them too.
        make: makes the arrays, by name.
        contents: their names; a file without one of them is not whole.
    """
    key = hashlib.sha256(json.dumps(dict(parameters), sort_keys=True).encode()).hexdigest()[:16]
    path = cache_folder() / f"{name}-{key}.npz"
    arrays = _read(path)
    if arrays is None or not contents <= arrays.keys():
        arrays = make()
        _write(path, arrays)
    return arrays


def _read(path: Path) -> Arrays | None:
    try:
        with np.load(path, allow_pickle=False) as file:  # its checksums are checked while reading
            return {name: file[name] for name in file.files}
    except Exception:  # whatever is wrong with the file, its contents can be made again
        return None


def _write(path: Path, arrays: Arrays) -> None:
    """Write beside and rename, so that nobody ever finds a part of a file; a full disk is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
    except OSError:
        return
    try:
        with part.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]
        part.replace(path)
    except OSError:
        pass
    finally:
        part.unlink(missing_ok=True)

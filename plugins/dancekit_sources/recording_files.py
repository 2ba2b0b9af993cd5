"""A folder of files, one recording each."""

from __future__ import annotations

from pathlib import Path

from dancekit.errors import DataError


def named_files(source: Path, endings: tuple[str, ...], *, hint: str) -> dict[str, Path]:
    """The files by the names of their recordings, in alphabetical order; a file is itself.

    A recording is named after its file: the path below the folder, without the ending.

    Args:
        source: a folder, whose subfolders are searched too, or one file.
        endings: in small letters, such as `.bvh`.
        hint: what to do where there is no such file.

    Raises:
        DataError: there is no such file, or two have one name.
    """
    if source.is_file():
        return {source.stem: source}
    found = sorted(file for file in source.rglob("*") if file.suffix.lower() in endings and file.is_file())
    if not found:
        raise DataError(f"{source}: there is no {' or '.join(endings)} file in it.", hint=hint)
    files: dict[str, Path] = {}
    for file in found:
        name = file.relative_to(source).with_suffix("").as_posix()
        if name in files:
            raise DataError(f"{file}: {files[name]} has the same name.", hint="Give each file its own.")
        files[name] = file
    return files

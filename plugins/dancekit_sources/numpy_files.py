"""The arrays of .npy files and .npz archives, from strangers.

An array that lies uncompressed in its file is mapped, not read: so an archive as numpy.savez writes it
costs no memory, which numpy.load cannot do; nor is its checksum computed. Arrays of objects are pickles,
which are read without running them (`dancekit.data.unpickle`). Sizes that a file claims are compared
with what it holds before anything is made of them.
"""

from __future__ import annotations

import math
import struct
import sys
import warnings
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from dancekit.data.guarded_files import MEBIBYTE
from dancekit.data.unpickle import parse_pickle
from dancekit.errors import DataError
from dancekit.wording import nearest

_HIGHEST_RATIO = 200
"""Of unpacked to packed size. Padded recordings reach 20; more is made to fill the memory."""
_SMALL = 8 * MEBIBYTE
"""What is no larger may be packed as tightly as it likes, such as the scores of somebody always seen."""
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_NUMBERS, _TEXTS = "fiub", "U"
_AGAIN = "Fetch or write the file again."
_DAMAGE = (
    EOFError,
    MemoryError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def open_npy(path: Path) -> npt.NDArray[Any]:
    """The array of numbers in an .npy file, mapped and read-only.

    Raises:
        DataError: it cannot be read, is damaged, or holds something other than numbers.
    """
    try:
        with path.open("rb") as file:
            return _mapped(file, str(path), path, end=path.stat().st_size, kinds=_NUMBERS)
    except _DAMAGE as error:
        raise _damaged(str(path), error) from None


def npz_names(path: Path) -> tuple[str, ...]:
    """The names of the arrays in an .npz archive.

    Raises:
        DataError: it is no archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))
    except _DAMAGE as error:
        raise _damaged(str(path), error) from None


def open_npz(path: Path, name: str) -> npt.NDArray[Any]:
    """One array of an .npz archive, of numbers or objects; read-only.

    Raises:
        DataError: it is not there, is damaged, or is far larger than its packed size allows.
    """
    return _open_npz(path, name, kinds=_NUMBERS)


def npz_texts(path: Path, name: str) -> tuple[str, ...]:
    """The texts of an array of an .npz archive, (N,) or one alone.

    Raises:
        DataError: as `open_npz`, or it holds something other than texts.
    """
    array = _open_npz(path, name, kinds=_TEXTS)
    if array.ndim < 2 and array.dtype.kind in _TEXTS:
        # numpy makes a text of any numbers, and Python's functions fail on what is no character.
        codes = np.frombuffer(array.tobytes(), dtype=f"{array.dtype.byteorder}u4")
        if ((codes < 0xD800) | ((codes > 0xDFFF) & (codes <= sys.maxunicode))).all():
            return tuple(array.reshape(-1).tolist())
    raise DataError(f"{path}: {name}: it is no list of texts.", hint="Store an array of str.")


def _open_npz(path: Path, name: str, *, kinds: str) -> npt.NDArray[Any]:
    where = f"{path}: {name}"
    if name not in (names := npz_names(path)):
        raise DataError(f"{path}: there is no array {name!r} in it.", hint=nearest(name, names))
    try:
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo(f"{name}.npy")
            if entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1:
                with path.open("rb") as file:
                    start = _start_of(file, entry)
                    file.seek(start)
                    return _mapped(file, where, path, end=start + entry.file_size, kinds=kinds)
            if entry.file_size > max(_SMALL, _HIGHEST_RATIO * entry.compress_size):
                raise DataError(
                    f"{where}: it is packed {entry.file_size // max(entry.compress_size, 1)} times smaller,"
                    " which no recordings are.",
                    hint="Write it with numpy.savez if it is sound.",
                )
            content = archive.read(entry)
    except _DAMAGE as error:
        raise _damaged(where, error) from None
    return _unpacked(content, where, kinds=kinds)


def _start_of(file: IO[bytes], entry: zipfile.ZipInfo) -> int:
    """Where the content of an entry that is not packed begins."""
    file.seek(entry.header_offset)
    magic, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if magic != b"PK\3\4":
        raise ValueError("an entry is not where the archive says")
    return entry.header_offset + _LOCAL_HEADER.size + int(name_length) + int(extra_length)


def _mapped(file: IO[bytes], where: str, path: Path, *, end: int, kinds: str) -> npt.NDArray[Any]:
    shape, fortran, dtype = _header(file)
    start = file.tell()
    if dtype.hasobject:
        return _objects(file.read(max(end - start, 0)), where)
    _check_values(shape, dtype, end - start, where, kinds)
    if not math.prod(shape):
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, mode="r", offset=start, shape=shape, order="F" if fortran else "C")


def _unpacked(content: bytes, where: str, *, kinds: str) -> npt.NDArray[Any]:
    file = BytesIO(content)
    try:
        shape, fortran, dtype = _header(file)
    except ValueError as error:
        raise _damaged(where, error) from None
    rest = memoryview(content)[file.tell() :]
    if dtype.hasobject:
        return _objects(bytes(rest), where)
    _check_values(shape, dtype, len(rest), where, kinds)
    return np.ndarray(shape, dtype, buffer=rest, order="F" if fortran else "C")


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the first axis is the fastest, and type, as numpy's own reader understands them.

    Raises:
        ValueError: there is no such header.
    """
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read:
        raise ValueError(f"version {version} of the .npy format is not read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 2 wrote them a little differently
            return read[version](file)
    except Exception as error:  # a literal of Python is evaluated there, and may fail in any way
        raise ValueError(f"its header is damaged ({type(error).__name__})") from None


def _objects(content: bytes, where: str) -> npt.NDArray[Any]:
    value = parse_pickle(content, name=where)
    if not isinstance(value, np.ndarray):
        raise DataError(f"{where}: it is no array.", hint=_AGAIN)
    return value


def _check_values(shape: tuple[int, ...], dtype: np.dtype[Any], size: int, where: str, kinds: str) -> None:
    if dtype.kind not in kinds or dtype.names or not dtype.itemsize:
        wanted, way_out = ("texts", "an array of str") if kinds == _TEXTS else ("numbers", "a float array")
        raise DataError(f"{where}: it holds {dtype}, no {wanted}.", hint=f"Store {way_out}.")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size:
        raise DataError(
            f"{where}: an array of shape {shape} does not have as many values: it has {max(size, 0)} bytes.",
            hint="The file is cut short or damaged: fetch or write it again.",
        )


def _damaged(where: str, error: BaseException) -> DataError:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return DataError(f"{where}: it cannot be read: {reason}.", hint=_AGAIN)

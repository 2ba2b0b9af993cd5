"""Reading pickles without running them: what is read, what is refused, and what damage does."""

import io
import os
import pickle
import struct
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.unpickle import parse_pickle, read_pickle
from dancekit.errors import DataError

ARRAYS = [
    np.arange(24, dtype=np.float16).reshape(1, 2, 4, 3),
    np.arange(6, dtype=">f8").reshape(2, 3),
    np.arange(6, dtype=np.int64).reshape(2, 3).T,
    np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(1, 0, 2),
    np.arange(24, dtype=np.uint8)[::3],
    np.array(3.5),
    np.array([], dtype=np.float32),
    np.zeros((0, 3), dtype=np.int32),
    np.array([True, False]),
    np.array([1 + 2j]),
    np.array(["left", "right", "é中"]),
    np.array([b"ab", b"c"]),
]
VALUES = {
    "text": "é中 name",
    "bytes": [b"", b"\x00\xff", b"x" * 300],
    "numbers": [0, -1, 255, 256, 70_000, 2**40, -(2**70), 1.5, float("inf"), 2 + 3j],
    "constants": (None, True, False, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "sets": [set(), {1, "a"}, frozenset({2.0, None})],
    3: {"nested": [[{"deep": [1]}]]},
    "scalars": [np.float32(1.5), np.int64(-3), np.bool_(True), np.str_("abc"), np.bytes_(b"xy")],
    "dtype": np.dtype("<f2"),
}


def same(read: Any, written: Any) -> bool:
    """Equal in value and in type, all the way down."""
    if isinstance(written, np.ndarray):
        if type(read) is not np.ndarray or read.dtype != written.dtype or read.shape != written.shape:
            return False
        return all(same(a, b) for a, b in zip(read.ravel(), written.ravel(), strict=True))
    if type(read) is not type(written):
        return False
    if isinstance(written, dict):
        return list(read) == list(written) and all(same(read[key], written[key]) for key in written)
    if isinstance(written, list | tuple):
        return len(read) == len(written) and all(same(a, b) for a, b in zip(read, written, strict=True))
    return bool(read == written)


def parse(content: bytes) -> Any:
    return parse_pickle(content, name="some.pkl")


def numpy_1(content: bytes) -> bytes:
    """What numpy 1 would have written: the module was called numpy.core."""
    if content[1] < 4:
        return content.replace(b"numpy._core.", b"numpy.core.")
    for module in (b"numpy._core.multiarray", b"numpy._core.numeric"):
        older = module.replace(b"_core", b"core")
        content = content.replace(bytes([len(module)]) + module, bytes([len(older)]) + older)
    return content[:3] + struct.pack("<Q", len(content) - 11) + content[11:]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "written", [VALUES, *ARRAYS], ids=lambda value: str(getattr(value, "dtype", "values"))
)
def test_reads_what_pickle_writes(written: Any, protocol: int) -> None:
    assert same(parse(pickle.dumps(written, protocol)), written)


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("written", ARRAYS[:5], ids=lambda value: str(value.dtype))
def test_reads_what_numpy_1_writes(written: Any, protocol: int) -> None:
    content = numpy_1(pickle.dumps(written, protocol))
    assert b"numpy.core." in content and b"_core" not in content
    assert same(parse(content), written)


@pytest.mark.parametrize("protocol", range(6))
def test_reads_arrays_of_objects(protocol: int) -> None:
    inner = {"S1": [np.arange(4.0), "a"], "S2": {}}
    written = np.empty((2, 2), dtype=object, order="F")
    written[0, 0], written[0, 1], written[1, 0], written[1, 1] = inner, None, np.zeros(2), [1]
    assert same(parse(pickle.dumps(written, protocol)), written)
    assert same(parse(pickle.dumps(np.array(inner, dtype=object), protocol)).item(), inner)


def test_reads_python_2() -> None:
    raw = np.array([[1.5, -2.0]], dtype="<f4").tobytes()
    content = (
        b"\x80\x02}(U\x09frame_dirU\x04waveU\x08keypoint"
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01bt"
        b"R(K\x01K\x01K\x02\x86cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xff"
        b"J\xff\xff\xff\xffK\x00tb\x89U" + bytes([len(raw)]) + raw + b"tbu."
    )
    read = parse(content)
    assert read["frame_dir"] == "wave"
    assert same(read["keypoint"], np.array([[1.5, -2.0]], dtype=np.float32))


def test_shares_what_the_file_shares() -> None:
    array = np.arange(3)
    first, second, (third,) = parse(pickle.dumps([array, array, (array,)]))
    assert first is second is third


class Runs:
    """Pickles as a call of any function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(6))
def test_never_runs_code(tmp_path: Path, protocol: int) -> None:
    marker = tmp_path / "marker"
    for attack in (
        Runs(os.system, f"touch {marker}"),
        Runs(eval, f"open({str(marker)!r}, 'w')"),
        Runs(exec, f"open({str(marker)!r}, 'w')"),
        Runs(getattr, marker, "touch"),
        [np.zeros(2), {"a": Runs(os.mkdir, str(marker))}],
        np.array([Runs(os.mkdir, str(marker))], dtype=object),
    ):
        with pytest.raises(DataError, match="not run"):
            parse(pickle.dumps(attack, protocol))
        assert not marker.exists()


@pytest.mark.parametrize(
    "asked",
    [
        "numpy load",
        "numpy zeros",
        "numpy.core.multiarray fromstring",
        "numpy.lib.npyio load",
        "numpy ndarray.tofile",
        "numpy os.system",
        "builtins eval",
        "builtins getattr",
        "builtins bytearray",
        "builtins list",
        "__builtin__ map",
        "os system",
        "posix system",
        "dancekit.data.unpickle read_pickle",
        "dancekit.data.pickled_arrays _array",
        "_codecs decode",
        "copyreg _reconstructor",
        "numpy.core multiarray._reconstruct",
    ],
)
def test_knows_nothing_but_its_list(asked: str) -> None:
    module, name = asked.split(" ")
    with pytest.raises(DataError, match="code"):
        parse(f"c{module}\n{name}\n.".encode())
    stacked = b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, name))
    with pytest.raises(DataError, match=rf"some.pkl: .*{module}\.{name}"):
        parse(b"\x80\x04" + stacked + b"\x93.")


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x82\x01.",  # EXT1
        b"\x80\x04\x83\x01\x00.",  # EXT2
        b"\x80\x04\x84\x01\x00\x00\x00.",  # EXT4
        b"P0\n.",  # PERSID
        b"\x80\x02K\x01Q.",  # BINPERSID
        b"\x80\x05\x97.",  # NEXT_BUFFER
        b"(ios\nsystem\n.",  # INST
        b"(cnumpy\ndtype\no.",  # OBJ
        b"cnumpy\ndtype\n)\x81.",  # NEWOBJ
        b"cnumpy\ndtype\n)}\x92.",  # NEWOBJ_EX
    ],
)
def test_refuses_every_other_way_to_objects(content: bytes) -> None:
    with pytest.raises(DataError, match="outside the file"):
        parse(content)


@pytest.mark.parametrize("value", [Path("x"), OrderedDict(a=1), np.datetime64(0, "s"), np.zeros(1, "i4,f4")])
def test_refuses_other_types(value: Any) -> None:
    with pytest.raises(DataError, match=r"code|not read"):
        parse(pickle.dumps(value))


@pytest.mark.parametrize("function", [b"cnumpy\ndtype\n", b"c_codecs\nencode\n"])
@pytest.mark.parametrize(
    "around", [b"%s.", b"]%sa.", b"}K\x01%ss.", b"%s\x85.", b"(%st.", b"(%sl.", b"%s2\x86."]
)
def test_hands_out_no_function(function: bytes, around: bytes) -> None:
    with pytest.raises(DataError, match="unfinished"):
        parse(b"\x80\x02" + around % function)


def claims(shape: bytes, *, dtype: bytes = b"f4", raw: bytes = b"abcd", start: bytes = b"K\x00\x85") -> bytes:
    """An array of protocol 3 that claims what it wants."""
    return b"".join(
        (
            b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + start + b"C\x01b\x87R",
            b"(K\x01" + shape,
            b"cnumpy\ndtype\nX" + struct.pack("<I", len(dtype)) + dtype + b"\x89\x88\x87R",
            b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
            b"\x89C" + bytes([len(raw)]) + raw + b"tb.",
        )
    )


HUGE = b"J\xff\xff\xff\x7f"
LOOP = (
    b"\x80\x02c_codecs\nencode\nq\x00X\x00\x00\x01\x00" + b"a" * 65536 + b"q\x01X\x06\x00\x00\x00latin1q\x02"
)


@pytest.mark.parametrize(
    "content",
    [
        claims(HUGE + b"\x85"),
        claims(HUGE + HUGE + HUGE + b"\x87"),
        claims(b"\x8a\x09" + b"\xff" * 8 + b"\x00" + HUGE + b"\x86"),
        claims(b"J\xff\xff\xff\xff\x85"),
        claims(b"K\x01\x85", start=HUGE + b"\x85"),
        claims(b"K\x01\x85", dtype=b"S999999999"),
        claims(HUGE + b"\x85", dtype=b"S0", raw=b""),
        claims(b"K\x01\x85", dtype=b"O"),
        claims(b"K\x02\x85"),
        claims(b"K\x01\x85", dtype=b"U1", raw=b"\xff\xff\xff\xff"),
        claims(b"K\x04\x85", dtype=b"b1"),
        b"\x80\x02K\x01r\xff\xff\xff\xff" * 3,  # LONG_BINPUT without an end
        b"\x80\x03B\xff\xff\xff\x7fab.",  # BINBYTES
        b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7fab.",  # BINBYTES8
        b"\x80\x05\x96" + b"\xff" * 7 + b"\x7fab.",  # BYTEARRAY8
        b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7fab.",  # BINUNICODE8
        b"\x80\x02\x8b\xff\xff\xff\x7fab.",  # LONG4
        b"\x80\x02T\xff\xff\xff\x7fab.",  # BINSTRING
        b"\x80\x04\x95" + b"\xff" * 8,  # FRAME
        b"\x80\x02cbuiltins\nbytes\nJ\xff\xff\xff\x7f\x85R.",
        b"(" * 100_000,
        b"I" + b"9" * 100_000 + b"\n.",
        LOOP + b"](" + b"h\x00h\x01h\x02\x86R" * 2000 + b"e.",
        b"\x80\x02})" + b"\x85" * 200_000 + b"Ns.",  # a key whose hash recurses
        b"\x80\x02cbuiltins\nset\n])" + b"\x85" * 200_000 + b"a\x85R.",
        b"\x80\x04\x8f()" + b"\x85" * 200_000 + b"\x90.",
    ],
)
def test_bombs_cost_nothing(content: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            parse(content)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_the_bombs_are_arrays_but_for_their_claims() -> None:
    assert same(parse(claims(b"K\x02K\x02\x86", dtype=b"i1")), np.array([[97, 98], [99, 100]], dtype=np.int8))


def test_a_high_memo_index_is_only_a_number() -> None:
    assert parse(b"\x80\x02K\x07r\xff\xff\xff\xff0j\xff\xff\xff\xff.") == 7


def test_an_array_of_objects_cannot_hold_itself_or_another() -> None:
    outer = np.empty(1, dtype=object)
    outer[0] = np.empty(1, dtype=object)
    with pytest.raises(DataError, match="not read"):
        parse(pickle.dumps(outer))
    outer[0] = outer
    with pytest.raises(DataError, match="part of itself"):
        parse(pickle.dumps(outer))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b' {"split": {}}', "looks like JSON"),
        (b"[1, 2]", "looks like JSON"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x93NUMPY\x01", ".npy"),
        (b"<!DOCTYPE html>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"nonsense", "no pickle"),
        (b"\x80\x04K\x01K\x02.", "left over"),
    ],
)
def test_says_what_is_wrong_with_the_file(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "clips.pkl"
    file.write_bytes(content)
    with pytest.raises(DataError, match=f"clips.pkl: .*{words}"):
        read_pickle(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_pickle(tmp_path / "absent.pkl")
    with pytest.raises(DataError, match="cannot be read"):
        read_pickle(tmp_path)


def sample(protocol: int) -> bytes:
    item = {"frame_dir": "é", "label": np.int64(1), "keypoint": ARRAYS[0], "names": ARRAYS[10], "set": {1}}
    return pickle.dumps([item, np.array([{"a": 1}, None], dtype=object), b"raw", 1.5, ARRAYS[3]], protocol)


@pytest.mark.parametrize("protocol", range(6))
def test_every_truncation_is_told(protocol: int) -> None:
    content = sample(protocol)
    for end in range(1, len(content)):
        with pytest.raises(DataError, match=r"^some\.pkl: "):
            parse(content[:end])


@settings(max_examples=300, deadline=1000)
@given(
    protocol=st.integers(0, 5),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damage_gives_a_value_or_an_error(protocol: int, changes: list[tuple[int, int]]) -> None:
    content = bytearray(sample(protocol))
    for place, byte in changes:
        content[place % len(content)] = byte
    try:
        read = parse(bytes(content))
    except DataError as error:
        assert str(error).startswith("some.pkl: ")
    else:
        pickle.dump(read, io.BytesIO())  # a value that can be used


@settings(max_examples=300, deadline=1000)
@given(st.binary(max_size=200))
def test_noise_gives_a_value_or_an_error(content: bytes) -> None:
    try:
        parse(content)
    except DataError as error:
        assert str(error).startswith("some.pkl: ")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("code", [0x110000, 0x80000041, 0xFFFFFFFF])
def test_a_text_of_what_is_no_character(code: int, order: str) -> None:
    written = pickle.dumps(np.array([code, 65], f"{order}u4").view(f"{order}U1"))
    with pytest.raises(DataError, match="a text holds what is no character"):
        parse(written)


def test_reads_real_files_as_pickle_does(real_data: Path) -> None:
    for name in ("utd_mhad_3d.pkl", "bandai2_3d.pkl"):
        read = read_pickle(real_data / name)
        expected = pickle.loads((real_data / name).read_bytes())
        assert read["split"] == expected["split"]
        for item, other in zip(read["annotations"], expected["annotations"], strict=True):
            assert item.keys() == other.keys()
            assert item["keypoint"].dtype == other["keypoint"].dtype
            assert all(np.array_equal(item[key], other[key]) for key in item)

"""Arrays in .npy and .npz files: mapped where they can be, and never believed."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.numpy_files import npz_names, npz_texts, open_npy, open_npz
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.errors import DataError

NUMBERS = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


class Sets:
    """Its pickle asks for code."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("ran"),)


def npy(shape: str, *, content: bytes = bytes(96), descr: str = "'<f4'") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def zipped(content: bytes, packing: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        archive.writestr("x.npy", content)
    return file.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_archives(tmp_path: Path, save: Any, order: Any) -> None:
    file = tmp_path / "a.npz"
    save(file, x=np.array(NUMBERS, order=order), y=np.arange(3, dtype=">i8"), none=np.zeros((0, 5)))
    assert npz_names(file) == ("x", "y", "none")
    np.testing.assert_array_equal(open_npz(file, "x"), NUMBERS)
    np.testing.assert_array_equal(open_npz(file, "y"), [0, 1, 2])
    assert open_npz(file, "none").shape == (0, 5)
    assert isinstance(open_npz(file, "x"), np.memmap) == (save is np.savez)
    assert not open_npz(file, "x").flags.writeable


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy(tmp_path: Path, order: Any) -> None:
    np.save(tmp_path / "a.npy", np.array(NUMBERS, order=order))
    array = open_npy(tmp_path / "a.npy")
    np.testing.assert_array_equal(array, NUMBERS)
    assert isinstance(array, np.memmap) and not array.flags.writeable


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_objects_are_read_without_running_them(
    tmp_path: Path, save: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save("a.npz", good=np.array({"S1": {"walk": NUMBERS}}, dtype=object), bad=np.array(Sets(), dtype=object))
    np.testing.assert_array_equal(open_npz(Path("a.npz"), "good").item()["S1"]["walk"], NUMBERS)
    with pytest.raises(DataError, match=r"a\.npz: bad: .*it was not run"):
        open_npz(Path("a.npz"), "bad")
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read"),
        (b"hello there, this is text", "cannot be read"),
        (npy("(2, 3, 4)")[:20], "header is damaged"),
        (npy("(2, 3, 4)")[:-1], r"shape \(2, 3, 4\) does not have as many values: it has 95 bytes"),
        (npy("(2, 3, 4)") + b"more", "it has 100 bytes"),
        (npy("(1000000000000, 1000000)"), "does not have as many values"),
        (npy("(1000000000000000000000000000,)"), "does not have as many values"),
        (npy("(-2, -3, 4)"), "does not have as many values"),
        (npy("(" * 5000), "header is damaged"),
        (npy("(2, 3, 4)", descr="'<U6'"), "no numbers"),
        (npy("(2, 3, 4)", descr="'<c8'"), "no numbers"),
        (npy("(2, 3, 4)", descr="[('a', '<f4')]"), "no numbers"),
        (npy("(2, 3, 4)").replace(b"\x01\x00", b"\x09\x00", 1), "cannot be read"),
        (npy("()", descr="'|O'", content=pickle.dumps({"a": 1})), "it is no array"),
        (npy("()", descr="'|O'", content=b"garbage"), "no pickle"),
    ],
)
def test_damaged_arrays(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "x.npy"
    file.write_bytes(content)
    with pytest.raises(DataError, match=rf"x\.npy: .*{words}"):
        open_npy(file)
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = tmp_path / "x.npz"
        archive.write_bytes(zipped(content, packing))
        with pytest.raises(DataError, match=rf"x\.npz: x: .*{words}"):
            open_npz(archive, "x")


def test_an_archive_made_to_fill_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    file.write_bytes(zipped(npy("(2500000,)", content=bytes(10_000_000)), zipfile.ZIP_DEFLATED))
    with pytest.raises(DataError, match=r"x\.npz: x: it is packed \d+ times smaller"):
        open_npz(file, "x")


def test_a_small_array_may_be_packed_tightly(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", x=np.ones((1800, 17), np.float32))
    assert (tmp_path / "x.npz").stat().st_size < 1800 * 17 * 4 / 200
    assert open_npz(tmp_path / "x.npz", "x").all()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("texts", ["größe", ["a", "", "größe 🕺"], np.array(["a", "bc"], ">U3"), []])
def test_texts(tmp_path: Path, save: Any, texts: Any) -> None:
    save(tmp_path / "x.npz", x=np.array(texts, str) if isinstance(texts, list) else texts)
    expected = (texts,) if isinstance(texts, str) else tuple(texts)
    assert npz_texts(tmp_path / "x.npz", "x") == expected


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (NUMBERS, "it holds float32, no texts"),
        (np.array([b"a"]), "no texts"),
        (np.array([["a"]]), "it is no list of texts"),
        (np.array(["a", None], dtype=object), "it is no list of texts"),
        (np.array([0xD800, 65], np.uint32).view("U1"), "it is no list of texts"),
        (np.array([0x110000, 65], np.uint32).view("U1"), "it is no list of texts"),
        (np.array([0xFFFFFFFF], ">u4").view(">U1"), "it is no list of texts"),
    ],
)
def test_texts_that_are_none(tmp_path: Path, array: Any, words: str) -> None:
    np.savez(tmp_path / "x.npz", x=array)
    with pytest.raises(DataError, match=rf"x\.npz: x: .*{words}") as caught:
        npz_texts(tmp_path / "x.npz", "x")
    assert caught.value.hint


def test_texts_of_no_letters_are_not_unrolled(tmp_path: Path) -> None:
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        content = zipped(npy("(1099511627776,)", content=b"", descr="'<U0'"), packing)
        (tmp_path / "x.npz").write_bytes(content)
        with pytest.raises(DataError, match="no texts"):
            npz_texts(tmp_path / "x.npz", "x")


def test_archives_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    file.write_bytes(b"PK\3\4 but no more")
    with pytest.raises(DataError, match=r"x\.npz: it cannot be read"):
        npz_names(file)
    file.write_bytes(zipped(npy("(2, 3, 4)")))
    with pytest.raises(DataError, match=r"no array 'y' in it\. There is: x"):
        open_npz(file, "y")
    with pytest.raises(DataError, match="cannot be read"):
        open_npy(tmp_path / "absent.npy")


SOUND = [
    zipped(npy("(2, 3, 4)", content=NUMBERS.tobytes()), packing)
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
]


@settings(max_examples=200, deadline=None)
@given(
    sound=st.sampled_from(SOUND),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), min_size=1, max_size=3),
    cut=st.integers(0, 10_000),
)
def test_damage_gives_an_array_or_words(
    tmp_path_factory: pytest.TempPathFactory, sound: bytes, flips: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(sound)
    for place, change in flips:
        content[place % len(content)] ^= change
    file = tmp_path_factory.mktemp("damaged") / "x.npz"
    for damaged in (content, content[: cut % len(content)]):
        file.write_bytes(damaged)
        try:
            assert open_npz(file, "x").nbytes <= 96
        except DataError as error:
            assert str(file) in str(error) and error.hint


@settings(max_examples=50, deadline=None)
@given(
    array=arrays.arrays(
        st.sampled_from([np.float16, np.float64, np.int32, np.bool_]),
        arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=3),
    )
)
def test_whatever_numpy_writes_is_read(tmp_path_factory: pytest.TempPathFactory, array: Any) -> None:
    folder = tmp_path_factory.mktemp("sound")
    np.savez(folder / "x.npz", x=array)
    np.save(folder / "x.npy", array)
    for read in (open_npz(folder / "x.npz", "x"), open_npy(folder / "x.npy")):
        np.testing.assert_array_equal(read, array)
        assert read.dtype == array.dtype

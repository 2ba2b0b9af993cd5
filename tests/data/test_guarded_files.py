"""Files from strangers: sizes, encodings, nesting; and what their numbers and names say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dancekit.data.detections import all_frames, detection, numbers
from dancekit.data.guarded_files import MEBIBYTE, read_json, read_limited
from dancekit.errors import DataError


def test_a_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"a": [1, 2.5, NaN]}', encoding="utf-8-sig")
    assert read_json(file, most=MEBIBYTE)["a"][:2] == [1, 2.5]
    assert read_limited(file, most=file.stat().st_size) == file.read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b'{"a": [1,\n 2', r"line 2, column 3: this is no JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"\xff\x00\xfe[1]", "this is no JSON"),
        (b"[" + b"9" * 10_000 + b"]", "this is no JSON"),
        (b"[1" + b" " * MEBIBYTE + b"]", "larger than 1 MiB.*Divide it"),
    ],
)
def test_what_is_no_json(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.json: .*{words}"):
        read_json(file, most=MEBIBYTE)


def test_what_is_no_file(tmp_path: Path) -> None:
    for wrong in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError, match="this is no file"):
            read_limited(wrong, most=10)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (None, "`pose` is no list of numbers"),
        ("123", "no list of numbers"),
        ([1, 2, "3"], "no list of numbers"),
        ([1, 2, True], "no list of numbers"),
        ([1, 2, None], "no list of numbers"),
        ([1, 2, [3]], "no list of numbers"),
        ([1, 2], "`pose` has 2 numbers in place of 3"),
        ([1, 2, 10**400], "no coordinate"),
    ],
)
def test_what_are_no_numbers(values: Any, words: str) -> None:
    with pytest.raises(DataError, match=rf"^a\.json: {words}|^a\.json: .*{words}"):
        numbers(values, 3, where="a.json", what="pose")


def test_what_is_not_seen_is_zero() -> None:
    values = json.loads("[1, 2, 1e39, 3, NaN, 4, 5, 6, -7, 8]")
    points = numbers(values, 10, where="a", what="pose").reshape(-1, 2)  # (5, 2)
    made = detection(points, np.array([0.5, 1, 1, 0, -1]))
    assert made.tolist() == [[1, 2, 0.5], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_gaps_between_frames_are_nobody() -> None:
    one = np.ones((2, 4, 3))
    one[1] = 0  # a person without any joint
    frames = all_frames({7: one, 4: one[:1]}, where="a")
    assert [len(each) for each in frames] == [1, 0, 0, 1] and frames[1].shape == (0, 4, 3)
    with pytest.raises(DataError, match="a: there is no frame"):
        all_frames({}, where="a")
    with pytest.raises(DataError, match="from 0 to 100000, more than 100000"):
        all_frames({0: one, 100_000: one}, where="a")

"""Recordings as tables: two forms, frames and times, and whatever is wrong."""

from pathlib import Path

import numpy as np
import pytest
from dancekit_sources.csv_columns import is_recording
from dancekit_sources.csv_recordings import Tabled, read_table
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError
from dancekit.skeleton.layout import Layout

CHAIN = Layout.from_mapping(
    {"joints": ["hip", "left_knee", "toe"], "bones": {"left_knee": "hip", "toe": "left_knee"},
     "centre": "hip", "pairs": {}},
    name="chain3",
)  # fmt: skip
WIDE = "hip_x,hip_y,left_knee_x,left_knee_y,toe_x,toe_y"


def read(folder: Path, text: str | bytes, coordinates: int = 2) -> Tabled:
    file = folder / "walk.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_table(file, CHAIN, coordinates=coordinates)


def test_wide(tmp_path: Path) -> None:
    found = read(tmp_path, f"{WIDE}\n1,2,3,4,5,6\n\n7,8,,10,nan,12\n")
    assert found.values.shape == (1, 2, 3, 2) and found.frame_rate is None
    np.testing.assert_array_equal(found.values[0, 0], [[1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(found.values[0, 1], [[7, 8], [np.nan, 10], [np.nan, 12]])


def test_columns_in_any_order_with_scores_and_frames(tmp_path: Path) -> None:
    names = [f"{joint}_{axis}" for joint in CHAIN.joints for axis in ("score", "z", "y", "x")]
    rows = [[number, *range(100 * number, 100 * number + 12)] for number in (4, 7)]
    text = "\n".join([",".join(["frame", *names]), *(",".join(map(str, row)) for row in rows)])
    values = read(tmp_path, f"\ufeff{text}", coordinates=3).values
    assert values.shape == (1, 4, 3, 4)
    np.testing.assert_array_equal(values[0, 3, 1], [707, 706, 705, 704])  # x, y, z, score
    assert np.isnan(values[0, 1:3]).all()


@pytest.mark.parametrize("rate", [30, 25, 59.94, 120])
@pytest.mark.parametrize("digits", [3, 6])
def test_times_tell_the_rate_and_the_gaps(tmp_path: Path, rate: float, digits: int) -> None:
    frames = [*range(20), *range(23, 60)]
    rows = [f"{round(5 + frame / rate, digits)},1,2,3,4,5,{frame}" for frame in frames]
    found = read(tmp_path, "\n".join([f"time,{WIDE}", *rows]))
    assert found.frame_rate == pytest.approx(rate, rel=2e-3)
    assert np.flatnonzero(np.isnan(found.values[0, :, 0, 0])).tolist() == [20, 21, 22]
    np.testing.assert_array_equal(found.values[0, frames, 2, 1], frames)


def test_long(tmp_path: Path) -> None:
    rows = ["frame,person,joint,x,y,score", "5,ann,toe,1,2,0.5", "5,bob,hip,3,4,1", "7, ann ,toe,5,6,"]
    values = read(tmp_path, "\r\n".join(rows)).values
    assert values.shape == (2, 3, 3, 3)
    np.testing.assert_array_equal(values[0, :, 2], [[1, 2, 0.5], [np.nan] * 3, [5, 6, np.nan]])
    np.testing.assert_array_equal(values[1, 0, 0], [3, 4, 1])
    assert np.isfinite(values).sum() == 8


def test_long_in_three_dimensions_of_one_person(tmp_path: Path) -> None:
    values = read(tmp_path, "joint,frame,z,y,x\nhip,0,3,2,1\ntoe,0,6,5,4", coordinates=3).values
    np.testing.assert_array_equal(values[0, 0], [[1, 2, 3], [np.nan] * 3, [4, 5, 6]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "its first line names no columns"),
        (WIDE, "there is no row in it"),
        (WIDE.replace(",", ";"), "separated by semicolons.*commas"),
        (f"{WIDE},hip_x\n", "the column 'hip_x' is there twice"),
        (f"{WIDE},left_kne_x\n", "'left_kne_x' is of no joint of layout chain3.*'left_knee'"),
        (f"{WIDE},comment\n", "the column 'comment' is none that is read.*frame, joint, x, y"),
        (f"{WIDE},hip_score\n1,2,3,4,5,6,1", "no column 'left_knee_score', nor 1 others"),
        (f"{WIDE},hip_z\n", "the column 'hip_z' is none that is read"),
        (WIDE.removesuffix(",toe_y"), "there is no column 'toe_y'\\."),
        (f"{WIDE}\n1,2,3,4,5\n", "row 2 has 5 cells, and the header 6"),
        (f"{WIDE}\n1,2,3,4,5,6\n1,2,x,4,5,6\n", "row 3: 'x' is no number"),
        (f"frame,{WIDE}\n1,1,2,3,4,5,6\n1,1,2,3,4,5,6\n", "rows 1 and 2 below the header are of the same"),
        (f"frame,{WIDE}\n1.5,1,2,3,4,5,6\n", r"row 2: '1\.5' is no number of a frame"),
        (f"frame,{WIDE}\n,1,2,3,4,5,6\n", "row 2: '' is no number of a frame"),
        (f"frame,{WIDE}\n0,1,2,3,4,5,6\n100000,1,2,3,4,5,6\n", "numbered from 0 to 100000"),
        (f"time,{WIDE}\n0,1,2,3,4,5,6\n0,1,2,3,4,5,6\n", "row 2 below the header is at 0 s after 0 s"),
        (f"time,{WIDE}\n0,1,2,3,4,5,6\n,1,2,3,4,5,6\n", "row 2 below the header is at nan s"),
        (f"time,{WIDE}\n0,1,2,3,4,5,6\n33,1,2,3,4,5,6\n", r"it has 0\.03 frames per second.*in seconds"),
        ("frame,joint,x\n0,hip,1", "there is no column 'y'"),
        ("frame,joint,x,y,z\n0,hip,1,1,1", "the column 'z' is none that is read"),
        ("frame,joint,x,y\n0,knee,1,1", "row 2: layout chain3 has no joint 'knee'.*left_knee"),
        ("frame,joint,x,y\n0,hip,1,1\n0,hip,1,1", "rows 1 and 2 below the header are of the same frame"),
        ("frame,joint,x,y\n0,hip,1,1\n99999999999999999999,hip,1,1", "no number of a frame"),
        (b"frame,joint,x,y\n0,h\xffp,1,1", "this is no table of text"),
        (b"frame,joint,x,y\n0,hip\x00,1,1", "no table of text|no joint"),
        (f"{WIDE}\n{'1' * 200_000},2,3,4,5,6\n", "this is no table of text"),
    ],
)
def test_tables_that_do_not_fit(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(DataError, match=rf"walk\.csv: .*({words})") as caught:
        read(tmp_path, text)
    assert caught.value.hint


def test_two_rows_that_claim_a_great_deal(tmp_path: Path) -> None:
    rows = [f"{99_999 * (number % 2)},p{number},hip,1,1" for number in range(100)]
    with pytest.raises(DataError, match="100 persons in 100000 frames are more than is read"):
        read(tmp_path, "\n".join(["frame,person,joint,x,y", *rows]))


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is no file"):
        read_table(tmp_path, CHAIN, coordinates=2)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (WIDE, True),
        (f"frame,time,{WIDE},toe_z,toe_score", True),
        ("frame,joint,x,y,anything", True),
        ("hip_x,hip_y,toe_x,toe_y", False),
        (f"{WIDE},temperature", False),
        (WIDE.removesuffix(",toe_y"), False),
        ("frame,x,y", False),
        ("date,price", False),
    ],
)
def test_what_can_be_nothing_else(header: str, expected: bool) -> None:
    assert is_recording(header.split(",")) == expected


TEXTS = [
    f"frame,time,{WIDE},hip_score,left_knee_score,toe_score\n0,0.0,1,2,3,4,5,6,1,1,1\n2,0.08,7,8,9,1,2,3,1,,0\n",
    "frame,person,joint,x,y,score\n5,ann,toe,1,2,0.5\n5,bob,hip,3,4,1\n7,ann,toe,5,6,\n",
]


@settings(max_examples=200, deadline=None)
@given(
    text=st.sampled_from(TEXTS),
    at=st.integers(0, 200),
    put=st.binary(max_size=3) | st.sampled_from([b"1e999", b"-1e18", b'"', b"nan", b",", b"\n", b"_", b"\0"]),
    cut=st.integers(1, 200),
)
def test_any_damage_gives_numbers_or_words(
    tmp_path_factory: pytest.TempPathFactory, text: str, at: int, put: bytes, cut: int
) -> None:
    content = text.encode()
    damaged = (content[:at] + put + content[at + len(put) :])[:cut]
    folder = tmp_path_factory.mktemp("damaged")
    try:
        found = read(folder, damaged)
    except DataError as error:
        assert str(folder) in str(error) and error.hint
    else:
        assert found.values.ndim == 4 and found.values.size < 10_000_000

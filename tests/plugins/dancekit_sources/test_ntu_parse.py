"""The text of `.skeleton` files against a literal reader, and what damage to it is called."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from dancekit_sources.ntu_parse import Body, parse_skeleton
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError

Frame = dict[int, np.ndarray]
"""The number of each body -> its (25, 12) values."""


def written(frames: Sequence[Frame], *, end: str = "\r\n") -> bytes:
    lines = [str(len(frames))]
    for frame in frames:
        lines.append(str(len(frame)))
        for number, joints in frame.items():
            lines += [f"{number} 0 1 0 1 0 0 -0.06 0.12 2", "25"]
            lines += [
                " ".join([*(f"{value:.9g}" for value in row[:11]), str(int(row[11]))]) for row in joints
            ]
    return (end.join(lines) + end).encode()


def body(seed: int, *, state: int = 2) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(25, 12))
    values[:, 11] = state
    return values


def literal(content: bytes) -> tuple[int, dict[int, dict[int, list[list[float]]]]]:
    """The format read one line after the other: frames, and number -> frame -> x, y, z, state."""
    lines = iter(content.decode().splitlines())
    bodies: dict[int, dict[int, list[list[float]]]] = {}
    frames = int(next(lines))
    for frame in range(frames):
        for _ in range(int(next(lines))):
            number = int(next(lines).split()[0])
            rows = [next(lines).split() for _ in range(int(next(lines)))]
            bodies.setdefault(number, {})[frame] = [
                [float(row[place]) for place in (0, 1, 2, 11)] for row in rows
            ]
    return frames, bodies


def check_against_literal(content: bytes, parsed: tuple[int, tuple[Body, ...]]) -> None:
    frames, bodies = literal(content)
    assert parsed[0] == frames and [each.number for each in parsed[1]] == list(bodies)
    for each in parsed[1]:
        expected = np.array(list(bodies[each.number].values()), dtype=np.float32)  # (n, V, 4)
        assert each.frames.tolist() == list(bodies[each.number])
        np.testing.assert_array_equal(each.keypoints, expected[..., :3])
        np.testing.assert_array_equal(each.state, expected[..., 3])
        assert each.keypoints.dtype == np.float32 and each.state.dtype == np.int8


LAST = 72057594037931101
FRAMES: list[Frame] = [{}, {LAST: body(0)}, {7: body(1, state=0), LAST: body(2, state=1)}, {LAST: body(3)}]


@pytest.mark.parametrize("end", ["\r\n", "\n", " \n"])
def test_bodies_that_come_and_go(end: str) -> None:
    content = written(FRAMES, end=end)
    frames, bodies = parse_skeleton(content, name="a.skeleton")
    assert frames == 4
    assert [(each.number, each.frames.tolist()) for each in bodies] == [(LAST, [1, 2, 3]), (7, [2])]
    np.testing.assert_allclose(bodies[1].keypoints[0], FRAMES[2][7][:, :3], rtol=1e-6)
    assert bodies[0].state[:, 0].tolist() == [2, 1, 2]
    check_against_literal(content, (frames, bodies))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sets(st.integers(0, 2**63), max_size=3), min_size=1, max_size=5), st.integers(0, 99))
def test_any_recording_as_the_literal_reader_has_it(numbers: list[set[int]], seed: int) -> None:
    content = written([{number: body(seed) for number in sorted(frame)} for frame in numbers])
    check_against_literal(content, parse_skeleton(content, name="a.skeleton"))


def test_what_is_no_number_stays_in_its_place() -> None:
    content = written([{1: body(0)}]).replace(b"\r\n", b"\n").split(b"\n")
    content[4] = b"nan inf 1e300 " + content[4].split(None, 3)[3]
    (only,) = parse_skeleton(b"\n".join(content), name="a")[1]
    assert math.isnan(only.keypoints[0, 0, 0]) and np.isinf(only.keypoints[0, 0, 1:]).all()
    assert np.isfinite(only.keypoints[0, 1:]).all()


def changed(line: int, text: str) -> bytes:
    """The recording FRAMES with another line; lines count from 1."""
    lines = written(FRAMES, end="\n").decode().split("\n")
    lines[line - 1] = text
    return "\n".join(lines).encode()


JOINT = "0 0 0 0 0 0 0 0 0 0 0 2"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (changed(1, "0"), "line 1: it says that there is no frame"),
        (changed(1, "-4"), "line 1: '-4' is no number of frames"),
        (changed(1, "999999999"), "line 113: the text ends where the number of bodies of frame 4"),
        (changed(1, "9999999999"), "line 1: '9999999999' is no number of frames"),
        (changed(1, "3"), "line 86: there is more text after the last of 3 frames"),
        (changed(2, "x"), "line 2: 'x' is no number of bodies of frame 0"),
        (changed(2, "1"), "line 3: a body should start here, with 10 values"),
        (changed(3, "0"), "line 4: .* is no number of bodies of frame 2"),
        (changed(3, "500000"), "line 31: a body should start here"),
        (changed(4, "1 2 3"), "line 4: a body should start here"),
        (changed(5, "24"), "line 5: a body has 24 joints in place of 25"),
        (changed(5, "1e1"), "line 5: '1e1' is no number of joints"),
        (changed(8, JOINT[2:]), "line 8: a joint has 11 values in place of 12"),
        (changed(8, f"{JOINT} 3"), "line 8: a joint has 13 values"),
        (changed(8, ""), "line 8: a joint has 0 values"),
        (changed(8, JOINT.replace("0", "o", 1)), "line 8: a joint has values that are no numbers"),
        (changed(8, f"{JOINT[:-1]}7"), "line 8: a joint has the state '7'"),
        (changed(8, f"1_0{JOINT[1:]}"), "line 8: there is an underscore"),
        (changed(8, f"é{JOINT[1:]}"), "line 8: there are characters that no number has"),
        (changed(32, f"{LAST} 0 1 0 1 0 0 0 0 2"), f"line 59: the body {LAST} is there twice in frame 2"),
        (b"1\n1\n7 0 1 0 1 0 0 0 0 2", "line 3: the text ends where the number of joints"),
        (b"1\n1\n", "line 2: a body should start here"),
        (written(FRAMES)[:2000].rpartition(b"\r\n")[0], "line 19: the text ends within frame 1 of 4"),
        (b"\x00\xff\xfe", "line 1: there are characters"),
        (b"<html>", "line 1: '<html>' is no number of frames"),
    ],
)
def test_damage_is_told_with_its_line(content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=rf"^a\.skeleton: {words}.*fetch it again"):
        parse_skeleton(content, name="a.skeleton")


CONTENT = written(FRAMES)


@settings(max_examples=200, deadline=None)
@given(
    cut=st.integers(0, len(CONTENT)),
    at=st.integers(0, len(CONTENT) - 1),
    put=st.binary(max_size=4) | st.sampled_from([b"99999999", b"-1", b" ", b"\n", b"nan", b"1e999"]),
)
def test_any_damage_gives_bodies_or_an_error(cut: int, at: int, put: bytes) -> None:
    damaged = (CONTENT[:at] + put + CONTENT[at + len(put) :])[: cut or None]
    try:
        frames, bodies = parse_skeleton(damaged, name="a.skeleton")
    except DataError as error:
        assert error.message.startswith("a.skeleton: line ")
    else:
        assert all(each.frames[-1] < frames and set(np.unique(each.state)) <= {0, 1, 2} for each in bodies)

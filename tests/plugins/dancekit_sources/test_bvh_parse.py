"""BVH text: what may vary, and how everything wrong is told with its line."""

import math
from pathlib import Path

import numpy as np
import pytest
from dancekit_sources.bvh_hierarchy import Channel
from dancekit_sources.bvh_parse import BvhRecording, parse_bvh, read_bvh, read_hierarchy
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError

ARM = """HIERARCHY
ROOT Hips
{
	OFFSET 0 90.5 0
	CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
	JOINT Left Arm
	{
		OFFSET 1e1 -0 .5
		CHANNELS 3 Yrotation Xrotation Zrotation
		End Site
		{
			OFFSET 0 0 2
		}
		End Site
		{
			OFFSET 0 0 3
		}
	}
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 2 3 4 5 6 7 8 9
-1 -2e0 -3 -4 -5.5 -6 -7 -8 -9
"""


def parsed(text: str) -> BvhRecording:
    return parse_bvh(text.encode(), name="arm.bvh")


def test_the_hierarchy_and_the_motion() -> None:
    recording = parsed(ARM)
    hips, arm, end, other_end = recording.hierarchy.joints
    assert (hips.name, hips.parent, hips.offset, hips.end) == ("Hips", -1, (0, 90.5, 0), False)
    assert hips.channels[:4] == (*(Channel("position", axis) for axis in range(3)), Channel("rotation", 2))
    assert (arm.name, arm.parent, arm.offset) == ("Left Arm", 0, (10, 0, 0.5))
    assert arm.channels == (Channel("rotation", 1), Channel("rotation", 0), Channel("rotation", 2))
    assert (end.name, end.parent, end.offset, end.channels, end.end) == (
        "Left Arm_end",
        1,
        (0, 0, 2),
        (),
        True,
    )
    assert (other_end.name, other_end.offset) == ("Left Arm_end2", (0, 0, 3))
    assert recording.hierarchy.num_channels == 9
    np.testing.assert_array_equal(recording.values, [range(1, 10), [-1, -2, -3, -4, -5.5, -6, -7, -8, -9]])


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("ROOT Hips\n", "ROOT Hips\r\n"),
        lambda text: text.replace("\t", "  "),
        lambda text: (
            text.replace(" ", "\t").replace("Left\tArm", "Left Arm").replace("End\tSite", "End Site")
        ),
        lambda text: text.replace("\n", "  \n\n \t\n"),
        lambda text: text.replace("\n{", " {"),
        lambda text: text.lower().replace("hips", "Hips").replace("left arm", "Left Arm"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n \n\n",
        lambda text: text.replace("Frames: 2", "  Frames :\t002  "),
    ],
)
def test_what_may_be_written_differently(change: object) -> None:
    assert callable(change)
    recording, plain = parsed(change(ARM)), parsed(ARM)
    assert recording.hierarchy == plain.hierarchy and recording.frame_time == plain.frame_time
    np.testing.assert_array_equal(recording.values, plain.values)


@pytest.mark.parametrize(
    ("time", "rate"),
    [
        ("0.0333333", 30),
        (".0083333", 120),
        ("0.041667", 24),
        ("0.0333667", 29.97003),
        ("0.3", 10 / 3),
        ("2", 0.5),
    ],
)
def test_frame_rates_of_rounded_frame_times(time: str, rate: float) -> None:
    assert parsed(ARM.replace("0.0333333", time)).frame_rate == pytest.approx(rate, rel=1e-6)


def test_values_that_are_not_finite_stay() -> None:
    values = parsed(ARM.replace("4 5 6", "nan -inf 6")).values
    assert math.isnan(values[0, 3]) and values[0, 4] == -math.inf


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (ARM, "", "the file is empty"),
        (ARM, " \n \n", "the file is empty"),
        (ARM, "solid cube", "line 1: it does not begin with HIERARCHY"),
        (ARM, "HIERARCHY\nMOTION\n", "line 1: there is no ROOT"),
        (ARM, ARM.split("MOTION")[0], "there is no line MOTION"),
        (ARM, ARM[:200], "'Left Arm' is not closed by `}`|line 10"),
        ("ROOT Hips\n{", "ROOT Hips", "line 3: a `{` is missing"),
        ("ROOT Hips\n{", "ROOT Hips\n{{", "line 3: this `{` opens no joint"),
        ("ROOT Hips", "ROOT", "line 2: the joint has no name"),
        ("ROOT Hips", "JOINT Hips", "line 2: a JOINT comes before the ROOT"),
        ("JOINT Left Arm", "ROOT Left Arm", "line 6: there is a second ROOT"),
        ("JOINT Left Arm", "JOINT Hips", "line 6: the joint 'Hips' is there twice"),
        ("}\nMOTION", "}\nJOINT Tail\n{\n}\nMOTION", "line 20: 'Tail' is outside of the root's braces"),
        ("}\nMOTION", "}\n}\nMOTION", "line 20: this `}` closes nothing"),
        ("}\nMOTION", "}\nOFFSET 1 2 3\nMOTION", "line 20: OFFSET belongs to no joint"),
        ("}\nMOTION", "}\nEnd Site\nMOTION", "line 20: an End Site has no joint"),
        ("OFFSET 0 90.5 0\n", "OFFSET 0 90.5\n", "line 4: OFFSET is not three numbers"),
        ("OFFSET 0 90.5 0\n", "OFFSET 0 90,5 0\n", "line 4: OFFSET is not three numbers.*decimal point"),
        ("OFFSET 0 90.5 0\n", "OFFSET 0 nan 0\n", "line 4: OFFSET is not three numbers"),
        ("OFFSET 0 90.5 0\n", "OFFSET 0 1 0\nOFFSET 0 1 0\n", "line 5: there is a second OFFSET"),
        ("\tOFFSET 0 0 3\n", "", "line 16: 'Left Arm_end2' has no OFFSET"),
        ("CHANNELS 3", "CHANNELS 4", "line 9: CHANNELS announces '4' and names 3"),
        ("CHANNELS 3", "CHANNELS -3", "line 9: CHANNELS announces '-3'"),
        ("CHANNELS 3 Yrotation Xrotation Zrotation", "CHANNELS", "line 9: CHANNELS is empty"),
        ("CHANNELS 3 Y", "CHANNELS 3 W", "line 9: there is no channel 'wrotation'"),
        ("6 Xposition Y", "6 Yposition Y", "line 5: a position channel is there twice"),
        ("OFFSET 0 0 2", "OFFSET 0 0 2\nCHANNELS 0", "line 13: an End Site has CHANNELS"),
        ("OFFSET 0 0 2", "OFFSET 0 0 2\nJOINT Finger\n{", "line 13: an End Site has a child"),
        ("OFFSET 1e1", "CHANNELS 3 Xrotation Yrotation Zrotation\nOFFSET 1e1", "line 10: .*CHANNELS already"),
        ("OFFSET 1e1", "SCALE 1\nOFFSET 1e1", "line 8: 'SCALE' is unknown"),
        ("Frames: 2", "Frame: 2", "line 21: after MOTION there is no `Frames:`"),
        ("Frame Time: 0.0333333", "", "after `Frames:` there is no `Frame Time:`"),
        ("Frames: 2", "Frames: 3", "`Frames:` says '3', but there are 2 lines"),
        ("Frames: 2", "Frames: 99999999999999999999999", "but there are 2 lines"),
        ("Frames: 2", "Frames: -2", "says '-2'"),
        ("Frames: 2", "Frames: two", "says 'two'"),
        ("Frame Time: 0.0333333", "Frame Time: 0", "`Frame Time:` is '0'"),
        ("Frame Time: 0.0333333", "Frame Time: -1", "`Frame Time:` is '-1'"),
        ("Frame Time: 0.0333333", "Frame Time: inf", "`Frame Time:` is 'inf'"),
        ("Frame Time: 0.0333333", "Frame Time: 1e-320", "`Frame Time:` is '1e-320'"),
        ("Frame Time: 0.0333333", "Frame Time: 30fps", "`Frame Time:` is '30fps'"),
        ("7 8 9\n-1", "7 8\n-1", "line 23: there are 8 values, but the joints have 9"),
        ("7 8 9\n-1", "7 8 9 10\n-1", "line 23: there are 10 values"),
        ("7 8 9\n-1 -2e0", "7 8\n9 -1 -2e0", "line 23: there are 8 values"),
        ("7 8 9\n-1", "7 8,5 9\n-1", "line 23: '8,5' is no number.*decimal point"),
        ("-5.5", "1_0", "line 24: '1_0' is no number"),
        ("-5.5", "0x1", "line 24: '0x1' is no number"),
        (ARM[ARM.index("1 2 3 4") :], "", "there is no frame"),
    ],
)
def test_everything_wrong_is_told_with_its_line(old: str, new: str, words: str) -> None:
    assert old in ARM
    with pytest.raises(DataError, match=rf"^arm\.bvh: .*({words})"):
        parsed(ARM.replace(old, new, 1))


def test_every_frame_too_short_is_told() -> None:
    short = ARM.replace(" 7 8 9\n", "\n").replace(" -7 -8 -9\n", "\n")
    with pytest.raises(DataError, match="line 23: there are 6 values, but the joints have 9"):
        parsed(short)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "shift-jis"])
def test_other_encodings(encoding: str) -> None:
    name = "Hüfte" if encoding == "latin-1" else "腰"
    with pytest.raises(DataError, match=r"arm\.bvh: .*UTF-8"):
        parse_bvh(ARM.replace("Hips", name).encode(encoding), name="arm.bvh")
    assert parsed(ARM.replace("Hips", name)).hierarchy.joints[0].name == name


def nested(depth: int) -> str:
    head = "".join(f"JOINT j{each}\n{{\nOFFSET 0 1 0\nCHANNELS 1 Xrotation\n" for each in range(depth))
    header = "HIERARCHY\n" + head.replace("JOINT", "ROOT", 1) + "}\n" * depth
    return header + f"MOTION\nFrames: 1\nFrame Time: 0.1\n{' 0' * depth}\n"


def test_nesting_is_bounded() -> None:
    assert len(parsed(nested(1000)).hierarchy.joints) == 1000
    with pytest.raises(DataError, match="more than 1000 joints"):
        parsed(nested(50_000))


def test_joints_without_channels_do_not_fill_the_memory() -> None:
    ends = "End Site\n{\nOFFSET 0 0 1\n}\n" * 99
    text = f"HIERARCHY\nROOT a\n{{\nOFFSET 0 0 0\nCHANNELS 1 Xrotation\n{ends}}}\n"
    with pytest.raises(DataError, match="100 joints have only 1 channels"):
        parsed(text + "MOTION\nFrames: 1\nFrame Time: 1\n0\n")


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "arm.bvh"
    file.write_text(ARM)
    assert read_bvh(file).hierarchy == read_hierarchy(file) == parsed(ARM).hierarchy
    with pytest.raises(DataError, match=r"absent\.bvh: this is no file"):
        read_bvh(tmp_path / "absent.bvh")
    with pytest.raises(DataError, match="this is no file"):
        read_hierarchy(tmp_path)


BITS = st.tuples(st.integers(0, len(ARM) - 1), st.integers(0, 255))
SNIPPETS = st.sampled_from(
    ["{", "}", "\n", "MOTION\n", "nan ", "1e999 ", "CHANNELS 9", "\0", "\x0b", "٣ ", "Frames: 9"]
)


@settings(max_examples=200, deadline=None)
@given(
    bits=st.lists(BITS, max_size=4),
    cut=st.integers(0, len(ARM)),
    inserted=st.lists(st.tuples(st.integers(0, len(ARM)), SNIPPETS), max_size=2),
)
def test_damage_gives_a_recording_or_words(
    bits: list[tuple[int, int]], cut: int, inserted: list[tuple[int, str]]
) -> None:
    content = bytearray(ARM.encode())
    for place, value in bits:
        content[place] = value
    for place, snippet in inserted:
        content[place:place] = snippet.encode()
    for damaged in (bytes(content), bytes(content[:cut])):
        try:
            recording = parse_bvh(damaged, name="arm.bvh")
        except DataError as error:
            assert str(error).startswith("arm.bvh: ") and error.hint
        else:
            assert recording.values.shape[1] == recording.hierarchy.num_channels
            assert recording.frame_rate > 0


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.lists(st.floats(), min_size=9, max_size=9), min_size=1, max_size=5))
def test_numbers_come_back_as_they_were_written(values: list[list[float]]) -> None:
    lines = "\n".join(" ".join(map(repr, row)) for row in values)
    head = ARM[: ARM.index("1 2 3 4")].replace("Frames: 2", f"Frames: {len(values)}")
    np.testing.assert_array_equal(parsed(head + lines).values, values)

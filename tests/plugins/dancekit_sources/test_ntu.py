"""NTU RGB+D: the published splits, who counts as a dancer, and folders that are not right."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.ntu import Ntu
from dancekit_sources.ntu_bodies import choose_bodies, motion, plausible_frames
from dancekit_sources.ntu_parse import Body
from dancekit_sources.ntu_protocol import CLASSES_60, CLASSES_120, PROTOCOLS, Recording, names_in

from dancekit.errors import DataError, RecipeError
from dancekit.testing import check_dataset

STANDING = np.random.default_rng(0).uniform((-0.2, -0.9, 2.0), (0.2, 0.9, 2.2), (25, 3))


def tracked(
    number: int, frames: int, *, sway: float = 0.0, wide_in: int = 0, first: int = 0, state: int = 2
) -> Body:
    """A body that sways sideways by `sway` metres, and lies on its side in its first `wide_in` frames."""
    keypoints = np.repeat(STANDING[None], frames, axis=0)  # (n, V, 3)
    keypoints[:, :, 0] += sway * np.sin(np.arange(frames))[:, None]
    keypoints[:wide_in] = keypoints[:wide_in][..., [1, 0, 2]]
    return Body(
        number=number,
        frames=np.arange(first, first + frames),
        keypoints=keypoints.astype(np.float32),
        state=np.full((frames, 25), state, dtype=np.int8),
    )


def write(file: Path, frames: int, *bodies: Body) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [str(frames)]
    for frame in range(frames):
        here = [each for each in bodies if frame in each.frames]
        lines.append(str(len(here)))
        for each in here:
            lines += [f"{each.number} 0 0 0 0 0 0 0 0 2", "25"]
            at = int(np.flatnonzero(each.frames == frame)[0])
            for (x, y, z), state in zip(each.keypoints[at].tolist(), each.state[at].tolist(), strict=True):
                lines.append(f"{x!r} {y!r} {z!r} 0 0 0 0 0 0 0 0 {state}")
    file.write_text("\r\n".join(lines) + "\r\n")


NAMES = (
    "S001C001P001R001A001",
    "S001C002P003R001A060",
    "S002C003P003R002A023",
    "S017C001P002R001A010",
    "S018C001P045R001A061",
    "S032C002P106R002A120",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six recordings in two folders, as the two editions come."""
    for name in NAMES:
        edition = "nturgb+d_skeletons" if name < "S018" else "nturgb+d_skeletons120"
        write(tmp_path / edition / f"{name}.skeleton", 14, tracked(1, 14, sway=0.1))
    return tmp_path


def names(data: Ntu, split: str) -> list[str]:
    return [clip.name for clip in data.recordings(split)]


def test_the_editions_and_their_splits(folder: Path) -> None:
    data = Ntu(path=folder, protocol="ntu60")
    assert data.splits == ("xsub_train", "xsub_val", "xview_train", "xview_val")
    assert names(data, "xsub_train") == [NAMES[0], NAMES[3]]
    assert names(data, "xsub_val") == [NAMES[1], NAMES[2]]
    assert names(data, "xview_train") == [NAMES[1], NAMES[2]]
    assert names(data, "xview_val") == [NAMES[0], NAMES[3]]
    data = Ntu(path=folder, protocol="ntu120")
    assert data.splits == ("xsub_train", "xsub_val", "xset_train", "xset_val")
    assert names(data, "xsub_train") == [NAMES[0], NAMES[3], NAMES[4]]
    assert names(data, "xset_train") == [NAMES[2], NAMES[4], NAMES[5]]
    assert names(data, "xset_val") == [NAMES[0], NAMES[1], NAMES[3]]


def test_the_published_lists() -> None:
    """Sizes as in the papers: 20 of 40 and 53 of 106 persons, 2 of 3 cameras, 16 of 32 setups."""

    def training(edition: str, way: str, **numbers: int) -> bool:
        usual = {"setup": 1, "camera": 1, "person": 1, "repetition": 1, "action": 1}
        return PROTOCOLS[edition].trains[way](Recording(name="", **{**usual, **numbers}))

    persons_60 = [person for person in range(1, 41) if training("ntu60", "xsub", person=person)]
    persons_120 = [person for person in range(1, 107) if training("ntu120", "xsub", person=person)]
    tested = (3, 6, 7, 10, 11, 12, 20, 21, 22, 23, 24, 26, 29, 30, 32, 33, 36, 37, 39, 40)
    assert sorted([*persons_60, *tested]) == list(range(1, 41))
    assert len(persons_120) == 53 and persons_120[:20] == persons_60
    assert [camera for camera in (1, 2, 3) if training("ntu60", "xview", camera=camera)] == [2, 3]
    assert [setup for setup in range(1, 33) if training("ntu120", "xset", setup=setup)] == list(
        range(2, 33, 2)
    )


def test_the_published_classes() -> None:
    assert (len(CLASSES_60), len(CLASSES_120)) == (60, 120) and len(set(CLASSES_120)) == 120
    known = {1: "drink water", 23: "hand waving", 43: "falling", 60: "walking apart from each other"}
    known |= {61: "put on headphone", 97: "arm circles", 112: "high-five", 103: "yawn"}
    assert {number: CLASSES_120[number - 1] for number in known} == known


def test_names_of_recordings() -> None:
    recording = Recording.of("S017C002P040R002A060")
    assert recording is not None
    assert (recording.setup, recording.camera, recording.person) == (17, 2, 40)
    assert (recording.repetition, recording.action) == (2, 60)
    for wrong in ("S001C001P001R001", "S001C001P001R001A121", "S033C001P001R001A001", "S001C001P001R001A000"):
        assert Recording.of(wrong) is None
    text = "302 samples:\nS001C002P005R002A008\r\nS001C002P006R001A008.skeleton\n"
    assert names_in(text) == {"S001C002P005R002A008", "S001C002P006R001A008"}


def test_a_clip(tmp_path: Path) -> None:
    quiet, lively = tracked(7, 12, sway=0.01, first=2), tracked(9, 14, sway=0.3)
    lively.state[3, 4], lively.state[3, 5] = 1, 0
    lively.keypoints[4, 6] = np.nan
    write(tmp_path / f"{NAMES[0]}.skeleton", 16, quiet, lively)
    (clip,) = Ntu(path=tmp_path, protocol="ntu60").recordings("xsub_train")
    assert clip.keypoints.shape == (2, 16, 25, 3)
    assert (clip.label, clip.person, clip.frame_rate, clip.image_size) == (0, "P001", 30, None)
    seen = clip.score[0, :14] > 0
    np.testing.assert_array_equal(clip.keypoints[0, :14][seen], lively.keypoints[seen])
    np.testing.assert_array_equal(clip.keypoints[1, 2:14], quiet.keypoints)
    assert clip.present[0].tolist() == [True] * 14 + [False] * 2
    assert clip.present[1].tolist() == [False] * 2 + [True] * 12 + [False] * 2
    assert clip.score[0, 3, 3:6].tolist() == [1, 0.5, 0] and clip.score[0, 4, 6] == 0
    assert clip.label == 0 and clip.keypoints[0, 0, :, 1].max() > 0.5  # upright along y


def chosen(*bodies: Body, persons: int = 2) -> list[int]:
    return [each.number for each in choose_bodies(bodies, persons)]


def test_most_motion_comes_first_and_persons_are_the_most() -> None:
    bodies = tracked(1, 20, sway=0.1), tracked(2, 20, sway=0.3), tracked(3, 20, sway=0.2)
    assert chosen(*bodies) == [2, 3]
    assert chosen(*bodies, persons=1) == [2]
    assert chosen(*bodies, persons=9) == [2, 3, 1]
    assert chosen(tracked(5, 20), tracked(4, 20)) == [5, 4]


def test_motion_is_the_variance_added_up() -> None:
    points = tracked(1, 20, sway=0.3).keypoints.reshape(-1, 3).astype(np.float64)
    expected = sum(np.mean((axis - axis.mean()) ** 2) for axis in points.T)
    assert motion(tracked(1, 20, sway=0.3)) == pytest.approx(expected)
    assert motion(tracked(1, 20)) < motion(tracked(1, 20, sway=0.3))


def test_flickers_are_dropped_unless_there_is_nothing_else() -> None:
    assert chosen(tracked(1, 11, sway=0.9), tracked(2, 12)) == [2]
    assert chosen(tracked(1, 11, sway=0.9), tracked(2, 3)) == [1, 2]


def test_things_that_are_wider_than_high_are_dropped() -> None:
    assert plausible_frames(tracked(1, 20, wide_in=5)).tolist() == [False] * 5 + [True] * 15
    assert chosen(tracked(1, 20, sway=0.9, wide_in=14), tracked(2, 20)) == [2]  # 70 % of its frames
    assert chosen(tracked(1, 20, sway=0.9, wide_in=13), tracked(2, 20)) == [1, 2]  # 65 %
    assert chosen(tracked(1, 20, wide_in=20)) == [1]


def test_lying_down_for_a_while_counts_as_no_motion() -> None:
    assert motion(tracked(1, 20, wide_in=10)) > motion(tracked(2, 20, sway=0.05))
    assert chosen(tracked(1, 20, wide_in=10), tracked(2, 20, sway=0.05)) == [2, 1]


def test_the_edge_of_the_spread_rule() -> None:
    """By hand: 0.75 wide and 1 high is a person, 0.81 wide is not; no numbers are no person."""
    box = np.zeros((3, 25, 3), dtype=np.float32)
    box[:, 1, 1] = 1
    box[0, 2, 0], box[1, 2, 0] = 0.75, 0.81
    box[2] = np.nan
    thing = Body(number=1, frames=np.arange(3), keypoints=box, state=np.full((3, 25), 2, dtype=np.int8))
    assert plausible_frames(thing).tolist() == [True, False, False]
    assert np.isfinite(motion(thing))


def test_missing_recordings_are_left_out(folder: Path) -> None:
    write(folder / "S001C001P001R001A002.skeleton", 3)
    with pytest.raises(
        DataError, match=r"A002\.skeleton: nobody was tracked in any of its 3 frames.*`missing`"
    ):
        list(Ntu(path=folder, protocol="ntu60").recordings("xsub_train"))
    (folder / "missing.txt").write_text(f"2 samples\nS001C001P001R001A002\n{NAMES[0]}\n")
    data = Ntu(path=folder, protocol="ntu60", missing=folder / "missing.txt")
    assert names(data, "xsub_train") == [NAMES[3]]
    (folder / "missing.txt").write_text("nothing")
    with pytest.raises(DataError, match=r"missing\.txt: there is no name of a recording"):
        Ntu(path=folder, protocol="ntu60", missing=folder / "missing.txt")


def test_only_splits_with_recordings(tmp_path: Path) -> None:
    write(tmp_path / f"{NAMES[0]}.skeleton", 14, tracked(1, 14))
    data = Ntu(path=tmp_path, protocol="ntu60")
    assert data.splits == ("xsub_train", "xview_val")
    with pytest.raises(DataError, match=re.escape(str(tmp_path)) + r".*no split 'xsub_val'.*'xsub_train'"):
        data.recordings("xsub_val")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "there is no .skeleton file of ntu60 in it"),
        ([f"{NAMES[4]}.skeleton"], "there is no .skeleton file of ntu60 in it"),
        (["walk.skeleton"], r"walk\.skeleton: the name tells no setup"),
        (["S001C001P001R001A121.skeleton"], "the name tells no setup"),
        ([f"a/{NAMES[0]}.skeleton", f"b/{NAMES[0]}.skeleton"], r"this recording is also in .*a\."),
    ],
)
def test_folders_that_do_not_fit(tmp_path: Path, files: list[str], words: str) -> None:
    for file in files:
        write(tmp_path / file, 14, tracked(1, 14))
    with pytest.raises(DataError, match=words):
        Ntu(path=tmp_path, protocol="ntu60")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"protocol": "ntu"}, "Take one of ntu60, ntu120"), ({"persons": 0}, "at least one")],
)
def test_parameters_that_make_no_sense(folder: Path, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        Ntu(**{"path": folder, "protocol": "ntu60", **parameters})


def test_a_damaged_file_is_named_with_its_line(folder: Path) -> None:
    file = folder / "nturgb+d_skeletons" / f"{NAMES[0]}.skeleton"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(DataError, match=rf"{re.escape(str(file))}: line \d+: "):
        list(Ntu(path=folder, protocol="ntu60").recordings("xsub_train"))
    file.write_bytes(b"")
    with pytest.raises(DataError, match="the file is empty"):
        list(Ntu(path=folder, protocol="ntu60").recordings("xsub_train"))


@pytest.mark.parametrize("protocol", ["ntu60", "ntu120"])
def test_the_contract(folder: Path, protocol: str) -> None:
    check_dataset(Ntu, path=folder, protocol=protocol)

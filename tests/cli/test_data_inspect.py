"""dancekit data inspect, as a person or a script calls it."""

from __future__ import annotations

import json
import os
import pickle
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dancekit.cli.main import main
from dancekit.data import inspection

MADE = ("dance_six", "recordings_train=24", "recordings_test=12", "keypoints=true_3d")
Writer = Callable[..., str]


class Here:
    """The command line in this process, which has torch already; `shell` is the same in one of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        with pytest.raises(SystemExit) as caught:
            main(words)
        captured = self._capsys.readouterr()
        assert int(caught.value.code or 0) == code, captured
        return subprocess.CompletedProcess(words, code, captured.out, captured.err)

    def json(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(*words, "--json").stdout)
        return found


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Here:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DANCEKIT_CACHE", str(tmp_path / "cache"))
    return Here(capsys)


def annotation(number: int, name: str, **more: Any) -> dict[str, Any]:
    """Twenty frames of somebody who sways and waves, in coco17 and pixels."""
    random = np.random.default_rng(number)
    pose = np.stack([300 + 40 * np.cos(np.arange(17)), 100 + 15 * np.arange(17)], -1)  # (V, 2)
    keypoint = np.repeat(pose[None, None], 20, 1)  # (1, T, V, 2)
    keypoint = keypoint + 30 * np.sin(np.arange(20) / random.uniform(3, 6))[:, None, None]
    keypoint[0, :, 9, 1] += 50 * np.cos(np.arange(20) / random.uniform(3, 6))
    return {
        "frame_dir": name,
        "label": number % 2,
        "total_frames": 20,
        "img_shape": (480, 640),
        "keypoint": keypoint.astype(np.float32),
        "keypoint_score": np.ones((1, 20, 17), np.float32),
        **more,
    }


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes a pickle; returns its path."""

    def written(changes: Callable[[dict[str, Any]], None] = lambda content: None) -> str:
        names = [f"take_s{person}_{take}" for person in range(3) for take in range(4)]
        content: dict[str, Any] = {
            "split": {"train": names[:8], "test": names[8:]},
            "annotations": [annotation(number, name) for number, name in enumerate(names)],
        }
        changes(content)
        (tmp_path / "dances.pkl").write_bytes(pickle.dumps(content))
        return str(tmp_path / "dances.pkl")

    return written


def arguments(file: str, *more: str) -> tuple[str, ...]:
    options = ("layout=coco17", "frame_rate=25", "person_pattern=_s([0-9])_", *more)
    return ("data", "inspect", file, "--format", "pyskl", *options)


def freeze(content: dict[str, Any]) -> None:
    content["annotations"][3]["keypoint"][:] = content["annotations"][3]["keypoint"][:, :1]


def test_clean_recordings(shell: Any, write: Writer) -> None:
    file = write()
    done = shell.run(*arguments(file), "--strict")
    lines = done.stdout.splitlines()
    assert lines[0] == file
    assert lines[1].startswith("read as pyskl: 17 joints (coco17), 2D, pixels of 640 x 480, 2 classes, ")
    table = {line.split()[0]: line.split()[1:] for line in lines[4:11] if line}
    assert table["clips"] == ["8", "4", "12"] and table["frames"] == ["160", "80", "240"]
    assert table["class_0"] == table["class_1"] == ["4", "2", "6"]
    assert table["people"] == ["2", "1", "3"]
    assert lines[-1] == "No findings." and "\x1b" not in done.stdout
    assert len(lines) < 40


def test_a_problem_is_told_and_strict_exits_with_1(here: Here, write: Writer) -> None:
    file = write(freeze)
    out = here.run(*arguments(file)).stdout
    assert "problem  Nothing moves in 1 of 12 clips: take_s0_3.\n         Leave them out" in out
    assert out.endswith("1 problem, 0 notices\n")
    assert here.run(*arguments(file), "--strict", code=1).stdout == out
    here.run(*arguments(file), "--strict", "--split", "test")


def test_strict_lets_notices_pass(here: Here, write: Writer) -> None:
    done = here.run("data", "inspect", write(), "--format", "pyskl", "layout=coco17", "--strict")
    assert "The frame rate is unknown in all 12 clips." in done.stdout
    assert done.stdout.endswith("0 problems, 2 notices\n")


def test_one_split_alone(here: Here, write: Writer) -> None:
    found = here.json(*arguments(write()), "--split", "test")
    assert list(found["splits"]) == ["test"] and found["total"]["clips"] == 4
    assert "all splits" not in here.run(*arguments(write()), "--split", "test").stdout


SUMMARY = {
    "clips": int, "frames": int, "hours": (float, type(None)), "bytes": int, "classes": dict,
    "label_per_person": bool, "unlabelled": int, "people": dict, "without_person": int, "persons": dict,
    "frame_rates": dict, "without_frame_rate": int, "pictures": dict, "lengths": dict,
    "seconds": (dict, type(None)), "missing": float, "joints": dict, "empty": float, "uncertain": float,
    "size": (dict, type(None)), "bones": dict, "still_clips": int, "clips_with_jumps": int,
    "clips_with_repeated_frames": int,
}  # fmt: skip
"""What scripts rely on: adding is fine, renaming and leaving out are not."""


def test_json_keeps_its_shape(here: Here, write: Writer) -> None:
    file = write(freeze)
    found = here.json(*arguments(file))
    assert list(found) == [
        "dataset", "path", "layout", "coordinates", "classes", "splits", "total", "findings",
    ]  # fmt: skip
    assert (found["dataset"], found["path"], found["coordinates"]) == ("pyskl", file, 2)
    assert found["layout"]["name"] == "coco17" and len(found["layout"]["joints"]) == 17
    for summary in (*found["splits"].values(), found["total"]):
        assert list(summary) == list(SUMMARY)
        assert all(isinstance(summary[key], kind) for key, kind in SUMMARY.items())
    assert found["total"]["lengths"] == dict.fromkeys(("least", "low", "median", "high", "most"), 20.0)
    (finding,) = found["findings"]
    assert list(finding) == ["code", "severity", "sentence", "advice", "clips", "names"]
    assert (finding["code"], finding["severity"], finding["clips"]) == ("still", "problem", 1)
    assert finding["names"] == ["take_s0_3"]
    strict = here.run(*arguments(file), "--json", "--strict", code=1)
    assert json.loads(strict.stdout) == found


def test_json_has_no_nan(here: Here, write: Writer) -> None:
    def nobody(content: dict[str, Any]) -> None:
        for each in content["annotations"]:
            each["keypoint"][:] = 0
            each["keypoint_score"][:] = 0

    out = here.run(*arguments(write(nobody)), "--json").stdout
    found = json.loads(out, parse_constant=lambda name: pytest.fail(name))
    assert found["total"]["size"] is None and found["total"]["missing"] == 1
    assert [finding["code"] for finding in found["findings"]] == ["nobody"]


EVIL = "a\x1b[31mred\x1b]0;title\x07\r\x9b2J\u202egnp\n[bold]b[/bold]"


def inject(content: dict[str, Any]) -> None:
    freeze(content)
    content["annotations"][3]["frame_dir"] = f"take_s0_{EVIL}"
    content["split"] = {"train": [*content["split"]["train"][:3], f"take_s0_{EVIL}"], EVIL: ["take_s2_0"]}


def test_names_cannot_speak_to_the_terminal(here: Here, write: Writer, tmp_path: Path) -> None:
    file = write(inject)
    classes = tmp_path / "classes.txt"
    classes.write_text("[red]left[/red]\x1b[2J\nright\u200b\u2066\n")
    out = here.run(*arguments(file, f"classes={classes}")).stdout
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", out)
    assert "[red]left[/red][2J" in out and "a[31mred]0;title" in out and "[bold]b[/bold]" in out
    names = here.json(*arguments(file, f"classes={classes}"))["findings"][0]["names"]
    assert names == [f"take_s0_{EVIL}"]  # a program gets them as they are


def test_a_terminal_gets_colours_and_no_markup(shell: Any, write: Writer) -> None:
    file = write(inject)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dancekit", *arguments(file)]
    environment = {**shell.environment, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.DEVNULL, cwd=shell.folder, env=environment
    ) as process:
        os.close(theirs)
        out = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            out += part
        assert process.wait() == 0
    os.close(ours)
    text = out.decode()
    assert "\x1b[1;31mproblem" in text
    shown = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "\x1b" not in shown and "\x07" not in shown and "\x9b" not in shown
    assert "[bold]b[/bold]" in shown and max(map(len, shown.split("\r\n"))) <= 100


def test_many_splits_and_classes_stay_on_a_screen(here: Here, write: Writer, tmp_path: Path) -> None:
    def many(content: dict[str, Any]) -> None:
        names = content["split"]["train"] + content["split"]["test"]
        content["split"] = {f"day{number}": [name] for number, name in enumerate(names)}

    classes = tmp_path / "classes.txt"
    classes.write_text("".join(f"class number {number}\n" for number in range(120)))
    out = here.run(*arguments(write(many), f"classes={classes}")).stdout
    assert "12 splits, with clips: day0 1, day1 1," in out and "(96 classes between)" in out
    summary = out.partition("\nnotice")[0]
    assert summary.count("class number") == 24 and len(summary.splitlines()) < 60


def test_a_made_data_set_and_a_recipe(here: Here, tmp_path: Path) -> None:
    found = here.json("data", "inspect", *MADE)
    assert found["findings"] == [] and found["path"] == "" and found["coordinates"] == 3
    assert found["splits"]["train"]["clips"] == 24 and found["splits"]["test"]["clips"] == 12
    assert max(found["total"]["bones"].values()) < 0.1 and 1.2 < found["total"]["size"]["median"] < 1.9
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(
        "data: {name: dance_six, recordings_train: 24, recordings_test: 12, keypoints: true_3d}\n"
    )
    assert here.json("data", "inspect", str(recipe)) == found


GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "check-your-recordings.md"


def test_the_guide_shows_what_is_printed(here: Here) -> None:
    block = re.search(r"^```console\n\$ dancekit (.*)\n((?s:.*?))^```$", GUIDE.read_text(), re.MULTILINE)
    assert block is not None
    assert here.run(*block[1].split()).stdout == block[2]


def test_the_guide_explains_every_finding() -> None:
    named = re.compile(r"(?:code=|_finding\(|_over_all\(found, |\.findings\()\s*\"([a-z-]+)\"")
    files = Path(inspection.__file__).parent.glob("*.py")
    codes = {code for file in files for code in named.findall(file.read_text())}
    codes |= {f"{code}-in-two-splits" for code in codes if code.endswith("copies")}
    assert len(codes) >= 29
    assert {code for code in codes if f"`{code}`" not in GUIDE.read_text()} == set()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dance_sx",), "There is no dance_sx"),
        ((*MADE, "--split", "tset"), "there is no split 'tset'. Did you mean 'test'?"),
        (("dance_six", "sed=1"), "sed: there is no such key"),
        ((), "Missing argument"),
    ],
)
def test_wrong_input_exits_with_2(here: Here, words: tuple[str, ...], told: str) -> None:
    done = here.run("data", "inspect", *words, code=2)
    assert told in done.stderr and "Traceback" not in done.stderr and done.stdout == ""


def test_a_recording_that_cannot_be_read_is_named(here: Here, write: Writer) -> None:
    def cut(content: dict[str, Any]) -> None:
        content["annotations"][5]["keypoint"] = np.ones((1, 20, 16, 2), np.float32)

    done = here.run(*arguments(write(cut)), "--json", code=2)
    assert "take_s1_1" in done.stderr and "16 joints" in done.stderr and done.stdout == ""


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (
            ("bandai2_3d.pkl", "--format", "pyskl", "layout=bandai21", "classes=bandai2.classes.txt",
             "frame_rate=30", "person_pattern=_([a-z]+)_[0-9]+$"),
            ["people-in-two-splits"],  # styles, which are shared by design
        ),
        (
            ("utd_mhad_3d.pkl", "--format", "pyskl", "layout=kinect20", "frame_rate=30",
             "person_pattern=_s([0-9]+)_"),
            ["jumps", "bone-lengths"],
        ),
        (
            ("data_3d_cmu.npz", "--format", "videopose3d", "vertical=y"),
            ["class-absent", "first-frame", "class-absent", "imbalance", "jumps", "repeated-frames"],
        ),
    ],
    ids=["bandai2", "utd_mhad", "cmu"],
)  # fmt: skip
@pytest.mark.slow
def test_real_recordings(here: Here, real_data: Path, words: tuple[str, ...], codes: list[str]) -> None:
    found = here.json("data", "inspect", *words)
    assert [finding["code"] for finding in found["findings"]] == codes

"""dancekit data view, as a person calls it."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def dances(tmp_path: Path) -> str:
    """A PYSKL file of two classes in 2D, with a hostile name in it."""
    random = np.random.default_rng(0)
    annotations = [
        {
            "frame_dir": name,
            "label": label,
            "total_frames": 25,
            "img_shape": (480, 640),
            "keypoint": random.uniform(100, 400, (1, 25, 17, 2)).astype(np.float32),
        }
        for name, label in (("bow_1", 0), ("</script><script>", 0), ("turn_1", 1), ("turn_2", 1))
    ]
    file = tmp_path / "dances.pkl"
    file.write_bytes(pickle.dumps(annotations))
    return str(file)


def words(file: str, *more: str) -> list[str]:
    return ["data", "view", file, "layout=coco17", "frame_rate=25", "--format", "pyskl", *more]


def test_a_page_whose_path_is_printed(shell: Any, dances: str) -> None:
    done = shell.run(*words(dances))
    assert done.stdout == "dances.html\n"
    page = (shell.folder / "dances.html").read_text()
    assert "4 recordings" in page and page.count("<script") == 2
    assert shell.run(*words(dances, "--name", "turn_2")).stdout == "turn_2.html\n"


def test_json(shell: Any, dances: str) -> None:
    found = shell.json(*words(dances, "--name", "turn_*", "--count", "9", "--out", "x.html"))
    assert found["file"] == "x.html"
    assert [row["name"] for row in found["recordings"]] == ["turn_1", "turn_2"]
    assert found["recordings"][0]["movement"] == "class 1" and found["recordings"][0]["frame_rate"] == 25


def test_pictures(shell: Any, dances: str) -> None:
    shell.run(*words(dances, "--out", "x.gif", "--name", "turn_1"))
    with Image.open(shell.folder / "x.gif") as image:
        shown = 0
        for frame in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(frame)
            shown += image.info["duration"]
    assert shown == 1000
    shell.run(*words(dances, "--out", "x.png", "--moments", "3", "--layout", "dance11"))
    with Image.open(shell.folder / "x.png") as image:
        assert image.format == "PNG" and image.width > image.height


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--name", "trun_1"], "no recording of dances.pkl is called 'trun_1'. Did you mean 'turn_1'?"),
        (["--out", "x.mp4"], "--out: x.mp4 has the ending '.mp4'. It may be .html, .gif or .png."),
        (["--layout", "danse11"], "there is no layout 'danse11'. Did you mean 'dance11'?"),
        (["--over", "dances.pkl"], "dances.pkl cannot be read as an image."),
        (["--over", "film.mp4", "--count", "1"], "film.mp4 cannot be read as a video."),
        (["--count", "0"], "Invalid value for '--count'"),
    ],
)
def test_errors_are_sentences(shell: Any, dances: str, more: list[str], sentence: str) -> None:
    (shell.folder / "film.mp4").write_text("no film")
    failed = shell.run(*words(dances, *more), code=2)
    assert sentence in failed.stderr and failed.stdout == ""
    assert failed.stderr.startswith(("Error: ", "Usage: ")) and "Traceback" not in failed.stderr
    assert not [each for each in shell.folder.iterdir() if each.suffix in (".html", ".part")]


def test_dance_six_in_space_has_no_picture_behind_it(shell: Any) -> None:
    Image.new("RGB", (1280, 720)).save(shell.folder / "stage.png")
    small = ["recordings_train=12", "recordings_test=6", "keypoints=true_3d"]
    failed = shell.run("data", "view", "dance_six", *small, "--over", "stage.png", code=2)
    assert "is in 3D" in failed.stderr and "2D" in failed.stderr
    found = shell.json("data", "view", "dance_six", *small, "--split", "test", "--count", "3")
    assert {row["split"] for row in found["recordings"]} == {"test"} and len(found["recordings"]) == 3


def test_help_needs_neither_torch_nor_pillow() -> None:
    code = (
        "import sys\nfrom dancekit.cli.data_view import view\n"
        "print(*(name for name in ('torch', 'PIL', 'cv2', 'numpy') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "more"),
    [
        ("bandai2_3d.pkl", ["layout=bandai21", "--format", "pyskl", "--name", "walk_active_1"]),
        ("utd_mhad_3d.pkl", ["layout=kinect20", "--format", "pyskl"]),
        ("data_3d_cmu.npz", ["vertical=y", "--format", "videopose3d", "--count", "12"]),
    ],
)
def test_real_recordings(shell: Any, real_data: Path, source: str, more: list[str]) -> None:
    found = json.loads(shell.run("data", "view", str(real_data / source), *more, "--json").stdout)
    assert (shell.folder / found["file"]).stat().st_size < 1_300_000


def test_steps_of_pictures(shell: Any) -> None:
    Image.new("RGB", (40, 30), "white").save(shell.folder / "wall.png")
    assert shell.run("data", "view", "wall.png", "--steps").stdout == "wall-steps.png\n"
    made = ("data", "view", "dance_six", "scenery=plain", "recordings_train=12", "recordings_test=6")
    found = shell.json(*made, "--split", "test", "--count", "2", "--steps", "--size", "48", "--out", "x.png")
    assert found["file"] == "x.png" and len(found["pictures"]) == 2
    assert 0 < found["pictures"][0]["silhouette"] < 1
    with Image.open(shell.folder / "x.png") as image:
        assert image.format == "PNG"

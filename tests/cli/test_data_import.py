"""dancekit data import and convert, as processes on recordings as users have them."""

from __future__ import annotations

import json
import pickle
import signal
import time
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def dances(tmp_path: Path) -> Path:
    """A PYSKL pickle of twelve recordings of two people, in 3D."""
    random = np.random.default_rng(0)
    annotations = [
        {
            "frame_dir": f"clip_s{number % 2}_{number}",
            "label": number % 3,
            "total_frames": 6,
            "keypoint": random.uniform(1, 2, (1 + number % 2, 6, 14, 3)).astype(np.float32),
            "keypoint_score": random.choice([0, 0.5, 1], (1 + number % 2, 6, 14)).astype(np.float32),
        }
        for number in range(12)
    ]
    names = [each["frame_dir"] for each in annotations]
    file = tmp_path / "dances.pkl"
    split = {"train": names[:8], "test": names[8:], "all": names}
    file.write_bytes(pickle.dumps({"split": split, "annotations": annotations}))
    (tmp_path / "LICENSE").write_text("Dance with it.")
    return file


READ = ("layout=dance14", "frame_rate=25", r"person_pattern=_s(\d)_")


def arrays(folder: Path) -> dict[str, np.ndarray]:
    return {file.name: np.load(file) for file in sorted(folder.glob("*.npy"))}


def test_import_convert_import_gives_the_same_store(shell, dances):
    shell.run("data", "import", "dances.pkl", "a.store", *READ)
    shell.run("data", "convert", "a.store", "b.pkl")
    shell.run("data", "import", "b.pkl", "b.store", "layout=dance14", "classes=b.classes.txt")
    first, second = arrays(shell.folder / "a.store"), arrays(shell.folder / "b.store")
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)
    for name in ("names.json",):
        assert (shell.folder / "a.store" / name).read_text() == (shell.folder / "b.store" / name).read_text()


def test_the_archive_comes_back_too(shell, dances):
    shell.run("data", "import", "dances.pkl", "a.store", *READ)
    shell.run("data", "convert", "a.store", "c.npz")
    shell.run("data", "import", "c.npz", "c.store")
    first, second = arrays(shell.folder / "a.store"), arrays(shell.folder / "c.store")
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)


def test_numpy_1_finds_its_functions_in_the_pickle(shell, dances):
    shell.run("data", "convert", "dances.pkl", "b.pkl", *READ)
    written = (shell.folder / "b.pkl").read_bytes()
    assert b"numpy.core.multiarray" in written and b"numpy._core" not in written
    content = pickle.loads(written)
    assert content["split"]["test"] == [f"clip_s{number % 2}_{number}" for number in range(8, 12)]
    assert content["annotations"][3]["person"] == "1" and content["annotations"][3]["frame_rate"] == 25


def test_a_store_keeps_the_licence_and_says_what_it_is(shell, dances):
    done = shell.json("data", "import", "dances.pkl", "a.store", *READ, "--split", "train")
    assert done["splits"] == {"train": 8} and done["licence"].endswith("LICENSE")
    index = json.loads((shell.folder / "a.store" / "store.json").read_text())
    assert index["about"]["licence"] == "Dance with it."
    assert index["about"]["source"]["name"] == "pyskl"
    assert index["layout"]["name"] == "dance14"


def test_a_recipe_trains_on_a_store(shell, dances, tiny):
    shell.run("data", "import", "dance_six", "six.store", "recordings_train=60", "recordings_test=12")
    plain = shell.json("fit", tiny)
    packed = shell.json("fit", tiny, "data.name=store", "data.path=six.store")
    assert packed["test"] == plain["test"]


def test_another_layout(shell, dances):
    shell.run("data", "import", "dances.pkl", "d.store", *READ, "--layout", "dance11")
    index = json.loads((shell.folder / "d.store" / "store.json").read_text())
    assert len(index["layout"]["joints"]) == 11
    told = shell.run("data", "import", "dances.pkl", "e.store", *READ, "--layout", "ntu25", code=2).stderr
    assert "Layout dance14 cannot be converted to ntu25: it lacks" in told
    assert not (shell.folder / "e.store").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dances.pkl", "a.store"), "layout is missing."),
        (
            ("dances.pkl", "a.store", "layout=dance14", "--split", "tets"),
            "there is no split 'tets'. Did you mean 'test'?",
        ),
        (("dances.pkl", "a.store", "layout=coco17"), "has 14 joints, but layout coco17 has 17"),
        (("nowhere.pkl", "a.store"), "There is no nowhere.pkl in"),
        (("dances.pkl", "LICENSE", *READ), "LICENSE is there already, and is no store."),
        (("LICENSE", "a.store"), "no data set recognises it. Say which: --format"),
        (("dances.pkl", "a.store", "--format", "pysk"), "there is no dataset 'pysk'. Did you mean 'pyskl'?"),
    ],
)
def test_what_goes_wrong_is_told(shell, dances, words, told):
    assert told in shell.run("data", "import", *words, code=2).stderr
    assert {file.name for file in shell.folder.iterdir()} == {"dances.pkl", "LICENSE"}


def test_a_file_without_a_known_ending_is_told(shell, dances):
    told = shell.run("data", "convert", "dances.pkl", "out.csv", *READ, code=2).stderr
    assert "has no ending that says what to write" in told


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_import_leaves_nothing_that_looks_whole(shell, how):
    process = shell.start("data", "import", "dance_six", "six.store")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(shell.folder.glob("six.store.*.part/keypoints.npy")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(how)
    process.communicate()
    assert process.returncode == (130 if how == signal.SIGINT else -9)
    assert not (shell.folder / "six.store").exists()
    left = list(shell.folder.glob("*.part"))
    assert len(left) == (0 if how == signal.SIGINT else 1)
    for each in left:
        assert (
            "cannot be read"
            in shell.run("data", "import", str(each), "again.store", "--format", "store", code=2).stderr
        )

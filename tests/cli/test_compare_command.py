"""dancekit compare, as a person calls it."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest

SMALL = (
    "data.recordings_train=24",
    "data.recordings_test=12",
    "backbone.width=4",
    "backbone.stages=[1]",
    "backbone.strides=[1]",
    "batches.frames=8",
    "trainer.max_epochs=1",
)


@pytest.mark.slow
def test_trains_once_and_reuses(shell: Any) -> None:
    words = ("compare", "recipes/stgcn.yaml", "recipes/stgcn_ta.yaml", *SMALL, "--seeds", "2")
    done = shell.run(*words, "--no-cost", "--jobs", "2")
    assert done.stdout == "comparisons/stgcn_stgcn_ta/comparison.html\n"
    assert done.stderr.count("trained") >= 4 and "| stgcn_ta |" in done.stderr
    folder = shell.folder / "comparisons" / "stgcn_stgcn_ta"
    assert {"comparison.html", "comparison.md", "comparison.csv", "comparison.json"} <= {
        file.name for file in folder.iterdir()
    }
    runs = sorted(file.name for file in (shell.folder / "runs").iterdir())
    again = shell.json(*words, "--no-cost")
    assert sorted(file.name for file in (shell.folder / "runs").iterdir()) == runs
    assert again["seeds"] == 2 and [row["name"] for row in again["rows"]] == ["stgcn", "stgcn_ta"]
    assert again["rows"][1]["difference"]["over"] == "people and seeds"
    assert 0 <= again["rows"][0]["accuracy"]["low"] <= again["rows"][0]["accuracy"]["value"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_who_ends_it_ends_its_trainings(shell: Any) -> None:
    """A training that goes on alone would write into the run that the next call resumes."""
    going = shell.start(
        "compare", "recipes/stgcn.yaml", *SMALL, "trainer.max_epochs=5000", "--seeds", "1", "--no-cost"
    )
    until = time.monotonic() + 120
    while not list(shell.folder.glob("runs/*/metrics.csv")) and time.monotonic() < until:
        time.sleep(0.1)
    assert _trainings(shell.folder) == 1
    going.terminate()
    _, said = going.communicate(timeout=60)
    assert going.returncode == 130 and "The same command goes on." in said
    assert _trainings(shell.folder) == 0


def _trainings(folder: Path) -> int:
    """How many processes train for a comparison in a folder."""
    count = 0
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            said = words.read_bytes().split(b"\0")
            count += b"fit" in said and (words.parent / "cwd").resolve() == folder.resolve()
    return count

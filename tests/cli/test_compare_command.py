"""dancekit compare, as a person calls it."""

from __future__ import annotations

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

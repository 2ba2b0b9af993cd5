"""The run directory: claimed by one run, found again, written whole or not at all."""

from __future__ import annotations

import json
import math
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dancekit.errors import RunError
from dancekit.plugin import Registry
from dancekit.recipe_files import read_recipe
from dancekit.run import RUN_VARIABLE, Run, hand_on, read_json, shared_run, versions, write_json


@pytest.fixture(autouse=True)
def _no_shared_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RUN_VARIABLE, raising=False)


def test_a_new_run_has_its_folders_and_is_the_latest(tmp_path: Path) -> None:
    root = tmp_path / "some" / "runs"
    run = Run.create(root, "stgcn")
    assert run.folder.is_absolute() and run.folder.name.endswith("_stgcn")
    assert run.checkpoints.is_dir()
    assert (root / "latest").resolve() == run.folder.resolve()


def test_many_runs_in_one_second_share_nothing(tmp_path: Path) -> None:
    runs = [Run.create(tmp_path, "r") for _ in range(12)]
    assert len({run.folder for run in runs}) == 12
    assert (tmp_path / "latest").resolve() == runs[-1].folder.resolve()


def test_runs_that_start_together_share_nothing(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: Run.create(tmp_path, "r"), range(16)))
    assert len({run.folder for run in runs}) == 16
    assert (tmp_path / "latest").resolve() in {run.folder.resolve() for run in runs}


def test_a_folder_called_latest_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "mine.txt").write_text("x")
    run = Run.create(tmp_path, "r")
    assert run.checkpoints.is_dir()
    assert (tmp_path / "latest" / "mine.txt").read_text() == "x"
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".latest")]


def test_another_process_of_a_run_shares_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Run.create(tmp_path, "r")
    monkeypatch.setenv(RUN_VARIABLE, str(first.folder))
    assert Run.create(tmp_path, "another name") == first == shared_run()
    assert len(list(tmp_path.iterdir())) == 2  # the run and `latest`


def test_a_run_is_handed_on_while_it_lasts(tmp_path: Path) -> None:
    run = Run.create(tmp_path, "r")
    assert shared_run() is None
    with hand_on(run):
        assert shared_run() == run
        with hand_on(Run(tmp_path)):  # the first one's word holds
            assert shared_run() == run
        assert shared_run() == run
    assert shared_run() is None and RUN_VARIABLE not in os.environ


def test_a_failed_run_is_not_handed_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), hand_on(Run(tmp_path)):
        raise KeyboardInterrupt
    assert shared_run() is None


def test_open_finds_a_run_and_the_latest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run.create(Path("runs"), "r")
    run.recipe.write_text("seed: 1\n")
    assert (
        Run.open("latest") == Run.open(run.folder) == Run.open(str(run.folder)) == Run(run.folder.resolve())
    )


@pytest.mark.parametrize("folder", ["latest", "nowhere", "."])
def test_open_tells_where_no_run_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        RunError, match=r"is no run: it has no recipe\.yaml\. `dancekit fit RECIPE` makes one\."
    ):
        Run.open(folder)


def test_every_file_has_its_place(tmp_path: Path) -> None:
    run = Run(tmp_path)
    places = [
        run.recipe,
        run.last,
        run.best,
        run.metrics,
        run.result,
        run.report,
        run.wandb,
        run.predictions("test"),
    ]
    assert [str(place.relative_to(tmp_path)) for place in places] == [
        "recipe.yaml",
        "checkpoints/last.ckpt",
        "checkpoints/best.ckpt",
        "metrics.csv",
        "result.json",
        "report.html",
        "wandb.json",
        "predictions_test.npz",
    ]


def test_record_writes_what_repeats_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/dancekit", "fit", "a b.yaml", "seed=1"])
    run = Run(tmp_path)
    content = {"seed": 1, "data": {"name": "dance_six"}, "crop": [0.7, 1.0], "nothing": None}
    run.record(content, Registry.load())
    assert read_recipe(run.recipe).content == content
    assert (tmp_path / "command.txt").read_text() == "dancekit fit 'a b.yaml' seed=1\n"
    assert read_json(tmp_path / "versions.json")["torch"]


def test_versions_name_packages_plugins_and_revision() -> None:
    found = versions(Registry.load())
    assert found["python"].startswith("3.")
    assert {"dancekit", "torch", "lightning", "omegaconf", "git", "plugins"} <= set(found)
    assert found["plugins"]["dancekit-stgcn"].startswith("dancekit ")


def test_versions_without_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert versions(Registry([]))["git"] is None


def test_json_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    content = {"a": [1, 2.5, None], "b": {"c": "é"}}
    write_json(file, content)
    assert read_json(file) == content
    write_json(file, {"loss": math.inf})
    assert read_json(file) == {"loss": math.inf}


def test_a_killed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.json"
    write_json(file, {"old": 1})

    def killed(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_json(file, {"new": 2})
    assert json.loads(file.read_text()) == {"old": 1}


def test_what_is_no_json_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    write_json(file, {"old": 1})
    with pytest.raises(TypeError):
        write_json(file, {"new": object()})
    assert read_json(file) == {"old": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("content", [b'{"a": ', b"", b"\xff\xfe"])
def test_damaged_json_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(RunError, match="cannot be read"):
        read_json(file)


def test_absent_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be read"):
        read_json(tmp_path / "x.json")

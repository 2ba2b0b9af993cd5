"""Ensembles as processes: one recipe, several runs, one result."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def four(tmp_path: Path, tiny: str) -> str:
    recipe = tmp_path / "streams.yaml"
    recipe.write_text(
        """
extends: tiny.yaml
preprocess: [centre, scale_to_body, {name: stream, of: joint}]
ensemble:
  members:
    joint: []
    bone: [preprocess.2.of=bone]
  weights: [2, 1]
"""
    )
    return str(recipe)


def test_an_ensemble_trains_fuses_reports_and_is_tested_again(shell, four):
    done = shell.run("fit", four)
    run = (shell.folder / "runs" / "latest").resolve()
    assert done.stdout.strip() == str(run / "report.html")
    result = json.loads((run / "result.json").read_text())
    members = {each["name"]: each for each in result["test"]["members"]}
    assert members.keys() == {"joint", "bone"}
    assert members["joint"]["weight"] == pytest.approx(2 / 3)
    page = (run / "report.html").read_text()
    assert 'href="members/joint/report.html"' in page and (run / "members/joint/report.html").is_file()

    probability = 0
    for name, weight in (("joint", 2 / 3), ("bone", 1 / 3)):
        own = run / "members" / name
        assert json.loads((own / "result.json").read_text())["test"]["accuracy"] == members[name]["accuracy"]
        with np.load(own / "predictions_test.npz") as saved:
            logits, names = saved["logits"].astype(np.float64), saved["names"]
        probability += weight * np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    with np.load(run / "predictions_test.npz") as saved:
        np.testing.assert_allclose(np.exp(saved["logits"]), probability, rtol=1e-5)
        assert saved["names"].tolist() == names.tolist()

    again = shell.json("test", "latest")
    assert again["accuracy"] == result["test"]["accuracy"]
    by_hand = shell.json("test", "latest/members/joint", "latest/members/bone", "--weights", "2,1")
    assert by_hand["confusion"] == again["confusion"]
    repeated = shell.json("fit", str(run / "recipe.yaml"), "trainer.max_epochs=1")
    assert Path(repeated["run"]).name.endswith("_streams")


def test_resuming_trains_what_is_not_finished(shell, four):
    process = shell.start("fit", four, "trainer.max_epochs=40", "data.recordings_train=240")
    runs = shell.folder / "runs"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(runs.glob("2*/members/joint/metrics.csv")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    process.communicate()
    run = (runs / "latest").resolve()
    recipe = run / "recipe.yaml"
    for file in (recipe, run / "members/joint/recipe.yaml"):  # shorter, so that the test is
        file.write_text(file.read_text().replace("max_epochs: 40", "max_epochs: 3"))
    done = shell.run("fit", "--resume", "latest")
    assert "joint:" in done.stderr and "bone:" in done.stderr
    assert (run / "report.html").is_file()
    assert "finished already" in shell.run("fit", "--resume", "latest").stderr
    told = shell.run("fit", "--resume", "latest", "trainer.max_epochs=4", code=2).stderr
    assert "the recipe of an ensemble is not changed on resuming" in told


def test_several_looks(shell, tiny):
    shell.run("fit", tiny)
    once = shell.json("test", "latest")
    looked = shell.json("test", "latest", "--samples", "4", "--flip")
    assert looked["clips"] == once["clips"] == 12
    assert looked["loss"] != once["loss"]
    assert shell.json("test", "latest", "--samples", "1")["loss"] == once["loss"]
    assert "samples is 0" in shell.run("test", "latest", "--samples", "0", code=2).stderr


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("ensemble.members.bone=[preprocess.2.of=bones]", "ensemble.members.bone: preprocess[2].of: 'bones'"),
        ("ensemble.weights=[1]", "ensemble.weights: [1.0] are no weights for 2 members"),
        ("ensemble.members.bone=[nonsense]", "ensemble.members: 'nonsense' is not an override"),
        ("ensemble.members.bone=5", "ensemble.members: "),
    ],
)
def test_a_wrong_ensemble_is_told(shell, four, override, told):
    assert told in shell.run("recipes", "check", four, override, code=2).stdout


def test_weights_that_are_no_numbers_are_told(shell, tiny):
    shell.run("fit", tiny, "trainer.max_epochs=1")
    assert "'two' are no numbers" in shell.run("test", "latest", "--weights", "two", code=2).stderr
    assert "no run is named" in shell.run("test", "seed=1", code=2).stderr

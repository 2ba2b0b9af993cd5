"""The paper's chain, as processes: a lifter is trained, evaluated, and put before a recogniser."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.slow

SMALL = ("data.recordings_train=60", "data.recordings_test=12", "batches.size=8", "batches.frames=24")
LIFT = ("fit", "recipes/lift_siamese.yaml", *SMALL, "lifter.channels=16", "trainer.max_epochs=3")
CHAIN = ("fit", "recipes/paper.yaml", *SMALL, "backbone.width=4", "trainer.max_epochs=1")


def _latest(shell) -> Path:
    return (shell.folder / "runs" / "latest").resolve()


def _state(run: Path, name: str = "best") -> dict[str, torch.Tensor]:
    return torch.load(run / "checkpoints" / f"{name}.ckpt", weights_only=True)["state_dict"]


def test_the_whole_chain(shell):
    refused = shell.run(*CHAIN, code=2)
    assert "Train the lifter first: dancekit fit recipes/lift_siamese.yaml" in refused.stderr

    trained = shell.run(*LIFT)
    lifting = _latest(shell)
    assert trained.stdout.strip() == str(lifting / "report.html")
    assert "validation error" in trained.stderr and "MPJPE" in trained.stderr
    result = json.loads((lifting / "result.json").read_text())
    test = result["test"]
    assert test["joints"] == 17 and "pelvis" in test["root"] and test["clips"] == 12
    assert 0 < test["p_mpjpe"] <= test["mpjpe"] < test["mean_pose"] * 3
    assert 0 <= result["finish"]["weight of the 2D branch, least"] <= 1
    with (lifting / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {"train/mending", "train/position", "validate/mpjpe"} <= set(rows[0])
    page = (lifting / "report.html").read_text()
    assert "MPJPE" in page and "<script" in page

    again = json.loads(shell.run("test", "latest", "--json").stdout)
    assert again["mpjpe"] == pytest.approx(test["mpjpe"], abs=1e-3)
    alone = json.loads(shell.run("test", "latest", "--json", "lifter.fuse=false").stdout)
    assert alone["mpjpe"] == pytest.approx(test["mpjpe"], rel=0.3)
    side = json.loads(shell.run("test", "latest", "--json", "--flip", "preprocess.3.yaw=[90,90]").stdout)
    assert side["mpjpe"] != again["mpjpe"]
    assert "one run of lifting" in shell.run("test", "latest", "--samples", "3", code=2).stderr

    shell.run(*CHAIN)
    recognising = _latest(shell)
    assert recognising != lifting
    own, first = _state(recognising), _state(lifting)
    for name, value in first.items():  # frozen
        assert torch.equal(own[name], value), name
    accuracy = json.loads((recognising / "result.json").read_text())["test"]["accuracy"]
    shutil.rmtree(lifting)  # the recogniser has its own copy
    found = json.loads(shell.run("test", str(recognising), "--json").stdout)
    assert found["accuracy"] == pytest.approx(accuracy)


def test_fine_tuning_changes_the_lifter(shell):
    shell.run(*LIFT, "trainer.max_epochs=1")
    first = _state(_latest(shell))
    shell.run(*CHAIN, "lifter.fine_tune=true")
    own = _state(_latest(shell))
    assert not torch.equal(own["lifter.head.weight"], first["lifter.head.weight"])


def test_a_run_goes_on_where_it_stood(shell):
    shell.run(*LIFT)
    whole = _latest(shell)
    shell.run(*LIFT)
    part = _latest(shell)
    assert part != whole
    for name, value in _state(whole, "last").items():  # the same seed, the same weights
        assert torch.equal(value, _state(part, "last")[name]), name
    shell.run("fit", "--resume", str(part), "trainer.max_epochs=4")
    assert json.loads((part / "result.json").read_text())["epochs"] == 4

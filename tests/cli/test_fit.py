"""fit, resume, validate and test, as processes."""

import csv
import json
import os
import signal
import time
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.slow

LONG = ("trainer.max_epochs=12", "data.recordings_train=240", "batches.frames=32")


def _weights(run: Path) -> dict[str, torch.Tensor]:
    return torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]


def _metrics(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def _result(run: Path) -> dict:
    return json.loads((run / "result.json").read_text())


def _latest(shell) -> Path:
    return (shell.folder / "runs" / "latest").resolve()


def _wait_for_epochs(process, metrics: Path, epochs: int) -> None:
    """Until so many epochs are written; the next is then under way."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if metrics.is_file() and len(metrics.read_text().splitlines()) > epochs:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("no epoch was finished")


def test_a_run_has_everything(shell, tiny):
    done = shell.run("fit", tiny)
    run = _latest(shell)
    assert done.stdout.strip() == str(run / "report.html")
    expected = {"recipe.yaml", "versions.json", "command.txt", "metrics.csv", "result.json", "report.html"}
    assert expected <= {file.name for file in run.iterdir()}
    known = json.loads((run / "input.json").read_text())
    assert known["layout"]["name"] == "openpose18" and known["pixels"] and known["persons"] == 1
    result = _result(run)
    assert 0 <= result["test"]["accuracy"] <= result["test"]["top5"] <= 1
    assert sum(map(sum, result["test"]["confusion"])) == 12
    assert result["parameters"] > 1000
    assert result["seconds"] > 0
    assert {"dancekit", "torch", "lightning", "plugins"} <= set(result["versions"])
    assert [int(row["epoch"]) for row in _metrics(run)] == [0, 1, 2]
    best = max(float(row["validate/accuracy"]) for row in _metrics(run))
    assert best == pytest.approx(result["validate"]["accuracy"])


def test_the_resolved_recipe_repeats_the_run(shell, tiny):
    shell.run("fit", tiny)
    first = _latest(shell)
    shell.run("fit", str(first / "recipe.yaml"))
    second = _latest(shell)
    assert first != second
    assert (first / "recipe.yaml").read_text() == (second / "recipe.yaml").read_text()
    for name, weight in _weights(first).items():
        assert torch.equal(weight, _weights(second)[name]), name


def test_other_seeds_are_other_runs(shell, tiny):
    losses = []
    for seed in ("0", "1"):
        shell.run("fit", tiny, f"seed={seed}", "trainer.max_epochs=1")
        losses.append(_metrics(_latest(shell))[0]["train/loss"])
    assert losses[0] != losses[1]


def test_killed_and_resumed_equals_unbroken_bit_for_bit(shell, tiny):
    shell.run("fit", tiny, *LONG)
    unbroken = _latest(shell)
    process = shell.start("fit", tiny, *LONG, "--runs", "killed")
    _wait_for_epochs(process, shell.folder / "killed" / "latest" / "metrics.csv", 3)
    time.sleep(0.15)  # into the next epoch
    process.send_signal(signal.SIGKILL)
    process.communicate()
    killed = (shell.folder / "killed" / "latest").resolve()
    assert not (killed / "result.json").exists()
    assert len(_metrics(killed)) < 12
    shell.run("fit", "--resume", str(killed))
    for name, weight in _weights(unbroken).items():
        assert torch.equal(weight, _weights(killed)[name]), name
    for one, other in zip(_metrics(unbroken), _metrics(killed), strict=True):
        assert {**one, "seconds": ""} == {**other, "seconds": ""}
    assert _result(unbroken)["test"] == _result(killed)["test"]


def test_ctrl_c_leaves_a_resumable_run(shell, tiny):
    process = shell.start("fit", tiny, *LONG)
    _wait_for_epochs(process, shell.folder / "runs" / "latest" / "metrics.csv", 2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "--resume" in err
    assert "Traceback" not in err
    shell.run("fit", "--resume", "latest")
    assert len(_metrics(_latest(shell))) == 12


def test_a_finished_run_takes_more_epochs(shell, tiny):
    shell.run("fit", tiny)
    shell.run("fit", "--resume", "latest", "trainer.max_epochs=5")
    assert [int(row["epoch"]) for row in _metrics(_latest(shell))] == [0, 1, 2, 3, 4]


def test_two_processes_are_one_run(shell, tiny):
    """At equal total batch two processes give the loss curve of one, and one run directory."""
    gentle = ("optimizer.learning_rate=0.0005", "head.dropout=0", "backbone.dropout=0")
    shell.run("fit", tiny, *gentle)
    alone = _latest(shell)
    done = shell.run("fit", tiny, *gentle, "trainer.devices=2", "trainer.strategy=ddp")
    together = _latest(shell)
    runs = [each for each in (shell.folder / "runs").iterdir() if not each.is_symlink()]
    assert {alone, together} == set(runs)
    assert done.stdout.strip() == str(together / "report.html")
    for one, two in zip(_metrics(alone), _metrics(together), strict=True):
        for column in ("train/loss", "validate/loss"):
            assert float(two[column]) == pytest.approx(float(one[column]), abs=1e-3)
    assert _result(alone)["test"]["clips"] == _result(together)["test"]["clips"] == 12


def test_batch_that_devices_cannot_share(shell, tiny):
    words = ("trainer.devices=2", "trainer.strategy=ddp", "batches.size=9")
    assert "shared evenly by 2 devices" in shell.run("fit", tiny, *words, code=2).stderr


def test_averaged_weights_and_no_validation(shell, tiny):
    words = ("trainer.average_weights=0.9", "splits.hold_out=0", "head.class_weights=true")
    result = shell.json("fit", tiny, *words)
    assert "validate" not in result
    assert result["test"]["clips"] == 12


def test_validate_and_test_say_what_the_run_said(shell, tiny):
    shell.run("fit", tiny)
    result = _result(_latest(shell))
    for verb in ("validate", "test"):
        again = shell.json(verb, "latest")
        assert again["confusion"] == result[verb]["confusion"]
        assert again["accuracy"] == pytest.approx(result[verb]["accuracy"])
    assert shell.json("test", "latest", "--split", "train")["clips"] == 60
    assert shell.json("test", "latest", "data.recordings_test=18")["clips"] == 18
    assert "no split 'tset'" in shell.run("test", "latest", "--split", "tset", code=2).stderr


def test_weights_that_do_not_fit(shell, tiny):
    shell.run("fit", tiny, "trainer.max_epochs=1")
    error = shell.run("test", "latest", "backbone.width=6", code=1).stderr
    assert "do not fit" in error
    assert "Traceback" not in error


def test_wandb_offline_holds_metrics_and_recipe(shell, tiny):
    done = shell.run("fit", tiny, "logger=wandb", "trainer.max_epochs=2")
    assert "offline" in done.stderr
    run = _latest(shell)
    identity = json.loads((run / "wandb.json").read_text())["id"]
    (file,) = run.glob(f"wandb/offline-run-*-{identity}/run-{identity}.wandb")
    records = file.read_bytes()
    for metric in ("train/loss", "train/accuracy", "validate/accuracy", "test/accuracy"):
        assert metric.encode() in records, metric
    for setting in ("spatio_temporal", "dance_six", "learning_rate", "max_epochs"):
        assert setting.encode() in records, setting
    shell.run("fit", "--resume", "latest", "trainer.max_epochs=3")
    assert json.loads((run / "wandb.json").read_text())["id"] == identity
    assert len(list(run.glob(f"wandb/offline-run-*-{identity}"))) == 2


def test_wandb_online_without_login_is_an_error(shell, tiny):
    error = shell.run("fit", tiny, "logger=wandb", "wandb.mode=online", code=2).stderr
    assert "wandb login" in error


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("data=dance_siks", "Did you mean 'dance_six'?"),
        ("splits.test=tset", "no split 'tset'"),
        ("backbone.widht=3", "Did you mean 'width'?"),
        ("backbone.temporal_kernel=4", "backbone: temporal_kernel must be odd"),
        ("optimizer.learning_rate=1e30", "training loss is"),
        ("data={name: pyskl, path: nowhere.pkl, layout: coco17}", "nowhere.pkl"),
    ],
)
def test_worded_errors(shell, tiny, override, words):
    error = shell.run("fit", tiny, override, code=1 if "loss" in words else 2).stderr
    assert words in error
    assert "Traceback" not in error


def test_no_run_is_left_by_wrong_data(shell, tiny):
    shell.run("fit", tiny, "splits.test=tset", code=2)
    assert not (shell.folder / "runs").exists()


def test_resume_of_what_is_no_run(shell):
    assert "is no run" in shell.run("fit", "--resume", os.curdir, code=1).stderr

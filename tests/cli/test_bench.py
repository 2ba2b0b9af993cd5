"""dancekit bench, as a process. No test looks at how fast anything is."""

from __future__ import annotations

import json
import math
import signal

import pytest

pytestmark = pytest.mark.slow

QUICK = ("--seconds", "0.01")
LIFTER = """
task: lifting
data: {name: dance_six, keypoints: true_3d, recordings_train: 20, recordings_test: 12}
splits: {by: clip}
batches: {size: 4, frames: 12, frame_rate: 30}
preprocess: [{name: scale_to_body, by: torso, size: 0.5}, {name: camera, yaw: [0, 360]}, project]
lifter: {name: siamese, input_layout: openpose18, output_layout: h36m17, channels: 8}
trainer: {accelerator: cpu, precision: 32-true}
"""
FRAMES = """
data: {name: dance_six, scenery: plain, recordings_train: 12, recordings_test: 12}
splits: {by: clip}
batches: {size: 4, frames: 3, pictures: 48, workers: 0}
preprocess: [grey, max_entropy, remove_background, thinning]
backbone: {name: hu_moments}
trainer: {accelerator: cpu, precision: 32-true}
"""


def _rates_agree(rate: dict, clips: int, peak: float) -> None:
    assert rate["clips_per_second"] == pytest.approx(clips / rate["seconds"]["median"])
    assert rate["macs_per_second"] == pytest.approx(
        rate["macs_per_clip"] * rate["clips_per_second"], rel=1e-3
    )
    assert rate["share_of_peak"] == pytest.approx(rate["macs_per_second"] / peak)
    assert 0 < rate["seconds"]["median"] <= rate["seconds"]["p95"] * 1.0001
    assert rate["seconds"]["calls"] >= 3
    assert rate["peak_memory_bytes"] > 2**20


def test_a_recogniser(shell, tiny) -> None:
    found = shell.json("bench", tiny, "--persons", "1..3,5", "--out", "found.json", *QUICK)
    assert json.loads((shell.folder / "found.json").read_text()) == found
    assert (found["recipe"], found["task"], found["model"]) == ("tiny", "recognition", "stgcn")
    assert (found["precision"], found["batch"], found["frames"]) == ("32-true", 10, 16)
    assert {"float32", "bfloat16"} == set(found["machine"]["peak_macs_per_second"])
    assert found["machine"]["device"] == "cpu" and found["machine"]["threads"] == 1
    assert set(found["parameters"]) == {"convolution", "linear", "attention", "norm", "other"}
    assert found["parameters"]["linear"] == 16 * 6 + 6  # 4 times the width to six classes
    assert found["macs_per_clip"]["linear"] == 16 * 6
    assert found["loading"]["clips_per_second"] > 0 and found["loading"]["batches"] >= 3
    peak = found["machine"]["peak_macs_per_second"]["float32"]
    for what in ("training", "inference"):
        _rates_agree(found[what], 10, peak)
    assert found["inference"]["macs_per_clip"] == pytest.approx(sum(found["macs_per_clip"].values()), abs=5)
    assert 2 < found["training"]["macs_per_clip"] / found["inference"]["macs_per_clip"] <= 3
    assert found["latency"]["calls"] >= 50
    persons = found["persons"]
    assert persons["persons"] == [1, 2, 3, 5] and persons["clips"] == 2
    assert len(persons["seconds"]) == 4
    assert all(math.isfinite(persons["line"][key]) for key in ("slope", "intercept", "r2"))
    assert persons["per_person"] > 0 and persons["absent"] > 0
    assert [each["what"] for each in found["textbook"]] == ["inference", "training_step"]
    assert found["from_frames"] is None


def test_text_names_every_measurement(shell, tiny) -> None:
    done = shell.run("bench", tiny, "--persons", "2", *QUICK)
    for words in ("matrix peak", "MACs per clip", "augmentation", "latency", "of the peak", "textbook form"):
        assert words in done.stdout, words
    assert "one beside 1 absent costs" in done.stdout
    assert "R²" not in done.stdout  # no line through one number of persons
    assert "training" in done.stderr and "Warning" not in done.stderr and "val_dataloader" not in done.stderr
    assert {each.name for each in shell.folder.iterdir() if each.suffix != ".yaml"} <= {".cache", ".config"}


def test_bfloat16_is_compared_with_float32_too(shell, tiny) -> None:
    found = shell.json("bench", tiny, "trainer.precision=bf16-mixed", "--persons", "1", *QUICK)
    assert found["precision"] == "bf16-mixed"
    assert [each["textbook_precision"] for each in found["textbook"]] == ["32-true"] * 2 + ["bf16-mixed"] * 2
    _rates_agree(found["inference"], 10, found["machine"]["peak_macs_per_second"]["bfloat16"])


def test_a_lifter(shell) -> None:
    (shell.folder / "lifter.yaml").write_text(LIFTER)
    found = shell.json("bench", "lifter.yaml", "--persons", "1,2", *QUICK)
    assert (found["task"], found["model"], found["textbook"]) == ("lifting", "siamese", [])
    _rates_agree(found["inference"], 4, found["machine"]["peak_macs_per_second"]["float32"])


def test_from_frames_to_the_end(shell) -> None:
    (shell.folder / "frames.yaml").write_text(FRAMES)
    found = shell.json("bench", "frames.yaml", "--persons", "1", *QUICK)
    assert found["from_frames"]["frames"] % (4 * 3) == 0
    assert found["from_frames"]["frames_per_second"] > 0
    assert found["textbook"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--persons", "0"), "--persons 0: there can be 1 to 100"),
        (("--persons", "5..2"), "in rising order"),
        (("--persons", "1..1000000000"), "there can be 1 to 100"),
        (("--persons", "some"), "Write 1,2,5,10 or 1..10."),
        (("--seconds", "0"), "not in the range"),
        (("--seconds", "nan"), "nan is no number of seconds"),
        (("--out", "nowhere/found.json"), "--out: nowhere/found.json cannot be written"),
        (("backbone.widht=3",), "Did you mean 'width'?"),
        (("ensemble.members.half=[backbone.width=2]",), "is an ensemble of 1"),
    ],
)
def test_worded_errors(shell, tiny, words, said) -> None:
    error = shell.run("bench", tiny, *words, code=2).stderr
    assert said in error
    assert "Traceback" not in error


def test_no_gpu_is_a_worded_error(shell, tiny) -> None:
    error = shell.run("bench", tiny, "--device", "cuda", code=2, CUDA_VISIBLE_DEVICES="").stderr
    assert "no CUDA device on this machine" in error and "--device cpu" in error


@pytest.mark.parametrize(("stage", "seconds"), [("the machine", "60"), ("training", "2")])
def test_ctrl_c_ends_it(shell, tiny, stage, seconds) -> None:
    process = shell.start("bench", tiny, "--seconds", seconds)
    while not process.stderr.readline().startswith(stage):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Interrupted." in err and "Traceback" not in err

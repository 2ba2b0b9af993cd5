"""`dancekit predict model.onnx` where neither torch nor lightning can be imported: every input and output."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
from without_torch import (
    CLASSES,
    COMMAND,
    FRAMES,
    REFUSAL,
    TRAINING_ALONE,
    dancekit,
    description,
    waving,
    write_inputs,
    write_model,
)

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "examples" / "exported-model" / "recognise.py"
KINDS = ("store", "npz", "pyskl", "openpose", "bvh")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("without_torch")


@pytest.fixture(scope="module")
def inputs(folder: Path) -> dict[str, list[str]]:
    return write_inputs(folder / "inputs")


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return write_model(folder / "model.onnx", description())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_recording_is_predicted(
    kind: str, model: Path, inputs: dict[str, list[str]], tmp_path: Path
) -> None:
    done = dancekit(COMMAND, "predict", model, *inputs[kind], "--out", "out", folder=tmp_path)
    assert "calibrated on 50 validation recordings: temperature 2.00" in done.stderr
    (recording,) = [each for each in (tmp_path / "out").iterdir() if each.is_dir()]
    assert sorted(each.name for each in recording.iterdir()) == [
        "timeline.csv",
        "timeline.html",
        "timeline.json",
    ]
    document = json.loads((recording / "timeline.json").read_text())
    assert document["frames"] == FRAMES and document["classes"] == list(CLASSES)
    assert document["threshold"] == 0.3
    (person,) = document["persons"]
    assert {each["movement"] for each in person["segments"]} == {"wave"}
    rows = list(csv.DictReader((tmp_path / "out" / "timeline.csv").open()))
    assert [row["movement"] for row in rows] == [each["movement"] for each in person["segments"]]
    assert "<html" in (recording / "timeline.html").read_text()


def test_a_stream_and_json_are_printed(model: Path, inputs: dict[str, list[str]], tmp_path: Path) -> None:
    words = ("predict", model, *inputs["npz"])
    document = json.loads(dancekit(COMMAND, *words, "--json", folder=tmp_path).stdout)
    segments = document["recordings"][0]["persons"][0]["segments"]
    told = dancekit(COMMAND, *words, "--stream", "--json", folder=tmp_path).stdout.splitlines()
    assert [json.loads(line)["start_frame"] for line in told] == [each["start_frame"] for each in segments]
    assert list(tmp_path.iterdir()) == []


def test_lengths_of_movements_come_from_the_file(folder: Path, model: Path) -> None:
    from dancekit.plugin import Registry
    from dancekit.verbs.predict import open_model

    known = open_model(str(model), Registry.load()).predictor
    assert known.training.seconds == (1.0, 2.0, 3.0) and known.training.pixels
    assert known.calibration.temperature == 2.0 and known.calibration.threshold == 0.3
    older = write_model(folder / "older.onnx", description(seconds=None, calibration=None, pixels=False))
    plain = open_model(str(older), Registry.load()).predictor
    assert plain.training.seconds is None and plain.calibration.clips == 0


@pytest.mark.parametrize(
    "words", [("fit", "recipes/stgcn.yaml"), ("predict", "a_run", "x.npz"), ("export", "a_run")]
)
def test_what_needs_torch_says_so_in_one_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a_run").mkdir()
    (tmp_path / "a_run" / "recipe.yaml").write_text("data: dance_six\n")
    np.savez(tmp_path / "x.npz", keypoints=np.zeros((1, 2, 18, 2)))
    done = dancekit(COMMAND, *words, folder=tmp_path, code=1)
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    assert "is not installed" in done.stderr and "dancekit predict model.onnx" in done.stderr


def test_a_backbone_that_needs_torch_is_not_called_broken(tmp_path: Path) -> None:
    """What is missing is torch, and not the plugin's fault."""
    done = dancekit(COMMAND, "plugins", "show", "dancekit-stgcn", folder=tmp_path, code=0)
    assert "stgcn" in done.stdout
    code = REFUSAL + (
        "from dancekit.errors import RunError\nfrom dancekit.plugin import Registry\n"
        "try:\n    Registry.load().find('backbone', 'stgcn').load()\n"
        "except RunError as error:\n    print(error)"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.startswith("torch is not installed")


HEAVY = """
from dancekit.plugin import Component, hookimpl

@hookimpl
def dancekit_components():
    yield Component(kind="dataset", name="heavy", target="torch.utils.data:Dataset")
"""


def test_a_data_set_that_needs_torch_stops_no_other(
    model: Path, inputs: dict[str, list[str]], tmp_path: Path
) -> None:
    (tmp_path / "heavy.py").write_text(HEAVY)
    words = ("--plugin", "heavy.py", "predict", model, *inputs["npz"], "--json")
    done = dancekit(COMMAND, *words, folder=tmp_path)
    assert json.loads(done.stdout)["recordings"][0]["persons"] and "torch is not installed" in done.stderr


def test_the_example_of_the_guide_recognises(model: Path, tmp_path: Path) -> None:
    points = waving()
    points[:, 0] = np.nan  # the neck is not seen
    np.savez(tmp_path / "wave.npz", keypoints=points[None], layout="dance11")
    code = f"{REFUSAL}import runpy\nrunpy.run_path({str(EXAMPLE)!r}, run_name='__main__')"
    words = [sys.executable, "-c", code, str(model), str(tmp_path / "wave.npz")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    movement, confidence = done.stdout.split()
    assert movement == "wave" and 50 < int(confidence.rstrip("%")) < 100


def _needed() -> list[str]:
    """What dancekit requires, but for what training alone needs, and onnxruntime."""
    required = [each for each in distribution("dancekit").requires or () if "extra ==" not in each]
    kept = [each for each in required if not each.startswith(TRAINING_ALONE)]
    assert len(required) - len(kept) == len(TRAINING_ALONE)
    return [*kept, "onnxruntime>=1.20"]


def test_the_guide_tells_what_to_install() -> None:
    guide = EXAMPLE.parent.parent.parent / "how-to" / "export-a-model.md"
    (told,) = re.findall(r"^\$ pip install ((?!--no-deps).*)$", guide.read_text(), re.MULTILINE)
    assert set(told.split()) == {re.split(r"[<>=!~ ]", each)[0] for each in _needed()}


@pytest.mark.slow
def test_it_runs_in_an_environment_of_its_own(
    model: Path, inputs: dict[str, list[str]], tmp_path: Path
) -> None:
    """Made by pip with a network: what the guide to exported models tells to install, and nothing else."""
    if not os.environ.get("DANCEKIT_MAKE_ENVIRONMENTS"):
        pytest.skip("makes an environment and downloads packages: set DANCEKIT_MAKE_ENVIRONMENTS=1")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "bare")], check=True)
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    root = Path(__file__).parent.parent.parent
    for words in (_needed(), ["--no-deps", str(root)]):
        done = subprocess.run([*map(str, install), *words], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"pip cannot install {' '.join(words)}: {done.stderr.strip().splitlines()[-1:]}")
    listed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True)
    assert not set(TRAINING_ALONE) & {line.split()[0] for line in listed.stdout.splitlines() if line.strip()}
    for kind in KINDS:
        words = ("predict", model, *inputs[kind], "--json")
        done = dancekit((python, "-m", "dancekit"), *words, folder=tmp_path)
        assert json.loads(done.stdout)["recordings"][0]["persons"][0]["segments"], kind

"""Exported models without torch: what they take and refuse, in this environment and in a bare one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
import torch
from dancekit_stgcn.model import STGCN
from networks import CLASSES, LAYOUT, recognition_of, tensors_of, write
from torch import Tensor

import dancekit
from dancekit.errors import DataError, RunError
from dancekit.exporting.network import RecognitionNetwork
from dancekit.onnx_model import OnnxModel
from dancekit.testing.examples import example_batch

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

INPUTS = ("keypoints", "score", "present")


@pytest.fixture(scope="module")
def network() -> RecognitionNetwork:
    backbone = STGCN(layout=LAYOUT, coordinates=2, width=4, stages=(1,), strides=(2,))
    return recognition_of(backbone, INPUTS)


@pytest.fixture(scope="module")
def file(network: RecognitionNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "model.onnx"
    write(network, tensors_of(example_batch(layout=LAYOUT, clips=2, frames=12), INPUTS), path)
    return path


@pytest.fixture(scope="module")
def model(file: Path) -> OnnxModel:
    return OnnxModel.open(file, threads=1)


def _given() -> dict[str, Tensor]:
    return tensors_of(example_batch(layout=LAYOUT, clips=3, frames=10), INPUTS)


def _arrays(given: dict[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in given.items()}


def test_it_says_what_it_knows(model: OnnxModel) -> None:
    assert model.classes == CLASSES
    assert model.layout_mapping["joints"] == list(LAYOUT.joints)
    assert type(LAYOUT).from_mapping(model.layout_mapping) == LAYOUT


def test_a_joint_that_is_not_finite_is_missing(network: RecognitionNetwork, model: OnnxModel) -> None:
    given = _given()
    with torch.no_grad():
        wanted = network(*given.values()).numpy()
    arrays = _arrays(given)
    arrays["keypoints"][arrays["score"] == 0] = np.nan
    np.testing.assert_allclose(model.predict(**arrays), wanted, atol=1e-4)


def test_who_is_not_named_present_is_seen(network: RecognitionNetwork, model: OnnxModel) -> None:
    """Without `present` a person is there where a joint is seen, and without scores where one is finite."""
    given = _given()
    given["present"] = (given["score"] > 0).any(-1)
    with torch.no_grad():
        wanted = network(*given.values()).numpy()
    arrays = _arrays(given)
    np.testing.assert_allclose(model.predict(arrays["keypoints"], arrays["score"]), wanted, atol=1e-4)
    certain = {**given, "score": (given["score"] > 0).float()}
    with torch.no_grad():
        wanted = network(*certain.values()).numpy()
    holes = np.where((arrays["score"] > 0)[..., None], arrays["keypoints"], np.nan)
    np.testing.assert_allclose(model.predict(holes), wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        ((3, 2, 10, 17, 2), "11 joints"),
        ((3, 2, 10, 11, 3), "2 coordinates"),
        ((2, 10, 11, 2), "5 axes"),
        ((0, 2, 10, 11, 2), "shape"),
    ],
)
def test_other_keypoints_are_refused(model: OnnxModel, shape: tuple[int, ...], word: str) -> None:
    with pytest.raises(DataError, match=word):
        model.predict(np.zeros(shape))


def test_other_scores_and_presences_are_refused(model: OnnxModel) -> None:
    points = np.zeros((1, 1, 5, 11, 2))
    with pytest.raises(DataError, match="score has shape"):
        model.predict(points, np.ones((1, 1, 5, 10)))
    with pytest.raises(DataError, match="present has shape"):
        model.predict(points, None, np.ones((1, 5)))
    with pytest.raises(DataError, match="lifts nothing"):
        model.lift(points[:, 0])


def test_what_is_no_model_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        OnnxModel.open(tmp_path / "absent.onnx")
    noise = tmp_path / "noise.onnx"
    noise.write_bytes(b"\x08\x07noise" * 50)
    with pytest.raises(DataError, match="as an ONNX file"):
        OnnxModel.open(noise)
    half = tmp_path / "half.onnx"
    half.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(DataError, match="as an ONNX file"):
        OnnxModel.open(half)


def test_metadata_counts(file: Path, tmp_path: Path) -> None:
    content = onnx.load(file)
    text = content.metadata_props[0].value
    for changed, word in (
        (text.replace('"present"', '"frames"'), "asks for"),
        (text[:-5], "damaged"),
        (None, "no model of dancekit"),
    ):
        del content.metadata_props[:]
        if changed is not None:
            content.metadata_props.add(key="dancekit", value=changed)
        other = tmp_path / "other.onnx"
        onnx.save(content, other)
        with pytest.raises(DataError, match=word):
            OnnxModel.open(other)


def test_without_onnxruntime_it_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RunError, match="onnxruntime is not installed"):
        OnnxModel.open(file)


_ASK = """
import sys
import numpy as np
from dancekit.onnx_model import OnnxModel
given = np.load(sys.argv[2])
logits = OnnxModel.open(sys.argv[1], threads=1).predict(given["keypoints"], given["score"], given["present"])
np.save(sys.argv[3], logits)
assert not {"torch", "lightning"} & {name.partition(".")[0] for name in sys.modules if sys.modules[name]}
"""

_BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "lightning", "torchmetrics"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocker())
"""

_ABSENT = """
for name in ("torch", "lightning", "click"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    raise AssertionError(f"{name} is here: this environment is not bare")
"""


def _ask(python: str | Path, code: str, file: Path, folder: Path, **environment: str) -> np.ndarray:
    np.savez(folder / "given.npz", **_arrays(_given()))
    words = [python, "-c", code, file, folder / "given.npz", folder / "logits.npy"]
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert done.returncode == 0, done.stderr
    logits: np.ndarray = np.load(folder / "logits.npy")
    return logits


def _expected(network: RecognitionNetwork) -> np.ndarray:
    with torch.no_grad():
        answer: np.ndarray = network(*_given().values()).numpy()
    return answer


def test_it_imports_neither_torch_nor_lightning(
    network: RecognitionNetwork, file: Path, tmp_path: Path
) -> None:
    logits = _ask(sys.executable, _BLOCKED + _ASK, file, tmp_path)
    np.testing.assert_allclose(logits, _expected(network), atol=1e-4)


def _with_requirements(*names: str) -> set[str]:
    """Distributions and all that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.split(r"[^\w.-]", waiting.pop())[0]
        if name not in found:
            found.add(name)
            waiting += [each for each in distribution(name).requires or () if ";" not in each]
    return found


def test_it_runs_in_a_bare_environment(network: RecognitionNetwork, file: Path, tmp_path: Path) -> None:
    """An environment of its own in which there is numpy, onnxruntime and dancekit, and nothing else."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    for name in _with_requirements("numpy", "onnxruntime"):
        installed = distribution(name)
        for top in {each.parts[0] for each in installed.files or () if each.parts[0] != ".."}:
            if not (site / top).exists():  # a folder of several distributions, such as `google`
                (site / top).symlink_to(Path(str(installed.locate_file(top))))
    (site / "dancekit").symlink_to(Path(dancekit.__file__).parent)
    logits = _ask(python, _ABSENT + _ASK, file, tmp_path, PYTHONPATH="")
    np.testing.assert_allclose(logits, _expected(network), atol=1e-4)

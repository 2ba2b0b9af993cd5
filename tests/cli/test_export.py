"""dancekit export, as a process."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from dancekit.data.sampling import gather
from dancekit.onnx_model import OnnxModel

pytestmark = pytest.mark.slow
pytest.importorskip("onnxruntime")
safetensors = pytest.importorskip("safetensors.torch")

SMALL = ("trainer.max_epochs=1", "backbone.stages=[1,2]", "backbone.strides=[1,2]")


@pytest.fixture
def run(shell, tiny) -> Path:
    shell.run("fit", tiny, *SMALL)
    return (shell.folder / "runs" / "latest").resolve()


def _torch_answers(run: Path) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Test recordings as a batch, and what the run's own weights say to them."""
    from dancekit.assembly import build_model, prepare_data
    from dancekit.plugin import Registry
    from dancekit.recipe import check_recipe
    from dancekit.recipe_files import read_recipe
    from dancekit.run import Run
    from dancekit.weights import read_checkpoint

    opened = Run.open(run)
    recipe = check_recipe(read_recipe(opened.recipe), Registry.load())
    prepared = prepare_data(recipe, needed=("test",))
    model = build_model(recipe, prepared, fresh=False).eval()
    model.load_state_dict(read_checkpoint(opened.weights)["state_dict"])
    batch = gather(prepared.store("test"), torch.arange(12), frames=21)
    with torch.no_grad():
        logits = model(batch).numpy()
    given = {name: getattr(batch, name).numpy() for name in ("keypoints", "score", "present")}
    return given, logits


def test_onnx_and_weights_of_a_run(shell, run):
    answer = shell.json("export", "latest", "--fused")
    assert answer["fused"] and answer["inside"] == ["centre", "scale_to_body"] and answer["outside"] == []
    assert answer["clips"] == 12 and answer["difference"] <= 1e-4
    assert answer["dynamic"] == ["clips", "persons", "frames"]
    assert Path(answer["file"]) == run / "export" / "model.onnx"
    assert answer["bytes"] == Path(answer["file"]).stat().st_size

    given, wanted = _torch_answers(run)
    model = OnnxModel.open(answer["file"], threads=1)
    np.testing.assert_allclose(model.predict(**given), wanted, atol=1e-4)
    result = json.loads((run / "result.json").read_text())
    assert list(model.classes) == result["classes"]
    assert model.layout_mapping["name"] == "openpose18" and model.description.frames == 16

    card = Path(answer["card"]).read_text()
    low, high = result["test"]["accuracy_interval"]
    assert (
        f"{100 * result['test']['accuracy']:.2f}% (95% interval {100 * low:.1f} to {100 * high:.1f})" in card
    )
    assert all(name in card for name in result["classes"]) and "licence of the data: not known" in card
    assert f"{result['parameters']:,} parameters" in card and "30% of it, held out by person" in card

    folder = shell.folder / "elsewhere"
    done = shell.run("export", "latest", "--format", "safetensors", "--out", str(folder))
    assert done.stdout.strip() == str(folder / "model.safetensors")
    assert sorted(each.name for each in folder.iterdir()) == ["MODEL_CARD.md", "model.safetensors"]
    weights = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    written = safetensors.load_file(folder / "model.safetensors")
    assert weights.keys() == written.keys()
    assert all(torch.equal(weights[name], written[name]) for name in weights)


def test_a_run_without_weights_says_so(shell, run):
    for file in (run / "checkpoints").iterdir():
        file.unlink()
    done = shell.run("export", "latest", code=1)
    assert "has no weights" in done.stderr and "Traceback" not in done.stderr
    assert not (run / "export").exists()


def test_a_folder_that_cannot_be_made_says_so(shell, run):
    (shell.folder / "taken").write_text("")
    done = shell.run("export", "latest", "--out", "taken", code=1)
    assert "taken cannot be made" in done.stderr and "--out" in done.stderr
    assert (shell.folder / "taken").read_text() == ""

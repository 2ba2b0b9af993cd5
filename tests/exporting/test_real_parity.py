"""Every shipped backbone and lifter as an ONNX file: real recordings get PyTorch's answers, fused and not.

Recordings are those of UTD-MHAD, Bandai-Namco-Research-Motiondataset-2 and CMU; of pictures there are no real
ones with keypoints, so dance_six renders them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dancekit.assembly import build_model, prepare_data
from dancekit.data.clips import ClipBatch
from dancekit.data.sampling import gather
from dancekit.exporting.clips import with_one_more
from dancekit.masking import MaskedBatchNorm
from dancekit.onnx_model import OnnxModel
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe, write_recipe
from dancekit.run import Run
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.recognition import Recognizer
from dancekit.verbs.export import export
from dancekit.verbs.training_data import TrainingData

pytestmark = pytest.mark.slow
pytest.importorskip("onnxruntime")

TOLERANCE = 1e-4
CLIPS = 100
SHALLOW = ("backbone.width=8", "backbone.stages=[1,1,1]", "backbone.strides=[1,2,2]")
RESIDUAL = ("backbone=residual4", "backbone.width=8")
FEW_PICTURES = ("data.recordings_train=12", f"data.recordings_test={CLIPS}", "splits.hold_out=0.25")
LIFTER = ("lifter.input_layout=dance14", "lifter.output_layout=h36m17", "lifter.channels=32")


@dataclass(frozen=True)
class Case:
    recipe: str
    overrides: Sequence[str]


UTD, BANDAI = "recipes/utd_mhad/stgcn_sta.yaml", "recipes/bandai2/stgcn_sta.yaml"
MOCAP = "recipes/mocap/lift_mocap.yaml"
REAL = {
    "ten_blocks": Case(BANDAI, ["backbone.width=8"]),
    "no_attention": Case(UTD, [*SHALLOW, "backbone.attention=none", "backbone.score_channel=true"]),
    "temporal": Case(UTD, [*SHALLOW, "backbone.attention=temporal"]),
    "spatial": Case(UTD, [*SHALLOW, "backbone.attention=spatial", "backbone.attention.maps=full"]),
    "literal": Case(UTD, [*SHALLOW, "backbone.attention.gate=literal"]),
    "pooled_after": Case(UTD, [*SHALLOW, "backbone.attention.maps=pooled", "backbone.attention_after=true"]),
    "residual4": Case(UTD, [*RESIDUAL, "backbone.input=skeleton", "backbone.stem=small"]),
    "distances": Case(UTD, ["backbone=keypoint_distances", "backbone.hidden=32"]),
    "siamese": Case(MOCAP, ["lifter.channels=32"]),
    "siamese_cmu": Case(MOCAP, ["lifter.channels=32", "splits.test=cmu"]),
    "siamese_frame": Case(MOCAP, ["lifter.channels=32", "lifter.trunk=frame"]),
    "videopose": Case(MOCAP, ["lifter=videopose", *LIFTER]),
    "martinez": Case(MOCAP, ["lifter=martinez", *LIFTER]),
}
FUSED = ("temporal", "literal", "residual4", "siamese", "martinez")
"""Those that are tried once more with batch norm and graph folded into the weights."""

RENDERED = {
    "hu_moments": Case("recipes/baselines/hu_moments.yaml", FEW_PICTURES),
    "residual4_frames": Case(
        "recipes/baselines/residual4_frames.yaml",
        [*FEW_PICTURES, "backbone.width=8", "batches.pictures=48", "preprocess.3.size=32"],
    ),
}


@torch.no_grad()
def _as_trained(model: Recognizer | Lifting) -> None:
    """Norms unlike those of a new network, nothing that is all zeros, and logits as large as trained ones."""
    generator = torch.Generator().manual_seed(0)

    def drawn(value: Tensor) -> Tensor:
        return torch.rand(value.shape, generator=generator) - 0.5

    for module in model.modules():
        if isinstance(module, MaskedBatchNorm | torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            module.running_mean.add_(0.4 * drawn(module.running_mean))
            module.running_var.add_(drawn(module.running_var))
            module.weight.add_(0.4 * drawn(module.weight))
            module.bias.add_(0.4 * drawn(module.bias))
    for weight in model.parameters():
        if not bool(weight.any()):
            weight.add_(0.2 * drawn(weight))
    if isinstance(model, Recognizer):
        model.head[-1].weight.mul_(30)


def _run(case: Case, folder: Path) -> tuple[Run, Recipe, Recognizer | Lifting]:
    """A run as training leaves it, with weights that were not trained."""
    recipe = check_recipe(read_recipe(case.recipe, case.overrides), Registry.load())
    run = Run(folder / "2026-01-01_00-00-00_parity")
    run.checkpoints.mkdir(parents=True)
    write_recipe(recipe.to_mapping(), run.recipe)
    prepared = prepare_data(recipe, needed=("test",))
    TrainingData.describe(recipe, prepared.classes, prepared.store("test")).keep(run)
    model = build_model(recipe, prepared)
    _as_trained(model)
    torch.save({"state_dict": model.state_dict()}, run.last)
    return run, recipe, model.eval()


def _check(case: Case, folder: Path, *, fused: bool) -> None:
    run, recipe, model = _run(case, folder)
    written = export(run, Registry.load(), format="onnx", fused=fused, clips=CLIPS)
    store = prepare_data(recipe, needed=("test",)).store("test")
    assert not written.made_up and written.clips == min(CLIPS, len(store))
    assert written.difference <= TOLERANCE
    assert written.form.description.fused == fused

    opened = OnnxModel.open(written.file, threads=1)
    form = written.form
    form.model.eval()
    first = len(store) // 2  # others than those that the export was tried on
    for clips, frames, more in ((1, recipe.batches.frames + 9, 2), (4, recipe.batches.frames // 2 + 1, 0)):
        index = torch.arange(first, first + clips)
        batch: ClipBatch = gather(store, index, frames=frames, frame_rate=recipe.batches.frame_rate)
        for _ in range(more):
            batch = with_one_more(batch)
        with torch.no_grad():
            given = form.inputs_of(batch)
            arrays = {name: value.numpy() for name, value in given.items()}
            if isinstance(model, Lifting):
                wanted, answer = model(*given.values()).numpy(), opened.lift(**arrays)
            else:
                wanted, answer = model(batch).numpy(), opened.predict(**arrays)
        assert float(np.ptp(answer)) > 0.1  # it says something
        np.testing.assert_allclose(answer, wanted, atol=TOLERANCE * max(1.0, float(np.abs(wanted).max())))


@pytest.mark.parametrize(
    ("name", "fused"), [*((name, False) for name in REAL), *((name, True) for name in FUSED)]
)
def test_real_recordings_are_answered_as_in_pytorch(
    name: str, fused: bool, real_data: Path, tmp_path: Path
) -> None:
    _check(REAL[name], tmp_path, fused=fused)


@pytest.mark.parametrize("name", RENDERED)
def test_pictures_are_answered_as_in_pytorch(name: str, tmp_path: Path) -> None:
    _check(RENDERED[name], tmp_path, fused=name != "hu_moments")


def test_every_shipped_part_with_weights_is_in_a_case() -> None:
    registry = Registry.load()
    asked: set[tuple[str, str]] = set()
    for case in (*REAL.values(), *RENDERED.values()):
        recipe = check_recipe(read_recipe(case.recipe, case.overrides), registry)
        for kind, part in (("backbone", recipe.backbone), ("lifter", recipe.lifter)):
            if part is not None:
                asked.add((kind, part.name))
        attention = recipe.backbone and recipe.backbone.arguments.get("attention")
        if attention:
            asked.add(("attention", attention.name))
    shipped = {
        (kind, each.component.name)
        for kind in ("backbone", "lifter", "attention")
        for each in registry.components(kind)
        if each.plugin.built_in
    }
    assert asked >= shipped

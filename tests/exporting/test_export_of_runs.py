"""Exporting a run: where its data is gone, and where it was trained on detections that were made of 3D."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dancekit.assembly import build_model, prepare_data
from dancekit.data.packing import write_packed
from dancekit.errors import RunError
from dancekit.exporting.clips import example_of
from dancekit.exporting.forms import forms_of
from dancekit.onnx_model import OnnxModel
from dancekit.plugin import Registry
from dancekit.prediction.windows import Clips
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe, write_recipe
from dancekit.run import Run
from dancekit.verbs.export import export
from dancekit.verbs.exported import open_exported
from dancekit.verbs.trained import open_run
from dancekit.verbs.training_data import TrainingData

pytest.importorskip("onnxruntime")

SHORT = "splits: {hold_out: 0}\ntrainer: {accelerator: cpu, precision: 32-true}\n"
FLAT = (
    "data: {name: dance_six, keypoints: true_3d, recordings_train: 6, recordings_test: 6}\n"
    "batches: {frames: 12}\n"
    "preprocess: [camera, project, {name: convert_layout, layout: dance14}, detect, centre, scale_to_body]\n"
    "backbone: {name: stgcn, width: 4, stages: [1], strides: [1], score_channel: true}\n"
) + SHORT
COMMON: dict[str, Any] = {"task": "recognition", "frames": 12, "classes": ("a",), "version": "0", "run": "r"}


def _recipe(text: str, folder: Path) -> Recipe:
    (folder / "draft.yaml").write_text(text)
    return check_recipe(read_recipe(str(folder / "draft.yaml")), Registry.load())


def _run(text: str, folder: Path) -> Run:
    """A run as training leaves it, with the weights that its model starts with."""
    recipe = _recipe(text, folder)
    run = Run(folder / "2026-01-01_00-00-00_tiny")
    run.checkpoints.mkdir(parents=True)
    write_recipe(recipe.to_mapping(), run.recipe)
    prepared = prepare_data(recipe, needed=("train",))
    TrainingData.describe(recipe, prepared.classes, prepared.store("train")).keep(run)
    torch.save({"state_dict": build_model(recipe, prepared).state_dict()}, run.last)
    return run


def test_a_model_of_made_detections_has_a_form_for_real_ones(tmp_path: Path) -> None:
    recipe = _recipe(FLAT, tmp_path)
    prepared = prepare_data(recipe, needed=("test",))
    model = build_model(recipe, prepared).eval()
    batch = example_of(prepared.store("test"), recipe.batches)
    whole, flat, bare = forms_of(model, recipe, batch, COMMON)
    assert whole.description.coordinates == 3 and whole.description.inside[0] == "camera"
    said = flat.description
    assert said.simulated == ("camera", "project", "convert_layout", "detect")
    assert said.inside == ("centre", "scale_to_body") and said.outside == ()
    assert said.coordinates == 2 and said.layout["name"] == "dance14" and not said.pixels
    assert bare.description.outside == whole.description.inside and bare.description.simulated == ()
    wanted = whole.answer(batch)
    for form in (flat, bare):
        torch.testing.assert_close(form.answer(batch), wanted, atol=1e-6, rtol=1e-5)


@pytest.mark.slow
def test_that_form_is_exported_and_answers_as_the_run_does(tmp_path: Path) -> None:
    run = _run(FLAT, tmp_path)
    written = export(run, Registry.load(), format="onnx")
    said = written.form.description
    assert said.simulated and not said.outside and said.coordinates == 2 and written.difference <= 1e-4
    assert "detections of one camera in 2D" in written.card.read_text()
    exported, _ = open_exported(written.file)
    flat = open_run(run, Registry.load()).flat
    assert flat is not None
    random = np.random.default_rng(0)
    clips = Clips(
        keypoints=(300 + 50 * random.normal(size=(3, 1, 12, 14, 2))).astype(np.float32),
        score=np.ones((3, 1, 12, 14), np.float32),
        present=np.ones((3, 1, 12), bool),
        frame_rate=np.full(3, 30, np.float32),
    )
    assert exported.training.layout == flat.training.layout
    np.testing.assert_allclose(exported.logits(clips), flat.logits(clips), atol=1e-4)


@pytest.fixture
def without_its_data(tmp_path: Path) -> Run:
    """A run with predictions of validation, whose recordings are gone."""
    made = _recipe(FLAT.replace("keypoints: true_3d, ", "").replace("camera, project, ", ""), tmp_path)
    dataset = made.data.build()
    store = tmp_path / "dances.store"
    splits = {split: list(dataset.recordings(split)) for split in dataset.splits}
    write_packed(store, splits, layout=dataset.layout, classes=dataset.classes)
    text = (
        f"data: {{name: store, path: {store}}}\nbatches: {{frames: 12}}\npreprocess: [centre]\n"
        "backbone: {name: stgcn, width: 4, stages: [1], strides: [1]}\n" + SHORT
    )
    run = _run(text, tmp_path)
    logits = np.random.default_rng(0).normal(0, 3, (40, len(dataset.classes)))
    label = logits.argmax(1)
    label[:8] = 0
    np.savez(run.predictions("validate"), logits=logits, label=label)
    for file in store.iterdir():
        file.unlink()
    store.rmdir()
    return run


@pytest.mark.slow
def test_without_its_data_a_run_is_exported_all_the_same(
    without_its_data: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    known = open_run(without_its_data, Registry.load()).training
    written = export(without_its_data, Registry.load(), format="onnx", clips=20)
    assert written.made_up and written.clips == 20 and written.difference <= 1e-4
    assert "made-up recordings, as the data cannot be opened" in capsys.readouterr().err
    assert "20 made-up recordings" in written.card.read_text()
    said = OnnxModel.open(written.file).description
    assert said.seconds == known.seconds and said.seconds is not None and said.pixels == known.pixels is True
    exported, calibration = open_exported(written.file)
    assert exported.training == known
    assert calibration.clips == 40 and calibration.threshold == said.calibration["threshold"]
    assert f"{100 * calibration.threshold:.0f}%" in written.card.read_text()


def test_pictures_cannot_be_made_up(tmp_path: Path) -> None:
    text = (
        "data: {name: dance_six, recordings_train: 6, recordings_test: 6}\n"
        "batches: {frames: 2, pictures: 32}\npreprocess: [grey, max_entropy, remove_background, thinning]\n"
        "backbone: hu_moments\n" + SHORT
    )
    run = _run(text, tmp_path)
    run.recipe.write_text(run.recipe.read_text().replace("test: test", "test: other"))
    with pytest.raises(RunError, match="cannot be tried without"):
        export(run, Registry.load(), format="onnx")


@pytest.mark.parametrize(
    "content", [{"persons": 0}, {"persons": "two"}, {"layout": {}}, {"classes": []}, {"frames": -1}]
)
def test_damaged_notes_of_the_training_data_are_refused(content: dict[str, Any]) -> None:
    sound = {
        "classes": ["a"],
        "layout": {"name": "two", "joints": ["p", "q"], "bones": {"q": "p"}, "centre": "p", "pairs": {}},
        "coordinates": 2,
        "frames": 8,
        "persons": 2,
        "labels_per_person": True,
    }
    known = TrainingData.from_mapping(sound, where="input.json")
    assert TrainingData.from_mapping(known.to_mapping(), where="again") == known
    with pytest.raises(RunError, match="input"):
        TrainingData.from_mapping({**sound, **content}, where="input.json")


def test_made_up_recordings_have_the_shape_of_the_training_data(tmp_path: Path) -> None:
    recipe = _recipe(FLAT, tmp_path)
    sound = {"classes": ["a", "b"], "layout": recipe.data.build().layout.to_mapping(), "coordinates": 3}
    known = TrainingData.from_mapping(
        {**sound, "frames": 12, "persons": 3, "labels_per_person": True}, where="input.json"
    )
    store = known.made_up(recipe, clips=6).store("test")
    assert len(store) == 6 and store.coordinates == 3 and store.label.shape == (6, 3)
    assert sorted(set(store.persons.tolist())) == [1, 2, 3] and len(set(store.frames.tolist())) > 2
    assert bool((store.score == 0).any()) and bool((store.score[: 3 * 12] == 1).all())

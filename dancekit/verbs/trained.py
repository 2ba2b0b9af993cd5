"""A trained run, ready to be asked about recordings that it has never seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dancekit.assembly import build_model
from dancekit.console import quiet_libraries
from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.sampling import gather
from dancekit.errors import DancekitError, RecipeError, RunError
from dancekit.interfaces import Preprocessor
from dancekit.plugin import Registry
from dancekit.prediction.needs import Recording, Training
from dancekit.prediction.windows import Clips
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.run import Run
from dancekit.tasks.detections import behind_the_camera
from dancekit.tasks.lifted import lift_batch
from dancekit.tasks.recognition import Recognizer
from dancekit.tasks.steps import after_steps
from dancekit.verbs.training_data import TrainingData
from dancekit.weights import load_lifter, read_checkpoint


@dataclass(frozen=True, kw_only=True)
class TrainedRun:
    """The best weights of a run of recognition.

    Attributes:
        training: what the model reads.
        flat: the same for recordings in 2D, where the run made 2D of recordings in 3D; None elsewhere.
    """

    training: Training
    model: Recognizer
    flat: TrainedRun | None = None

    @torch.inference_mode()
    def logits(self, clips: Clips) -> npt.NDArray[np.floating]:
        """(N, classes)"""
        count = len(clips)
        size = clips.image_size or (float("nan"), float("nan"))
        batch = ClipBatch(
            keypoints=torch.from_numpy(clips.keypoints),
            score=torch.from_numpy(clips.score),
            present=torch.from_numpy(clips.present),
            label=torch.full((count,), -1),
            layout=self.training.layout,
            index=torch.arange(count),
            frame_rate=torch.from_numpy(clips.frame_rate),
            image_size=torch.tensor([size] * count, dtype=torch.float32),
        )
        logits: npt.NDArray[np.floating] = self.model(batch).float().numpy()
        return logits


def open_run(run: Run, registry: Registry) -> TrainedRun:
    """The model of a run with its best weights, read without running anything.

    Raises:
        RecipeError: the run recognises nothing, or is an ensemble.
        RunError: it has no weights, or they do not fit; or nothing says any more what it reads.
    """
    quiet_libraries()
    recipe = _recipe_of(run, registry)
    if not run.weights.is_file():
        raise RunError(
            f"{run.folder} has no weights.", hint=f"`dancekit fit --resume {run.folder}` trains it."
        )
    known = TrainingData.of(run, recipe)
    model = build_model(recipe, known.made_up(recipe), fresh=False)
    assert isinstance(model, Recognizer)
    weights = read_checkpoint(run.weights)["state_dict"]
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise RunError(
            f"the weights of {run.folder.name} do not fit its recipe: {' '.join(str(error).split())[:200]}.",
            hint=f"Remove {run.input} if the data has changed since.",
        ) from error
    model.eval()
    return TrainedRun(training=known.training, model=model, flat=_flat(recipe, known, weights))


def _recipe_of(run: Run, registry: Registry) -> Recipe:
    recipe = check_recipe(read_recipe(run.recipe), registry)
    if recipe.ensemble.members:
        members = ", ".join(recipe.ensemble.members)
        raise RecipeError(
            f"{run.folder.name} is an ensemble of {members}.",
            hint=f"Name one of its runs: {run.member(next(iter(recipe.ensemble.members))).folder}.",
        )
    if recipe.task != "recognition":
        raise RecipeError(
            f"{run.folder.name} recognises nothing: its task is {recipe.task}.",
            hint="Name a run of recognition; one that lifts goes behind --lifter.",
        )
    if recipe.batches.pictures is not None or recipe.batches.frame_pairs:
        what = "pictures" if recipe.batches.pictures is not None else "pairs of frames"
        raise RecipeError(
            f"{run.folder.name} reads {what}, which prediction does not give it.",
            hint="Name a run that reads keypoints as they are.",
        )
    return recipe


def _flat(recipe: Recipe, known: TrainingData, weights: dict[str, Any]) -> TrainedRun | None:
    """For recordings in 2D: the model without the steps that make 2D detections of 3D ones."""
    training = known.training
    if training.coordinates != 3:
        return None
    prepared = known.made_up(recipe)
    model = build_model(recipe, prepared, fresh=False)
    assert isinstance(model, Recognizer)
    example = gather(prepared.store("test"), torch.zeros(1, dtype=torch.int64), frames=training.frames)
    try:
        place = behind_the_camera(model.preprocess, example)
        detected = after_steps(model.preprocess[:place], example, training=False)
    except DancekitError:
        return None
    if place == 0:
        return None
    model.load_state_dict(weights)
    model.preprocess = model.preprocess[place:]
    seen = replace(training, layout=detected.layout, coordinates=2, pixels=False)
    return TrainedRun(training=seen, model=model.eval())


@dataclass(frozen=True, kw_only=True)
class Lifting3D:
    """Lifts whole recordings with the lifter of a run: a `Lift`."""

    model: Any
    steps: tuple[Preprocessor, ...]
    name: str

    @classmethod
    def open(cls, name: str, registry: Registry) -> Lifting3D:
        """Raises RecipeError where the run does not lift, RunError where it is not there."""
        run = Run.find(name)
        if run is None:
            raise RunError(
                f"--lifter: there is no run {name}.", hint="`dancekit fit recipes/lift_siamese.yaml`."
            )
        recipe = check_recipe(read_recipe(run.recipe), registry)
        if recipe.lifter is None:
            raise RecipeError(f"--lifter: {run.folder.name} has no lifter.", hint="Name a run that lifts.")
        lifter = recipe.lifter.build()
        load_lifter(lifter, str(run.folder))
        return cls(model=lifter.eval(), steps=(), name=run.folder.name)

    @torch.inference_mode()
    def __call__(self, recording: Recording) -> Recording:
        """Raises LayoutError where the lifter's joints cannot be had."""
        wanted = self.model.input_layout
        clip = Clip.of(
            recording.keypoints,
            score=recording.score,
            present=recording.present,
            label=-1,
            name=recording.name,
            frame_rate=recording.frame_rate,
            image_size=recording.image_size,
        ).in_layout(recording.layout, wanted)
        batch = ClipBatch(
            keypoints=torch.from_numpy(clip.keypoints)[None],  # (1, M, F, V, 2)
            score=torch.from_numpy(clip.score)[None],
            present=torch.from_numpy(clip.present)[None],
            label=torch.full((1,), -1),
            layout=wanted,
            index=torch.zeros(1, dtype=torch.int64),
            frame_rate=torch.tensor([recording.rate]),
            image_size=torch.tensor([recording.image_size or (float("nan"),) * 2], dtype=torch.float32),
        )
        lifted = lift_batch(self.model, batch)
        return replace(
            recording,
            keypoints=lifted.keypoints[0].numpy(),
            score=lifted.score[0].numpy(),
            layout=self.model.output_layout,
            image_size=None,
        )

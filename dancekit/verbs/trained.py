"""A trained run, ready to be asked about recordings that it has never seen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dancekit.assembly import Prepared, build_model, prepare_data
from dancekit.console import quiet_libraries
from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.module import ClipData
from dancekit.data.store import RecordingStore
from dancekit.errors import DancekitError, DataError, RecipeError, RunError
from dancekit.interfaces import Preprocessor
from dancekit.plugin import Registry
from dancekit.prediction.needs import Recording, Training
from dancekit.prediction.windows import Clips
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.run import Run, read_json, write_json
from dancekit.skeleton.layout import Layout
from dancekit.tasks.lifted import lift_batch
from dancekit.tasks.recognition import Recognizer
from dancekit.weights import load_lifter, read_checkpoint

INPUT = "input.json"
"""What the model of a run reads, kept in the run, so that it can predict where its data is not."""

_PERCENTILES = (5.0, 50.0, 95.0)


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
    training = training_of(run, recipe)
    model = build_model(recipe, _example(recipe, training), fresh=False)
    assert isinstance(model, Recognizer)
    weights = read_checkpoint(run.weights)["state_dict"]
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise RunError(
            f"the weights of {run.folder.name} do not fit its recipe: {' '.join(str(error).split())[:200]}.",
            hint=f"Remove {run.folder / INPUT} if the data has changed since.",
        ) from error
    model.eval()
    return TrainedRun(training=training, model=model, flat=_flat(recipe, training, weights))


def training_of(run: Run, recipe: Recipe) -> Training:
    """What the model of a run reads: as the run keeps it, or else from its data, and kept from then on.

    Raises:
        RunError: neither is there.
    """
    file = run.folder / INPUT
    if file.is_file():
        return Training.from_mapping(read_json(file), where=str(file))
    try:
        prepared = prepare_data(recipe, needed=("train",))
        store = prepared.store("train")
    except (DataError, RecipeError) as error:
        raise RunError(
            f"what {run.folder.name} reads is not known, because its data cannot be opened: {error.message}",
            hint="Predict once where its data is; the run remembers it from then on.",
        ) from error
    training = _describe(recipe, prepared.classes, store)
    with suppress(OSError):  # a run that cannot be written to is asked again the next time
        write_json(file, training.to_mapping())
    return training


def _describe(recipe: Recipe, classes: tuple[str, ...], store: RecordingStore) -> Training:
    rates = store.frame_rate.numpy()
    timed = np.isfinite(rates)
    seconds = None
    if timed.any():
        lengths = store.frames.numpy()[timed] / rates[timed]
        low, middle, high = (float(each) for each in np.percentile(lengths, _PERCENTILES))
        seconds = (round(low, 4), round(middle, 4), round(high, 4))
    return Training(
        classes=classes,
        layout=store.layout,
        coordinates=store.coordinates,
        frames=recipe.batches.frames,
        frame_rate=recipe.batches.frame_rate,
        seconds=seconds,
        pixels=bool(store.image_size.isfinite().all()),
    )


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


def _example(recipe: Recipe, training: Training) -> Prepared:
    """One made-up recording of the right shape, from which a model learns what it is built for."""
    clip = _clip(training, recipe.batches.frames)
    store = RecordingStore.pack([clip], training.layout)
    data = ClipData(train=None, validate=None, test=store, batches=recipe.batches, seed=recipe.seed)
    return Prepared(data=data, classes=training.classes)


def _clip(training: Training, frames: int) -> Clip:
    random = np.random.default_rng(0)
    pose = random.normal(0.0, 0.4, (training.layout.num_joints, training.coordinates))
    places = pose + random.normal(0.0, 0.01, (1, frames, *pose.shape))  # (1, T, V, C)
    return Clip.of(
        places if not training.pixels else 100 * places + 300,
        label=0,
        name="example",
        frame_rate=training.frame_rate or 30.0,
        image_size=(640, 480) if training.pixels else None,
    )


def _flat(recipe: Recipe, training: Training, weights: dict[str, Any]) -> TrainedRun | None:
    """For recordings in 2D: the model without the steps that make 2D detections of 3D ones."""
    if training.coordinates != 3:
        return None
    prepared = _example(recipe, training)
    model = build_model(recipe, prepared, fresh=False)
    assert isinstance(model, Recognizer)
    try:
        place, layout = _behind_the_camera(model.preprocess, _batch(training))
    except DancekitError:
        return None
    if place == 0:
        return None
    model.load_state_dict(weights)
    model.preprocess = model.preprocess[place:]
    return TrainedRun(
        training=replace(training, layout=layout, coordinates=2, pixels=False), model=model.eval()
    )


def _behind_the_camera(steps: tuple[Preprocessor, ...], batch: ClipBatch) -> tuple[int, Layout]:
    """How many steps lead to detections in 2D, and their layout; 0 where none does.

    Those are the steps up to the one that makes 2D, and what follows as long as it changes which joints there
    are or how sure they are, as a detector does.
    """
    place, layout = 0, batch.layout
    for number, step in enumerate(steps, start=1):
        if step.when != "always":
            continue
        after = step(batch)
        projected = batch.keypoints.shape[-1] == 3 and after.keypoints.shape[-1] == 2
        seen = after.layout != batch.layout or not torch.equal(after.score, batch.score)
        if projected or (place and seen):
            place, layout = number, after.layout
        batch = after
    return place, layout


def _batch(training: Training) -> ClipBatch:
    clip = _clip(training, training.frames)
    return ClipBatch(
        keypoints=torch.from_numpy(clip.keypoints)[None],  # (1, 1, T, V, C)
        score=torch.from_numpy(clip.score)[None],
        present=torch.from_numpy(clip.present)[None],
        label=torch.zeros(1, dtype=torch.int64),
        layout=training.layout,
        index=torch.zeros(1, dtype=torch.int64),
        frame_rate=torch.tensor([clip.frame_rate or 30.0]),
        image_size=torch.full((1, 2), torch.nan),
    )


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

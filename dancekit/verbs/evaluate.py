"""validate and test: a trained run on any split, or on another data set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from dancekit.assembly import build_model, prepare_data
from dancekit.console import quiet_libraries
from dancekit.data.looks import several_looks
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RunError
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.run import Run
from dancekit.tasks.metrics import Predictions, summary
from dancekit.verbs.training import trainer_for


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a run makes of one split.

    Attributes:
        store: the recordings, to which the index of the predictions belongs.
    """

    run: Run
    split: str
    classes: tuple[str, ...]
    store: RecordingStore
    predictions: Predictions

    @property
    def names(self) -> npt.NDArray[np.str_]:
        """(N,) the recordings; those with a label for each person come once for each."""
        names: npt.NDArray[np.str_] = np.array(self.store.names)[self.predictions.index.numpy()]
        return names

    @property
    def people(self) -> npt.NDArray[np.str_]:
        """(N,) who dances in them; "" = unknown."""
        people: npt.NDArray[np.str_] = np.array(self.store.people)[self.predictions.index.numpy()]
        return people

    @property
    def result(self) -> dict[str, Any]:
        """As result.json says it of a split."""
        return summary(self.predictions)


def evaluate(
    run: Run,
    registry: Registry,
    role: Literal["validate", "test"],
    *,
    split: str | None = None,
    overrides: Iterable[str] = (),
    samples: int = 1,
    flip: bool = False,
) -> Evaluation:
    """Evaluate a run's best weights.

    Args:
        role: which recordings of the recipe.
        split: another split of the data set.
        overrides: of the run's recipe, such as `data.path=FILE` for another data set of the same classes.
        samples: stretches of each recording, the whole included, whose probabilities are averaged.
        flip: also look at each of them mirrored.

    Raises:
        RunError: the run has no weights, or they do not fit the recipe.
    """
    quiet_libraries()
    checkpoint = run.best if run.best.is_file() else run.last
    if not checkpoint.is_file():
        raise RunError(
            f"{run.folder} has no weights.", hint=f"`dancekit fit --resume {run.folder}` trains it."
        )
    recipe = check_recipe(read_recipe(run.recipe, overrides), registry)
    if split is not None:
        chosen: dict[str, Any] = {role: split}
        recipe = replace(recipe, splits=replace(recipe.splits, **chosen))
    prepared = prepare_data(recipe, needed=(role,))
    store = prepared.store(role)
    model = build_model(recipe, prepared)
    options = replace(recipe.trainer, devices=1, num_nodes=1, strategy="auto")
    trainer = trainer_for(options, logger=False, enable_progress_bar=False, enable_checkpointing=False)
    run_split = trainer.validate if role == "validate" else trainer.test
    answers: list[Predictions] = []
    for look in several_looks(samples, crop=recipe.batches.crop, flip=flip):
        prepared.data.look = look
        try:
            run_split(model, datamodule=prepared.data, ckpt_path=checkpoint, weights_only=True, verbose=False)
        except RuntimeError as error:
            if "state_dict" not in str(error):
                raise
            raise RunError(
                f"the weights of {run.folder.name} do not fit this data:"
                f" {' '.join(str(error).split())[:200]}.",
                hint="The layout, the number of classes and the model must be those it was trained with.",
            ) from error
        if model.predictions is None or len(model.predictions.label) == 0:
            raise DataError(f"no clip of {role} has a label.")
        answers.append(model.predictions)
    name = split or getattr(recipe.splits, role) or role
    predictions = mean_of(answers) if len(answers) > 1 else answers[0]
    return Evaluation(run=run, split=name, classes=prepared.classes, store=store, predictions=predictions)


def mean_of(looks: Sequence[Predictions]) -> Predictions:
    """Several looks at the same clips as one: the logarithm of the mean probability."""
    probability = torch.stack([each.logits.double().softmax(1) for each in looks]).mean(0)  # (N, classes)
    return replace(looks[0], logits=probability.log().float())


def save_evaluation(file: Path, evaluation: Evaluation) -> None:
    """Scores of every clip with its name, so that runs can be compared later."""
    np.savez_compressed(
        file,
        names=evaluation.names,
        people=evaluation.people,
        logits=evaluation.predictions.logits.numpy(),
        label=evaluation.predictions.label.numpy(),
        index=evaluation.predictions.index.numpy(),
    )

"""validate and test: a trained run on any split, or on another data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dancekit.assembly import build_model, prepare_data
from dancekit.console import quiet_libraries
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
        result: as result.json says it of a split.
    """

    split: str
    result: dict[str, Any]
    predictions: Predictions


def evaluate(
    run: Run,
    registry: Registry,
    role: Literal["validate", "test"],
    *,
    split: str | None = None,
    overrides: Iterable[str] = (),
) -> Evaluation:
    """Evaluate a run's best weights.

    Args:
        role: which recordings of the recipe.
        split: another split of the data set.
        overrides: of the run's recipe, such as `data.path=FILE` for another data set of the same classes.

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
    try:
        run_split(model, datamodule=prepared.data, ckpt_path=checkpoint, weights_only=True, verbose=False)
    except RuntimeError as error:
        if "state_dict" not in str(error):
            raise
        raise RunError(
            f"the weights of {run.folder.name} do not fit this data: {' '.join(str(error).split())[:200]}.",
            hint="The layout, the number of classes and the model must be those it was trained with.",
        ) from error
    if model.predictions is None or len(model.predictions.label) == 0:
        raise DataError(f"no clip of {role} has a label.")
    name = split or getattr(recipe.splits, role) or role
    save_predictions(run.predictions(name), model.predictions, store)
    return Evaluation(split=name, result=summary(model.predictions), predictions=model.predictions)


def save_predictions(file: Path, predictions: Predictions, store: RecordingStore) -> None:
    """Scores of every clip with its name, so that runs can be compared and fused later."""
    index = predictions.index.numpy()
    np.savez_compressed(
        file,
        names=np.array(store.names)[index],
        people=np.array(store.people)[index],
        logits=predictions.logits.numpy(),
        label=predictions.label.numpy(),
        index=index,
    )

"""validate and test: a trained run on any split, or on another data set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import lightning.pytorch as pl
import torch

from dancekit.assembly import Prepared, build_model, prepare_data
from dancekit.console import quiet_libraries
from dancekit.data.looks import several_looks
from dancekit.errors import DataError, RecipeError, RunError
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.run import Run
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.metrics import Predictions
from dancekit.tasks.recognition import Recognizer
from dancekit.verbs.evaluation import Evaluation, LiftingEvaluation, evaluation_of
from dancekit.verbs.training import trainer_for


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
    asked = _Asked.of(run, registry, role, split=split, overrides=overrides)
    if asked.recipe.task != "recognition":
        raise RecipeError(f"{run.folder.name} recognises nothing: its task is {asked.recipe.task}.")
    answers: list[Evaluation] = []
    for look in several_looks(samples, crop=asked.recipe.batches.crop, flip=flip):
        asked.prepared.data.look = look
        answer = asked.answer()
        assert isinstance(answer, Evaluation)
        if len(answer.predictions.label) == 0:
            raise DataError(f"no clip of {role} has a label.")
        answers.append(answer)
    if len(answers) == 1:
        return answers[0]
    return replace(answers[0], predictions=mean_of([each.predictions for each in answers]))


def evaluate_lifter(
    run: Run,
    registry: Registry,
    role: Literal["validate", "test"],
    *,
    split: str | None = None,
    overrides: Iterable[str] = (),
    flip: bool = False,
) -> LiftingEvaluation:
    """Evaluate the best weights of a run of lifting, on whole recordings.

    Args:
        role: which recordings of the recipe.
        split: another split of the data set.
        overrides: of the run's recipe, such as `preprocess.4.yaw=[90,90]` for a camera at the side.
        flip: take the mean of what is lifted as it is and mirrored.

    Raises:
        RunError: the run has no weights, or they do not fit the recipe.
    """
    asked = _Asked.of(run, registry, role, split=split, overrides=overrides)
    model = asked.model
    if not isinstance(model, Lifting):
        raise RecipeError(f"{run.folder.name} lifts nothing: its task is {asked.recipe.task}.")
    model.both_ways = flip
    answer = asked.answer()
    assert isinstance(answer, LiftingEvaluation)
    return answer


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A trained run, ready to be asked about a split."""

    run: Run
    role: Literal["validate", "test"]
    recipe: Recipe
    prepared: Prepared
    model: Recognizer | Lifting
    trainer: pl.Trainer

    @classmethod
    def of(
        cls,
        run: Run,
        registry: Registry,
        role: Literal["validate", "test"],
        *,
        split: str | None,
        overrides: Iterable[str],
    ) -> _Asked:
        quiet_libraries()
        if not run.weights.is_file():
            raise RunError(
                f"{run.folder} has no weights.", hint=f"`dancekit fit --resume {run.folder}` trains it."
            )
        recipe = check_recipe(read_recipe(run.recipe, overrides), registry)
        if split is not None:
            chosen: dict[str, Any] = {role: split}
            recipe = replace(recipe, splits=replace(recipe.splits, **chosen))
        prepared = prepare_data(recipe, needed=(role,))
        prepared.store(role)  # there is one
        options = replace(recipe.trainer, devices=1, num_nodes=1, strategy="auto")
        return cls(
            run=run,
            role=role,
            recipe=recipe,
            prepared=prepared,
            model=build_model(recipe, prepared, fresh=False),
            trainer=trainer_for(options, logger=False, enable_progress_bar=False, enable_checkpointing=False),
        )

    def answer(self) -> Evaluation | LiftingEvaluation:
        """What the model makes of all recordings of the role."""
        ask = self.trainer.validate if self.role == "validate" else self.trainer.test
        weights = self.run.weights
        try:
            ask(
                self.model, datamodule=self.prepared.data, ckpt_path=weights, weights_only=True, verbose=False
            )
        except RuntimeError as error:
            if "state_dict" not in str(error):
                raise
            raise RunError(
                f"the weights of {self.run.folder.name} do not fit this data:"
                f" {' '.join(str(error).split())[:200]}.",
                hint="The layout, the number of classes and the model must be those it was trained with.",
            ) from error
        name = getattr(self.recipe.splits, self.role) or self.role
        return evaluation_of(self.model, self.run, name, self.prepared, role=self.role)


def mean_of(looks: Sequence[Predictions]) -> Predictions:
    """Several looks at the same clips as one: the logarithm of the mean probability."""
    probability = torch.stack([each.logits.double().softmax(1) for each in looks]).mean(0)  # (N, classes)
    return replace(looks[0], logits=probability.log().float())

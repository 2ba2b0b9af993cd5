"""One model: train, validate, test once, report; all of it in one run directory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import lightning.pytorch as pl

from dancekit.assembly import Prepared, build_model, prepare_data
from dancekit.console import quiet_libraries, say
from dancekit.errors import DataError, RecipeError, RunError
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import Draft, read_recipe
from dancekit.run import Run, hand_on, shared_run, versions, write_json
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.recognition import Recognizer
from dancekit.verbs.callbacks import read_metrics
from dancekit.verbs.evaluation import Evaluation, LiftingEvaluation, evaluation_of
from dancekit.verbs.finish import finish
from dancekit.verbs.lifting_report import write_lifting_report
from dancekit.verbs.report import write_report
from dancekit.verbs.training import make_trainer, with_native_precision
from dancekit.verbs.training_data import TrainingData


def fit_single(draft: Draft, registry: Registry, *, root: Path = Path("runs"), run: Run | None = None) -> Run:
    """Train a recipe of one model in a new run directory.

    Args:
        root: where run directories lie.
        run: the directory to use, empty as yet; None makes one under `root`, named by time and recipe.

    Raises:
        RecipeErrors: the recipe is wrong; nothing has been made.
        KeyboardInterrupt: the user stopped it; the run can be resumed.
    """
    shared = shared_run()
    if shared is not None:  # another process of a distributed run: what the first one recorded counts
        draft = read_recipe(shared.recipe)
    recipe = check_recipe(draft, registry)
    for notice in draft.notices:
        say(notice)
    recipe = with_native_precision(recipe)
    prepared = prepare_data(recipe)  # before a directory is made: wrong data leaves no empty run
    run = shared or run or Run.create(root, run_name(draft))
    if shared is None:
        run.record(recipe.to_mapping(), registry)
    try:
        return _train(recipe, registry, prepared, run, checkpoint=None)
    except (RecipeError, DataError):
        if shared is None and not run.last.is_file():
            run.discard()
        raise


def run_name(draft: Draft) -> str:
    """What a run of a recipe is called; the recipe of a run keeps the run's name when it is run again."""
    return Run(draft.folder.resolve()).name if draft.name == "recipe" else draft.name


def resume_single(run: Run, registry: Registry, overrides: Iterable[str] = ()) -> Run:
    """Go on with a run from the last epoch it finished; a finished one can be given more epochs.

    A run that was killed in its first epoch starts from its beginning.
    """
    recipe = check_recipe(read_recipe(run.recipe, overrides), registry)
    prepared = prepare_data(recipe)
    if shared_run() is None:
        run.record(recipe.to_mapping(), registry)
    checkpoint = run.last if run.last.is_file() else None
    if checkpoint is None:
        say("No epoch was finished: the run starts from its beginning.")
    return _train(recipe, registry, prepared, run, checkpoint=checkpoint)


def _train(
    recipe: Recipe, registry: Registry, prepared: Prepared, run: Run, *, checkpoint: Path | None
) -> Run:
    quiet_libraries()
    pl.seed_everything(recipe.seed, verbose=False)
    model = build_model(recipe, prepared)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    validated = prepared.data.stores["validate"] is not None
    trainer = make_trainer(recipe, run, monitor=validated)
    if trainer.is_global_zero:
        say(_opening(recipe, prepared, run, parameters))
        TrainingData.describe(recipe, prepared.classes, prepared.store("train")).keep(run)
    if recipe.trainer.compile:
        (model.lifter if isinstance(model, Lifting) else model.backbone).compile()
    with hand_on(run):
        _fit(trainer, model, prepared, checkpoint)
    result: dict[str, Any] = {
        "recipe": run.folder.name,
        "parameters": parameters,
        "epochs": trainer.current_epoch,
        "classes": list(prepared.classes),
    }
    chosen = run.best if validated else run.last
    if isinstance(model, Lifting) and validated:
        result["finish"] = finish(model, prepared, chosen, trainer)
    shown: Evaluation | LiftingEvaluation | None = None
    for split, evaluate in (("validate", trainer.validate), ("test", trainer.test)):
        if prepared.data.stores[split] is None:
            continue
        evaluate(model, datamodule=prepared.data, ckpt_path=chosen, weights_only=True, verbose=False)
        shown = evaluation_of(model, run, split, prepared)
        result[split] = shown.result
        if trainer.is_global_zero:
            shown.save(run.predictions(split))
    result["seconds"] = round(sum(row["seconds"] for row in read_metrics(run.metrics)), 1)
    result["versions"] = versions(registry)
    if trainer.is_global_zero:
        write_json(run.result, result)
        if isinstance(shown, LiftingEvaluation):
            write_lifting_report(run, recipe, shown, prepared.data.stores)
        elif isinstance(model, Recognizer):
            write_report(run, recipe, prepared, model)
    for logger in trainer.loggers:
        logger.finalize("success")
    return run


def _fit(trainer: pl.Trainer, model: pl.LightningModule, prepared: Prepared, checkpoint: Path | None) -> None:
    try:
        trainer.fit(model, datamodule=prepared.data, ckpt_path=checkpoint, weights_only=True)
    except SystemExit:
        # Lightning turns Ctrl-C into an exit of its own; the caller should see what the user did.
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    if trainer.interrupted:
        raise RunError("training was interrupted.")


def _opening(recipe: Recipe, prepared: Prepared, run: Run, parameters: int) -> str:
    sizes = ", ".join(
        f"{len(store)} to {split}" for split, store in prepared.data.stores.items() if store is not None
    )
    return (
        f"{recipe.data.name}: {sizes}; {len(prepared.classes)} classes\n"
        f"{recipe.trained.name}: {parameters:,} parameters, {recipe.trainer.precision}\n"
        f"{run.folder}"
    )

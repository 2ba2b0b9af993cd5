"""Several models on the same recordings: train each as a run of its own, and fuse what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from dancekit.console import say
from dancekit.errors import DataError, RecipeError
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe, member_drafts
from dancekit.recipe_files import Draft, read_recipe
from dancekit.run import Run, read_json, versions, write_json
from dancekit.tasks.metrics import Predictions, accuracy
from dancekit.verbs.evaluate import evaluate
from dancekit.verbs.evaluation import Evaluation
from dancekit.verbs.report import write_ensemble_report
from dancekit.verbs.single import fit_single, resume_single, run_name

Role = Literal["validate", "test"]


@dataclass(frozen=True, kw_only=True)
class Fused:
    """What several runs together make of one split.

    Attributes:
        result: as result.json says it of a split.
        weights: of the members, adding up to 1.
    """

    members: tuple[Evaluation, ...]
    weights: tuple[float, ...]
    evaluation: Evaluation

    @property
    def result(self) -> dict[str, Any]:
        """The fused result, and the accuracy and weight of each member where there are several."""
        if len(self.members) == 1:
            return self.evaluation.result
        each = [
            {
                "run": str(member.run.folder),
                "name": member.run.folder.name,
                "weight": weight,
                "accuracy": accuracy(member.predictions),
            }
            for member, weight in zip(self.members, self.weights, strict=True)
        ]
        return {**self.evaluation.result, "members": each}


def fit_ensemble(draft: Draft, recipe: Recipe, registry: Registry, *, root: Path) -> Run:
    """Train every member of a recipe's ensemble, then fuse them; all in one run directory.

    Raises:
        KeyboardInterrupt: the user stopped it; the run can be resumed.
    """
    run = Run.create(root, run_name(draft))
    run.record(recipe.to_mapping(), registry)
    try:
        return _train_members(run, draft, recipe, registry)
    except (RecipeError, DataError):
        if not any(run.member(name).last.is_file() for name in recipe.ensemble.members):
            run.discard()
        raise


def resume_ensemble(run: Run, registry: Registry) -> Run:
    """Go on with the members that are not finished."""
    draft = read_recipe(run.recipe)
    recipe = check_recipe(draft, registry)
    run.record(recipe.to_mapping(), registry)
    return _train_members(run, draft, recipe, registry)


def _train_members(run: Run, draft: Draft, recipe: Recipe, registry: Registry) -> Run:
    for name, member_draft in member_drafts(draft, recipe.ensemble).items():
        member = run.member(name)
        if member.result.is_file():
            say(f"{name}: finished already")
            continue
        say(f"{name}:")
        if member.recipe.is_file():
            resume_single(member, registry)
        else:
            member.checkpoints.mkdir(parents=True, exist_ok=True)
            fit_single(member_draft, registry, run=member)
    members = [run.member(name) for name in recipe.ensemble.members]
    results = [read_json(member.result) for member in members]
    roles: tuple[Role, ...] = ("validate", "test")
    fused = {
        role: fuse(members, registry, role, weights=recipe.ensemble.weights)
        for role in roles
        if all(role in each for each in results)
    }
    result: dict[str, Any] = {
        "recipe": run.folder.name,
        "parameters": sum(each["parameters"] for each in results),
        "epochs": max(each["epochs"] for each in results),
        "classes": results[0]["classes"],
        **{role: each.result for role, each in fused.items()},
        "seconds": round(sum(each["seconds"] for each in results), 1),
        "versions": versions(registry),
    }
    write_json(run.result, result)
    for role, each in fused.items():
        each.evaluation.save(run.predictions(role))
    write_ensemble_report(run, recipe, {role: each.evaluation.store for role, each in fused.items()})
    return run


def members_of(runs: Iterable[Run], weights: Sequence[float]) -> tuple[list[Run], tuple[float, ...]]:
    """The runs behind some runs, ensembles taken apart, with their weights; no weights are all alike.

    Raises:
        RecipeError: there are as many weights as there are not runs, or they make no sense.
    """
    given = list(runs)
    if weights and len(weights) != len(given):
        raise RecipeError(
            f"there are {len(weights)} weights for {len(given)} runs.", hint="Give one for each."
        )
    if any(not 0 <= weight < float("inf") for weight in weights) or (weights and sum(weights) == 0):
        raise RecipeError(
            f"the weights are {', '.join(map(str, weights))}.", hint="Give shares, such as 2,2,1,1."
        )
    single: list[Run] = []
    shares: list[float] = []
    for run, weight in zip(given, weights or [1.0] * len(given), strict=True):
        ensemble = read_recipe(run.recipe).content.get("ensemble") or {}
        names = list(ensemble.get("members") or {})
        inner = ensemble.get("weights") or [1.0] * len(names)
        single += [run.member(name) for name in names] or [run]
        shares += [weight * each / sum(inner) for each in inner] if names else [weight]
    return single, tuple(share / sum(shares) for share in shares)


def fuse(
    runs: Iterable[Run],
    registry: Registry,
    role: Role,
    *,
    weights: Sequence[float] = (),
    split: str | None = None,
    overrides: Sequence[str] = (),
    samples: int = 1,
    flip: bool = False,
) -> Fused:
    """Evaluate some runs on the same recordings and fuse them: the weighted mean of their probabilities.

    Args:
        weights: one for each run; none are all alike.
        split, overrides, samples, flip: as `evaluate` takes them.

    Raises:
        DataError: the runs don't speak of the same recordings or classes.
    """
    members, shares = members_of(runs, weights)
    evaluations = tuple(
        evaluate(member, registry, role, split=split, overrides=overrides, samples=samples, flip=flip)
        for member in members
    )
    if len(members) == 1:
        return Fused(members=evaluations, weights=shares, evaluation=evaluations[0])
    first, orders = evaluations[0], [_order(each) for each in evaluations]
    for each, order in zip(evaluations, orders, strict=True):
        _check_same(first, orders[0], each, order)
    probability = sum(
        share * each.predictions.logits[order].double().softmax(1)
        for each, order, share in zip(evaluations, orders, shares, strict=True)
    )
    assert isinstance(probability, Tensor)  # there is a first run
    fused = Predictions(
        logits=probability.log().float(),
        label=first.predictions.label[orders[0]],
        index=first.predictions.index[orders[0]],
    )
    evaluation = Evaluation(
        run=first.run,
        split=first.split,
        classes=first.classes,
        store=first.store,
        predictions=fused,
    )
    return Fused(members=evaluations, weights=shares, evaluation=evaluation)


def _order(evaluation: Evaluation) -> Tensor:
    """(N,) clips by name; the persons of a clip keep their order."""
    return torch.from_numpy(np.argsort(evaluation.names, kind="stable"))


def _check_same(first: Evaluation, first_order: Tensor, other: Evaluation, order: Tensor) -> None:
    names = f"{first.run.folder.name} and {other.run.folder.name}"
    if first.classes != other.classes:
        raise DataError(f"{names} know different classes.", hint="Fuse runs on the same data set.")
    same = len(first.names) == len(other.names) and bool(
        np.array_equal(first.names[first_order.numpy()], other.names[order.numpy()])
        and torch.equal(first.predictions.label[first_order], other.predictions.label[order])
    )
    if not same:
        raise DataError(
            f"{names} were asked about different recordings.",
            hint="Name a split that both have: --split NAME.",
        )

"""Recipes: YAML files that say which parts make an experiment. Imports no torch.

draft = read_recipe("recipes/stgcn_sta.yaml", ["trainer.max_epochs=5"])   # files and overrides merged
recipe = check_recipe(draft, Registry.load())                             # every problem at once, or a Recipe
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from dancekit.errors import RecipeError, RecipeErrors
from dancekit.plugin import Registry
from dancekit.pretrained import Pretrained, take_pretrained
from dancekit.recipe_files import Draft, apply_overrides
from dancekit.recipe_sections import (
    Batches,
    Ensemble,
    Head,
    Optimizer,
    Splits,
    TrainerOptions,
    WandbOptions,
)
from dancekit.schema import Checker, Part
from dancekit.wording import nearest


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A checked recipe: every key exists, every value has its type, every component is there.

    Attributes:
        task: what is trained: `recognition` of movements from keypoints, or `lifting` of 2D keypoints to 3D.
        seed: of everything random.
        data: the recordings.
        preprocess: what is done to each batch, in this order.
        lifter: from 2D to 3D keypoints, before the backbone; none does without. In lifting it is trained.
        pretrained: where the lifter comes from; written as keys of `lifter`.
        refine: what is done to lifted keypoints before the backbone, in this order.
        backbone: from skeletons to features; only recognition has one.
        logger: besides metrics.csv, which each run has: any of wandb and tensorboard.
    """

    task: Literal["recognition", "lifting"] = "recognition"
    seed: int = 0
    data: Part
    splits: Splits = field(default_factory=Splits)
    batches: Batches = field(default_factory=Batches)
    preprocess: tuple[Part, ...] = ()
    lifter: Part | None = None
    pretrained: Pretrained = field(default_factory=Pretrained)
    refine: tuple[Part, ...] = ()
    backbone: Part | None = None
    head: Head = field(default_factory=Head)
    optimizer: Optimizer = field(default_factory=Optimizer)
    trainer: TrainerOptions = field(default_factory=TrainerOptions)
    ensemble: Ensemble = field(default_factory=Ensemble)
    logger: tuple[Literal["wandb", "tensorboard"], ...] = ()
    wandb: WandbOptions = field(default_factory=WandbOptions)

    @property
    def trained(self) -> Part:
        """The component that the run is about: the backbone, or in lifting the lifter."""
        part = self.lifter if self.task == "lifting" else self.backbone
        assert part is not None  # check_recipe has seen to it
        return part

    def to_mapping(self) -> dict[str, Any]:
        """The resolved recipe, every default written out; checking it gives an equal recipe."""
        resolved: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "pretrained":
                continue
            if isinstance(value, Part):
                value = value.node()
                if each.name == "lifter" and self.pretrained.run is not None:
                    value |= asdict(self.pretrained)
            elif each.name in _STEPS:
                value = [part.node() for part in value]
            elif each.name in _SECTIONS:
                value = asdict(value)
            resolved[each.name] = _lists(value)
        return resolved


def _lists(value: Any) -> Any:
    """A value with lists where it has tuples, as YAML can hold it."""
    if isinstance(value, dict):
        return {key: _lists(one) for key, one in value.items()}
    return [_lists(one) for one in value] if isinstance(value, list | tuple) else value


_SECTIONS = {
    "splits": Splits,
    "batches": Batches,
    "head": Head,
    "optimizer": Optimizer,
    "trainer": TrainerOptions,
    "ensemble": Ensemble,
    "wandb": WandbOptions,
}
_COMPONENTS = {"data": "dataset", "backbone": "backbone", "lifter": "lifter"}
_STEPS = ("preprocess", "refine")
_PLAIN = {
    "task": Literal["recognition", "lifting"],
    "seed": int,
    "logger": tuple[Literal["wandb", "tensorboard"], ...],
}
_NEEDED = {"recognition": ("data", "backbone"), "lifting": ("data", "lifter")}
"""The components that a recipe must name, for each task."""


def check_recipe(draft: Draft, registry: Registry) -> Recipe:
    """Check a draft against the schema and the constructors of its components.

    Raises:
        RecipeErrors: all that is wrong, each with its key and the way out.
    """
    checker = Checker(registry=registry, folder=draft.folder)
    content = draft.content
    if "rows" in content:
        raise RecipeErrors(
            [RecipeError(f"{draft.name} is a table of recipes.", hint="`dancekit compare` trains its rows.")]
        )
    checked: dict[str, Any] = {}
    keys = [each.name for each in fields(Recipe) if each.name != "pretrained"]
    for key in content:
        if key not in keys:
            hint = nearest(key, keys)
            checker.problem(f"{key}: there is no such key. {hint}", f"A recipe takes: {', '.join(keys)}.")
    task = content.get("task", "recognition")
    for key, kind in _COMPONENTS.items():
        node = content.get(key)
        if node in (None, "none"):
            if key in _NEEDED.get(task, ()):
                names = ", ".join(registry.names(kind))
                checker.problem(f"{key} is missing.", f"A recipe names a {kind}: {names}.")
            continue
        if key == "lifter":
            node, checked["pretrained"] = take_pretrained(node, checker)
        checked[key] = checker.component(kind, node, key)
    for key, section in _SECTIONS.items():
        if key in content:
            node = {"name": content[key]} if isinstance(content[key], str) else content[key]
            checked[key] = section(**checker.arguments(section, node, key))
    for key, wanted in _PLAIN.items():
        if key in content:
            value = _as_list(content[key]) if key == "logger" else content[key]
            checked[key] = checker.value(wanted, value, key)
    for key in _STEPS:
        checked[key] = _steps(checker, _as_list(content.get(key)), key)
    _check_ranges(checker, checked)
    _check_task(checker, checked, lifts=content.get("lifter") not in (None, "none"))
    _check_members(checker, checked.get("ensemble", Ensemble()), draft)
    draft.notices += checker.notices
    if checker.problems:
        raise RecipeErrors(checker.problems)
    return Recipe(**checked)


def member_drafts(draft: Draft, ensemble: Ensemble) -> dict[str, Draft]:
    """The recipe of each member of an ensemble: the draft without the ensemble, and what is set for it.

    Raises:
        RecipeError: what is set cannot be read.
    """
    drafts = {}
    for name, overrides in ensemble.members.items():
        content = {key: value for key, value in draft.content.items() if key != "ensemble"}
        drafts[name] = Draft(content=content, folder=draft.folder, name=name)
        apply_overrides(drafts[name], overrides)
    return drafts


def _check_members(checker: Checker, ensemble: Ensemble, draft: Draft) -> None:
    if checker.problems:
        return  # every member would have them too
    weights = ensemble.weights
    if weights and (len(weights) != len(ensemble.members) or min(weights) < 0 or sum(weights) == 0):
        checker.problem(
            f"ensemble.weights: {list(weights)} are no weights for {len(ensemble.members)} members.",
            "Give a share for each, or none.",
        )
    for name in ensemble.members:
        if not re.fullmatch(r"\w[\w-]*", name):
            checker.problem(
                f"ensemble.members: {name!r} cannot be the name of a folder.", "Take letters and numbers."
            )
    try:
        for name, member in member_drafts(draft, ensemble).items():
            try:
                check_recipe(member, checker.registry)
            except RecipeErrors as errors:
                for each in errors.problems:
                    checker.problem(f"ensemble.members.{name}: {each.message}", each.hint)
    except RecipeError as error:
        checker.problem(f"ensemble.members: {error.message}", error.hint)


def _as_list(value: Any) -> Any:
    """Nothing is an empty list, and one name is a list of it; check_recipe judges everything else."""
    if value in (None, "none"):
        return []
    return [value] if isinstance(value, str) else value


def _steps(checker: Checker, nodes: Any, key: str) -> tuple[Part, ...]:
    if not isinstance(nodes, list | tuple):
        checker.problem(f"{key}: {nodes!r} is not a list of preprocessors.")
        return ()
    parts = [checker.component("preprocessor", node, f"{key}[{i}]") for i, node in enumerate(nodes)]
    return tuple(part for part in parts if part is not None)


def _check_task(checker: Checker, checked: Mapping[str, Any], *, lifts: bool) -> None:
    """What goes with what; `lifts` says that a lifter is named, whatever is wrong with it."""
    if checked.get("task", "recognition") == "lifting":
        for key in ("backbone", "refine"):
            if checked.get(key):
                checker.problem(f"{key}: lifting has none.", "Remove it, or set task: recognition.")
        if checked.get("ensemble", Ensemble()).members:
            checker.problem("ensemble: it is of recognisers.", "Remove it from a recipe of lifting.")
        if checked.get("pretrained", Pretrained()).run is not None:
            checker.problem("lifter.run: in lifting the lifter starts from nothing.", "Remove it.")
    elif checked.get("refine") and not lifts:
        checker.problem(
            "refine: there is no lifter.", "Put these steps under `preprocess`, or name a lifter."
        )


def _check_ranges(checker: Checker, checked: Mapping[str, Any]) -> None:
    """What a type can't say."""
    splits, batches = checked.get("splits", Splits()), checked.get("batches", Batches())
    head, trainer = checked.get("head", Head()), checked.get("trainer", TrainerOptions())
    optimizer = checked.get("optimizer", Optimizer())
    shortest, longest = batches.crop
    whole = 1 if batches.frame_rate is None else math.inf
    still = optimizer.momentum == 0 and optimizer.nesterov and optimizer.name == "sgd"
    rules = {
        "seed": (0 <= (checked.get("seed") or 0) < 2**32, "from 0 up to 4294967295"),
        "splits.hold_out": (0 <= splits.hold_out < 1, "from 0 up to, but not, 1"),
        "batches.size": (batches.size >= 1, "at least 1"),
        "batches.frames": (batches.frames >= 1, "at least 1"),
        "batches.crop": (
            0 < shortest <= longest <= whole and longest < math.inf,
            "two shares of a recording, 0 < shortest <= longest <= 1"
            if batches.frame_rate is None
            else "two shares of the time that a clip takes, 0 < shortest <= longest",
        ),
        "batches.persons": (batches.persons is None or batches.persons >= 1, "at least 1"),
        "batches.pictures": (
            batches.pictures is None or (1 <= batches.pictures <= 1024 and not batches.frame_pairs),
            "from 1 to 1024 pixels, without frame_pairs",
        ),
        "batches.workers": (batches.workers == "auto" or 0 <= batches.workers <= 64, "auto, or from 0 to 64"),
        "batches.frame_rate": (
            batches.frame_rate is None or 0 < batches.frame_rate < math.inf,
            "more than 0",
        ),
        "head.dropout": (0 <= head.dropout < 1, "from 0 up to, but not, 1"),
        "head.label_smoothing": (0 <= head.label_smoothing < 1, "from 0 up to, but not, 1"),
        "optimizer.learning_rate": (0 < optimizer.highest_rate < math.inf, "more than 0"),
        "optimizer.weight_decay": (0 <= optimizer.weight_decay < math.inf, "at least 0"),
        "optimizer.momentum": (
            0 <= optimizer.momentum < 1 and not still,
            "from 0 up to, but not, 1, and more than 0 for nesterov",
        ),
        "optimizer.warmup_epochs": (optimizer.warmup_epochs >= 0, "at least 0"),
        "trainer.max_epochs": (trainer.max_epochs >= 1, "at least 1"),
        "trainer.gradient_clip": (
            trainer.gradient_clip is None or trainer.gradient_clip > 0,
            "more than 0",
        ),
        "trainer.average_weights": (
            trainer.average_weights is None or 0 < trainer.average_weights < 1,
            "between 0 and 1",
        ),
    }
    for key, (holds, wanted) in rules.items():
        if not holds:
            section, _, name = key.partition(".")
            value = getattr(checked[section], name) if name else checked[section]
            checker.problem(f"{key}: {value!r} is not {wanted}.")


__all__ = [
    "Batches",
    "Ensemble",
    "Head",
    "Optimizer",
    "Recipe",
    "RecipeError",
    "Splits",
    "TrainerOptions",
    "WandbOptions",
    "check_recipe",
    "member_drafts",
]

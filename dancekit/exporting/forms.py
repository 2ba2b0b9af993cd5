"""The forms in which a model can be exported: with its preprocessing inside, or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from dancekit.data.clips import PICTURES, ClipBatch
from dancekit.exporting.description import INPUTS, Description
from dancekit.exporting.network import LiftingNetwork, RecognitionNetwork
from dancekit.recipe import Recipe
from dancekit.tasks.detections import behind_the_camera
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.recognition import Recognizer
from dancekit.tasks.steps import after_steps

_ALWAYS = ("keypoints", "score", "present")


@dataclass(frozen=True, kw_only=True)
class Form:
    """A model as a function of tensors.

    Attributes:
        model: whose weights it has.
        inputs_of: what the function is given for a batch of recordings, by the names of its inputs.
    """

    network: nn.Module
    model: Recognizer | Lifting
    description: Description
    inputs_of: Callable[[ClipBatch], dict[str, Tensor]]

    @property
    def lifting(self) -> bool:
        return self.description.task == "lifting"

    @torch.no_grad()
    def answer(self, batch: ClipBatch) -> Tensor:
        """Of PyTorch."""
        answer: Tensor = self.network(*self.inputs_of(batch).values())
        return answer


def forms_of(
    model: Recognizer | Lifting, recipe: Recipe, batch: ClipBatch, common: dict[str, Any]
) -> Iterator[Form]:
    """The best form first.

    Args:
        model: with its weights, in evaluation.
        batch: some recordings.
        common: what the descriptions of all forms say.
    """
    if isinstance(model, Lifting):
        yield _lifting(model, common)
        return
    common = {**common, "labels_per_person": batch.label.ndim == 2}
    steps = _steps(model, recipe)
    yield _recognition(model, recipe, common, batch, inside=steps, outside=())
    recorded = batch.keypoints.shape[-1] == 3
    if recorded and (place := behind_the_camera(model.preprocess, batch)):
        yield _of_detections(model, recipe, common, batch, place)
    if steps:
        yield _recognition(model, recipe, common, batch, inside=(), outside=steps)


def _of_detections(
    model: Recognizer, recipe: Recipe, common: dict[str, Any], batch: ClipBatch, place: int
) -> Form:
    """What was trained on detections made of recordings in 3D, for detections: without the steps to them.

    Args:
        place: how many steps lead to detections.
    """
    to_detections = model.preprocess[:place]
    steps = _steps(model, recipe)
    rest = copy(model)  # shares the weights
    rest.preprocess = model.preprocess[place:]
    inside = _steps(rest, replace(recipe, preprocess=recipe.preprocess[place:]))
    seen = {**common, "simulated": steps[: len(steps) - len(inside)], "pixels": False}
    detected = after_steps(to_detections, batch, training=False)
    form = _recognition(rest, recipe, seen, detected, inside=inside, outside=())
    return replace(
        form,
        inputs_of=lambda batch: form.inputs_of(after_steps(to_detections, batch, training=False)),
    )


def _lifting(model: Lifting, common: dict[str, Any]) -> Form:
    lifter = model.lifter

    def inputs_of(batch: ClipBatch) -> dict[str, Tensor]:
        pairs = model.pairs(batch)
        return {"keypoints": pairs.keypoints, "score": pairs.score}

    description = Description(
        **common,
        layout=lifter.input_layout.to_mapping(),
        output_layout=lifter.output_layout.to_mapping(),
        coordinates=2,
        inputs=("keypoints", "score"),
        dynamic=("persons", "frames"),
    )
    return Form(network=LiftingNetwork(lifter), model=model, description=description, inputs_of=inputs_of)


def _recognition(
    model: Recognizer,
    recipe: Recipe,
    common: dict[str, Any],
    batch: ClipBatch,
    *,
    inside: tuple[str, ...],
    outside: tuple[str, ...],
) -> Form:
    whole = not outside

    def seen(batch: ClipBatch) -> ClipBatch:
        return batch if whole else _prepared(model, batch)

    first = seen(batch)
    inputs = (*_ALWAYS, *_also_needed(model.forward if whole else model.classify, first))
    network = RecognitionNetwork(
        model,
        layout=first.layout,
        inputs=inputs,
        inside=whole,
        labels_per_person=common["labels_per_person"],
        frame_pairs=first.frame_pairs,
    )
    description = Description(
        **common,
        layout=first.layout.to_mapping(),
        coordinates=first.keypoints.shape[-1],
        frame_pairs=first.frame_pairs,
        pictures=recipe.batches.pictures if set(inputs) & set(PICTURES) else None,
        inputs=inputs,
        inside=inside,
        outside=outside,
        dynamic=("clips", "persons", "frames"),
    )
    return Form(
        network=network,
        model=model,
        description=description,
        inputs_of=lambda batch: {name: getattr(seen(batch), name) for name in inputs},
    )


def _steps(model: Recognizer, recipe: Recipe) -> tuple[str, ...]:
    """What is done to a batch before the backbone in evaluation, in order."""

    def always(parts: Any, steps: Any) -> list[str]:
        return [part.name for part, step in zip(parts, steps, strict=True) if step.when == "always"]

    names = always(recipe.preprocess, model.preprocess)
    if model.lifter is not None:
        assert recipe.lifter is not None
        names += [recipe.lifter.name, *always(recipe.refine, model.refine)]
    return tuple(names)


@torch.no_grad()
def _prepared(model: Recognizer, batch: ClipBatch) -> ClipBatch:
    """As the backbone sees it, the persons of a clip still beside each other."""
    prepared = model.prepare(replace(batch, label=batch.label.reshape(len(batch), -1)[:, 0]))
    return replace(prepared, label=batch.label)


@torch.no_grad()
def _also_needed(answer: Callable[[ClipBatch], Tensor], batch: ClipBatch) -> tuple[str, ...]:
    """The inputs besides keypoints that change what is answered."""
    usual = answer(batch)
    needed = []
    for name in INPUTS:
        value = getattr(batch, name)
        if name in _ALWAYS or value is None:
            continue
        try:
            changed: dict[str, Any] = {name: _other(name, value)}
            if not torch.equal(answer(replace(batch, **changed)), usual):
                needed.append(name)
        except Exception:  # a part that misses it says so in its own words
            needed.append(name)
    return tuple(needed)


def _other(name: str, value: Tensor) -> Tensor | None:
    """Something else in the place of an input."""
    if name in PICTURES:
        return None
    if bool(value.isnan().any()):
        return torch.full_like(value, 640.0 if name == "image_size" else 25.0)
    return torch.full_like(value, torch.nan)

"""The one place where a checked recipe becomes objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dancekit.data.clips import Clip
from dancekit.data.module import ClipData, hold_out
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Backbone, Dataset, Lifter, Preprocessor
from dancekit.recipe import Recipe
from dancekit.skeleton.layout import Layout
from dancekit.tasks.recognition import Recognizer
from dancekit.wording import nearest


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The recordings of a recipe, and what the model has to know of them."""

    data: ClipData
    classes: tuple[str, ...]

    def store(self, split: str) -> RecordingStore:
        """Raises DataError when the recipe has nothing for this purpose."""
        store = self.data.stores[split]
        if store is None:
            raise DataError(f"the recipe has no recordings to {split} on.", hint=f"Set splits.{split}.")
        return store


def open_dataset(recipe: Recipe) -> Dataset:
    """Open the data set and check that it has the splits.

    Raises:
        RecipeError: a split does not exist.
    """
    dataset: Dataset = recipe.data.build()
    splits = recipe.splits
    for role, split in (("train", splits.train), ("validate", splits.validate), ("test", splits.test)):
        if split is not None and split not in dataset.splits:
            raise RecipeError(
                f"splits.{role}: {recipe.data.name} has no split {split!r}.",
                hint=nearest(split, dataset.splits),
            )
    return dataset


def prepare_data(recipe: Recipe, *, needed: Sequence[str] = ("train", "validate", "test")) -> Prepared:
    """Read the recordings that are needed, and hold out persons for validation.

    Raises:
        DataError: a split is empty or cannot be read, or the held-out persons are not known.
    """
    dataset = open_dataset(recipe)
    splits = recipe.splits
    stores: dict[str, RecordingStore | None] = dict.fromkeys(("train", "validate", "test"))
    if "train" in needed or ("validate" in needed and splits.validate is None):
        recordings = _recordings(dataset, splits.train)
        kept, held = list(range(len(recordings))), list[int]()
        if splits.validate is None:
            people = [clip.person for clip in recordings]
            kept, held = hold_out(people, splits.hold_out, by=splits.by, seed=recipe.seed)
        stores["train"] = RecordingStore.pack((recordings[i] for i in kept), dataset.layout)
        if held:
            stores["validate"] = RecordingStore.pack((recordings[i] for i in held), dataset.layout)
    if "validate" in needed and splits.validate is not None:
        stores["validate"] = RecordingStore.pack(_recordings(dataset, splits.validate), dataset.layout)
    if "test" in needed and splits.test is not None:
        stores["test"] = RecordingStore.pack(_recordings(dataset, splits.test), dataset.layout)
    data = ClipData(**stores, batches=recipe.batches, seed=recipe.seed)
    return Prepared(data=data, classes=tuple(dataset.classes))


def build_model(recipe: Recipe, prepared: Prepared) -> Recognizer:
    """The model that a recipe describes, with fresh weights from its seed."""
    stores = [store for store in prepared.data.stores.values() if store is not None]
    if not stores:
        raise DataError("there are no recordings to learn the shape of the input from.")
    preprocess = [part.build() for part in recipe.preprocess]
    lifter = None if recipe.lifter is None else recipe.lifter.build()
    layout, coordinates = _input(recipe, stores[0], preprocess, lifter)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.seed)
        backbone: Backbone = recipe.backbone.build(layout=layout, coordinates=coordinates)
        return Recognizer(
            backbone=backbone,
            classes=len(prepared.classes),
            preprocess=preprocess,
            lifter=lifter,
            head=recipe.head,
            optimizer=recipe.optimizer,
            class_weights=_class_weights(recipe, prepared),
            seed=recipe.seed,
        )


def _recordings(dataset: Dataset, split: str) -> list[Clip]:
    recordings = list(dataset.recordings(split))
    if not recordings:
        raise DataError(f"split {split!r} is empty.")
    highest = max(max(clip.label) if isinstance(clip.label, tuple) else clip.label for clip in recordings)
    if highest >= len(dataset.classes):
        raise DataError(
            f"split {split!r} has label {highest}, and there are {len(dataset.classes)} classes.",
            hint="Labels count from 0.",
        )
    return recordings


def _input(
    recipe: Recipe, store: RecordingStore, preprocess: Sequence[Preprocessor], lifter: Lifter | None
) -> tuple[Layout, int]:
    """Layout and coordinates of what reaches the backbone, found by sending one clip through."""
    batch = gather(store, torch.zeros(1, dtype=torch.long, device=store.first.device), frames=2)
    for step in preprocess:
        if step.when == "always":
            batch = step(batch)
    if lifter is not None:
        return lifter.output_layout, 3
    return batch.layout, batch.keypoints.shape[-1]


def _class_weights(recipe: Recipe, prepared: Prepared) -> Tensor | None:
    train = prepared.data.stores["train"]
    if not recipe.head.class_weights or train is None:
        return None
    label = train.label[train.label >= 0].flatten()
    counts = torch.bincount(label, minlength=len(prepared.classes)).float()
    weights = counts.sum() / (counts.clamp(min=1) * len(counts))
    return weights.where(counts > 0, 0)

"""The one place where a checked recipe becomes objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dancekit.data.clips import ClipBatch
from dancekit.data.module import ClipData, hold_out
from dancekit.data.pictures import PictureReader, Pictures
from dancekit.data.randomness import ClipRandom
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Backbone, Dataset, Lifter, Preprocessor
from dancekit.recipe import Recipe
from dancekit.recordings import find_cached, read_split
from dancekit.skeleton.layout import Layout
from dancekit.tasks.lifted import lift_batch
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.recognition import Recognizer
from dancekit.tasks.steps import after_steps
from dancekit.weights import load_lifter
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
    """Open the recordings that are needed, and hold out persons for validation.

    Raises:
        DataError: a split is empty or cannot be read, or the held-out persons are not known.
    """
    splits = recipe.splits
    held_out = splits.validate is None
    wanted = {"train": splits.train, "validate": splits.validate, "test": splits.test}
    names = {role: wanted[role] for role in needed}
    if "validate" in needed and held_out:
        names["train"] = splits.train
    opened, classes = _open(recipe, [name for name in names.values() if name is not None])
    if recipe.batches.pictures is not None:
        dataset = open_dataset(recipe)
        opened = {split: with_pictures(store, recipe, dataset, split) for split, store in opened.items()}
    stores: dict[str, RecordingStore | None] = {
        role: None if (name := names.get(role)) is None else opened[name] for role in wanted
    }
    train = stores["train"]
    if train is not None and held_out:
        kept, held = hold_out(train.people, splits.hold_out, by=splits.by, seed=recipe.seed)
        stores["train"] = train.select(kept)
        stores["validate"] = train.select(held) if held else None
    whole = recipe.task == "lifting"  # a lifter is asked about recordings of any length
    data = ClipData(**stores, batches=recipe.batches, seed=recipe.seed, whole=whole)
    return Prepared(data=data, classes=classes)


def with_pictures(store: RecordingStore, recipe: Recipe, dataset: Dataset, split: str) -> RecordingStore:
    """The recordings of a split with their pictures, where the recipe asks for them.

    Raises:
        DataError: the data set has none.
    """
    if recipe.batches.pictures is None:
        return store
    source = pictures_of(dataset, split, recipe.data.name)
    return replace(store, pictures=PictureReader(source, recipe.batches.pictures))


def pictures_of(dataset: Dataset, split: str, name: str) -> Pictures:
    """Raises DataError when the data set, called `name`, has keypoints alone."""
    source = dataset.pictures(split)
    if source is None:
        raise DataError(
            f"{name} has keypoints alone, and no pictures.",
            hint="Leave batches.pictures out, or take data that has them.",
        )
    return source


def build_model(recipe: Recipe, prepared: Prepared, *, fresh: bool = True) -> Recognizer | Lifting:
    """The model that a recipe describes, with weights from its seed.

    Args:
        fresh: give a lifter that another run trained its weights; otherwise the model's own weights are
            going to be loaded.

    Raises:
        RecipeError: the parts do not fit each other, or the run of the lifter is gone.
    """
    stores = [store for store in prepared.data.stores.values() if store is not None]
    if not stores:
        raise DataError("there are no recordings to learn the shape of the input from.")
    parts = build_parts(recipe)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.seed)
        if recipe.task == "lifting":
            assert recipe.lifter is not None
            model = Lifting(
                lifter=recipe.lifter.build(),
                preprocess=parts.preprocess,
                optimizer=recipe.optimizer,
                seed=recipe.seed,
            )
            model.pairs(one_clip(recipe, stores[0]))
            return model
        assert recipe.backbone is not None
        lifter: Lifter | None = None if recipe.lifter is None else recipe.lifter.build()
        if lifter is not None and recipe.pretrained.run is not None and fresh:
            load_lifter(lifter, recipe.pretrained.run)
        layout, coordinates = model_input(recipe, stores[0], parts, lifter)
        backbone: Backbone = recipe.backbone.build(layout=layout, coordinates=coordinates)
        return Recognizer(
            backbone=backbone,
            classes=len(prepared.classes),
            preprocess=parts.preprocess,
            lifter=lifter,
            refine=parts.refine,
            frozen=recipe.pretrained.run is not None and not recipe.pretrained.fine_tune,
            head=recipe.head,
            optimizer=recipe.optimizer,
            class_weights=_class_weights(recipe, prepared),
            seed=recipe.seed,
        )


def _open(recipe: Recipe, splits: Sequence[str]) -> tuple[dict[str, RecordingStore], tuple[str, ...]]:
    """The recordings of some splits, and the classes. The data set itself is asked only where it must be."""
    kept = find_cached(recipe.data, splits)
    stores = {split: packed.split(split) for split, packed in kept.items()}
    if kept and all(split in kept for split in splits):
        return stores, next(iter(kept.values())).classes
    dataset = open_dataset(recipe)
    for split in splits:
        if split not in stores:
            stores[split] = read_split(recipe.data, dataset, split)
    return stores, tuple(dataset.classes)


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The preprocessors of a recipe, before a lifter and after it."""

    preprocess: tuple[Preprocessor, ...]
    refine: tuple[Preprocessor, ...]


def build_parts(recipe: Recipe) -> Steps:
    """The steps of a recipe."""
    return Steps(
        preprocess=tuple(part.build() for part in recipe.preprocess),
        refine=tuple(part.build() for part in recipe.refine),
    )


def model_input(
    recipe: Recipe, store: RecordingStore, steps: Steps, lifter: Lifter | None
) -> tuple[Layout, int]:
    """Layout and coordinates of what reaches the backbone, found by sending one clip through.

    Augmentation sees it too, so that what a step refuses is told before training.
    """
    batch = after_steps(steps.preprocess, one_clip(recipe, store), training=True)
    if lifter is not None:
        with torch.no_grad():
            batch = lift_batch(lifter.eval(), batch)
        batch = after_steps(steps.refine, batch, training=True)
    if batch.frame_pairs:
        raise RecipeError(
            "batches.frame_pairs: no step of `preprocess` makes one frame of each pair.",
            hint="Let it end with {name: stream, motion: recorded}, or leave batches.frame_pairs out.",
        )
    return batch.layout, batch.keypoints.shape[-1]


def one_clip(recipe: Recipe, store: RecordingStore) -> ClipBatch:
    """The first recording as training would see it."""
    return gather(
        store,
        torch.zeros(1, dtype=torch.long, device=store.first.device),
        frames=recipe.batches.frames,
        persons=recipe.batches.persons,
        frame_pairs=recipe.batches.frame_pairs,
        random=ClipRandom(seed=recipe.seed, total=1, start=0, stop=1),
    )


def _class_weights(recipe: Recipe, prepared: Prepared) -> Tensor | None:
    train = prepared.data.stores["train"]
    if not recipe.head.class_weights or train is None:
        return None
    label = train.label[train.label >= 0].flatten()
    counts = torch.bincount(label, minlength=len(prepared.classes)).float()
    weights = counts.sum() / (counts.clamp(min=1) * len(counts))
    return weights.where(counts > 0, 0)

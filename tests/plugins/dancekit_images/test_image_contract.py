"""What every step on pictures keeps: the batch that it is given, frames that are not there, other clips."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from importlib import import_module

import pytest
import torch
from dancekit_images import dancekit_components
from dancekit_images.cleaning import CleanSilhouette
from dancekit_images.cropping import CropToPerson, Resize
from dancekit_images.foreground import RemoveBackground
from dancekit_images.grey import Grey
from dancekit_images.max_entropy import MaxEntropy
from dancekit_images.thinning import Thinning
from torch import Tensor

from dancekit.data.clips import PICTURES
from dancekit.data.pictures import intersection_over_union
from dancekit.errors import RecipeError
from dancekit.interfaces import Preprocessor
from dancekit.testing import check_preprocessor, example_batch
from dancekit.testing.examples import with_nobody_in
from dancekit.testing.subject import find_subject

ARGUMENTS: dict[str, tuple[type[Preprocessor], dict[str, object]]] = {
    "grey": (Grey, {}),
    "max_entropy": (MaxEntropy, {}),
    "auto": (RemoveBackground, {}),
    "dark": (RemoveBackground, {"foreground": "dark"}),
    "bright": (RemoveBackground, {"foreground": "bright"}),
    "mask": (RemoveBackground, {"foreground": "mask"}),
    "clean": (CleanSilhouette, {}),
    "opened": (CleanSilhouette, {"holes": False, "opening": 2}),
    "thinning": (Thinning, {}),
    "published": (Thinning, {"variant": "published"}),
    "crop": (CropToPerson, {"size": 16}),
    "crop_frames": (CropToPerson, {"size": 40, "each": "frame"}),
    "resize": (Resize, {"size": 20}),
}
STEPS = {name: kind(**arguments) for name, (kind, arguments) in ARGUMENTS.items()}
CHAIN = ("grey", "max_entropy", "auto", "clean", "crop", "thinning")

each_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)


def _tensors(batch):
    values = {each.name: getattr(batch, each.name) for each in fields(batch)}
    return {name: value for name, value in values.items() if isinstance(value, Tensor)}


def _batch(clips=6):
    """With a clip that ends early and one in which nobody is."""
    return with_nobody_in(example_batch(clips=clips, frames=5, pictures=24), slice(clips - 1, clips))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_contract_of_preprocessors(name):
    kind, arguments = ARGUMENTS[name]
    check_preprocessor(kind, **arguments)


@each_step
def test_keypoints_stay_as_they_are(step):
    batch = _batch()
    before, after = _tensors(batch), _tensors(step(batch))
    assert all(after[name] is values for name, values in before.items() if name not in PICTURES)


@each_step
def test_how_pictures_lie_in_memory_does_not_matter(step):
    batch = _batch()
    turned = batch.with_pictures(lambda pictures: pictures.mT.contiguous().mT)
    for name, value in _tensors(step(turned)).items():
        assert torch.equal(value.nan_to_num(), _tensors(step(batch))[name].nan_to_num()), name


@each_step
def test_copies_and_nobody_at_all(step):
    batch = _batch()
    assert step.when == "always"
    twin = _tensors(pickle.loads(pickle.dumps(step))(batch))
    assert all(
        torch.equal(twin[name].nan_to_num(), it.nan_to_num()) for name, it in _tensors(step(batch)).items()
    )
    nobody = step(with_nobody_in(batch, slice(None)))
    assert not any(getattr(nobody, name).any() for name in PICTURES if getattr(nobody, name) is not None)


@each_step
def test_without_pictures_the_way_out_is_said(step):
    with pytest.raises(RecipeError, match="the batch has no") as caught:
        step(example_batch())
    assert caught.value.hint


@pytest.mark.parametrize("value", [0, 255, None], ids=["black", "white", "noise"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (8, 8)])
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_pictures_go_through_all_steps(value, shape, channels):
    size = (2, 3, channels, *shape)
    noise = torch.randint(0, 256, size, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    frames = noise if value is None else torch.full(size, value, dtype=torch.uint8)
    batch = replace(example_batch(clips=2, frames=3, complete=True), frames=frames)
    for name in CHAIN:
        batch = STEPS[name](batch)
        for other in STEPS.values() if batch.silhouette is not None else ():
            other(replace(batch, person_mask=batch.silhouette))
    assert batch.frames.shape == (2, 3, 1, 16, 16)
    assert (batch.thinned <= batch.silhouette).all()
    # Of a picture of one value, or pixel, nothing is the person.
    assert batch.silhouette.any() == (value is None and shape != (1, 1))
    if value is not None and shape == (8, 8):
        assert (batch.frames == value).all()


def test_the_chain_finds_most_of_the_blob_of_the_example():
    batch = example_batch(pictures=24)
    found = replace(batch, silhouette=None, person_mask=None, thinned=None)
    for name in ("max_entropy", "auto", "clean", "thinning"):
        found = STEPS[name](found)
    assert intersection_over_union(found.silhouette, batch.person_mask).min() > 0.75
    shown = batch.present.any(1)
    assert found.thinned.flatten(2).any(2).equal(shown)


def test_each_name_is_a_component():
    components = {each.name: each for each in dancekit_components()}
    assert list(components) == [
        "grey",
        "max_entropy",
        "remove_background",
        "clean_silhouette",
        "thinning",
        "crop_to_person",
        "resize",
    ]
    for component in components.values():
        module, _, name = component.target.partition(":")
        subject = find_subject(component.kind, getattr(import_module(module), name), {})
        assert subject.build().when == "always"

"""Every step keeps the contract, in 2D and 3D, with missing joints, absent persons and empty clips."""

import copy
from dataclasses import fields, replace

import pytest
import torch
from dancekit_preprocessing.amplitude import Amplitude
from dancekit_preprocessing.body import ExchangeBoneLengths
from dancekit_preprocessing.gaps import FillGaps
from dancekit_preprocessing.persons import SwapPersons
from dancekit_preprocessing.tempo import ReverseTime, Speed

from dancekit.plugin import Registry
from dancekit.testing import check_preprocessor, example_batch


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("centre", {}),
        ("scale_to_body", {}),
        ("scale_to_body", {"by": "torso"}),
        ("scale_to_body", {"by": "torso", "size": 0.5}),
        ("align_view", {"coordinates": (3,)}),
        ("screen", {}),
        ("box", {}),
        ("smooth", {}),
        ("smooth", {"method": "binomial", "window": 7}),
        ("rotate", {}),
        ("rotate", {"tilt_x": 10.0, "tilt_z": 5.0}),
        ("scale", {}),
        ("shear", {}),
        ("translate", {}),
        ("mirror", {}),
        ("noise", {}),
        ("noise", {"over": "clip"}),
        ("drop_joints", {}),
        ("drop_joints", {"over": "clip"}),
        ("drop_parts", {"probability": 1.0}),
        ("drop_parts", {"parts": ("left_arm", "right_arm")}),
        ("drop_person", {"probability": 1.0}),
        ("vary_bone_lengths", {}),
        ("camera", {"coordinates": (3,)}),
        ("camera", {"coordinates": (3,), "offset": 0.2, "unseen": (60.0, 120.0)}),
        ("project", {"coordinates": (3,)}),
        ("project", {"coordinates": (3,), "fit": False}),
        ("detect", {"coordinates": (2,)}),
        ("stream", {}),
        ("stream", {"of": "bone"}),
        ("stream", {"of": "joint_motion"}),
        ("stream", {"of": "bone_motion"}),
    ],
)
def test_contract(name, arguments):
    check_preprocessor(name, **arguments)


# These bring joints to other frames or persons, so they are no frame's business alone.
MOVING = [
    Amplitude(),
    FillGaps(),
    ReverseTime(probability=1),
    Speed(),
    SwapPersons(probability=1),
    ExchangeBoneLengths(probability=1),
]


def _with_draws(batch, seed=0, start=0):
    random = example_batch(training=True, clips=4, seed=seed).random
    return replace(batch, random=replace(random, start=start, stop=start + len(batch)))


def _part(batch, start, stop):
    tensors = {each.name: getattr(batch, each.name) for each in fields(batch)}
    cut = {name: value[start:stop] for name, value in tensors.items() if isinstance(value, torch.Tensor)}
    return _with_draws(replace(batch, **cut), start=start)


@pytest.mark.parametrize("step", MOVING, ids=lambda step: type(step).__name__)
@pytest.mark.parametrize("coordinates", [2, 3])
@pytest.mark.parametrize("persons", [1, 3])
def test_contract_of_what_moves(step, coordinates, persons):
    batch = _with_draws(example_batch(coordinates=coordinates, persons=persons))
    nobody = batch.score[3].zero_(), batch.keypoints[3].zero_(), batch.present[3].zero_()
    assert not any(each.any() for each in nobody)
    before = copy.deepcopy(batch)
    result = step(batch)
    assert torch.equal(batch.keypoints, before.keypoints) and torch.equal(batch.score, before.score)
    assert torch.equal(batch.present, before.present) and torch.equal(batch.label, before.label)
    assert result.keypoints.isfinite().all() and result.score.ge(0).all() and result.score.le(1).all()
    assert not result.keypoints[~result.seen].any() and not result.score[~result.present].any()
    assert not result.present[3].any()
    assert torch.equal(result.present.any(2).sum(1), batch.present.any(2).sum(1))

    elsewhere = replace(batch, keypoints=batch.keypoints.masked_fill(~batch.seen[..., None], 100))
    told_nothing = step(_with_draws(elsewhere))
    torch.testing.assert_close(told_nothing.keypoints[result.seen], result.keypoints[result.seen])
    state = torch.get_rng_state()
    torch.testing.assert_close(step(_with_draws(batch)).keypoints, result.keypoints, rtol=0, atol=0)
    assert torch.equal(torch.get_rng_state(), state)
    if not isinstance(step, ExchangeBoneLengths):  # whose other clip is one of the process
        parts = [step(_part(batch, start, start + 2)).keypoints for start in (0, 2)]
        torch.testing.assert_close(torch.cat(parts), result.keypoints)


def test_all_steps_are_checked_here():
    names = {"centre", "scale_to_body", "align_view", "screen", "box", "smooth", "rotate", "scale", "shear"}
    names |= {"translate", "mirror", "noise", "drop_joints", "drop_parts", "drop_person", "stream"}
    names |= {"fill_gaps", "reverse_time", "speed", "swap_persons", "exchange_bone_lengths"}
    names |= {"amplitude", "vary_bone_lengths", "camera", "project", "detect"}
    names |= {"convert_layout"}  # in test_conversion.py, with what it converts to
    registry = Registry.load()
    provided = {
        name
        for name in registry.names("preprocessor")
        if registry.find("preprocessor", name).component.target.startswith("dancekit_preprocessing.")
    }
    assert provided == names

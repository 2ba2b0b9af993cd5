"""The backbone of Hu's invariants: what it pools, and its kernel."""

import copy
import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from dancekit_baselines.hu import HuMoments, RandomFourierFeatures, over_time
from dancekit_baselines.moments import hu_moments, signed_log

from dancekit.errors import RecipeError
from dancekit.testing import check_backbone
from dancekit.testing.examples import example_batch, with_nobody_in


@pytest.mark.parametrize("classifier", ["linear", "rbf"])
def test_it_keeps_the_contract(classifier):
    check_backbone(HuMoments, pictures=20, classifier=classifier, rbf_features=32)


def _literal(frames):
    """Mean, deviation and change of (time, vector) in order; a change only between neighbours."""
    vectors = [vector for _, vector in frames]
    mean = sum(vectors) / len(vectors)
    deviation = (sum((vector - mean) ** 2 for vector in vectors) / len(vectors)).sqrt()
    steps = [
        (late - early).abs() for (before, early), (after, late) in pairwise(frames) if after == before + 1
    ]
    change = sum(steps) / len(steps) if steps else torch.zeros_like(mean)
    return torch.cat([mean, deviation, change])


def test_pooling_is_what_it_says_frame_by_frame():
    batch = example_batch(pictures=20, persons=1)
    silhouette = batch.silhouette.clone()
    silhouette[1, 5] = False  # nothing was found in a frame in which someone is
    silhouette[2, 1:] = False
    batch = replace(batch, silhouette=silhouette)
    model = HuMoments().eval()
    ours = model(batch)
    for clip in range(len(batch)):
        frames = [
            (
                time,
                torch.cat([signed_log(hu_moments(each[clip, time])) for each in (silhouette, batch.thinned)]),
            )
            for time in range(16)
            if batch.present[clip, :, time].any() and silhouette[clip, time].any()
        ]
        assert len(frames) == (12, 15, 1, 16)[clip]
        expected = _literal(frames).float() / math.sqrt(1 + model.norm.eps)  # as a new norm leaves it
        torch.testing.assert_close(ours[clip], expected, rtol=1e-5, atol=1e-5)


def test_what_lies_in_frames_that_do_not_count_never_matters():
    x = torch.randn(3, 8, 5)
    counted = torch.rand(3, 8, generator=torch.Generator().manual_seed(0)) < 0.6
    other = x.masked_fill(~counted[..., None], float("nan"))
    torch.testing.assert_close(over_time(other, counted), over_time(x, counted), rtol=0, atol=0)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("classifier", ["linear", "rbf"])
def test_pictures_in_which_nobody_is_never_matter(classifier, training):
    batch = example_batch(pictures=20)
    absent = ~batch.present.any(1)
    assert absent.any()
    scribbled = {name: getattr(batch, name).clone() for name in ("silhouette", "thinned")}
    for pictures in scribbled.values():
        pictures[absent] = torch.rand(int(absent.sum()), 20, 20) < 0.5
    model = HuMoments(classifier=classifier, rbf_features=16).train(training)
    expected = copy.deepcopy(model)(batch)
    torch.testing.assert_close(model(replace(batch, **scribbled)), expected, rtol=0, atol=0)


@pytest.mark.parametrize("classifier", ["linear", "rbf"])
def test_a_clip_in_which_nothing_counts_gives_zeros_and_no_statistics(classifier):
    batch = with_nobody_in(example_batch(pictures=20), slice(2, 3))
    model = HuMoments(classifier=classifier, rbf_features=16).train()
    assert torch.equal(model(batch)[2], torch.zeros(model.out_features))
    others = HuMoments().train()
    keep = [0, 1, 3]
    others(
        replace(
            batch, present=batch.present[keep], silhouette=batch.silhouette[keep], thinned=batch.thinned[keep]
        )
    )
    torch.testing.assert_close(model.norm.running_mean, others.norm.running_mean)
    torch.testing.assert_close(model.norm.running_var, others.norm.running_var)


def test_features_are_normalised_over_the_clips_of_training():
    batch = example_batch(pictures=20, clips=6)
    model = HuMoments()
    raw = model.eval()(batch).double() * math.sqrt(1 + model.norm.eps)  # a new norm changes nothing else
    deviation = (raw.var(0, unbiased=False) + model.norm.eps).sqrt()
    expected = (raw - raw.mean(0)) / deviation
    # The blobs are so much alike that float32 leaves three digits of how they differ.
    torch.testing.assert_close(model.train()(batch).double(), expected, rtol=2e-3, atol=2e-3)


def test_nothing_is_learned_but_the_classifier():
    assert not [name for name, each in HuMoments().named_parameters() if each.requires_grad]


@pytest.mark.parametrize("width", [1.5, 4.0])
def test_random_features_approach_the_kernel(width):
    x = torch.randn(12, 6, generator=torch.Generator().manual_seed(3))
    y = RandomFourierFeatures(6, 20000, width)(x)
    expected = torch.exp(-torch.cdist(x, x).square() / (2 * width**2))
    assert expected.min() < 0.9  # not all points are one
    torch.testing.assert_close(y @ y.mT, expected, rtol=0, atol=0.04)  # five times 1 / root of 20000


def test_random_features_are_always_the_same():
    torch.manual_seed(1)
    first = HuMoments(classifier="rbf").state_dict()
    torch.manual_seed(2)
    second = HuMoments(classifier="rbf").state_dict()
    assert torch.equal(first["fourier.frequencies"], second["fourier.frequencies"])
    assert torch.equal(first["fourier.phases"], second["fourier.phases"])


@pytest.mark.parametrize("missing", ["silhouette", "thinned"])
def test_without_pictures_it_says_what_is_missing(missing):
    batch = replace(example_batch(pictures=8), **{missing: None})
    with pytest.raises(RecipeError, match=missing):
        HuMoments()(batch)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classifier": "forest"}, "linear or rbf"),
        ({"classifier": "rbf", "rbf_features": 0}, "at least 1"),
        ({"classifier": "rbf", "rbf_width": 0.0}, "above 0"),
    ],
)
def test_senseless_arguments_of_hu(arguments, message):
    with pytest.raises(ValueError, match=message):
        HuMoments(**arguments)

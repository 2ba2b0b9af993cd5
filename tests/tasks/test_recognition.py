"""What the Recognizer does with persons who are not there, labels per person, and learning rates."""

import copy
from dataclasses import replace
from functools import partial

import pytest
import torch
from dancekit_stgcn.attention import SpatioTemporalAttention
from dancekit_stgcn.model import STGCN

from dancekit.data.clips import ClipBatch
from dancekit.errors import DataError
from dancekit.interfaces import Lifter, Preprocessor
from dancekit.skeleton.layout import Layout
from dancekit.tasks.optimizing import WarmupCosine
from dancekit.tasks.recognition import Recognizer

LAYOUT = Layout.named("dance11")


def _batch(clips=4, persons=1, frames=16, coordinates=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (clips, persons, frames, LAYOUT.num_joints)
    score = torch.rand(shape, generator=generator) + 0.1
    score = score * (torch.rand(shape, generator=generator) > 0.1)  # a tenth of the joints is missing
    return ClipBatch(
        keypoints=torch.randn(*shape, coordinates, generator=generator) * (score > 0)[..., None],
        score=score,
        present=torch.ones(shape[:3], dtype=torch.bool),
        label=torch.arange(clips) % 3,
        layout=LAYOUT,
        index=torch.arange(clips),
        frame_rate=torch.full((clips,), 30.0),
        image_size=torch.full((clips, 2), float("nan")),
    )


def _model(**options):
    torch.manual_seed(0)
    attention = partial(SpatioTemporalAttention)
    backbone = STGCN(layout=LAYOUT, coordinates=2, width=4, score_channel=True, attention=attention)
    return Recognizer(backbone=backbone, classes=3, **options)


def _with_absent_person(batch, garbage):
    """A second person who is never there, whatever numbers stand in their place."""
    nobody = torch.zeros_like(batch.present)
    return replace(
        batch,
        keypoints=torch.cat([batch.keypoints, torch.full_like(batch.keypoints, garbage)], 1),
        score=torch.cat([batch.score, torch.ones_like(batch.score)], 1),
        present=torch.cat([batch.present, nobody], 1),
    )


def _step(model, batch):
    model.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(batch), batch.label)
    loss.backward()
    gradients = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    return loss.detach(), gradients, {name: value.clone() for name, value in model.named_buffers()}


@pytest.mark.parametrize("garbage", [0.0, 1e6, float("nan")])
@pytest.mark.parametrize("training", [True, False])
def test_an_absent_person_changes_nothing(training, garbage):
    batch = _batch()
    alone, other = _model().train(training), _model().train(training)
    one = _step(alone, batch)
    two = _step(other, _with_absent_person(batch, garbage))
    assert torch.equal(one[0], two[0])
    for mine, theirs in zip(one[1:], two[1:], strict=True):
        for name, value in mine.items():
            assert torch.equal(value, theirs[name]), name


def test_a_second_person_who_is_there_changes_something():
    batch = _batch()
    company = _with_absent_person(batch, 0.5)
    company = replace(company, present=torch.ones_like(company.present))
    model = _model().eval()
    assert not torch.allclose(model(batch), model(company))


def test_frames_without_the_person_change_nothing():
    """A clip that goes on after the person has left is as one that ends there."""
    batch = _batch(frames=16)
    longer = _batch(frames=32)
    keypoints, score, present = longer.keypoints.clone(), longer.score.clone(), longer.present.clone()
    keypoints[:, :, :16], score[:, :, :16] = batch.keypoints, batch.score
    present[:, :, 16:] = False
    longer = replace(longer, keypoints=keypoints, score=score, present=present)
    for training in (True, False):
        short, long = _model().train(training), _model().train(training)
        one, two = _step(short, batch), _step(long, longer)
        torch.testing.assert_close(one[0], two[0])
        for mine, theirs in zip(one[1:], two[1:], strict=True):
            for name, value in mine.items():
                torch.testing.assert_close(value, theirs[name], rtol=1e-3, atol=1e-5, msg=name)


def test_missing_joints_have_no_number():
    batch = _batch()
    moved = batch.keypoints.where((batch.score > 0)[..., None], 123.0)
    for training in (True, False):
        model = _model().train(training)
        assert torch.equal(copy.deepcopy(model)(batch), model(replace(batch, keypoints=moved)))


def test_a_clip_with_nobody_has_a_defined_answer():
    batch = _batch()
    empty = replace(batch, present=torch.zeros_like(batch.present))
    logits = _model().eval()(empty)
    assert torch.isfinite(logits).all()
    assert torch.equal(logits[0], logits[1])


def test_a_clip_of_one_frame():
    for training in (True, False):
        assert torch.isfinite(_model().train(training)(_batch(frames=1))).all()


def test_labels_per_person_are_clips_of_their_own():
    batch = _batch(persons=2)
    model = _model().eval()
    together = model(replace(batch, label=torch.tensor([[0, 1]] * 4)))
    assert together.shape == (8, 3)
    for person in range(2):
        alone = replace(
            batch,
            keypoints=batch.keypoints[:, [person]],
            score=batch.score[:, [person]],
            present=batch.present[:, [person]],
        )
        torch.testing.assert_close(together[person::2], model(alone))


class Offset(Preprocessor):
    def __init__(self, when):
        self.when = when

    def __call__(self, batch):
        return batch.with_keypoints(batch.keypoints + 1)


def test_augmentation_is_for_training_batches_only():
    from dancekit.data.randomness import ClipRandom

    batch = _batch()
    random = replace(batch, random=ClipRandom(seed=0, total=4, start=0, stop=4))
    model = _model(preprocess=[Offset("train"), Offset("always")])

    def moved(training, given):
        change = (model.train(training).prepare(given).keypoints - batch.keypoints)[batch.score > 0]
        return change.mean().item()

    assert moved(True, random) == pytest.approx(2)
    assert moved(False, random) == pytest.approx(1)
    assert moved(True, batch) == pytest.approx(1)


class Flat(Lifter):
    input_layout = LAYOUT
    output_layout = Layout.named("dance14")
    receptive_field = 1

    def lift(self, keypoints, score):
        b, t = keypoints.shape[:2]
        return keypoints.new_ones(b, t, 14, 3)


def test_a_lifter_comes_before_the_backbone():
    backbone = STGCN(layout=Layout.named("dance14"), coordinates=3, width=4)
    model = Recognizer(backbone=backbone, classes=3, lifter=Flat()).eval()
    prepared = model.prepare(_batch(persons=2))
    assert prepared.keypoints.shape == (4, 2, 16, 14, 3)
    assert prepared.layout.name == "dance14"
    assert model(_batch()).shape == (4, 3)
    with pytest.raises(DataError, match="reads 2D keypoints in dance11"):
        model.prepare(replace(_batch(), layout=Layout.named("dance14")))


@pytest.mark.parametrize(("steps", "warmup"), [(100, 10), (100, 0), (3, 5), (1, 0)])
def test_warm_up_then_cosine(steps, warmup):
    schedule = WarmupCosine(steps=steps, warmup=warmup)
    rates = [schedule(step) for step in range(steps + 1)]
    assert all(0 <= rate <= 1 for rate in rates)
    peak = rates.index(max(rates))
    assert rates[peak] == pytest.approx(1)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_places_keep_their_precision_under_autocast():
    """A rotation is a product of matrices, which autocast would take in half precision."""

    class Turn(Preprocessor):
        def __call__(self, batch):
            turn = torch.tensor([[0.6, 0.8], [-0.8, 0.6]])
            return batch.with_keypoints(batch.keypoints @ turn)

    model, batch = _model(preprocess=[Turn()]), _batch()
    exact = model.prepare(batch).keypoints
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(model.prepare(batch).keypoints, exact)

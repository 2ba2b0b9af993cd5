"""What is lost, and who stands where."""

from dataclasses import replace

import pytest
import torch
from dancekit_preprocessing.drop import DropJoints, DropParts, DropPerson
from dancekit_preprocessing.persons import SwapPersons

from dancekit.errors import LayoutError
from dancekit.skeleton.layout import Layout
from dancekit.testing import example_batch

LAYOUT = Layout.named("openpose18")


def _only_lost(batch, result):
    """What is still seen is what it was."""
    assert not (result.seen & ~batch.seen).any()
    assert torch.equal(result.keypoints[result.seen], batch.keypoints[result.seen])
    assert torch.equal(result.score[result.seen], batch.score[result.seen])
    assert not result.keypoints[~result.seen].any() and not result.score[~result.seen].any()


@pytest.mark.parametrize("over", ["frame", "clip"])
def test_joints_are_lost_at_their_rate(over):
    batch = example_batch(clips=64, training=True, complete=True)
    result = DropJoints(probability=0.2, over=over)(batch)
    _only_lost(batch, result)
    lost = ~result.seen
    assert lost.float().mean().item() == pytest.approx(0.2, abs=0.03)
    for_good = lost.all(2) == lost.any(2)  # (N, M, V)
    assert for_good.all() == (over == "clip")
    assert torch.equal(result.present, batch.present)


def test_joints_are_lost_by_the_same_draws():
    batch = example_batch(training=True)
    result = DropJoints(probability=0.3)(batch)
    lost = replace(batch.random).uniform(2, 16, LAYOUT.num_joints) < 0.3
    assert torch.equal(result.seen, batch.seen & ~lost)


def test_one_part_is_lost_of_all_persons_in_all_frames():
    batch = example_batch(clips=120, training=True, complete=True)
    result = DropParts(probability=0.5)(batch)
    _only_lost(batch, result)
    names = []
    for clip in range(120):
        lost = set(torch.nonzero(~result.seen[clip, 0, 0]).flatten().tolist())
        assert (result.seen[clip] == result.seen[clip, 0, 0]).all()
        names += [name for name, members in LAYOUT.parts.items() if lost == set(members)]
        assert not lost or any(lost == set(members) for members in LAYOUT.parts.values())
    assert 40 < len(names) < 80
    assert set(names) == set(LAYOUT.parts)


def test_parts_can_be_chosen_and_must_be_there():
    batch = example_batch(clips=40, training=True, complete=True)
    result = DropParts(probability=1, parts=("left_arm", "head"))(batch)
    lost = {tuple(torch.nonzero(~seen).flatten().tolist()) for seen in result.seen[:, 0, 0]}
    assert lost == {tuple(sorted(LAYOUT.parts[name])) for name in ("left_arm", "head")}
    with pytest.raises(LayoutError, match=r"no part 'left_arn'. Did you mean 'left_arm'"):
        DropParts(parts=("left_arn",))(batch)
    with pytest.raises(LayoutError, match="has no parts"):
        DropParts()(replace(batch, layout=replace(LAYOUT, parts={})))


def test_a_person_is_lost_where_there_are_others():
    batch = example_batch(clips=60, persons=3, training=True)
    batch.present[4, 1:] = False
    batch.score[4, 1:] = 0
    batch = replace(batch.with_keypoints(batch.keypoints), label=torch.arange(180).view(60, 3))
    result = DropPerson(probability=1)(batch)
    _only_lost(batch, result)
    there, left = batch.present.any(2), result.present.any(2)
    assert torch.equal(left.sum(1), (there.sum(1) - 1).clamp(min=1))
    lost = there & ~left
    assert lost[:, :2].any(0).all() and lost[::2, 2].any()
    assert torch.equal(result.label, batch.label.masked_fill(lost, -1))
    assert torch.equal(result.present[~lost], batch.present[~lost])
    assert torch.equal(DropPerson(probability=0)(batch).present, batch.present)


def test_persons_change_places_with_all_they_have():
    batch = example_batch(clips=80, persons=3, training=True)
    batch.score[3] = 0
    batch.present[3] = False
    batch = replace(batch.with_keypoints(batch.keypoints), label=torch.arange(240).view(80, 3))
    result = SwapPersons(probability=1)(batch)
    orders = set()
    for clip in range(80):
        source = (result.label[clip] - 3 * clip).tolist()
        orders.add(tuple(source))
        assert sorted(source) == [0, 1, 2]
        for place, person in enumerate(source):
            assert place == person or (batch.present[clip, [place, person]].any(1)).all()
            for name in ("keypoints", "score", "present"):
                assert torch.equal(getattr(result, name)[clip, place], getattr(batch, name)[clip, person])
    assert len(orders) == 6
    assert torch.equal(SwapPersons(probability=0)(batch).label, batch.label)


def test_labels_of_clips_and_clips_of_one_stay():
    batch = example_batch(training=True)
    assert torch.equal(SwapPersons(probability=1)(batch).label, batch.label)
    assert torch.equal(DropPerson(probability=1)(batch).label, batch.label)
    alone = example_batch(persons=1, training=True)
    for step in (SwapPersons(probability=1), DropPerson(probability=1)):
        assert torch.equal(step(alone).keypoints, alone.keypoints)
        assert torch.equal(step(alone).present, alone.present)


@pytest.mark.parametrize("make", [DropJoints, DropParts, DropPerson, SwapPersons])
def test_senseless_probability_and_no_draws(make):
    with pytest.raises(ValueError, match="probability must lie"):
        make(probability=1.5)
    with pytest.raises(ValueError, match="random draws"):
        make()(example_batch())

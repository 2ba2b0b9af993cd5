"""The three lifters: their contract, what they read, their losses, and the fusion."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from dancekit_lifting.body_frame import HALF_WINDOW, body_frame, features_of
from dancekit_lifting.corruption import corrupted
from dancekit_lifting.errors import mean_distance, velocity_distance
from dancekit_lifting.fusion import FusionFit
from dancekit_lifting.siamese import Siamese
from dancekit_lifting.trunk import edges_repeated
from dancekit_lifting.views import disagreement
from torch import Tensor

from dancekit.data.pairs import PosePairs
from dancekit.interfaces import Lifter
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_lifter

DANCE, H36M = Layout.named("dance14"), Layout.named("h36m17")


@pytest.mark.parametrize("name", ["siamese", "videopose", "martinez"])
@pytest.mark.parametrize("source", ["dance14", "openpose18", "body25", "coco17", "mediapipe33"])
def test_contract(name: str, source: str) -> None:
    check_lifter(name, input_layout=source, output_layout="h36m17", channels=8)


@pytest.mark.parametrize("target", ["openpose18", "bandai21", "dance14"])
def test_contract_of_other_outputs_and_of_single_frames(target: str) -> None:
    check_lifter("siamese", input_layout="dance14", output_layout=target, channels=8, trunk="frame")
    check_lifter("siamese", input_layout="dance14", output_layout=target, channels=8, twin=False)


def _pairs(persons: int = 3, frames: int = 20) -> PosePairs:
    generator = torch.Generator().manual_seed(1)
    return PosePairs(
        keypoints=torch.randn(persons, frames, 14, 2, generator=generator),
        score=torch.rand(persons, frames, 14, generator=generator) + 0.1,
        target=torch.randn(persons, frames, 17, 3, generator=generator),
        seen=torch.rand(persons, frames, 17, generator=generator) > 0.1,
        present=torch.ones(persons, frames, dtype=torch.bool),
    )


def _siamese(**options: object) -> Siamese:
    torch.manual_seed(0)
    lifter = Siamese(input_layout=DANCE, output_layout=H36M, **{"channels": 8, "dropout": 0.0, **options})
    torch.nn.init.normal_(lifter.head.weight)
    return lifter


@pytest.mark.parametrize(
    ("options", "told"),
    [({"channels": 0}, "channels"), ({"dropout": 1.0}, "dropout"), ({"alignment": -1.0}, "alignment")],
)
def test_what_makes_no_sense_is_told(options: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        _siamese(**options)


def test_the_body_frame_against_a_slow_version() -> None:
    pairs = _pairs(persons=2, frames=16)
    score = pairs.score * (torch.rand(pairs.score.shape) > 0.2)
    found = body_frame(pairs.keypoints, score, DANCE)
    assert found.shape == (2, 16 - 2 * HALF_WINDOW, features_of(DANCE))
    for person in range(2):
        for frame in range(found.shape[1]):
            around = range(frame, frame + 2 * HALF_WINDOW + 1)
            joints, squares = [], []
            for each in around:
                here = pairs.keypoints[person, each][score[person, each] > 0]
                joints.append(here)
                squares.append((here - here.mean(0)).square().sum(1))
            centre, size = torch.cat(joints).mean(0), torch.cat(squares).mean().sqrt()
            middle = frame + HALF_WINDOW
            for joint in range(14):
                own = found[person, frame, 3 * joint : 3 * joint + 3]
                if score[person, middle, joint] == 0:
                    assert own.tolist() == [0, 0, 0]
                    continue
                place = (pairs.keypoints[person, middle, joint] - centre) / size
                torch.testing.assert_close(
                    own, torch.stack([place[0], -place[1], score[person, middle, joint]])
                )


def test_pixels_and_zoom_make_no_difference() -> None:
    pairs, lifter = _pairs(), _siamese().eval()
    pixels = 300 * pairs.keypoints + torch.tensor([640.0, 360.0])
    torch.testing.assert_close(
        lifter.lift(pixels, pairs.score), lifter.lift(pairs.keypoints, pairs.score), atol=2e-4, rtol=1e-4
    )


def test_what_the_picture_says_comes_by_without_the_trunk() -> None:
    lifter, pairs = _siamese(twin=False).eval(), _pairs(persons=1)
    torch.nn.init.zeros_(lifter.head.weight)
    torch.nn.init.normal_(lifter.direct.weight)
    features = body_frame(
        edges_repeated(pairs.keypoints, HALF_WINDOW), edges_repeated(pairs.score, HALF_WINDOW), DANCE
    )  # (1, T, F)
    lifted = lifter.lift(pairs.keypoints, pairs.score)
    for frame in (0, 7, 19):
        wanted = lifter.direct.weight[:, :, 0] @ features[0, frame]  # (3 V',)
        torch.testing.assert_close(lifted[0, frame].flatten(), wanted)


def test_trust_decides_whether_the_second_branch_is_asked_also_after_loading() -> None:
    lifter, pairs = _siamese().eval(), _pairs()
    alone = lifter.lift(pairs.keypoints, pairs.score)
    lifter.trust(0.3)
    fused = lifter.lift(pairs.keypoints, pairs.score)
    assert not torch.allclose(alone, fused)
    loaded, without = _siamese().eval(), _siamese(fuse=False).eval()
    for each in (loaded, without):
        each.load_state_dict(lifter.state_dict())
    assert torch.equal(loaded.lift(pairs.keypoints, pairs.score), fused)
    assert torch.equal(without.lift(pairs.keypoints, pairs.score), alone)


def test_one_frame_and_nobody_are_finite() -> None:
    lifter = _siamese().eval()
    lifter.trust(0.4)
    for frames in (1, 2, 40):
        lifted = lifter.lift(torch.zeros(2, frames, 14, 2), torch.zeros(2, frames, 14))
        assert lifted.shape == (2, frames, 17, 3) and bool(lifted.isfinite().all())


def test_a_frame_depends_on_the_receptive_field_and_on_no_more() -> None:
    lifter, pairs = _siamese(channels=64).eval(), _pairs(persons=1, frames=201)
    lifter.trust(0.5)
    reach = lifter.receptive_field // 2
    before = lifter.lift(pairs.keypoints, pairs.score)[:, 100]
    for away, same in ((reach, False), (reach + 1, True)):
        changed = pairs.keypoints.clone()
        changed[:, 100 + away] += 5
        after = lifter.lift(changed, pairs.score)[:, 100]
        assert torch.equal(before, after) == same


def test_the_losses_are_what_they_are_called() -> None:
    pairs, lifter = _pairs(), _siamese().train()
    torch.manual_seed(3)
    losses = lifter.loss(pairs, 0.5)
    assert set(losses) == {"mending", "position", "velocity", "alignment"}
    lifted = lifter.lift(pairs.keypoints, pairs.score)
    torch.testing.assert_close(losses["position"], mean_distance(lifted, pairs.target, pairs.seen))
    velocity = velocity_distance(lifted, pairs.target, pairs.seen)
    torch.testing.assert_close(losses["velocity"], 2 * velocity)
    total, count = 0.0, 0
    for person in range(3):
        for frame in range(1, 20):
            for joint in range(17):
                if pairs.seen[person, frame, joint] and pairs.seen[person, frame - 1, joint]:
                    moved = (lifted - pairs.target)[person, frame - 1 : frame + 1, joint].diff(dim=0)
                    total, count = total + float(moved.detach().norm()), count + 1
    assert float(velocity) == pytest.approx(total / count, rel=1e-4)


def test_at_first_only_the_3d_branch_learns() -> None:
    lifter = _siamese().train()
    losses = lifter.loss(_pairs(), 0.0)
    assert set(losses) == {"mending"}
    losses["mending"].backward()
    assert all(each.grad is None for each in lifter.stem_2d.parameters())
    lifter.zero_grad()
    torch.stack(list(lifter.loss(_pairs(), 0.5).values())).sum().backward()
    assert all(each.grad is not None for each in lifter.parameters())


def test_a_lone_branch_and_a_shared_norm() -> None:
    assert set(_siamese(twin=False).loss(_pairs(), 0.0)) == {"position", "velocity"}
    count = {shared: len(_siamese(shared_norm=shared).state_dict()) for shared in (True, False)}
    assert count[True] < count[False]


def test_corruption_is_as_strong_as_it_says() -> None:
    torch.manual_seed(0)
    spoilt = corrupted(torch.ones(4000, 12, 5, 3))
    lost = (spoilt == 0).all(-1)
    assert float(lost.float().mean()) == pytest.approx(0.1, abs=0.01)
    noise = (spoilt - 1)[~lost]
    expected = 0.060 / 3**0.5  # of a deviation between 0 and 60 mm
    assert float(noise[:, 0].std()) == pytest.approx(expected, rel=0.05)
    assert float(noise[:, 2].std()) == pytest.approx(2 * expected, rel=0.05)


def test_fusion_is_the_best_of_a_grid_and_no_worse_than_either() -> None:
    torch.manual_seed(0)
    target = torch.randn(5, 7, 3, 3)
    first, second = (target + scale * torch.randn_like(target) for scale in (0.3, 0.2))
    second[:, :, 2] += 5 * (second - target)[:, :, 2]
    seen = torch.rand(5, 7, 3) > 0.2
    fit = FusionFit(3)
    for rows in (slice(0, 2), slice(2, 5)):
        fit.add(first[rows], second[rows], target[rows], seen[rows])
    weights = fit.weights()

    def squares(weight: Tensor) -> Tensor:
        fused = weight[:, None] * first + (1 - weight[:, None]) * second
        return torch.stack(
            [(fused - target)[:, :, j][seen[:, :, j]].square().sum(-1).mean() for j in range(3)]
        )

    grid = torch.stack([squares(torch.full((3,), step / 1000)) for step in range(1001)])
    torch.testing.assert_close(weights, grid.argmin(0) / 1000, atol=1e-3, rtol=0)
    assert bool((squares(weights) <= torch.minimum(grid[0], grid[-1]) + 1e-6).all())
    assert FusionFit(3).weights().tolist() == [1, 1, 1]


def test_finishing_fits_the_weights_and_lifting_uses_them() -> None:
    lifter, pairs = _siamese().eval(), _pairs()
    alone = lifter.lift(pairs.keypoints, pairs.score)
    told = lifter.finish([pairs, replace(pairs, target=pairs.target + 0.1)])
    assert told["weight of the 2D branch, mean"] == pytest.approx(float(lifter.joint_weights.mean()))
    assert 0 <= float(lifter.joint_weights.min()) < 1
    fused = lifter.lift(pairs.keypoints, pairs.score)
    assert not torch.allclose(fused, alone)
    plain = _siamese(fuse=False).eval()
    plain.load_state_dict(lifter.state_dict())
    torch.testing.assert_close(plain.lift(pairs.keypoints, pairs.score), alone)


def test_both_branches_are_joined_in_half_precision_too() -> None:
    lifter, pairs = _siamese().eval(), _pairs()
    lifter.trust(0.3)
    wanted = lifter.lift(pairs.keypoints, pairs.score).detach()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        lifted = lifter.lift(pairs.keypoints, pairs.score)
        lifter.finish([pairs])
    assert lifted.isfinite().all() and lifter.joint_weights.dtype == torch.float32
    torch.testing.assert_close(lifted.float(), wanted, atol=0.02 * float(wanted.abs().max()), rtol=0)


class KnowsTheTruth(Lifter):
    """Tells, whatever it sees, the pose that it was given, turned as it was turned."""

    input_layout, output_layout, receptive_field = H36M, H36M, 1

    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        return torch.zeros(*keypoints.shape[:2], 17, 3)


def test_views_agree_of_what_does_not_turn_and_disagree_of_what_does() -> None:
    pairs, lifter = _pairs(), KnowsTheTruth()
    torch.manual_seed(0)
    assert float(disagreement(lifter, torch.zeros(3, 20, 17, 3), pairs)) == 0
    assert float(disagreement(lifter, pairs.target, pairs)) > 0.5


def test_edges_are_the_first_and_the_last_frame_again() -> None:
    values = torch.arange(3.0)[None, :, None]
    assert edges_repeated(values, 2)[0, :, 0].tolist() == [0, 0, 0, 1, 2, 2, 2]

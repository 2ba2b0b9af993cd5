"""Every error of a lifted pose against a slow literal version of itself, and what must hold of it anyway."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]
from torch import Tensor

from dancekit.tasks.pose_errors import (
    Errors,
    acceleration_errors,
    aligned_errors,
    auc,
    joined,
    joint_means,
    pck,
    position_errors,
    scaled_errors,
    velocity_errors,
)

SEEDS = st.integers(0, 2**31)
ALL_ERRORS = (position_errors, aligned_errors, scaled_errors, velocity_errors, acceleration_errors)


def _poses(seed: int, frames: int = 7, joints: int = 9, noise: float = 0.1) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    target = 0.5 * torch.randn(frames, joints, 3, generator=random)
    lifted = target + noise * torch.randn(frames, joints, 3, generator=random)
    known = torch.rand(frames, joints, generator=random) < 0.8
    known[:, :4] = True  # enough for one best similarity
    return lifted, target, known


def _similarity(seed: int) -> tuple[float, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    turn = Rotation.random(random_state=seed % 2**31).as_matrix()
    return float(random.uniform(0.2, 3)), turn, random.normal(size=3)


def _literal_alignment(pose: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Of one frame, as the definition says it."""
    middle, true_middle = pose.mean(0), target.mean(0)
    p, y = pose - middle, target - true_middle
    size, true_size = np.linalg.norm(p), np.linalg.norm(y)
    u, s, vt = np.linalg.svd((y / true_size).T @ (p / size))
    v = vt.T
    if np.linalg.det(v @ u.T) < 0:
        v[:, -1] *= -1
        s[-1] *= -1
    turn = v @ u.T
    scale = s.sum() * true_size / size
    return scale * pose @ turn + (true_middle - scale * middle @ turn)


def _literal(name: str, lifted: Tensor, target: Tensor, known: Tensor) -> list[float]:
    p, y, k = lifted.double().numpy(), target.double().numpy(), known.numpy()
    found = []
    for t in range(len(p)):
        joints = np.flatnonzero(k[t])
        if name == "aligned":
            q = _literal_alignment(p[t, joints], y[t, joints])
            found += [1000 * float(np.linalg.norm(q[i] - y[t, j])) for i, j in enumerate(joints)]
        elif name == "scaled":
            scale = sum(p[t, j] @ y[t, j] for j in joints) / sum(p[t, j] @ p[t, j] for j in joints)
            found += [1000 * float(np.linalg.norm(scale * p[t, j] - y[t, j])) for j in joints]
        elif name == "position":
            found += [1000 * math.dist(p[t, j], y[t, j]) for j in joints]
        elif name == "velocity" and t >= 1:
            for j in joints:
                if k[t - 1, j]:
                    found.append(1000 * math.dist(p[t, j] - p[t - 1, j], y[t, j] - y[t - 1, j]))
        elif name == "acceleration" and t >= 2:
            for j in joints:
                if k[t - 1, j] and k[t - 2, j]:
                    bend, true_bend = (x[t, j] - 2 * x[t - 1, j] + x[t - 2, j] for x in (p, y))
                    found.append(1000 * math.dist(bend, true_bend))
    return found


@pytest.mark.parametrize("measure", ALL_ERRORS, ids=lambda measure: measure.__name__)
@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_against_a_loop(measure, seed: int) -> None:
    poses = _poses(seed)
    literal = _literal(measure.__name__.removesuffix("_errors"), *poses)
    errors = measure(*poses)
    assert errors.of_known.tolist() == pytest.approx(literal, rel=1e-9, abs=1e-9)
    assert errors.mean() == pytest.approx(np.mean(literal))


def test_position_errors_by_hand() -> None:
    target = torch.zeros(1, 3, 3)
    lifted = torch.tensor([[[0.0, 0, 0], [0.03, 0.04, 0], [9.0, 9, 9]]])
    errors = position_errors(lifted, target, torch.tensor([[True, True, False]]))
    assert errors.mean() == pytest.approx(25.0)  # the root counts, what is not known does not
    assert joint_means(errors) == [pytest.approx(0.0), pytest.approx(50.0), None]


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_a_similarity_costs_nothing_once_aligned(seed: int) -> None:
    _, target, known = _poses(seed)
    scale, turn, shift = _similarity(seed)
    lifted = torch.from_numpy(scale * target.double().numpy() @ turn + shift)
    assert aligned_errors(lifted, target, known).of_known.max() < 1e-4
    assert scaled_errors(scale * target.double(), target, known).of_known.max() < 1e-4


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_alignment_does_not_depend_on_how_a_pose_is_placed(seed: int) -> None:
    lifted, target, known = _poses(seed)
    scale, turn, shift = _similarity(seed + 1)
    placed = torch.from_numpy(scale * lifted.double().numpy() @ turn + shift)
    before, after = (aligned_errors(each, target, known).of_known for each in (lifted, placed))
    torch.testing.assert_close(after, before, rtol=1e-6, atol=1e-6)
    scaled = scaled_errors(7 * lifted, target, known).of_known
    torch.testing.assert_close(scaled, scaled_errors(lifted, target, known).of_known, rtol=1e-5, atol=1e-4)


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_no_other_similarity_is_better(seed: int) -> None:
    """In squares, of which the alignment is the least; the mean of distances may be beaten."""
    lifted, target, known = _poses(seed, frames=1, noise=0.4)
    best = aligned_errors(lifted, target, known).of_known.square().sum()
    kept = known[0]
    aligned = torch.from_numpy(
        _literal_alignment(lifted[0, kept].double().numpy(), target[0, kept].double().numpy())
    )
    random = np.random.default_rng(seed)
    turn = Rotation.from_rotvec(0.1 * random.normal(size=3)).as_matrix()
    other = random.uniform(0.9, 1.1) * aligned.numpy() @ turn + 0.05 * random.normal(size=3)
    assert best <= 1e6 * np.square(other - target[0, kept].double().numpy()).sum() + 1e-6


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_more_freedom_leaves_smaller_squares(seed: int) -> None:
    lifted, target, known = _poses(seed, noise=0.5)
    position, scaled, aligned = (
        measure(lifted, target, known).value.square().sum(1)
        for measure in (position_errors, scaled_errors, aligned_errors)
    )  # (T,)
    assert (scaled <= position * (1 + 1e-9)).all()
    # Of a pose turned inside out the best scale is negative, and so a reflection: no similarity has it.
    upright = ((lifted * target) * known[..., None]).sum((1, 2)) >= 0
    assert (aligned <= scaled * (1 + 1e-9))[upright].all()


def test_a_mirrored_pose_is_not_excused() -> None:
    _, target, known = _poses(3)
    mirrored = target * torch.tensor([-1.0, 1, 1])
    assert aligned_errors(mirrored, target, known).mean() > 50


@given(seed=SEEDS, shift=st.floats(-5, 5))
@settings(max_examples=20, deadline=None)
def test_what_moves_alike_has_no_error_of_motion(seed: int, shift: float) -> None:
    _, target, known = _poses(seed)
    target = target.double()
    drift = shift * torch.arange(len(target)).double()[:, None, None] * torch.tensor([1.0, 0, 0]).double()
    assert velocity_errors(target + shift, target, known).of_known.max() < 1e-9
    assert velocity_errors(target + drift, target, known).mean() == pytest.approx(1000 * abs(shift), abs=1e-6)
    assert acceleration_errors(target + drift, target, known).of_known.max() < 1e-8


def test_no_difference_is_taken_across_a_gap() -> None:
    _, target, _ = _poses(1, frames=5)
    lifted, known = target.clone(), torch.ones(5, 9, dtype=torch.bool)
    known[2] = False
    lifted[3:] += 1.0  # a jump while nobody was there
    assert velocity_errors(lifted, target, known).mean() == pytest.approx(0.0, abs=1e-3)
    assert acceleration_errors(lifted, target, known).mean() is None


@given(values=st.lists(st.floats(0, 400), max_size=40))
@settings(deadline=None)
def test_pck_and_auc_against_a_loop(values: list[float]) -> None:
    errors = Errors(
        value=torch.tensor([values], dtype=torch.float64), known=torch.ones(1, len(values), dtype=torch.bool)
    )
    if not values:
        assert pck(errors) is None and auc(errors) is None
        return
    shares = [
        sum(value < threshold for value in values) / len(values) for threshold in np.linspace(0, 150, 31)
    ]
    assert pck(errors) == pytest.approx(shares[-1])
    assert auc(errors) == pytest.approx(np.mean(shares))


@pytest.mark.parametrize("measure", ALL_ERRORS, ids=lambda measure: measure.__name__)
def test_poses_without_extent_have_finite_errors(measure) -> None:
    lifted, target, known = _poses(2)
    point = torch.zeros_like(target)
    line = target * torch.tensor([1.0, 0, 0])
    alone = known & (torch.arange(9) == 0)
    for each in (
        (point, target),
        (lifted, point),
        (point, point),
        (line, target),
        (lifted, line),
        (line, line),
    ):
        for which in (known, alone, torch.zeros_like(known)):
            assert measure(*each, which).value.isfinite().all()
    assert measure(lifted, target, torch.zeros_like(known)).mean() is None


@pytest.mark.parametrize("measure", ALL_ERRORS, ids=lambda measure: measure.__name__)
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_an_answer_that_is_no_number_is_infinitely_wrong(measure, broken: float) -> None:
    lifted, target, known = _poses(2)
    lifted[3, 0, 1] = broken
    assert measure(lifted, target, known).mean() == math.inf
    known[3, 0] = False
    assert math.isfinite(measure(lifted, target, known).mean())


@pytest.mark.parametrize("measure", ALL_ERRORS, ids=lambda measure: measure.__name__)
@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_short_sequences(measure, frames: int) -> None:
    lifted, target, known = _poses(2, frames=frames)
    errors = measure(lifted, target, known)
    lost = {"velocity_errors": 1, "acceleration_errors": 2}.get(measure.__name__, 0)
    assert errors.value.shape == errors.known.shape == (max(frames - lost, 0), 9)


def test_what_stands_at_unknown_joints_does_not_matter() -> None:
    lifted, target, known = _poses(5)
    for measure in ALL_ERRORS:
        before = measure(lifted, target, known)
        junk = torch.where(known[..., None], target, torch.nan)
        torch.testing.assert_close(measure(lifted, junk, known).value, before.value)


def test_mpjpe_is_the_weighted_mean_of_the_joints() -> None:
    errors = joined([position_errors(*_poses(1)), position_errors(*_poses(2, frames=4))])
    weights = errors.known.sum(0).tolist()
    means = joint_means(errors)
    assert errors.mean() == pytest.approx(
        sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
    )

"""Warping against dtaidistance's distance and a literal dynamic programme; lag, tempo and their symmetry."""

from __future__ import annotations

import numpy as np
import pytest
from dancekit_coach.alignment import WarpingAligner
from dancekit_coach.body import Array
from dancekit_coach.cycles import find_cycle
from dancekit_coach.features import trust
from dancekit_coach.motion import Motion, prepared
from dancekit_coach.warping import cost_table, warping_path
from dtaidistance import dtw_ndim
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import LAYOUT, MOVEMENTS, as_clip, dance, jittered

from dancekit.errors import DataError


def motion(points: Array) -> Motion:
    return prepared(as_clip(points), LAYOUT, rate=30.0)


def literal_table(first: Array, second: Array, band: int, slack: int, penalty: float) -> Array:
    """Dynamic time warping with open ends, one cell at a time."""
    n, m = len(first), len(second)
    table = np.full((n + 1, m + 1), np.inf)
    table[0, : slack + 1] = table[: slack + 1, 0] = 0.0
    for i in range(n):
        for j in range(m):
            if j - i > max(0, m - n) + band or i - j > max(0, n - m) + band:
                continue
            distance = sum(float(a - b) ** 2 for a, b in zip(first[i], second[j], strict=True))
            table[i + 1, j + 1] = distance + min(
                table[i, j], table[i, j + 1] + penalty**2, table[i + 1, j] + penalty**2
            )
    return table


def cost_of(path: Array, first: Array, second: Array, penalty: float) -> float:
    total = sum(float(((first[i] - second[j]) ** 2).sum()) for i, j in path)
    return total + sum(penalty**2 for step in np.diff(path, axis=0) if step.tolist() != [1, 1])


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(8, 24),
    m=st.integers(8, 24),
    band=st.integers(1, 10),
    slack=st.integers(0, 3),
    penalty=st.sampled_from((0.0, 0.1, 0.5)),
    seed=st.integers(0, 1000),
)
def test_the_path_is_the_cheapest_of_a_literal_programme(
    n: int, m: int, band: int, slack: int, penalty: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(n, 3)), rng.normal(size=(m, 3))
    slack = min(slack, (min(n, m) - 1) // 3)
    literal = literal_table(first, second, band, slack, penalty)
    table = cost_table(first, second, band=band, slack=slack, penalty=penalty)
    assert table[1:, 1:] == pytest.approx(literal[1:, 1:])
    path = warping_path(first, second, band=band, slack=slack, penalty=penalty)
    best = min(literal[n, m - slack :].min(), literal[n - slack :, m].min())
    assert cost_of(path, first, second, penalty) == pytest.approx(best)
    if slack <= band:  # with ends that reach beyond the band, dtaidistance fails
        theirs = dtw_ndim.distance(first, second, window=band + 1, psi=slack, penalty=penalty)
        assert best == pytest.approx(theirs**2)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(8, 30), m=st.integers(8, 30), seed=st.integers(0, 1000), ties=st.booleans())
def test_exchanging_the_two_exchanges_the_path(n: int, m: int, seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    first, second = (rng.integers(0, 2, (size, 2)) if ties else rng.normal(size=(size, 2)) for size in (n, m))
    here, there = (
        warping_path(a.astype(float), b.astype(float), band=8, slack=2, penalty=0.1)
        for a, b in ((first, second), (second, first))
    )
    assert here.tolist() == there[:, ::-1].tolist()


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("late", [-5, 1, 6, 12])
def test_lateness_is_found_within_a_frame(movement: str, late: int) -> None:
    found = WarpingAligner().align(motion(dance(movement, late=late)), motion(dance(movement)))
    assert found.start_lag == pytest.approx(late / 30, abs=1 / 30)
    assert found.tempo_ratio == pytest.approx(1, abs=0.02)
    assert not found.touches_band


@pytest.mark.parametrize("late", [-5, 5, 12])
@pytest.mark.parametrize("millimetres", [5, 15, 20])
def test_lateness_is_found_in_jitter(late: int, millimetres: int) -> None:
    student = motion(jittered(dance(late=late), millimetres, seed=late + 20))
    found = WarpingAligner().align(student, motion(jittered(dance(), millimetres)))
    assert found.start_lag == pytest.approx(late / 30, abs=1 / 30)
    moving = found.moving & ~np.isnan(found.warp)
    assert np.median((found.warp - np.arange(135))[moving]) == pytest.approx(late, abs=1)


@pytest.mark.parametrize("tempo", [0.87, 0.95, 1.15])
def test_the_tempo_is_found_within_two_percent(tempo: float) -> None:
    student = motion(dance(tempo=tempo, frames=round(135 / tempo)))
    found = WarpingAligner().align(student, motion(dance()))
    assert found.tempo_ratio == pytest.approx(tempo, rel=0.02)
    assert abs(found.start_lag) <= 1 / 30


@settings(max_examples=15, deadline=None)
@given(
    late=st.integers(-5, 12),
    tempo=st.sampled_from((0.9, 1.0, 1.1)),
    elbow=st.sampled_from((0.0, 25.0)),
    movement=st.sampled_from(MOVEMENTS),
    millimetres=st.sampled_from((0, 10)),
)
def test_exchanging_the_clips_negates_the_lag(
    late: int, tempo: float, elbow: float, movement: str, millimetres: int
) -> None:
    one = motion(jittered(dance(movement, late=late, tempo=tempo, elbow=elbow), millimetres))
    other = motion(dance(movement))
    there, back = WarpingAligner().align(one, other), WarpingAligner().align(other, one)
    assert there.start_lag == pytest.approx(-back.start_lag, abs=1e-9)
    assert there.tempo_ratio * back.tempo_ratio == pytest.approx(1, abs=1e-9)
    assert there.mismatch == pytest.approx(back.mismatch)


def test_the_warp_never_falls_and_knows_where_the_recording_ends() -> None:
    found = WarpingAligner().align(motion(dance(late=8)), motion(dance()))
    seen = found.warp[~np.isnan(found.warp)]
    assert (np.diff(seen) >= 0).all()
    assert np.isnan(found.warp[-7:]).all() and not np.isnan(found.warp[:-9]).any()


def test_with_itself_nothing_is_moved() -> None:
    found = WarpingAligner().align(motion(dance("wave")), motion(dance("wave")))
    assert found.warp.tolist() == list(range(135))
    assert found.start_lag == 0 and found.tempo_ratio == 1 and found.mismatch == 0


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("degrees", [20, 45])
def test_a_limb_held_differently_throughout_does_not_move_the_clock(movement: str, degrees: float) -> None:
    found = WarpingAligner().align(motion(dance(movement, elbow=degrees)), motion(dance(movement)))
    assert abs(found.start_lag) <= 0.005 and found.tempo_ratio == pytest.approx(1, abs=0.005)


def test_a_limb_that_differs_most_is_trusted_least() -> None:
    rng = np.random.default_rng(0)
    ours = rng.normal(size=(50, 12))  # four limbs in 3D
    theirs = ours + np.repeat([0.1, 0.1, 0.1, 0.5], 3) * rng.normal(size=(50, 12))
    weights = trust(theirs, ours, 3)
    assert weights[:9].tolist() == [1] * 9 and weights[9:] == pytest.approx(2 / 5, rel=0.2)
    assert trust(ours, ours, 3).tolist() == [1] * 12


def test_a_still_clip_has_nothing_to_align() -> None:
    with pytest.raises(DataError, match="hardly anything moves"):
        WarpingAligner().align(motion(np.repeat(dance()[:1], 90, axis=0)), motion(dance()))


def test_cycles_are_found_where_there_are_some() -> None:
    time = np.arange(150) / 30
    curves = np.stack([np.sin(2 * np.pi * 0.8 * time), np.cos(2 * np.pi * 0.8 * time)], axis=1)
    cycle = find_cycle(curves, 30.0)
    assert cycle is not None and cycle.period == pytest.approx(1.25, rel=0.01)
    assert cycle.regularity == pytest.approx(1, abs=0.01)
    assert find_cycle(np.random.default_rng(0).normal(size=(150, 2)), 30.0) is None
    assert find_cycle(curves[:20], 30.0) is None


@pytest.mark.parametrize("seed", range(3))
def test_where_a_movement_dies_out_jitter_does_not_lead_the_warp(seed: int) -> None:
    """A movement slower than what counts as moving is matched at the lag that the last quick one had."""
    whole = dance("raise", frames=135)
    slow = np.concatenate([np.arange(100.0), 100 + np.cumsum(np.linspace(0.5, 0.0, 70))])  # of a way down
    flat = whole.reshape(len(whole), -1)
    points = np.stack([np.interp(slow, np.arange(len(flat)), column) for column in flat.T], axis=1)
    points = points.reshape(-1, *whole.shape[1:])  # (T, V, 3)
    noisy = WarpingAligner().align(motion(jittered(points, 10, seed)), motion(points))
    late = noisy.warp - np.arange(len(noisy.warp))
    assert np.nanmax(np.abs(late)) < 2  # frames
    assert not noisy.matched[-10:].any()

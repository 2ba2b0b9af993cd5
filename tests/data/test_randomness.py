"""Draws of a batch: the same on one process or many, and new for every batch; and draws of recordings."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dancekit.data.randomness import ClipRandom, RecordingRandom

CPU = torch.device("cpu")


def _random(
    *, seed: int = 1, epoch: int = 0, step: int = 0, total: int = 6, start: int = 0, stop: int = 6
) -> ClipRandom:
    return ClipRandom.for_batch(
        seed=seed, epoch=epoch, step=step, total=total, start=start, stop=stop, device=CPU
    )


def _draws(random: ClipRandom | RecordingRandom) -> list[torch.Tensor]:
    """Several in a row, of every kind."""
    return [
        random.uniform(),
        random.uniform(2, 3, low=-1, high=4),
        random.normal(5),
        random.chance(0.5, 7),
        random.uniform(2),
    ]


@given(
    total=st.integers(1, 12), cuts=st.lists(st.integers(0, 12), max_size=3), seed=st.integers(0, 2**32 - 1)
)
def test_shards_together_draw_what_the_whole_draws(total: int, cuts: list[int], seed: int) -> None:
    edges = [0, *sorted(min(cut, total) for cut in cuts), total]
    whole = _draws(_random(seed=seed, total=total, stop=total))
    shards = [
        _draws(_random(seed=seed, total=total, start=start, stop=stop)) for start, stop in pairwise(edges)
    ]
    for draw, *parts in zip(whole, *shards, strict=True):
        assert torch.equal(torch.cat(parts), draw)


def test_the_same_batch_draws_the_same() -> None:
    for one, other in zip(_draws(_random()), _draws(_random()), strict=True):
        assert torch.equal(one, other)


def test_every_seed_epoch_and_step_draws_anew() -> None:
    seen = {
        tuple(_random(seed=seed, epoch=epoch, step=step).uniform().tolist())
        for seed, epoch, step in product(range(5), range(10), range(10))
    }
    assert len(seen) == 500


def test_draws_in_a_row_differ() -> None:
    random = _random()
    assert not torch.equal(random.uniform(), random.uniform())


def test_no_global_generator_is_touched() -> None:
    before = torch.get_rng_state()
    _draws(_random())
    assert torch.equal(torch.get_rng_state(), before)


def test_ranges_and_shares() -> None:
    random = _random(total=4000, stop=4000)
    draws = random.uniform(2, low=-3, high=5)
    assert draws.shape == (4000, 2) and draws.min() >= -3 and draws.max() <= 5
    assert float(draws.mean()) == pytest.approx(1, abs=0.15)
    normal = random.normal()
    assert float(normal.mean()) == pytest.approx(0, abs=0.1)
    assert float(normal.std()) == pytest.approx(1, abs=0.1)
    chance = random.chance(0.2)
    assert chance.dtype == torch.bool and float(chance.float().mean()) == pytest.approx(0.2, abs=0.05)
    assert random.chance(1.0).all() and not random.chance(0.0).any()


def test_another_device_goes_on_with_the_same_draws() -> None:
    plain, moved = _random(), _random()
    plain.uniform()
    moved.uniform()
    elsewhere = moved.to("cpu")
    assert torch.equal(elsewhere.uniform(), plain.uniform())
    assert torch.equal(moved.uniform(), plain.uniform())  # one row of draws, wherever it is taken from
    assert moved.to("meta").uniform().device.type == "meta" and moved.device == CPU


def _recordings(*places: int, seed: int = 0, purpose: str = "test") -> RecordingRandom:
    return RecordingRandom(index=torch.tensor(places), seed=seed, purpose=purpose)


@given(places=st.lists(st.integers(-1, 1000), min_size=1, max_size=6), seed=st.integers(0, 2**40))
def test_a_recording_has_its_draws_in_whatever_batch(places: list[int], seed: int) -> None:
    together = _draws(_recordings(*places, seed=seed))
    for row, place in enumerate(places):
        for drawn, alone in zip(together, _draws(_recordings(place, seed=seed)), strict=True):
            assert torch.equal(drawn[row : row + 1], alone)


@given(short=st.integers(1, 40), longer=st.integers(0, 300))
def test_what_is_longer_begins_alike_and_shifts_nothing(short: int, longer: int) -> None:
    one, other = _recordings(3, 8), _recordings(3, 8)
    for draw in ("uniform", "normal", "normal"):
        shorter = getattr(one, draw)(short, 2, 3)
        assert torch.equal(getattr(other, draw)(short + longer, 2, 3)[:, :short], shorter)


def test_every_recording_seed_purpose_and_draw_has_its_own() -> None:
    seen = set()
    for seed, purpose in product(range(5), ("camera", "lens", "detect")):
        random = _recordings(*range(-1, 20), seed=seed, purpose=purpose)
        seen |= {each for _ in range(4) for each in random.uniform().tolist()}
    assert len(seen) > 5 * 3 * 21 * 4 - 3  # of 2^24 numbers, two may meet


def test_draws_of_recordings_are_spread_as_they_should() -> None:
    random = _recordings(*range(4000))
    draws = random.uniform(2, low=-3, high=5)
    assert draws.shape == (4000, 2) and draws.dtype == torch.float32
    assert draws.min() >= -3 and draws.max() <= 5
    assert float(draws.mean()) == pytest.approx(1, abs=0.15)
    assert abs(np.corrcoef(draws[1:, 0], draws[:-1, 0])[0, 1]) < 0.05  # of neighbouring places
    normal = random.normal()
    assert float(normal.mean()) == pytest.approx(0, abs=0.1)
    assert float(normal.std()) == pytest.approx(1, abs=0.1)
    assert float(random.chance(0.2).float().mean()) == pytest.approx(0.2, abs=0.05)


def test_draws_of_recordings_touch_no_global_generator() -> None:
    before = torch.get_rng_state()
    _draws(_recordings(1, 2))
    assert torch.equal(torch.get_rng_state(), before)

"""Batches with any number of persons, and the line through their times."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError
from dancekit.measuring.persons import Line, with_persons
from dancekit.testing.examples import example_batch, with_nobody_in


def _people(batch) -> set[bytes]:
    """Everyone who is there, by their keypoints."""
    there = batch.present.any(2)
    return {person.numpy().tobytes() for person in batch.keypoints[there]}


@given(
    clips=st.integers(1, 5),
    persons=st.integers(1, 6),
    empty=st.integers(0, 3),
    recorded=st.integers(1, 3),
)
@settings(max_examples=30, deadline=None)
def test_so_many_are_there_and_nobody_else(clips: int, persons: int, empty: int, recorded: int) -> None:
    batch = example_batch(persons=recorded)
    made = with_persons(batch, clips=clips, persons=persons, slots=persons + empty)
    assert made.keypoints.shape[:2] == (clips, persons + empty)
    assert made.present.any(2).sum(1).tolist() == [persons] * clips
    assert not made.present[:, persons:].any()
    assert not made.keypoints[:, persons:].any() and not made.score[:, persons:].any()
    assert _people(made) <= _people(batch)
    assert len(made) == len(made.label) == len(made.index) == len(made.frame_rate) == clips
    assert made.random is None


def test_every_number_has_the_same_people() -> None:
    batch = example_batch(clips=4, persons=2)
    one, five = (with_persons(batch, clips=3, persons=persons) for persons in (1, 5))
    assert len(_people(one)) == 3
    assert _people(one) == _people(five)


def test_labels_of_persons_and_pictures_come_with_them() -> None:
    batch = example_batch(clips=2, persons=1, complete=True, pictures=8)
    batch.label = torch.tensor([[4], [5]])
    made = with_persons(batch, clips=2, persons=2, slots=3)
    assert made.label[:, :2].tolist() == [[4, 5], [5, 4]]
    assert torch.equal(made.frames, batch.frames)


def test_nobody_cannot_be_repeated() -> None:
    batch = with_nobody_in(example_batch(), slice(None))
    with pytest.raises(DataError, match="nobody"):
        with_persons(batch, clips=1, persons=1)


@given(
    x=st.lists(st.integers(1, 50), min_size=2, max_size=12, unique=True),
    slope=st.floats(-5, 5),
    intercept=st.floats(-5, 5),
    seed=st.integers(0, 9),
)
@settings(max_examples=30, deadline=None)
def test_the_line_is_that_of_least_squares(x: list[int], slope: float, intercept: float, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=len(x))
    y = slope * np.array(x) + intercept + noise
    line = Line.through(x, y.tolist())
    solved, *_ = np.linalg.lstsq(np.stack([x, np.ones(len(x))], 1), y, rcond=None)
    assert (line.slope, line.intercept) == pytest.approx(tuple(solved), abs=1e-6)
    left = y - solved[0] * np.array(x) - solved[1]
    assert line.r2 == pytest.approx(1 - (left**2).sum() / ((y - y.mean()) ** 2).sum(), abs=1e-6)


def test_lines_that_are_none() -> None:
    assert Line.through([3], [1.0]) is None
    assert Line.through([1, 2], [1.0, 1.0]) == Line(slope=0, intercept=1, r2=None)

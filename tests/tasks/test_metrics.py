"""Accuracy, confusion and intervals against literal versions of themselves."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]
from torch import Tensor

from dancekit.tasks.metrics import Predictions, accuracy, confusion, summary, wilson_interval


def _predictions(logits: Tensor, label: list[int]) -> Predictions:
    return Predictions(logits=logits, label=torch.tensor(label), index=torch.arange(len(label)))


@pytest.fixture
def some() -> Predictions:
    logits = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
    return _predictions(logits, [i % 6 for i in range(40)])


@pytest.mark.parametrize("k", [1, 2, 5, 6])
def test_accuracy_against_a_loop(some: Predictions, k: int) -> None:
    right = 0
    for scores, label in zip(some.logits.tolist(), some.label.tolist(), strict=True):
        better = sum(score > scores[label] for score in scores)
        right += better < k
    assert accuracy(some, k) == pytest.approx(right / 40)


def test_accuracy_by_hand() -> None:
    logits = torch.tensor([[3.0, 2, 1], [3, 2, 1], [3, 2, 1], [1, 2, 3]])
    predictions = _predictions(logits, [0, 1, 2, 2])
    assert predictions.classes.tolist() == [0, 0, 0, 2]
    assert accuracy(predictions) == 0.5
    assert accuracy(predictions, 2) == 0.75


def test_top_5_of_fewer_classes_is_all_of_them() -> None:
    predictions = _predictions(torch.randn(7, 3), [0, 1, 2, 0, 1, 2, 0])
    assert accuracy(predictions, 5) == 1.0


def test_confusion_against_a_loop(some: Predictions) -> None:
    counts = [[0] * 6 for _ in range(6)]
    for scores, label in zip(some.logits.tolist(), some.label.tolist(), strict=True):
        counts[label][scores.index(max(scores))] += 1
    assert confusion(some).tolist() == counts


def test_confusion_has_classes_that_nobody_shows() -> None:
    counts = confusion(_predictions(torch.eye(4)[:2], [0, 3]))
    assert counts.shape == (4, 4)
    assert counts[0, 0] == 1 and counts[3, 1] == 1 and counts.sum() == 2


@pytest.mark.parametrize(("right", "count"), [(0, 10), (10, 10), (1, 1), (81, 263), (15, 148), (280, 300)])
def test_wilson_against_scipy(right: int, count: int) -> None:
    known = binomtest(right, count).proportion_ci(0.95, method="wilson")
    low, high = wilson_interval(right / count, count)
    assert (low, high) == pytest.approx((known.low, known.high), abs=1e-6)


def test_wilson_of_nothing_knows_nothing() -> None:
    assert wilson_interval(0.0, 0) == (0.0, 1.0)


@given(count=st.integers(1, 10_000), share=st.floats(0, 1))
def test_wilson_holds_the_share_and_stays_a_share(count: int, share: float) -> None:
    low, high = wilson_interval(share, count)
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1
    wider_low, wider_high = wilson_interval(share, count, z=3)
    assert wider_low <= low + 1e-12 and high <= wider_high + 1e-12


def test_summary(some: Predictions) -> None:
    found = summary(some)
    assert found["clips"] == 40
    assert found["accuracy"] == accuracy(some) and found["top5"] == accuracy(some, 5)
    assert found["accuracy_interval"] == list(wilson_interval(found["accuracy"], 40))
    assert sum(map(sum, found["confusion"])) == 40
    expected = 0.0
    for scores, label in zip(some.logits.tolist(), some.label.tolist(), strict=True):
        expected -= scores[label] - math.log(sum(map(math.exp, scores)))
    assert found["loss"] == pytest.approx(expected / 40, rel=1e-5)

"""Scores per class against scikit-learn and by hand; which clips are shown as examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from dancekit.reporting.examples import choose_examples
from dancekit.reporting.scores import class_scores

NAMES = ("a", "b", "c", "d")


@given(
    label=arrays(np.int64, 40, elements=st.integers(0, 3)),
    predicted=arrays(np.int64, 40, elements=st.integers(0, 3)),
)
def test_scores_are_those_of_scikit_learn(label, predicted):
    counts = confusion_matrix(label, predicted, labels=range(4))
    precision, recall, f1, clips = precision_recall_fscore_support(
        label, predicted, labels=range(4), zero_division=np.nan
    )
    for k, scores in enumerate(class_scores(counts, NAMES)):
        assert scores.clips == clips[k]
        for ours, theirs in ((scores.precision, precision[k]), (scores.recall, recall[k])):
            assert ours is None if np.isnan(theirs) else ours == pytest.approx(theirs)
        assert (scores.f1 or 0.0) == pytest.approx(np.nan_to_num(f1[k]))


def test_what_a_class_is_taken_for():
    counts = np.array([[5, 1, 3, 0], [0, 7, 0, 0], [0, 0, 0, 0], [4, 0, 4, 0]])
    a, b, c, d = class_scores(counts, NAMES)
    assert (a.mistaken_for, a.mistakes) == ("c", 3)
    assert (b.mistaken_for, b.mistakes) == (None, 0)
    assert (c.clips, c.recall, c.precision) == (0, None, 0.0)
    assert (d.recall, d.precision, d.mistaken_for) == (0.0, None, "a")


def probabilities(*rows: tuple[int, float]) -> np.ndarray:
    """One row for each (predicted class, its probability) of four."""
    out = np.empty((len(rows), 4))
    for row, (predicted, sure) in zip(out, rows, strict=True):
        row[:] = (1 - sure) / 3
        row[predicted] = sure
    return out


def test_examples_are_the_surest_of_different_classes():
    label = np.array([0, 0, 0, 1, 1, 2, 3])
    probability = probabilities((1, 0.9), (1, 0.8), (0, 0.7), (2, 0.6), (1, 0.95), (2, 0.5), (3, 0.99))
    # wrong: row 0 before row 1, which is of the same class and waits until row 3 has been taken
    assert choose_examples(probability, label) == [0, 3, 1, 6, 4, 2, 5]
    assert choose_examples(probability, label, each=1) == [0, 6]
    assert choose_examples(probability, label, each=2) == [0, 3, 6, 4]


def test_examples_of_a_perfect_and_of_a_hopeless_model():
    label = np.array([0, 1, 2])
    perfect = probabilities((0, 0.5), (1, 0.6), (2, 0.7))
    assert choose_examples(perfect, label) == [2, 1, 0]
    assert choose_examples(perfect, (label + 1) % 3) == [2, 1, 0]
    assert choose_examples(perfect[:0], label[:0]) == []

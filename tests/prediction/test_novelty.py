"""What a model does not know, against a literal Mahalanobis distance."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import BOTH, CLASSES, LEFT, RATE, RIGHT, Swinging, dancer, segmenter

from dancekit.errors import RunError
from dancekit.prediction.calibration import Calibration
from dancekit.prediction.novelty import Novelty, shrunk
from dancekit.prediction.timeline import UNKNOWN
from dancekit.prediction.windows import Clips, Scorer


def _recognised(count: int = 300, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits of recordings that are nearly all recognised, whose classes spread in their own directions."""
    random = np.random.default_rng(seed)
    label = np.arange(count) % classes
    spread = random.normal(size=(classes, classes))
    return 12 * np.eye(classes)[label] + random.normal(size=(count, classes)) @ spread, label


def test_distances_are_those_of_mahalanobis() -> None:
    logits, label = _recognised()
    learned = Novelty.learn(logits, label)
    right = logits.argmax(1) == label
    kept, which = logits[right], label[right]
    away = np.stack([row - kept[which == each].mean(0) for row, each in zip(kept, which, strict=True)])
    inverse = np.linalg.inv(shrunk(away))
    asked = np.random.default_rng(1).normal(size=(20, 4)) * 9
    for row, found in zip(asked, learned.of(asked), strict=True):
        mean = kept[which == row.argmax()].mean(0)
        literal = np.sqrt((row - mean) @ inverse @ (row - mean) / learned.limit)
        assert found == pytest.approx(literal, rel=1e-4)


def test_nearly_all_that_is_recognised_is_familiar_and_what_is_elsewhere_is_not() -> None:
    logits, label = _recognised(2000)
    learned = Novelty.learn(logits, label, keep=0.95)
    fresh, truth = _recognised(6000)
    fresh, truth = fresh[2000:], truth[2000:]
    right = fresh.argmax(1) == truth
    assert (learned.of(fresh[right]) <= 1).mean() == pytest.approx(0.95, abs=0.02)
    usual = learned.usual[2]
    assert learned.of(np.array([usual]))[0] < 1e-3
    assert learned.of(3 * np.array([usual]))[0] > 1  # surer than ever


def test_the_order_of_recordings_that_repeats_classes_leaves_no_class_out() -> None:
    logits, label = _recognised(400, classes=5)  # as many classes as folds
    assert Novelty.learn(logits, label) is not None
    shuffled = np.random.default_rng(3).permutation(400)
    other = Novelty.learn(logits[shuffled], label[shuffled])
    assert other.limit == pytest.approx(Novelty.learn(logits, label).limit, rel=0.3)


def test_a_class_with_hardly_any_recordings_is_not_judged() -> None:
    logits, label = _recognised(300)
    rare = (label != 3) | (np.cumsum(label == 3) <= 2)
    learned = Novelty.learn(logits[rare], label[rare])
    assert learned.usual[3] is None and None not in learned.usual[:3]
    far = np.array([[0, 0, 0, 1000.0], [1000.0, 0, 0, 0]])
    assert learned.of(far)[0] == 0 and learned.of(far)[1] > 1


def test_too_few_and_all_alike_teach_nothing() -> None:
    logits, label = _recognised(49)
    assert Novelty.learn(logits, label) is None
    assert Novelty.learn(-logits, label) is None  # nothing is recognised
    assert Novelty.learn(np.tile([[9.0, 0, 0]], (80, 1)), np.zeros(80, int)) is None
    assert Calibration().novelties(np.ones((3, 4))).tolist() == [0, 0, 0]


@given(count=st.integers(2, 40), dimensions=st.integers(1, 8), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_a_covariance_is_drawn_to_the_identity_as_its_equation_says(count, dimensions, seed) -> None:
    away = np.random.default_rng(seed).normal(size=(count, dimensions)) * (1 + np.arange(dimensions))
    plain = np.zeros((dimensions, dimensions))
    for row in away:
        plain += np.outer(row, row) / count
    p, n = dimensions, count
    over = (n + 1 - 2 / p) * (np.trace(plain @ plain) - np.trace(plain) ** 2 / p)
    under = (1 - 2 / p) * np.trace(plain @ plain) + np.trace(plain) ** 2
    share = min(1, under / over) if over > 1e-12 else 1
    wanted = (1 - share) * plain + share * np.trace(plain) / p * np.eye(p)
    np.testing.assert_allclose(shrunk(away), wanted, rtol=1e-6, atol=1e-9)
    assert (np.linalg.eigvalsh(shrunk(away)) > 0).all()


def test_it_travels_as_json_with_the_calibration() -> None:
    logits, label = _recognised()
    learned = Calibration.learn(logits, label)
    back = Calibration.from_mapping(json.loads(json.dumps(learned.to_mapping())), where="here")
    assert back == learned and back.novelty is not None
    np.testing.assert_array_equal(back.novelties(logits), learned.novelties(logits))
    assert "unlike" in learned.sentence and "novelty" not in learned.figures
    content = learned.to_mapping()
    for damage in (
        {"usual": [[1, 2]]},
        {"precision": [["a"] * 4] * 4},
        {"precision": [[float("inf")] * 4] * 4},
        {"limit": 0},
        {"limit": None},
    ):
        with pytest.raises(RunError, match="no calibration"):
            Calibration.from_mapping({**content, "novelty": {**content["novelty"], **damage}}, where="here")
    with pytest.raises(RunError, match="no calibration"):
        Calibration.from_mapping({**content, "novelty": [1]}, where="here")


class Bewildered(Swinging):
    """Surer of both arms than it ever was of anything."""

    def logits(self, clips: Clips) -> np.ndarray:
        said = super().logits(clips)
        said[said[:, BOTH] > 0] = [0.0, 0.0, 40.0]
        return said


def test_what_is_unlike_all_movements_is_unknown_unless_all_is_asked_for() -> None:
    random = np.random.default_rng(0)
    label = np.arange(120) % 3
    logits = 4.0 * np.eye(3)[label] + 0.3 * random.normal(size=(120, 3))
    scorer = Scorer(classifier=Bewildered(), calibration=Calibration.learn(logits, label))
    track = dancer((None, 2), (LEFT, 2), (None, 2), (BOTH, 2), (None, 2), (RIGHT, 2), (None, 2))
    found = segmenter(scorer=scorer).segments(track)
    assert [each.movement for each in found] == ["left", UNKNOWN, "right"]
    assert found[1].confidence == 0 < found[0].confidence
    assert abs(found[1].start_frame - 6 * RATE) < 10
    all_told = segmenter(scorer=scorer, threshold=0.0).segments(track)
    assert [each.movement for each in all_told] == ["left", CLASSES[BOTH], "right"]

"""Temperature, calibration error and the threshold of what is unknown, against slow versions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import RunError
from dancekit.prediction.calibration import Calibration, calibration_error, fit_temperature, softmax


def _made(count: int, *, warmth: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax at temperature `warmth` says the truth."""
    random = np.random.default_rng(seed)
    logits = warmth * random.normal(size=(count, 4)) * 2
    chances = softmax(logits, warmth).cumsum(1)
    return logits, (random.random((count, 1)) > chances).sum(1).clip(max=3)


@pytest.mark.parametrize("warmth", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(warmth: float) -> None:
    logits, label = _made(20_000, warmth=warmth)
    found = fit_temperature(logits, label)
    assert found == pytest.approx(warmth, rel=0.06)
    assert calibration_error(softmax(logits, found), label) < 0.02


@given(seed=st.integers(0, 200), count=st.integers(5, 60))
@settings(max_examples=20, deadline=None)
def test_no_other_temperature_has_less_cross_entropy(seed, count) -> None:
    random = np.random.default_rng(seed)
    logits, label = random.normal(size=(count, 3)) * 3, random.integers(0, 3, count)

    def loss(temperature: float) -> float:
        return float(-np.mean([np.log(softmax(row, temperature)[k]) for row, k in zip(logits, label)]))  # noqa: B905

    best = loss(fit_temperature(logits, label))
    assert best <= min(loss(each) for each in np.geomspace(0.05, 20, 60)) + 1e-6


def test_calibration_error_against_its_equation() -> None:
    logits, label = _made(300, warmth=2.0)
    probability = softmax(logits)
    total = 0.0
    for place in range(15):
        low, high = place / 15, (place + 1) / 15
        inside = [
            row
            for row in range(300)
            if low <= probability[row].max() < high or (place == 14 and probability[row].max() == 1)
        ]
        if inside:
            right = np.mean([probability[row].argmax() == label[row] for row in inside])
            sure = np.mean([probability[row].max() for row in inside])
            total += len(inside) / 300 * abs(right - sure)
    assert calibration_error(probability, label) == pytest.approx(total)
    assert total > 0.05  # of a model that is too sure


def test_the_threshold_keeps_nearly_all_that_is_right_and_asks_for_no_more_than_a_half() -> None:
    logits, label = _made(5000, warmth=1.0)
    learned = Calibration.learn(logits, label, keep=0.9)
    probability = learned.probabilities(logits)
    sure = probability.max(1)[probability.argmax(1) == label]
    assert (sure >= learned.threshold).mean() == pytest.approx(learned.kept)
    assert learned.kept >= 0.9 and learned.threshold <= 0.5
    easy = 30.0 * np.eye(3)[np.arange(60) % 3]
    assert Calibration.learn(easy, np.arange(60) % 3).threshold == 0.5


def test_too_few_recordings_teach_nothing_and_say_so() -> None:
    learned = Calibration.learn(np.zeros((4, 2)), np.zeros(4, int))
    assert learned == Calibration() and "not calibrated" in learned.sentence
    logits, label = _made(400, warmth=2.0)
    told = Calibration.learn(logits, label)
    assert "400 validation recordings" in told.sentence and f"{told.temperature:.2f}" in told.sentence
    assert told.error < told.error_before
    assert Calibration.from_mapping(told.to_mapping(), where="here") == told
    for damaged in ({"temperature": "warm"}, {"temperature": 0, "threshold": 1}, []):
        with pytest.raises(RunError, match="no calibration"):
            Calibration.from_mapping(damaged, where="here")  # type: ignore[arg-type]


def test_what_a_run_keeps_is_read_or_refused_with_a_way_out(tmp_path) -> None:
    file = tmp_path / "predictions_validate.npz"
    assert Calibration.read(file, classes=4) == Calibration()
    logits, label = _made(50, warmth=1.0)
    logits[3] = np.nan
    np.savez(file, logits=logits, label=label)
    assert Calibration.read(file, classes=4).clips == 49
    with pytest.raises(RunError, match="for 5 classes"):
        Calibration.read(file, classes=5)
    for content in (b"", b"PK nonsense"):
        file.write_bytes(content)
        with pytest.raises(RunError, match="dancekit validate"):
            Calibration.read(file, classes=4)
    np.savez(file, logits=np.array([{}], dtype=object), label=label)
    with pytest.raises(RunError, match="cannot be read"):
        Calibration.read(file, classes=4)

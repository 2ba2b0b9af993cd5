"""Smoothness against published values, symmetry, error, score and cues by their formulas."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from dancekit_coach.beats import beat_alignment
from dancekit_coach.body import Array
from dancekit_coach.course import Course
from dancekit_coach.cues import CueWords, choose_cues, shipped_words
from dancekit_coach.error import natural_variability
from dancekit_coach.form import FormError
from dancekit_coach.scoring import Component, WeightedScorer, points_lost
from dancekit_coach.smoothness import log_dimensionless_jerk, spectral_arc_length
from dancekit_coach.sway import extrapolated_centre
from dancekit_coach.symmetry import propagated, symmetry_angle
from dancekit_coach.timing import Timing, late_words
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError

BELL = np.exp(-5 * np.arange(-1, 1, 0.01) ** 2)


def literal_spectral_arc_length(speed: Array, rate: float) -> float:
    size = int(2 ** (np.ceil(np.log2(len(speed))) + 4))
    frequency = [k * rate / size for k in range(size)]
    magnitude = np.abs(np.fft.fft(speed, size))
    magnitude = magnitude / magnitude.max()
    inside = [k for k in range(size) if frequency[k] <= 10]
    high = [k for k in inside if magnitude[k] >= 0.05]
    chosen = range(high[0], high[-1] + 1)
    width = frequency[chosen[-1]] - frequency[chosen[0]]
    return -sum(
        (((frequency[b] - frequency[a]) / width) ** 2 + (magnitude[b] - magnitude[a]) ** 2) ** 0.5
        for a, b in itertools.pairwise(chosen)
    )


def literal_jerk(speed: Array, rate: float) -> float:
    second = [(speed[k + 2] - 2 * speed[k + 1] + speed[k]) * rate**2 for k in range(len(speed) - 2)]
    seconds = len(speed) / rate
    return -float(np.log(seconds**3 / max(abs(speed)) ** 2 * sum(each**2 for each in second) / rate))


def test_smoothness_has_the_published_values() -> None:
    assert spectral_arc_length(BELL, 100.0) == pytest.approx(-1.41403, abs=5e-6)
    assert log_dimensionless_jerk(BELL, 100.0) == pytest.approx(-5.81636, abs=5e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(10, 300), rate=st.sampled_from((30.0, 60.0, 100.0)))
def test_smoothness_is_that_of_a_literal_version(seed: int, count: int, rate: float) -> None:
    speed = np.abs(np.cumsum(np.random.default_rng(seed).normal(size=count))) + 0.01
    assert spectral_arc_length(speed, rate) == pytest.approx(literal_spectral_arc_length(speed, rate))
    assert log_dimensionless_jerk(speed, rate) == pytest.approx(literal_jerk(speed, rate))


@pytest.mark.parametrize(
    ("seed", "arc_length", "jerk"),
    [(0, -3.43851789990, -17.4587535330), (1, -3.71965455010, -18.5794946455),
     (2, -2.80325193915, -18.6776449469)],
)  # fmt: skip
def test_smoothness_has_the_values_that_monalysa_gave(seed: int, arc_length: float, jerk: float) -> None:
    """monalysa 0.2.1: sparc(speed, 100) and log_dimensionless_jerk(speed, 100, "vel", rem_mean=False)."""
    speed = np.abs(np.convolve(np.random.default_rng(seed).normal(size=200), np.ones(15), "same"))
    assert spectral_arc_length(speed, 100.0) == pytest.approx(arc_length, rel=1e-9)
    assert log_dimensionless_jerk(speed, 100.0) == pytest.approx(jerk, rel=1e-9)


@pytest.mark.parametrize("tempo", [0.7, 1.0, 1.4])
def test_spectral_arc_length_does_not_depend_on_the_tempo(tempo: float) -> None:
    time = np.arange(0, 1 / tempo, 0.01) * tempo
    assert spectral_arc_length(30 * time**2 * (1 - time) ** 2, 100.0) == pytest.approx(-1.40, abs=0.01)


@pytest.mark.parametrize("tremor", [4.0, 5.0, 6.0])
def test_tremor_is_less_smooth(tremor: float) -> None:
    time = np.arange(0, 1, 0.01)
    smooth = 30 * time**2 * (1 - time) ** 2
    shaking = np.abs(smooth + 0.3 * np.sin(2 * np.pi * tremor * time) * np.sin(np.pi * time))
    assert spectral_arc_length(shaking, 100.0) < spectral_arc_length(smooth, 100.0) - 0.1


def test_symmetry_angles() -> None:
    assert symmetry_angle(1, 1) == 0
    assert symmetry_angle(1, 0) == pytest.approx(-50) and symmetry_angle(0, 1) == pytest.approx(50)
    assert symmetry_angle(100, 90) == pytest.approx(-3.35, abs=0.01)


@settings(max_examples=40, deadline=None)
@given(left=st.floats(1, 180), right=st.floats(1, 180), size=st.floats(0.1, 10))
def test_symmetry_is_odd_and_has_no_unit(left: float, right: float, size: float) -> None:
    value = symmetry_angle(left, right)
    assert value == pytest.approx(-symmetry_angle(right, left), abs=1e-9)
    assert value == pytest.approx(symmetry_angle(size * left, size * right), abs=1e-9)
    assert (value < 0) == (right < left) or abs(value) < 1e-9


@settings(max_examples=40, deadline=None)
@given(left=st.floats(20, 180), right=st.floats(20, 180), error=st.floats(0.001, 0.1))
def test_an_error_of_a_range_becomes_one_of_the_symmetry_angle(
    left: float, right: float, error: float
) -> None:
    """Against differences: of each side alone, and of both as independent errors add."""
    here = symmetry_angle(left, right)
    alone = [symmetry_angle(left + error, right) - here, symmetry_angle(left, right + error) - here]
    assert propagated((left, right), (error, 0)) == pytest.approx(abs(alone[0]), rel=0.02)
    assert propagated((left, right), (0, error)) == pytest.approx(abs(alone[1]), rel=0.02)
    assert propagated((left, right), (error, error)) == pytest.approx(np.hypot(*alone), rel=0.02)


def test_minimal_detectable_change_by_hand() -> None:
    assert natural_variability([np.ones((1, 2))]) is None
    spread = natural_variability([np.full((1, 2), 3.0), np.full((1, 2), -4.0)])
    assert spread == pytest.approx(np.full((1, 2), 1.96 * np.sqrt(12.5)))
    rng = np.random.default_rng(0)
    takes = rng.normal(0, 2, (2, 4000, 1, 1))  # pairs of takes, each with a standard error of 2
    many = natural_variability(list(takes[0] - takes[1]))
    assert many == pytest.approx(np.full((1, 1), 1.96 * np.sqrt(2) * 2), rel=0.05)


def test_points_by_hand() -> None:
    lost = points_lost(np.array([0.0, 10.0, -25.0, 40.0, np.nan]), np.full(5, 10.0), 15.0)
    assert 100 - lost == pytest.approx([100, 100, 100 * np.exp(-0.5), 100 * np.exp(-2), np.nan], nan_ok=True)


def course(lost: float = 0.0) -> Course:
    """One of which a share is lost, evenly over time."""
    return Course(away=np.full(60, 2 * lost), size=np.full(60, 2.0), pace=1.0)


def component(errors: Array | None, *, weight: float = 1.0, jitter: Array | None = None) -> Component:
    blocks = tuple((k, k + 10) for k in range(0, 60, 10))
    return Component(
        name=f"c{weight}", weight=weight, errors=errors, tolerance=np.full(60, 5.0), scale=15.0,
        jitter=jitter,
        blocks=blocks,
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    fault=st.floats(0, 60),
    more=st.floats(0, 30),
    lost=st.floats(0, 1.5),
    more_lost=st.floats(0, 0.5),
    seed=st.integers(0, 100),
)
def test_a_larger_error_never_scores_higher(
    fault: float, more: float, lost: float, more_lost: float, seed: int
) -> None:
    shape = np.abs(np.random.default_rng(seed).normal(1, 0.3, 60))
    scores = [
        WeightedScorer().score(
            [component(size * shape), component(np.zeros(60), weight=2.0)], course(unshared), seed=seed
        )
        for size, unshared in ((fault, lost), (fault + more, lost), (fault + more, lost + more_lost))
    ]
    medians = [float(np.median(score.draws)) for score in scores]
    assert medians[0] + 1e-9 >= medians[1] and medians[1] + 1e-9 >= medians[2]
    assert all(0 <= draw <= 100 for score in scores for draw in score.draws)


def test_no_more_than_what_is_shared_is_scored() -> None:
    perfect = [component(np.zeros(60))]
    assert WeightedScorer().score(perfect, course(), seed=0).value == 100
    for lost in (0.1, 0.5, 0.9):
        score = WeightedScorer().score(perfect, course(lost), seed=0)
        assert score.value == pytest.approx(100 * (1 - lost))
        assert score.components["course"] == pytest.approx(100 * (1 - lost))
    worse = WeightedScorer().score([component(np.full(60, 25.0))], course(0.1), seed=0)
    assert worse.value == pytest.approx(100 * np.exp(-((20 / 15) ** 2) / 2))
    uneven = Course(away=np.where(np.arange(60) < 30, 0.0, 0.4), size=np.full(60, 2.0), pace=1.0)
    found = WeightedScorer().score(perfect, uneven, seed=0)
    assert found.low is not None and found.high is not None and found.low < 90 < found.high


def test_a_score_is_withheld_where_it_would_mislead() -> None:
    scorer = WeightedScorer()
    nothing = scorer.score([component(None)], course(), seed=0)
    assert nothing.value is None and nothing.coverage == 0 and not nothing.components
    little = scorer.score([component(None, weight=2.0), component(np.zeros(60))], course(), seed=0)
    assert little.value is None and "33%" in little.withheld
    assert little.components == {"c1.0": 100, "course": 100}
    uneven = np.where(np.arange(60) < 30, 0.0, 80.0)
    assert "uncertain" in scorer.score([component(uneven)], course(), seed=0).withheld
    noise = np.random.default_rng(0).normal(0, 5, (40, 60))
    plain = scorer.score([component(np.full(60, 12.0))], course(), seed=0)
    jittered = scorer.score([component(np.full(60, 12.0), jitter=noise)], course(), seed=0)
    assert plain.low == plain.high and jittered.low < jittered.high  # type: ignore[operator]


def test_beats() -> None:
    beats = [0.0, 0.5, 1.0]
    assert beat_alignment(beats, beats) == 1
    assert beat_alignment([0.05], [0.0]) == pytest.approx(np.exp(-0.5))
    assert beat_alignment([], beats) == 0


def test_the_extrapolated_centre_of_a_steady_walk_is_ahead_by_speed_over_frequency() -> None:
    ground = np.stack([np.arange(30) / 30.0, np.zeros(30)], axis=1)  # 1 m/s
    ahead = extrapolated_centre(ground, 30.0, 0.9) - ground
    assert ahead[:, 0] == pytest.approx(1 / np.sqrt(9.81 / 0.9)) and not ahead[:, 1].any()


def error(angle: str, phase: str, degrees: float, tolerance: float = 10.0) -> FormError:
    return FormError(
        angle=angle, phase=phase, error=degrees, mean_absolute=abs(degrees), largest=abs(degrees),
        detectable=3.0,
        tolerance=tolerance, frames=30, beyond_error=True, beyond_tolerance=abs(degrees) > tolerance,
    )  # fmt: skip


def timed(
    lag: float = 0.0, tempo: float = 1.0, *, together: bool = True, resolution: float = 1 / 30
) -> Timing:
    return Timing(
        start_lag=lag, tempo_ratio=tempo, local_deviation=0, by_phase={}, together=together, period=None,
        at_limit=False, resolution=resolution,
    )  # fmt: skip


def test_no_time_is_said_finer_than_a_frame() -> None:
    assert late_words(-0.0833, 1 / 60) == "0.08 s early" and late_words(0.17, 1 / 30) == "0.17 s late"
    assert late_words(0.17, 0.1) == "0.2 s late" and late_words(-0.31, 0.2) == "0.4 s early"
    assert late_words(0.17, 0.0) == "0.17 s late"  # of a fault whose error nobody knows
    assert choose_cues([], timed(0.09), shipped_words())
    assert not choose_cues([], timed(0.09, resolution=0.1), shipped_words())


def test_at_most_two_cues_the_worst_first_one_for_a_joint() -> None:
    errors = [
        error("left_elbow_flexion", "rise", 20), error("left_elbow_flexion", "hold", 30),
        error("right_shoulder_elevation", "hold", -60), error("right_shoulder_plane", "hold", 50),
        error("left_knee_flexion", "hold", 5),
    ]  # fmt: skip
    cues = choose_cues(errors, timed(), shipped_words())
    assert [(cue.about, cue.phase) for cue in cues] == [
        ("right_shoulder_elevation", "hold"),
        ("left_elbow_flexion", "hold"),
    ]
    assert cues[0].words == "Reach your right hand towards the ceiling." and cues[0].side == "right"
    assert not choose_cues([errors[-1]], timed(), shipped_words())


def test_timing_is_spoken_of_where_it_is_known() -> None:
    words = shipped_words()
    assert [cue.about for cue in choose_cues([], timed(0.4), words)] == ["start"]
    assert not choose_cues([], timed(0.4, together=False), words)
    assert choose_cues([], timed(tempo=0.7), words)[0].words == words.timing["slower"]


def test_the_words_are_turned_outward() -> None:
    """No sentence tells a muscle or a joint what to do."""
    sentences = [text for kind in shipped_words().angles.values() for text in kind.values()]
    assert len(sentences) == len(set(sentences)) == 20
    inward = ("elbow", "shoulder", "knee", "hip", "muscle", "bend", "straighten", "flex", "joint", "spine")
    assert not [text for text in sentences if any(word in text.lower() for word in inward)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("elbow_flexion", "elbow_flexoin"), "elbow_flexion"),
        (("  late:", "  belated:"), "late"),
        (("timing:", "timing: 3\nmore:"), "more"),
        (('"Wait for the music to take you along."', "[]"), "not a sentence"),
        (("angles:", "angles: ["), "not valid YAML"),
    ],
)
def test_a_file_of_cues_with_a_mistake_is_said(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    import dancekit_coach

    text = (Path(dancekit_coach.__file__).parent / "cues.yaml").read_text()
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    assert CueWords.from_yaml(path) == shipped_words()
    path.write_text(text.replace(*change))
    with pytest.raises(DataError, match=says):
        CueWords.from_yaml(path)
    with pytest.raises(DataError, match="cannot be read"):
        CueWords.from_yaml(tmp_path / "nowhere.yaml")

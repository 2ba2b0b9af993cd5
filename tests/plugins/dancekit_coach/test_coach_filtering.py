"""Even time, outliers, gaps, the low-pass filter, and the estimate of jitter."""

from __future__ import annotations

import numpy as np
import pytest
from dancekit_coach.filtering import (
    at_positions,
    gaps_filled,
    low_passed,
    noise_level,
    passed_noise,
    passed_speed,
    resampled,
    without_outliers,
)
from dancekit_coach.motion import common_rate, prepared
from scipy.signal import butter, filtfilt
from synthetic import LAYOUT, as_clip, dance, jittered

from dancekit.errors import DataError


def test_the_filter_is_a_second_order_one_there_and_back() -> None:
    points = np.random.default_rng(0).normal(size=(90, 2, 3))
    b, a = butter(2, 6.0, fs=30.0)
    assert low_passed(points, 30.0) == pytest.approx(filtfilt(b, a, points, axis=0, padlen=9), abs=1e-9)


def test_each_stretch_is_filtered_on_its_own() -> None:
    points = np.random.default_rng(0).normal(size=(60, 2, 3))
    points[25:30, 1] = np.nan
    filtered = low_passed(points, 30.0)
    assert np.isnan(filtered[25:30, 1]).all() and np.isfinite(filtered[:, 0]).all()
    assert filtered[:25, 1] == pytest.approx(low_passed(points[:25, 1:], 30.0)[:, 0])


@pytest.mark.parametrize("frequency", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("axis", [0, 2])
def test_a_single_wild_frame_goes_and_movement_stays(frequency: float, axis: int) -> None:
    time = np.arange(90) / 30
    clean = np.sin(2 * np.pi * frequency * time)[:, None, None] * np.ones((1, 1, 3))
    wild = clean.copy()
    wild[40, 0, axis] += 5.0
    without = without_outliers(wild, floor=0.02)
    assert np.isnan(without[40]).all()  # all of the joint, whichever coordinate was wild
    mended = gaps_filled(without, 30.0)
    assert np.abs(mended[40] - clean[40]).max() < 0.01
    assert without_outliers(clean, floor=0.02).tolist() == clean.tolist()


def test_jitter_is_not_taken_for_wild_frames() -> None:
    points = np.random.default_rng(0).normal(size=(300, 14, 3))
    assert np.isnan(without_outliers(points, floor=0.02)).mean() < 0.03


@pytest.mark.parametrize(("missing", "filled"), [(3, True), (6, True), (7, False)])
def test_gaps_up_to_a_fifth_of_a_second_are_filled(missing: int, filled: bool) -> None:
    points = np.linspace(0, 1, 60)[:, None, None] * np.ones((1, 1, 3))
    holed = points.copy()
    holed[20 : 20 + missing] = np.nan
    mended = gaps_filled(holed, 30.0)
    assert np.isfinite(mended).all() == filled
    if filled:
        assert mended == pytest.approx(points, abs=1e-9)


def test_gaps_at_the_ends_stay() -> None:
    points = np.ones((30, 1, 3))
    points[:2] = points[-2:] = np.nan
    assert np.isnan(gaps_filled(points, 30.0)[[0, 1, -2, -1]]).all()


@pytest.mark.parametrize("millimetres", [5.0, 20.0])
def test_jitter_is_found_again(millimetres: float) -> None:
    motion = prepared(as_clip(jittered(dance(frames=300), millimetres)), LAYOUT, rate=30.0)
    limbs = motion.jitter[:12]
    assert limbs == pytest.approx(millimetres / 1000, rel=0.25)
    assert motion.jitter[12] == pytest.approx(millimetres / 1000 / np.sqrt(2), rel=0.25)  # a mean of two


def test_what_passes_of_noise_is_what_the_filter_lets_through() -> None:
    noise = np.random.default_rng(1).normal(size=(200_000, 1, 1))
    filtered = low_passed(noise, 30.0)
    assert filtered.std() == pytest.approx(passed_noise(30.0), rel=0.02)
    assert (np.diff(filtered[:, 0, 0]) * 30).std() == pytest.approx(passed_speed(30.0), rel=0.02)
    assert noise_level(noise, filtered, 30.0) == pytest.approx([1.0], rel=0.02)


def test_reading_between_frames() -> None:
    values = np.array([0.0, 1.0, np.nan, 3.0])
    read = at_positions(values, np.array([0.0, 0.5, 1.0, 1.5, 3.0, 3.5, -0.5, np.nan]))
    assert read == pytest.approx([0, 0.5, 1, np.nan, 3, np.nan, np.nan, np.nan], nan_ok=True)


def test_uneven_time_stamps_are_evened_out() -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.02, 0.045, 120))
    points = np.sin(times)[:, None, None] * np.ones((1, 1, 3))
    even = resampled(points, times, 30.0)
    wanted = np.sin(times[0] + np.arange(len(even)) / 30)
    assert even[:, 0, 0] == pytest.approx(wanted, abs=1e-3)


def test_nothing_is_made_up_between_frames_that_are_far_apart() -> None:
    times = np.concatenate([np.arange(30), 60 + np.arange(30)]) / 30
    even = resampled(np.ones((60, 1, 3)), times, 30.0)
    assert np.isnan(even[31:59]).all() and np.isfinite(even[:30]).all() and np.isfinite(even[61:]).all()


@pytest.mark.parametrize(
    ("rates", "common"), [((30, 60), 30), ((120, 60), 60), ((59.94, 120), 60), ((10, 30), 30)]
)
def test_the_common_rate(rates: tuple[float, ...], common: float) -> None:
    assert common_rate(*rates) == common


@pytest.mark.parametrize(
    ("clip", "times", "says"),
    [
        (as_clip(dance()[:2]), None, "too short"),
        (as_clip(dance()[:14]), None, "too short"),
        (as_clip(dance(), frame_rate=None), None, "frames per second"),
        (as_clip(dance(), frame_rate=0.5), None, "frames per second"),
        (as_clip(dance()), [0.0, 1.0], "time stamps for 135 frames"),
        (as_clip(dance()), np.zeros(135), "do not rise"),
        (as_clip(np.full_like(dance(), np.nan)), None, "shoulders and hips"),
        (as_clip(dance()[:, :5]), None, "joints"),
        (as_clip(np.repeat(dance(), 60, axis=0)), None, "minutes"),
    ],
)
def test_what_cannot_be_used_is_said(clip, times, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=says):
        prepared(clip, LAYOUT, rate=30.0, times=times)


def test_the_person_of_whom_most_is_seen_is_taken() -> None:
    both = np.stack([dance("waist"), dance("raise")])
    both[0, 40:] = np.nan
    clip = as_clip(both)
    chosen = prepared(clip, LAYOUT, rate=30.0)
    assert chosen.points == pytest.approx(prepared(clip, LAYOUT, rate=30.0, person=1).points, nan_ok=True)
    with pytest.raises(DataError, match="no person 2"):
        prepared(clip, LAYOUT, rate=30.0, person=2)

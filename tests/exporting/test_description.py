"""What a file says of itself: there and back, and nothing that is damaged gets through."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.errors import DataError
from dancekit.exporting.description import Description
from dancekit.prediction.calibration import Calibration
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("dance11")
PLAIN = Description(
    task="recognition",
    layout=LAYOUT.to_mapping(),
    classes=("wave", "walk"),
    coordinates=2,
    frames=16,
    inputs=("keypoints", "score", "present"),
    inside=("centre",),
    dynamic=("clips", "persons", "frames"),
    version="0.1.0",
    run="a_run",
)


def _changed(**keys: Any) -> str:
    return json.dumps({**json.loads(PLAIN.to_json()), **keys})


@settings(max_examples=20, deadline=None)
@given(
    classes=st.lists(st.text(), min_size=1, max_size=4),
    frames=st.integers(1, 999),
    frame_rate=st.none() | st.floats(1, 240),
    fused=st.booleans(),
    seconds=st.none() | st.lists(st.floats(0.01, 1e3), min_size=3, max_size=3).map(sorted),
    temperature=st.none() | st.floats(0.05, 20),
)
def test_there_and_back(
    classes: list[str],
    frames: int,
    frame_rate: float | None,
    fused: bool,
    seconds: list[float] | None,
    temperature: float | None,
) -> None:
    calibration = None if temperature is None else Calibration(temperature=temperature).to_mapping()
    description = replace(
        PLAIN,
        classes=tuple(classes),
        frames=frames,
        frame_rate=frame_rate,
        fused=fused,
        seconds=None if seconds is None else (seconds[0], seconds[1], seconds[2]),
        calibration=calibration,
    )
    again = Description.from_json(description.to_json(), file="m.onnx")
    assert again == description
    assert Layout.from_mapping(again.layout) == LAYOUT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        "{}",
        _changed(surprise=1),
        _changed(layout={}),
        _changed(layout={"joints": [1, 2]}),
        _changed(task="dance"),
        _changed(task="lifting"),
        _changed(classes=[]),
        _changed(classes="ab"),
        _changed(inputs=["keypoints", "score", "secrets"]),
        _changed(inputs=None),
        _changed(coordinates=4),
        _changed(frames=0),
        _changed(frames="many"),
        _changed(seconds=[1, 2]),
        _changed(seconds=[3, 2, 1]),
        _changed(seconds=[0, 1, float("inf")]),
        _changed(seconds="long"),
        _changed(pixels="yes"),
        _changed(calibration=[1.5, 0.4]),
        _changed(output_layout=LAYOUT.to_mapping()),
        "[" * 100_000,
    ],
)
def test_damaged_metadata_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"m\.onnx"):
        Description.from_json(text, file="m.onnx")


def test_a_file_of_before_calibration_was_written_is_read() -> None:
    content = json.loads(PLAIN.to_json())
    for key in ("seconds", "pixels", "calibration"):
        del content[key]
    assert Description.from_json(json.dumps(content), file="m.onnx") == PLAIN


def test_another_format_says_which_version_wrote_it() -> None:
    with pytest.raises(DataError, match=r"another version of dancekit, 9\.0"):
        Description.from_json(_changed(format=2, version="9.0"), file="m.onnx")


def test_a_stranger_s_file_is_told_apart() -> None:
    with pytest.raises(DataError, match="no model of dancekit"):
        Description.from_json(None, file="m.onnx")

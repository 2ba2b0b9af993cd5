"""The page of a timeline: everything is in it, nothing is asked for, no name is markup."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pages import Page

from dancekit.prediction.needs import Recording
from dancekit.prediction.timeline import UNKNOWN, Person, Segment, Timeline
from dancekit.reporting import timeline_page
from dancekit.reporting.timeline_page import address_of, clock, render
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("coco17")


def _recording(persons: int = 2, frames: int = 120, coordinates: int = 2) -> Recording:
    points = np.random.default_rng(1).random((persons, frames, 17, coordinates)).astype(np.float32)
    return Recording(
        name="class",
        keypoints=points * (300 if coordinates == 2 else 1.7),
        score=np.ones((persons, frames, 17), np.float32),
        present=np.ones((persons, frames), bool),
        layout=LAYOUT,
        frame_rate=30.0,
        image_size=(640, 480) if coordinates == 2 else None,
    )


def _timeline(**changes: object) -> Timeline:
    one = (Segment.of("waving_high", (10, 50), 30.0, 0.934), Segment.of(UNKNOWN, (60, 90), 30.0, 0.31))
    two = (Segment.of("bow", (30, 60), 30.0, 0.8),)
    made = {
        "recording": "class",
        "source": "class.npz",
        "model": "run",
        "classes": ("bow", "waving_high"),
        "frames": 120,
        "frame_rate": 30.0,
        "persons": (
            Person(number=1, stays=((0, 120),), segments=one),
            Person(number=3, stays=((20, 70), (100, 120)), segments=two),
        ),
        "notices": ("It is resampled.",),
        "threshold": 0.5,
    }
    return Timeline(**{**made, **changes})


def _page(**changes: object) -> Page:
    return Page(render(_timeline(**changes), _recording(), calibration="Confidence is calibrated."))


def test_each_person_has_a_lane_with_what_they_did() -> None:
    page = _page()
    bars = [each for each in page.all("button") if "segment" in (each.get("class") or "")]
    assert [(bar["data-seek"], bar["data-end"]) for bar in bars] == [("10", "50"), ("60", "90"), ("30", "60")]
    assert [re.findall(r"[\d.]+", bar["style"]) for bar in bars] == [
        ["8.3333", "33.3333"], ["50.0", "25.0"], ["25.0", "25.0"]
    ]  # fmt: skip
    assert [bar["class"] for bar in bars] == ["segment hue-2", "segment hue-0", "segment hue-1"]
    stays = [each for each in page.all("div") if each.get("class") == "stay"]
    assert [re.findall(r"[\d.]+", stay["style"])[0] for stay in stays] == ["0.0", "16.6667", "83.3333"]
    assert "2 persons · 2 movements, 1 unknown" in page.text
    for words in ("waving high", "93%", "Person 3", "It is resampled.", "Confidence is calibrated."):
        assert words in page.text


def test_the_table_is_in_the_order_of_time() -> None:
    rows = [each for each in _page().all("tr") if "data-start" in each]
    assert [row["data-start"] for row in rows] == ["10", "30", "60"]


def test_it_asks_no_network_and_runs_no_script_but_its_own() -> None:
    text = render(_timeline(), _recording())
    page = Page(text)
    policy = next(each["content"] for each in page.all("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none'") and "media-src" not in policy
    assert not re.search(r"(src|href)=\"?(https?:)?//", text) and not page.all("link")
    assert render(_timeline(), _recording()) == text


def test_a_video_stays_beside_the_page() -> None:
    address = address_of(Path("a b/class #1: 100%.mp4"), folder=Path("out/class"))
    text = render(_timeline(), _recording(), video=address)
    page = Page(text)
    assert page.all("video")[0]["src"] == "../../a%20b/class%20%231%3A%20100%25.mp4"
    assert "media-src 'self' file:" in text
    assert not _page().all("video")


def test_what_the_script_looks_for_is_there() -> None:
    for video in ("", "class.mp4"):
        text = render(_timeline(), _recording(), video=video)
        ids = {each["id"] for _, each in Page(text).tags if "id" in each}
        script = re.search(r"<script>(.*?)</script>", text, re.DOTALL).group(1)
        assert "facts" not in ids and 'if (part("facts")) describe' in script
        wanted = set(re.findall(r'part\("([\w-]+)"\)(?!\?)', script)) - {"facts", "movement", "video", "film"}
        assert len(wanted) > 20 and wanted <= ids and ("film" in ids) == ("video" in ids) == bool(video)


def test_a_file_on_another_drive_has_a_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_way(*paths: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(timeline_page.os.path, "relpath", no_way)
    assert address_of(Path("/dances/class 1.mp4"), folder=Path("out")) == "file:///dances/class%201.mp4"


def test_no_name_is_markup() -> None:
    evil = "</script><script>alert(1)</script><b>"
    page = Page(render(_timeline(recording=evil, source=evil, model=evil), _recording()))
    assert len(page.all("script")) == 2 and evil in page.text


def test_skeletons_come_with_it_in_2d_and_3d() -> None:
    for coordinates in (2, 3):
        text = render(_timeline(), _recording(coordinates=coordinates))
        packed = json.loads(re.search(r'id="recordings">(.*?)</script>', text, re.DOTALL).group(1))
        data = packed["recordings"][0]
        assert (data["count"], data["persons"], data["coordinates"]) == (120, 2, coordinates)
        assert (data["room"] is None) == (coordinates == 2)
        assert packed["numbers"] == [1, 3] and packed["persons"][1] == [[30, 60, "bow", 0.8, 1]]


def test_long_recordings_are_thinned_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_page, "_MOST_NUMBERS", 10_000)
    text = render(_timeline(), _recording())
    assert "one of 3 frames is drawn" in text  # 120 frames of 2 persons are 20,400 bytes
    assert "frames is drawn" not in render(_timeline(frames=20), _recording(frames=20))


@pytest.mark.parametrize("coordinates", [2, 3])
def test_nobody_is_a_page_too(coordinates: int) -> None:
    empty = _recording(persons=0, frames=5, coordinates=coordinates)
    page = Page(render(_timeline(persons=(), frames=5), empty))
    assert "Nobody is there." in page.text and not page.all("table")
    gone = replace(_recording(coordinates=coordinates), present=np.zeros((2, 120), bool))
    assert "Nobody is there." in Page(render(_timeline(persons=()), gone)).text


def test_clocks() -> None:
    assert [clock(0), clock(62.46), clock(3599.96), clock(3723.5)] == [
        "0:00.0", "1:02.5", "1:00:00.0", "1:02:03.5"
    ]  # fmt: skip
    assert clock(75, 0) == "1:15"

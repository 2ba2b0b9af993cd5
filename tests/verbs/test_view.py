"""Choosing recordings to look at, what is put behind them, and how files are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dancekit.data.clips import Clip
from dancekit.errors import DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.reporting.gallery import Shown
from dancekit.skeleton.layout import Layout
from dancekit.verbs.backdrops import put_over
from dancekit.verbs.view import matching, spread, view


class Dances(Dataset):
    """Six recordings of each of three classes, one class after the other; it counts what is read."""

    classes = ("bow", "jump", "turn")
    layout = Layout.named("coco17")
    splits = ("train", "test")

    def __init__(self, coordinates: int = 2, **more: Any) -> None:
        self.coordinates, self.more, self.read = coordinates, more, list[str]()

    def recordings(self, split: str) -> Iterator[Clip]:
        for label in range(3):
            for take in range(6 if split == "train" else 2):
                name = f"{split}/{self.classes[label]}_{take}"
                self.read.append(name)
                yield self.clip(name, label)

    def clip(self, name: str, label: int = 0) -> Clip:
        pose = np.random.default_rng(len(name)).uniform(20, 60, (4, 17, self.coordinates))
        return Clip.of(pose, label=label, name=name, frame_rate=25.0, **self.more)


def shown(dataset: Dances) -> Iterator[Shown]:
    return (Shown(clip=clip, split="train") for clip in dataset.recordings("train"))


def names(recordings: list[Shown]) -> list[str]:
    return [each.clip.name.removeprefix("train/") for each in recordings]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# Choosing


def test_some_of_every_class_are_chosen_and_no_more_is_read_than_that_takes() -> None:
    dataset = Dances()
    assert names(spread(shown(dataset), classes=3, count=4)) == ["bow_0", "bow_1", "jump_0", "turn_0"]
    assert dataset.read[-1] == "train/turn_1"
    assert names(spread(shown(Dances()), classes=3, count=2)) == ["bow_0", "jump_0"]
    assert len(spread(shown(Dances()), classes=3, count=100)) == 18
    assert names(spread(shown(Dances()), classes=1, count=2)) == ["bow_0", "bow_1"]


def test_reading_ends_at_some_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dancekit.verbs.view._MOST_READ", 8)
    dataset = Dances()
    assert names(spread(shown(dataset), classes=300, count=4)) == ["bow_0", "bow_1", "jump_0", "jump_1"]
    assert len(dataset.read) == 8


@pytest.mark.parametrize(
    ("patterns", "wanted", "read"),
    [
        (["train/jump_1"], ["jump_1"], 8),
        (["jump_1"], ["jump_1"], 8),
        (["jump_?"], ["jump_0", "jump_1", "jump_2"], 9),
        (["turn_*", "bow_0"], ["bow_0", "turn_0", "turn_1"], 14),
        (["bow_0", "bow_2"], ["bow_0", "bow_2"], 3),
    ],
)
def test_names_are_found_without_reading_on(patterns: list[str], wanted: list[str], read: int) -> None:
    dataset = Dances()
    assert names(matching(shown(dataset), patterns, count=3)) == wanted
    assert len(dataset.read) == read


def test_a_name_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RecipeError, match=r"no recording of dances is called 'jmp_1'. Did you mean 'jump_"):
        matching(shown(Dances()), ["jmp_1"], count=3, title="dances")
    with pytest.raises(
        RecipeError, match=r"called '9' or 'x\*'. The first are called train/bow_0, train/bow_1"
    ):
        matching(shown(Dances()), ["9", "x*"], count=3)
    assert names(matching(shown(Dances()), ["nobody", "bow_1"], count=3)) == ["bow_1"]
    assert "No recording is called 'nobody'" in capsys.readouterr().err


def test_splits() -> None:
    written = view(Dances(), title="dances", split="test", out=Path("a.html"))
    assert {row["split"] for row in written.recordings} == {"test"} and len(written.recordings) == 6
    written = view(Dances(), title="dances", names=("test/*",), out=Path("a.html"))
    assert {row["split"] for row in written.recordings} == {"test"}
    with pytest.raises(RecipeError, match=r"dances has no split 'tset'. Did you mean 'test'\?"):
        view(Dances(), title="dances", split="tset")


def test_a_recording_in_two_splits_is_shown_once() -> None:
    class Twice(Dances):
        def recordings(self, split: str) -> Iterator[Clip]:
            yield from (self.clip(name) for name in ("one", "two"))

    assert [row["name"] for row in view(Twice(), title="x", count=9).recordings] == ["one", "two"]


def test_nothing_to_see() -> None:
    class Empty(Dances):
        def recordings(self, split: str) -> Iterator[Clip]:
            yield from ()

    with pytest.raises(DataError, match=r"empty\.pkl has no recordings"):
        view(Empty(), title="empty.pkl")


# Writing


def test_what_is_written() -> None:
    written = view(Dances(), title="dances.pkl")
    assert written.file == Path("dances.html") and len(written.recordings) == 12
    assert written.recordings[0] == {
        "name": "train/bow_0",
        "split": "train",
        "movement": "bow",
        "frames": 4,
        "frame_rate": 25.0,
    }
    for ending, start in ((".gif", b"GIF89a"), (".png", b"\x89PNG"), (".html", b"<!DOCTYPE html>")):
        file = view(Dances(), title="dances", count=2, out=Path(f"x{ending.upper()}")).file
        assert file.read_bytes().lstrip().startswith(start)
    assert sorted(each.name for each in Path().iterdir()) == ["dances.html", "x.GIF", "x.HTML", "x.PNG"]


def test_a_page_takes_a_name_that_is_free_and_a_named_file_is_replaced() -> None:
    files = [view(Dances(), title="dances", names=("bow_1",)).file for _ in range(3)]
    assert [str(file) for file in files] == ["bow_1.html", "bow_1-2.html", "bow_1-3.html"]
    view(Dances(), title="dances", out=files[0])
    assert "12 recordings" in files[0].read_text() and "1 recording," in files[1].read_text()


@pytest.mark.parametrize("name", ["../../../etc/x y", "...", "a\x00b", "/", "踊" * 300])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    class Odd(Dances):
        def recordings(self, split: str) -> Iterator[Clip]:
            yield self.clip(name)

    file = view(Odd(), title="x").file
    assert file.parent == Path() and re.fullmatch(r"[\w.-]+\.html", file.name) and file.is_file()


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("x.jpg", "x.jpg has the ending '.jpg'. It may be .html, .gif or .png."),
        ("x", "x has no ending. It may be"),
        ("nowhere/x.png", "there is no folder nowhere."),
        ("folder.html", "folder.html is a folder."),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_read(out: str, sentence: str) -> None:
    Path("folder.html").mkdir()
    dataset = Dances()
    with pytest.raises(RecipeError, match=re.escape(sentence)):
        view(dataset, title="dances", out=Path(out))
    assert dataset.read == []


def test_a_failure_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("x.html")
    file.write_text("old")

    def full(gallery: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dancekit.reporting.viewer.render", full)
    with pytest.raises(RecipeError, match=r"x.html cannot be written: No space left on device"):
        view(Dances(), title="dances", out=file)
    assert file.read_text() == "old" and list(Path().iterdir()) == [file]


def test_too_many_for_a_picture() -> None:
    with pytest.raises(RecipeError, match="a GIF of 13 recordings would be too large"):
        view(Dances(), title="dances", count=13, out=Path("x.gif"))
    with pytest.raises(RecipeError, match="18 recordings with 60 moments each would be too large"):
        view(Dances(), title="dances", count=18, moments=60, split="train", out=Path("x.png"))


def test_another_layout() -> None:
    layout = Layout.named("dance11")
    file = view(Dances(), title="dances", layout=layout).file
    contents = json.loads(re.search(r'id="recordings">(.*?)</script>', file.read_text(), re.DOTALL).group(1))
    assert len(contents["layout"]["joints"]) == 11
    with pytest.raises(RecipeError, match="cannot be converted to ntu25"):
        view(Dances(), title="dances", layout=Layout.named("ntu25"))


# Backdrops


def one(dataset: Dances) -> tuple[Shown, ...]:
    return (Shown(clip=dataset.clip("one"), split="train"),)


@pytest.fixture
def photo() -> Path:
    file = Path("photo.png")
    Image.new("RGB", (100, 80), (200, 30, 40)).save(file)
    return file.absolute()


@pytest.fixture
def video() -> Path:
    """Ten frames of 100 x 80, ten a second; each lighter than the one before."""
    import cv2

    file = Path("video.avi").absolute()
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, (100, 80))
    for frame in range(10):
        writer.write(np.full((80, 100, 3), (0, 0, 20 * frame), np.uint8))  # blue, green, red
    writer.release()
    return file


def reds(shown: Shown, frames: list[int]) -> list[int]:
    return [shown.backdrop.picture(frame).getpixel((50, 40))[0] for frame in frames]


def test_an_image_behind_keypoints_in_pixels(photo: Path) -> None:
    (found,) = put_over(one(Dances(image_size=(100, 80))), photo)
    assert found.backdrop.size == found.clip.image_size == (100, 80) and not found.backdrop.moving
    np.testing.assert_array_equal(found.clip.keypoints, Dances().clip("one").keypoints)
    (unknown,) = put_over(one(Dances()), photo)
    np.testing.assert_array_equal(unknown.clip.keypoints, found.clip.keypoints)


def test_shares_of_the_picture_become_pixels(photo: Path) -> None:
    clip = Clip.of(np.random.default_rng(0).uniform(0, 1, (4, 17, 2)), label=0, name="shares")
    (found,) = put_over((Shown(clip=clip, split="all"),), photo)
    np.testing.assert_allclose(found.clip.keypoints, clip.keypoints * [100, 80], rtol=1e-6)


def test_frames_of_a_video(video: Path) -> None:
    clip = Clip.of(np.full((10, 17, 2), 30.0), label=0, name="ten", frame_rate=25.0)
    (found,) = put_over((Shown(clip=clip, split="all"),), video)
    assert found.backdrop.moving and found.backdrop.size == (100, 80)
    np.testing.assert_allclose(reds(found, [0, 3, 9, 2, 5]), [0, 60, 180, 40, 100], atol=6)


def test_a_video_of_another_frame_rate_goes_by_time(video: Path) -> None:
    clip = Clip.of(np.full((30, 17, 2), 30.0), label=0, name="thirty", frame_rate=30.0)
    (found,) = put_over((Shown(clip=clip, split="all"),), video)
    np.testing.assert_allclose(reds(found, [0, 3, 15, 27]), [0, 20, 100, 180], atol=6)


def test_a_video_that_ends_early_stands_still(video: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = Clip.of(np.full((40, 17, 2), 30.0), label=0, name="forty")
    (found,) = put_over((Shown(clip=clip, split="all"),), video)
    assert "ends before forty does" in capsys.readouterr().err
    np.testing.assert_allclose(reds(found, [9, 20, 39, 0]), [180, 180, 180, 0], atol=6)


def test_a_video_in_each_kind_of_file(video: Path) -> None:
    for ending in (".html", ".gif", ".png"):
        file = view(Dances(), title="x", over=video, out=Path(f"over{ending}")).file
        assert file.stat().st_size > 1000
    assert Path("over.html").read_text().count("image/jpeg") == 1  # in the script; the pictures are data


@pytest.mark.parametrize(
    ("dataset", "file", "sentence"),
    [
        (Dances(coordinates=3), "photo.png", "one is in 3D, and nothing tells where the camera stood"),
        (
            Dances(image_size=(640, 480)),
            "photo.png",
            "100 x 80 pixels, but the keypoints of one are in a picture of",
        ),
        (Dances(), "text.png", "text.png cannot be read as an image. Give a JPEG or PNG, or a video"),
        (Dances(), "half.png", "half.png cannot be read as an image."),
        (Dances(), "text.mp4", "text.mp4 cannot be read as a video."),
        (Dances(image_size=(640, 480)), "video.avi", "video.avi has 100 x 80 pixels"),
    ],
)
def test_what_cannot_be_put_behind(
    dataset: Dances, file: str, sentence: str, photo: Path, video: Path
) -> None:
    for name in ("text.png", "text.mp4"):
        Path(name).write_text("no picture at all")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 100, 3), np.uint8)).save("half.png")
    Path("half.png").write_bytes(Path("half.png").read_bytes()[:9000])
    with pytest.raises((RecipeError, DataError), match=re.escape(sentence)):
        put_over(one(dataset), Path(file))


def test_an_image_that_claims_to_be_huge_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch, photo: Path
) -> None:
    monkeypatch.setattr("dancekit.data.images._MOST_PIXELS", 7999)
    with pytest.raises(DataError, match=r"photo\.png has 100 x 80 pixels\. Make it smaller"):
        put_over(one(Dances()), photo)


def test_a_video_belongs_to_one_recording(video: Path) -> None:
    with pytest.raises(RecipeError, match=r"is the video of one recording, and 2 were chosen. Name the one"):
        view(Dances(), title="dances", over=video, count=2)
    assert len(view(Dances(), title="dances", over=video).recordings) == 1
    with pytest.raises(DataError, match=r"There is no nowhere\.png"):
        put_over(one(Dances()), Path("nowhere.png"))

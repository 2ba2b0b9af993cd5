"""Images and videos of every odd kind: a defined answer, or a sentence."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from dancekit.data.images import Video, is_picture, moments_of, read_image
from dancekit.errors import DataError


def _saved(values: np.ndarray, file: Path, mode: str | None = None) -> Path:
    Image.fromarray(values, mode).save(file)
    return file


def _pixels(file: Path) -> np.ndarray:
    image = read_image(file)
    assert image.mode == "RGB"
    return np.asarray(image)


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert (_pixels(_saved(grey, tmp_path / "grey.png")) == grey[..., None]).all()


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_sixteen_bits_lose_their_lower_half(tmp_path: Path, ending: str) -> None:
    values = np.array([[0, 255, 256], [32768, 65280, 65535]], np.uint16)
    expected = np.array([[0, 0, 1], [128, 255, 255]], np.uint8)
    file = tmp_path / f"deep.{ending}"
    cv2.imwrite(str(file), values)
    assert (_pixels(file) == expected[..., None]).all()
    cv2.imwrite(str(tmp_path / "colour.png"), np.stack([values] * 3, axis=-1))
    assert (_pixels(tmp_path / "colour.png") == expected[..., None]).all()


def test_what_is_transparent_is_put_on_white(tmp_path: Path) -> None:
    rgba = np.array([[[200, 0, 0, 255], [200, 0, 0, 0], [200, 0, 0, 51]]], np.uint8)
    found = _pixels(_saved(rgba, tmp_path / "alpha.png"))
    assert np.abs(found[0].astype(int) - [[200, 0, 0], [255, 255, 255], [244, 204, 204]]).max() <= 1
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "palette.png", transparency=1)
    assert _pixels(tmp_path / "palette.png").tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_a_photo_is_turned_as_the_camera_was_held(tmp_path: Path) -> None:
    image = Image.new("RGB", (3, 2))
    turned = image.getexif()
    turned[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=turned)
    assert read_image(tmp_path / "turned.jpg").size == (2, 3)


@pytest.mark.parametrize("value", [0, 255])
def test_one_pixel_and_one_value(tmp_path: Path, value: int) -> None:
    assert _pixels(_saved(np.full((1, 1, 3), value, np.uint8), tmp_path / "one.png")).tolist() == [
        [[value] * 3]
    ]


def test_numbers_without_a_range_are_refused(tmp_path: Path) -> None:
    file = _saved(np.ones((2, 2), np.float32), tmp_path / "floats.tiff")
    with pytest.raises(DataError, match=r"32 bits.* Save it with 8 or 16 bits"):
        read_image(file)
    file = _saved(np.full((2, 2), 9, np.int32), tmp_path / "whole.tiff")
    with pytest.raises(DataError, match="nothing says which of them is white"):
        read_image(file)


def test_what_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    whole = _saved(np.random.default_rng(0).integers(0, 255, (80, 90, 3), np.uint8), tmp_path / "whole.png")
    (tmp_path / "half.png").write_bytes(whole.read_bytes()[:9000])
    with pytest.raises(DataError, match=r"empty\.png is empty\. Give a JPEG or PNG"):
        read_image(tmp_path / "empty.png")
    for name in ("text.jpg", "half.png"):
        with pytest.raises(DataError, match=f"{name} cannot be read as an image"):
            read_image(tmp_path / name)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    file = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 25, (32, 24))
    for frame in range(10):
        writer.write(np.full((24, 32, 3), 20 * frame, np.uint8))
    writer.release()
    return file


def _brightness(image: Image.Image) -> float:
    return float(np.asarray(image).mean())


def test_a_video_gives_frames_in_any_order(film: Path) -> None:
    video = Video(film)
    assert video.size == (32, 24) and video.frames == 10 and video.frame_rate == 25
    for frame in (3, 7, 0, 9, 9, 4):
        assert abs(_brightness(video.picture(frame)) - 20 * frame) < 3
    assert abs(_brightness(video.picture(50)) - 180) < 3  # past the end the last one stays


def test_moments_are_spread_over_the_video(film: Path) -> None:
    named = dict(moments_of(film, 3))
    assert list(named) == ["film.avi, frame 3", "film.avi, frame 5", "film.avi, frame 9"]
    assert [round(_brightness(each) / 20) for each in named.values()] == [2, 4, 8]


def test_a_broken_video_is_said_to_be(tmp_path: Path) -> None:
    for name, content in (("empty.mp4", b""), ("text.avi", b"no film at all")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{name} cannot be read as a video"):
            Video(tmp_path / name)


def test_pictures_are_known_by_their_names() -> None:
    known = [name for name in ("a.JPG", "a.png", "a.mp4", "a.pkl", "a", "a.yaml") if is_picture(Path(name))]
    assert known == ["a.JPG", "a.png", "a.mp4"]

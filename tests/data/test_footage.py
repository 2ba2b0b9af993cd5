"""Videos and images frame by frame: times, turned phones, and whatever is wrong with a file."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from moving_files import turn_right, with_durations, write_video
from PIL import Image

from dancekit.data import footage as module
from dancekit.data.footage import Footage, camera_number
from dancekit.errors import DataError, DataWarning


def shades(count: int, *, size: tuple[int, int] = (64, 48)) -> list[np.ndarray]:
    """Each one grey, and red along its upper edge."""
    pictures = [np.full((size[1], size[0], 3), 20 * number, np.uint8) for number in range(count)]
    for picture in pictures:
        picture[:16] = (255, 0, 0)
    return pictures


def test_a_video_has_times_and_upright_colours(tmp_path: Path) -> None:
    footage = Footage(write_video(tmp_path / "dance.mp4", shades(8), rate=25))
    shots = list(footage)
    assert footage.size == (64, 48) and footage.frame_rate == pytest.approx(25)
    assert [shot.time for shot in shots] == pytest.approx(np.arange(8) / 25, abs=1e-3)
    assert [int(shot.picture[40].mean()) // 10 for shot in shots] == [
        int(each[40].mean()) // 10 for each in (shot.picture for shot in list(footage))
    ]
    middle = shots[5].picture
    assert middle.shape == (48, 64, 3) and middle.dtype == np.uint8
    assert middle[4, 32, 0] > 200 and middle[4, 32, 2] < 60  # red is the first channel
    np.testing.assert_allclose([shot.picture[40].mean() for shot in shots], 20 * np.arange(8), atol=8)


def test_frames_of_variable_rate_keep_their_times(tmp_path: Path) -> None:
    file = write_video(tmp_path / "phone.mp4", shades(8))
    durations = [1, 1, 4, 1, 2, 1, 1, 1]
    with_durations(file, durations)
    shots = list(Footage(file))
    assert [shot.time for shot in shots] == pytest.approx(np.cumsum([0, *durations[:-1]]) / 30, abs=1e-3)
    np.testing.assert_allclose([shot.picture[40].mean() for shot in shots], 20 * np.arange(8), atol=8)


def test_a_phone_held_upright_films_upright(tmp_path: Path) -> None:
    file = write_video(tmp_path / "phone.mp4", shades(3))
    turn_right(file)
    footage = Footage(file)
    assert footage.size == (48, 64)
    picture = next(iter(footage)).picture
    assert picture.shape == (64, 48, 3)
    assert picture[32, 44, 0] > 200 and picture[32, 4, 0] < 60  # what was above is at the right


def test_an_image_is_one_frame_with_grey_and_alpha(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 6), 90, np.uint8)).save(tmp_path / "grey.png")
    clear = np.zeros((4, 6, 4), np.uint8)
    clear[:2, :, 3] = 255
    Image.fromarray(clear).save(tmp_path / "clear.png")
    grey, partly = Footage(tmp_path / "grey.png"), Footage(tmp_path / "clear.png")
    (shot,) = grey
    assert (grey.frame_rate, grey.size, shot.time) == (None, (6, 4), 0.0)
    assert shot.picture.shape == (4, 6, 3) and (shot.picture == 90).all()
    (shot,) = partly
    assert shot.picture[0].max() == 0 and shot.picture[3].min() == 255


@pytest.mark.parametrize("name", ["nothing.mp4", "nothing.png", "nothing.xyz"])
def test_a_file_of_no_bytes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DataError, match="is empty"):
        Footage(tmp_path / name)


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "words.mp4").write_text("no video " * 100)
    (tmp_path / "words.txt").write_text("no image " * 100)
    with pytest.raises(DataError, match="cannot be read as a video"):
        Footage(tmp_path / "words.mp4")
    with pytest.raises(DataError, match="cannot be read as an image"):
        Footage(tmp_path / "words.txt")
    with pytest.raises(DataError, match="There is no"):
        Footage(tmp_path / "nowhere.mp4")


def test_what_is_left_of_a_video_is_read_and_the_loss_is_said(tmp_path: Path) -> None:
    """Of a longer one whose second half is overwritten, and of one without its index."""
    noise = np.random.default_rng(0).integers(0, 255, (60, 48, 64, 3), dtype=np.uint8)
    file = write_video(tmp_path / "dance.avi", list(noise), codec="MJPG")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 6 // 10])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        frames = len(list(Footage(file)))
    assert 20 < frames < 60
    assert any("breaks off" in str(each.message) and each.category is DataWarning for each in said)

    file = write_video(tmp_path / "dance.mp4", list(noise[:10]))
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="cannot be read as a video"):
        Footage(file)


def test_a_whole_video_is_read_without_a_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(Footage(write_video(tmp_path / "dance.avi", shades(12), codec="MJPG")))) == 12


def test_a_folder_of_images_is_one_video(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(12):
        Image.fromarray(shades(12)[number]).save(folder / f"dance_{number}.png")
    (folder / ".thumbnails").touch()
    with pytest.warns(DataWarning, match="frames is taken for the frames of one video, 30 of them a second"):
        shots = list(Footage(folder))
    assert [int(shot.picture[40, 0, 0]) for shot in shots] == [20 * number for number in range(12)]
    assert [shot.time for shot in shots] == pytest.approx(np.arange(12) / 30)


def test_a_folder_that_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no image in it"):
        Footage(tmp_path)
    Image.new("RGB", (20, 10)).save(tmp_path / "1.png")
    Image.new("RGB", (10, 20)).save(tmp_path / "2.png")
    with pytest.warns(DataWarning), pytest.raises(DataError, match=r"2\.png has another size than 1\.png"):
        list(Footage(tmp_path))
    (tmp_path / "3.mp4").touch()
    with pytest.raises(DataError, match=r"3\.mp4 is no image"):
        Footage(tmp_path)


def test_a_moving_gif_is_a_video(tmp_path: Path) -> None:
    first, *others = [Image.fromarray(picture) for picture in shades(6)]
    first.save(tmp_path / "dance.gif", save_all=True, append_images=others, duration=40)
    shots = list(Footage(tmp_path / "dance.gif"))
    assert len(shots) == 6 and shots[5].time == pytest.approx(0.2)


class Camera:
    """What OpenCV shows of a camera, which loses its connection after some pictures."""

    def __init__(self, number: int, *, pictures: int = 5) -> None:
        self.number, self.left, self.released = number, pictures, False

    def isOpened(self) -> bool:
        return self.number == 0

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.left -= 1
        return (True, np.full((48, 64, 3), (255, 0, 0), np.uint8)) if self.left >= 0 else (False, None)

    def set(self, key: int, value: float) -> bool:
        return False

    def get(self, key: int) -> float:
        return 0.0 if key != cv2.CAP_PROP_FRAME_COUNT else -1.0

    def release(self) -> None:
        self.released = True


def test_a_camera_has_the_times_at_which_its_pictures_come(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.array([7.0, 7.05, 7.08, 7.2, 7.25, 7.3]))
    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(clock)))
    shots = list(Footage(Path("0")))
    assert [shot.time for shot in shots] == pytest.approx([0, 0.05, 0.08, 0.2, 0.25])
    assert shots[0].picture[0, 0].tolist() == [0, 0, 255]  # OpenCV has blue first
    with pytest.raises(DataError, match="Camera 3 gives no picture"):
        Footage(Path("3"))


def test_a_number_is_a_camera_where_no_file_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (camera_number(Path("1")), camera_number(Path("1.png")), camera_number(Path("12345"))) == (
        1,
        None,
        None,
    )
    (tmp_path / "1").touch()
    assert camera_number(Path("1")) is None

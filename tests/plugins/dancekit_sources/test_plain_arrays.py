"""Plain arrays and tables: what is declared, what files say themselves, and whatever is wrong."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dancekit_sources.plain_arrays import PlainArrays
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.skeleton.layout import Layout
from dancekit.testing import check_dataset

CHAIN = Layout.from_mapping(
    {"joints": ["a", "b", "c"], "bones": {"b": "a", "c": "b"}, "centre": "a", "pairs": {}}, name="chain3"
)
FLAT = {"layout": CHAIN, "units": "pixels", "frame_rate": 30}
SOLID = {"layout": CHAIN, "metres_per_unit": 0.01, "vertical": "y", "frame_rate": 30}


def points(frames: int = 4, coordinates: int = 2, persons: int = 0) -> np.ndarray:
    shape = (persons, frames, 3, coordinates) if persons else (frames, 3, coordinates)
    return np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)


def csv(frames: int = 2) -> str:
    rows = [f"{frame / 25},{','.join(map(str, range(6)))}" for frame in range(frames)]
    return "\n".join(["time,a_x,a_y,b_x,b_y,c_x,c_y", *rows])


def only(path: Path, **arguments: Any) -> Any:
    (clip,) = PlainArrays(path=path, **arguments).recordings("all")
    return clip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "walk_s1.npy", points())
    np.savez(tmp_path / "walk_s2.npz", keypoints=points(persons=2), frame_rate=60, person="ann")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "wave_s1.csv").write_text(csv())
    return tmp_path


def test_contract(folder: Path) -> None:
    check_dataset(
        PlainArrays,
        path=str(folder),
        layout=CHAIN.to_mapping(),
        units="pixels",
        frame_rate=25.0,
        image_size=[64, 48],
        label_pattern="(walk|wave)_",
        person_pattern="_(s[0-9])",
        splits={"train": "s1", "test": "s2"},
    )


def test_a_folder_of_all_forms(folder: Path) -> None:
    data = PlainArrays(path=folder, **FLAT, label_pattern="(walk|wave)_", image_size=(64, 48))
    assert data.classes == ("walk", "wave") and data.splits == ("all",) and data.layout == CHAIN
    table, alone, pair = data.recordings("all")
    assert [clip.name for clip in (table, alone, pair)] == ["more/wave_s1", "walk_s1", "walk_s2"]
    assert [clip.label for clip in (table, alone, pair)] == [1, 0, 0]
    assert [clip.person for clip in (table, alone, pair)] == ["", "", "ann"]
    np.testing.assert_array_equal(alone.keypoints[0], points())
    np.testing.assert_array_equal(pair.keypoints, points(persons=2))
    np.testing.assert_array_equal(table.keypoints[0, 1], [[0, 1], [2, 3], [4, 5]])
    assert {clip.frame_rate for clip in (table, alone, pair)} == {30} and alone.image_size == (64, 48)
    wave = PlainArrays(path=folder, **FLAT, label_pattern="(walk|wave)_", classes=("wave",))
    assert [clip.name for clip in wave.recordings("all")] == ["more/wave_s1"]


def test_what_an_archive_of_one_recording_says(tmp_path: Path) -> None:
    made = points(persons=2)
    made[0, 1, 2] = np.nan
    score, present = np.full((2, 4, 3), 0.5), np.ones((2, 4), bool)
    present[1, 3] = False
    file = tmp_path / "a.npz"
    np.savez(file, keypoints=made, score=score, present=present, label=1, person="bob", frame_rate=24.5)
    data = PlainArrays(path=file, layout=CHAIN, units="pixels")
    (clip,) = data.recordings("all")
    assert data.classes == ("class_0", "class_1")
    assert (clip.label, clip.person, clip.frame_rate, clip.name) == (1, "bob", 24.5, "a")
    assert clip.present.tolist() == present.tolist() and clip.score[0, 1].tolist() == [0.5, 0.5, 0]
    assert not clip.keypoints[1, 3].any()
    assert PlainArrays(path=file, layout=CHAIN, units="pixels", classes=("x", "y")).classes == ("x", "y")
    np.savez(file, keypoints=made, label=[0, 1], frame_rate=24.5)
    assert only(file, layout=CHAIN, units="pixels").label == (0, 1)


def test_a_score_in_the_last_channel(tmp_path: Path) -> None:
    made = points(coordinates=3)
    made[..., 2] = 0.25
    made[0, 1, 2] = 0
    np.save(tmp_path / "a.npy", made)
    clip = only(tmp_path, **FLAT)
    assert clip.keypoints.shape == (1, 4, 3, 2) and clip.score[0, :2, 1].tolist() == [0, 0.25]
    solid = points(coordinates=4)
    solid[..., 3] = 0.25
    np.save(tmp_path / "a.npy", solid)
    assert (only(tmp_path, **SOLID).score == 0.25).all()


@pytest.mark.parametrize("vertical", ["y", "z"])
def test_metres_and_y_up(tmp_path: Path, vertical: Any) -> None:
    np.save(tmp_path / "a.npy", points(coordinates=3).astype(np.int32))
    clip = only(tmp_path, **{**SOLID, "vertical": vertical})
    x, y, z = clip.keypoints[0, 0, 0]
    expected = (0.01, 0.02, 0.03) if vertical == "y" else (0.01, 0.03, -0.02)
    assert (x, y, z) == pytest.approx(expected) and clip.image_size is None


def test_frame_rates(folder: Path) -> None:
    arguments = {"layout": CHAIN, "units": "pixels"}
    assert only(folder / "more", **arguments).frame_rate == 25
    assert only(folder / "more", **arguments, frame_rate=50).frame_rate == 50
    assert only(folder / "walk_s2.npz", **arguments).frame_rate == 60
    with pytest.raises(RecipeError, match=r"frame_rate is missing: .*walk_s1\.npy doesn't tell it"):
        PlainArrays(path=folder, **arguments)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layout": None}, "layout is missing"),
        ({"units": None}, "units and metres_per_unit are both missing.*0.01 for centimetres"),
        ({"metres_per_unit": 1, "vertical": "y"}, "units and metres_per_unit are both given"),
        ({"units": "metres"}, "Take one of pixels, normalised"),
        ({"units": None, "metres_per_unit": 0, "vertical": "y"}, "metres_per_unit is 0"),
        ({"units": None, "metres_per_unit": 1}, "vertical is missing"),
        ({"vertical": "z"}, "vertical is given, but recordings in two dimensions are y down"),
        ({"units": "normalised", "image_size": (4, 4)}, "for keypoints in pixels only"),
        ({"image_size": (0, 4)}, r"image_size is \(0, 4\)"),
        ({"frame_rate": float("nan")}, "frame_rate is nan"),
        ({"label_pattern": "walk"}, "has 0 groups"),
        ({"person_pattern": "("}, "no regular expression"),
        ({"classes": ("walk",)}, "nothing says which recording is of which"),
    ],
)
def test_parameters_that_make_no_sense(folder: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        PlainArrays(path=folder, **{**FLAT, **changes})


def test_labels_that_do_not_fit(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", keypoints=points(), label=2)
    np.savez(tmp_path / "b.npz", keypoints=points())
    with pytest.raises(DataError, match=r"b\.npz: it has no `label`, and others of .* do"):
        PlainArrays(path=tmp_path, **FLAT)
    np.savez(tmp_path / "b.npz", keypoints=points(), label=0)
    for classes in (("x", "y"), ("x", "y", "x")):
        with pytest.raises(RecipeError, match=r"classes are 2 names, but the labels in .* go up to 2"):
            PlainArrays(path=tmp_path, **FLAT, classes=classes)
    assert len(PlainArrays(path=tmp_path, **FLAT, classes=("x", "y", "z")).classes) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"points": points()}, "no array 'keypoints'"),
        (
            {"keypoints": points(coordinates=4)},
            r"shape \(4, 3, 4\).*metres_per_unit for three",
        ),
        ({"keypoints": points()[:0]}, r"keypoints have shape \(0, 3, 2\)"),
        ({"keypoints": points().astype(bool)}, "type bool"),
        ({"keypoints": points().astype(str)}, "no numbers"),
        ({"keypoints": np.array({"a": 1}, dtype=object)}, "type object"),
        ({"keypoints": np.ones((4, 17, 2))}, "it has 17 joints, but layout chain3 has 3.*coco17"),
        ({"keypoints": points(), "score": np.ones((4, 2))}, r"score has shape \(4, 2\).*\(1, 4, 3\)"),
        ({"keypoints": points(persons=2), "score": np.ones((4, 3))}, r"score has shape \(4, 3\)"),
        ({"keypoints": points(), "present": np.ones(3, bool)}, r"present has shape \(3,\)"),
        ({"keypoints": points(), "label": 1.5}, r"its label is 1\.5"),
        ({"keypoints": points(), "label": -1}, "its label is -1"),
        ({"keypoints": points(), "label": [0, 1]}, r"its label is \[0 1\].*each of the 1 persons"),
        ({"keypoints": points(), "label": "waltz"}, "label: it holds <U5, no numbers"),
        ({"keypoints": points(), "person": 3}, "person: it holds int64, no texts"),
        ({"keypoints": points(), "person": ["a", "b"]}, "person has 2 texts"),
        ({"keypoints": points(), "frame_rate": 0}, "its frame_rate is 0"),
        ({"keypoints": points(), "frame_rate": [30, 30]}, r"its frame_rate is \[30 30\]"),
    ],
)
def test_content_that_does_not_fit(tmp_path: Path, content: dict[str, Any], words: str) -> None:
    np.savez(tmp_path / "a.npz", **content)
    with pytest.raises(DataError, match=rf"a\.npz: .*{words}") as caught:
        only(tmp_path, **FLAT)
    assert caught.value.hint


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no \.npz or \.npy or \.csv file in it"):
        only(tmp_path, **FLAT)
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(DataError, match=r"a\.txt: this is no \.npz, \.npy, \.csv file"):
        only(tmp_path / "a.txt", **FLAT)
    np.save(tmp_path / "a.npy", points())
    with pytest.raises(DataError, match=r"a\.npy: keypoints go up to 24, so they are not normalised.*units"):
        only(tmp_path, **{**FLAT, "units": "normalised"})
    np.save(tmp_path / "a.npy", points() / 100)
    with pytest.raises(DataError, match=r"no keypoint is beyond 1, so they are no pixels.*units"):
        only(tmp_path, **FLAT)
    np.save(tmp_path / "a.npy", np.full((4, 3, 2), np.nan))
    assert not only(tmp_path, **FLAT).present.any()


PLAIN = st.integers(-5, 5) | st.floats() | st.text(max_size=5) | st.booleans()
ARRAY = arrays.arrays(
    st.sampled_from([np.float16, np.float64, np.int32, np.bool_, "U2"]),
    st.sampled_from([(2, 3, 2), (2, 3, 3), (2, 2, 3, 2), (0, 3, 2), (2, 3), (2, 2), (2,), (), (2, 2, 3)]),
)
KEYS = ["keypoints", "score", "present", "label", "person", "frame_rate", "format"]


@settings(max_examples=200, deadline=None)
@given(
    content=st.dictionaries(st.sampled_from(KEYS), ARRAY | PLAIN).map(
        lambda made: {"keypoints": np.ones((2, 3, 2)), **made}
    ),
    solid=st.booleans(),
)
def test_any_content_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], solid: bool
) -> None:
    file = tmp_path_factory.mktemp("any") / "a.npz"
    np.savez(file, **content)
    try:
        clip = only(file, **(SOLID if solid else FLAT))
    except DancekitError as error:
        assert str(file) in str(error) and error.hint
    else:
        assert np.isfinite(clip.keypoints).all() and clip.keypoints.shape[2] == 3


def sound(name: str) -> bytes:
    if name.endswith(".csv"):
        return csv(frames=3).encode()
    file = io.BytesIO()
    if name.endswith(".npy"):
        np.save(file, points())
    else:
        write = np.savez if name.startswith("a") else np.savez_compressed
        write(file, keypoints=points(), score=np.ones((4, 3)), label=1, person="ann", frame_rate=30)
    return file.getvalue()


SOUND = {name: sound(name) for name in ("a.npz", "b.npz", "a.npy", "a.csv")}


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(list(SOUND)),
    flips=st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 255)), max_size=3),
    cut=st.none() | st.integers(0, 100_000),
)
def test_damage_gives_clips_or_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, flips: list[tuple[int, int]], cut: int | None
) -> None:
    damaged = bytearray(SOUND[name])
    for place, change in flips:
        damaged[place % len(damaged)] ^= change
    folder = tmp_path_factory.mktemp("damaged")
    (folder / name).write_bytes(damaged if cut is None else damaged[: cut % len(damaged)])
    try:
        clip = only(folder, **FLAT)
    except DancekitError as error:
        assert str(folder) in str(error) and error.hint
    else:
        assert np.isfinite(clip.keypoints).all()

"""Classes, persons and splits from names; names of classes from a text; the vertical axis."""

from pathlib import Path

import numpy as np
import pytest
from dancekit_sources.recording_names import (
    UNLABELLED,
    found_in_names,
    group_pattern,
    labels_of_names,
    read_classes,
    splits_of_names,
)
from dancekit_sources.vertical import required_vertical, y_up
from hypothesis import given
from hypothesis import strategies as st

from dancekit.errors import DataError, RecipeError

SOURCE = Path("takes")
NAMES = ("b_s1", "a_s2", "b_s2")


def test_labels_are_in_alphabetical_order_or_as_wanted() -> None:
    pattern = group_pattern("^([ab])_", key="label_pattern", example="")
    classes, labels = labels_of_names(pattern, NAMES, classes=(), source=SOURCE)
    assert (classes, labels) == (("a", "b"), {"b_s1": 1, "a_s2": 0, "b_s2": 1})
    classes, labels = labels_of_names(pattern, NAMES, classes=("b", "a"), source=SOURCE)
    assert (classes, labels) == (("b", "a"), {"b_s1": 0, "a_s2": 1, "b_s2": 0})
    classes, labels = labels_of_names(pattern, NAMES, classes=("b",), source=SOURCE)
    assert list(labels) == ["b_s1", "b_s2"]


def test_without_a_pattern_nothing_is_known() -> None:
    assert group_pattern("", key="label_pattern", example="") is None
    assert labels_of_names(None, NAMES, classes=(), source=SOURCE) == (
        (UNLABELLED,),
        dict.fromkeys(NAMES, -1),
    )
    assert found_in_names(None, NAMES, key="person_pattern", source=SOURCE) == dict.fromkeys(NAMES, "")
    with pytest.raises(RecipeError, match="Set label_pattern too"):
        labels_of_names(None, NAMES, classes=("a",), source=SOURCE)


@given(names=st.lists(st.text(alphabet="abs12_", min_size=1, max_size=6), unique=True))
def test_every_name_has_its_label_or_is_told(names: list[str]) -> None:
    pattern = group_pattern("^([ab]+)_?", key="label_pattern", example="")
    try:
        classes, labels = labels_of_names(pattern, names, classes=(), source=SOURCE)
    except DataError as error:
        assert "label_pattern" in str(error) and any(name[0] not in "ab" for name in names)
    else:
        assert list(labels) == names
        assert all(name.startswith(classes[label]) for name, label in labels.items())


def test_an_empty_group_is_no_find() -> None:
    pattern = group_pattern("_s([12]?)", key="person_pattern", example="")
    with pytest.raises(DataError, match=r"takes: person_pattern .* in 1 of 2 names, the first is 'x_s'"):
        found_in_names(pattern, ("x_s", "x_s1"), key="person_pattern", source=SOURCE)


def test_splits() -> None:
    splits = splits_of_names({"one": "s1", "two": "s2", "both": ""}, NAMES, source=SOURCE)
    assert splits == {"one": ("b_s1",), "two": ("a_s2", "b_s2"), "both": NAMES}
    with pytest.raises(DataError, match=r"splits\.none 's3' finds none of the 3 recordings.*'b_s1'"):
        splits_of_names({"none": "s3"}, NAMES, source=SOURCE)


def test_classes_from_a_text(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("\ufeffwave\n\n walk \n", encoding="utf-8")
    assert read_classes(Path("names.txt"), highest=1, beside=tmp_path / "data.npz") == ("wave", "walk")
    assert read_classes(None, highest=1, beside=tmp_path) == ("class_0", "class_1")
    with pytest.raises(DataError, match=r"names 2 classes, but the labels of .* go up to 2.*at least 3"):
        read_classes(file, highest=2, beside=tmp_path)
    for content, words in (
        (b"walk\nwalk", "'walk' is there twice"),
        (b"\xff\xfe", "UTF-8"),
        (b"", "0 classes"),
    ):
        file.write_bytes(content)
        with pytest.raises(DataError, match=rf"names\.txt: .*{words}"):
            read_classes(file, highest=0, beside=tmp_path)


def test_what_points_up() -> None:
    up = np.eye(3, dtype=np.float32)
    assert y_up(up, "y") is up
    turned = y_up(up, "z")
    assert turned.dtype == np.float32 and turned[2].tolist() == [0, 1, 0]  # z becomes y
    np.testing.assert_array_equal(np.cross(turned[0], turned[1]), turned[2])  # and nothing is mirrored
    assert required_vertical(None, coordinates=2, hint="") == "y"
    with pytest.raises(RecipeError, match=r"vertical is missing.* Look"):
        required_vertical(None, coordinates=3, hint="Look.")

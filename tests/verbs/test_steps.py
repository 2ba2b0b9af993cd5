"""What the steps of preprocessing make of pictures, one beside the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dancekit.errors import DataError, RecipeError
from dancekit.plugin import Registry
from dancekit.verbs.steps import view_steps

REGISTRY = Registry.load()
SMALL = ("recordings_train=12", "recordings_test=6", "scenery=plain")


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dark figure before a bright wall."""
    monkeypatch.chdir(tmp_path)
    values = np.full((120, 160, 3), 220, np.uint8)
    values[30:110, 60:90] = 40
    Image.fromarray(values).save("figure.png")
    return Path("figure.png")


def _look(source: str | Path, overrides: Sequence[str] = (), **options: Any) -> tuple[dict[str, Any], ...]:
    written = view_steps(str(source), overrides, REGISTRY, **options)
    with Image.open(written.file) as image:
        assert image.format == "PNG" and image.mode == "RGB"
    return written.rows


def test_a_photo_goes_through_the_steps_of_the_paper(photo: Path) -> None:
    (row,) = _look(photo)
    assert row["name"] == "figure.png" and row["intersection_over_union"] is None
    assert row["silhouette"] == pytest.approx(80 * 30 / (120 * 160), abs=1e-3)
    with Image.open("figure-steps.png") as sheet:
        assert sheet.width > 6 * 160
    (row,) = _look(photo, steps="max_entropy")
    assert row["silhouette"] > 0.8  # the bright side, before anything chooses the person's
    assert Path("figure-steps-2.png").is_file()  # the first one is left alone


def test_a_step_that_touches_no_picture_has_no_column(photo: Path) -> None:
    _look(photo, steps="grey", out=Path("one.png"))
    _look(photo, steps="grey, fill_gaps", out=Path("two.png"))
    assert Image.open("one.png").size == Image.open("two.png").size


def test_a_photo_is_made_smaller_and_never_larger(photo: Path) -> None:
    sizes = {}
    for size in (40, 400):
        _look(photo, steps="grey", size=size, out=Path(f"{size}.png"))
        sizes[size] = Image.open(f"{size}.png").size
    _look(photo, steps="grey", size=160, out=Path("160.png"))
    assert Image.open("160.png").size == sizes[400] > sizes[40]


def test_recordings_show_how_well_the_truth_is_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = _look("dance_six", SMALL, count=3, split="test")
    assert [row["name"].partition(",")[0] for row in rows] == ["test-00000", "test-00001", "test-00002"]
    assert min(row["intersection_over_union"] for row in rows) > 0.5
    truth = tmp_path / "truth.yaml"
    truth.write_text(
        "data: {name: dance_six, recordings_train: 12, recordings_test: 6}\n"
        "preprocess: [{name: remove_background, foreground: mask}]\nbackbone: stgcn\n"
    )
    (row,) = _look(str(truth), count=1, steps=str(truth))
    assert row["intersection_over_union"] == 1


@pytest.mark.parametrize(
    ("source", "options", "sentence"),
    [
        ("figure.png", {"out": Path("x.html")}, "--out: x.html does not end in .png"),
        ("figure.png", {"steps": "grei"}, "Did you mean 'grey'"),
        ("figure.png", {"steps": "thinning"}, "the batch has no silhouette. Put `max_entropy`"),
        ("nowhere.png", {}, "There is no nowhere.png"),
        ("text.png", {}, "text.png cannot be read as an image"),
        (
            "bvh_of_nobody.bvh",
            {"overrides": ("metres_per_unit=0.01",)},
            "bvh has keypoints alone, and no pictures",
        ),
    ],
)
def test_errors_are_sentences(photo: Path, source: str, options: dict[str, Any], sentence: str) -> None:
    Path("text.png").write_text("no picture")
    Path("bvh_of_nobody.bvh").write_text(_BVH)
    with pytest.raises((DataError, RecipeError)) as error:
        _look(source, **options)
    assert sentence in str(error.value)
    assert not list(Path().glob("*-steps*.png"))


_BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Head
  {
    OFFSET 0 50 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 10 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
0 90 0 0 0 0 0 0 0
0 90 0 0 0 0 0 0 0
"""

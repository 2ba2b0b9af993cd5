"""What reaches the backbone is found by sending one clip through; what a step refuses is told there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dancekit.assembly import build_model, prepare_data
from dancekit.errors import DataError, RecipeError
from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import Draft
from dancekit.tasks.recognition import Recognizer

PAIRED = {"frames": 8, "size": 4, "frame_pairs": True}
STREAM = {"name": "stream", "of": "joint_motion", "motion": "recorded"}


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANCEKIT_CACHE", "off")


def _recipe(**content: Any) -> Recipe:
    few = {"name": "dance_six", "recordings_train": 6, "recordings_test": 6}
    backbone = {"name": "stgcn", "width": 4, "attention": "none"}
    plain = {"data": few, "backbone": backbone, "splits": {"hold_out": 0}}
    return check_recipe(Draft(content={**plain, **content}, folder=Path(), name="r"), Registry.load())


def _model(**content: Any) -> Recognizer:
    recipe = _recipe(**content)
    return build_model(recipe, prepare_data(recipe, needed=("train",)))


def test_pairs_become_moments_before_the_backbone() -> None:
    recipe = _recipe(batches=PAIRED, preprocess=["fill_gaps", "centre", "mirror", STREAM])
    prepared = prepare_data(recipe, needed=("train",))
    model = build_model(recipe, prepared).train()
    batch = next(iter(prepared.data.train_dataloader()))
    assert batch.keypoints.shape[2] == 16
    ready = model.prepare(batch)
    assert ready.keypoints.shape[2] == 8 and not ready.frame_pairs
    assert model(batch).shape == (4, 6)


@pytest.mark.parametrize(
    ("batches", "preprocess", "told"),
    [
        (PAIRED, [], r"batches\.frame_pairs: no step of `preprocess` makes one frame of each pair\."),
        (PAIRED, ["centre", {"name": "stream", "of": "bone"}], "motion: sampled takes one"),
        ({"frames": 8}, [STREAM], r"Set batches\.frame_pairs=true"),
        (PAIRED, ["speed", STREAM], "speed changes the moments of a clip"),
    ],
)
def test_pairs_and_steps_that_do_not_fit_are_told(
    batches: dict[str, Any], preprocess: list[Any], told: str
) -> None:
    with pytest.raises(RecipeError, match=told):
        _model(batches=batches, preprocess=preprocess)


def test_what_only_training_does_is_tried_too() -> None:
    with pytest.raises(RecipeError, match="has no part 'left_wing'"):
        _model(preprocess=[{"name": "drop_parts", "parts": ["left_wing"]}])


def test_another_layout_reaches_the_backbone() -> None:
    model = _model(preprocess=[{"name": "convert_layout", "layout": "h36m17"}])
    assert model.backbone.layout.name == "h36m17"  # type: ignore[union-attr]
    with pytest.raises(RecipeError, match="cannot be converted to ntu25: it lacks"):
        _model(preprocess=[{"name": "convert_layout", "layout": "ntu25"}])


def test_a_frame_rate_that_is_known_and_one_that_is_not() -> None:
    recipe = _recipe(batches={"frames": 8, "size": 4, "frame_rate": 10.0})
    prepared = prepare_data(recipe, needed=("train",))
    batch = next(iter(prepared.data.train_dataloader()))
    assert batch.frame_rate.tolist() == pytest.approx([10.0] * 4)
    store = prepared.store("train")
    store.frame_rate[2] = float("nan")
    with pytest.raises(DataError, match=f"the frame rate of {store.names[2]} is not known"):
        next(iter(prepared.data.train_dataloader()))

"""Runs as training leaves them, with the weights that a model starts with: nothing is trained for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from dancekit.assembly import build_model, prepare_data
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import read_recipe, write_recipe
from dancekit.run import Run

RECIPE = """
data: {name: dance_six, recordings_train: 40, recordings_test: 6}
splits: {hold_out: 0.4}
batches: {size: 6, frames: 16}
preprocess: [centre, scale_to_body]
backbone: {name: stgcn, width: 4}
trainer: {max_epochs: 1, accelerator: cpu, precision: 32-true}
"""


def untrained_run(
    folder: Path, text: str = RECIPE, *, change: Callable[[dict[str, Tensor]], None] | None = None
) -> Run:
    """A run in a new folder.

    Args:
        change: alters the weights before they are written.
    """
    folder.mkdir()
    (folder / "draft.yaml").write_text(text)
    recipe = check_recipe(read_recipe(str(folder / "draft.yaml")), Registry.load())
    run = Run(folder)
    write_recipe(recipe.to_mapping(), run.recipe)
    run.checkpoints.mkdir()
    data = prepare_data(recipe, needed=("train",))
    torch.manual_seed(0)
    state = build_model(recipe, data).state_dict()
    if change is not None:
        change(state)
    torch.save({"state_dict": state}, run.last)
    return run

"""Weights of checkpoints: read without running anything, and written back."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from torch import nn

from dancekit.errors import RecipeError, RunError
from dancekit.interfaces import Lifter
from dancekit.run import Run


def read_checkpoint(file: Path) -> dict[str, Any]:
    """The content of a checkpoint, on the processor.

    Raises:
        RunError: it is not there, or is none.
    """
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise RunError(f"{file} cannot be read as weights: {' '.join(str(error).split())[:200]}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("state_dict"), dict):
        raise RunError(f"{file} has no weights in it.")
    return content


def keep_weights(file: Path, model: nn.Module) -> None:
    """Put the model's weights in place of those of a checkpoint; a killed run leaves the old or the new."""
    content = read_checkpoint(file)
    content["state_dict"] = model.state_dict()
    temporary = file.with_name(file.name + ".part")
    torch.save(content, temporary)
    temporary.replace(file)


def load_lifter(lifter: Lifter, run: str) -> None:
    """Give a lifter the weights of a run that trained one.

    Raises:
        RecipeError: the run is gone, has no weights, or has others.
    """
    found = Run.find(run)
    if found is None:
        raise RecipeError(
            f"lifter.run: there is no run {run}.", hint="Train the lifter again, or name another."
        )
    content = read_checkpoint(found.weights)
    own = {
        name.removeprefix("lifter."): value
        for name, value in content["state_dict"].items()
        if name.startswith("lifter.")
    }
    try:
        lifter.load_state_dict(own)
    except RuntimeError as error:
        raise RecipeError(
            f"lifter.run: the weights of {found.folder} do not fit: {' '.join(str(error).split())[:200]}.",
            hint="Leave the lifter's own arguments out; they are those of its run.",
        ) from error

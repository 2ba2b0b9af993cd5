"""The weights of a network as a safetensors file: numbers with names, and nothing that could run."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn

from dancekit.errors import DataError, RunError
from dancekit.exporting.description import KEY, Description


def check_library() -> None:
    """Raise a RunError where safetensors is not installed."""
    if importlib.util.find_spec("safetensors") is None:
        raise RunError(
            "the format safetensors needs its library.", hint="Install it with pip install 'dancekit[onnx]'."
        )


def write_safetensors(model: nn.Module, description: Description, file: Path) -> None:
    """Write the weights of a model and what it says of itself; a killed export leaves no half file."""
    from safetensors.torch import save_file

    # Copies, since the format refuses tensors that share memory.
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
    temporary = file.with_name(file.name + ".part")
    save_file(tensors, temporary, metadata={KEY: description.to_json()})
    temporary.replace(file)


def read_safetensors(file: Path) -> tuple[dict[str, Tensor], Description]:
    """The weights in a file, for `load_state_dict`, and what it says of itself.

    Raises:
        DataError: it cannot be read, or is not of dancekit.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as content:
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
            metadata = content.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise DataError(f"{file} cannot be read as weights: {' '.join(str(error).split())[:200]}.") from error
    return tensors, Description.from_json(metadata.get(KEY), file=file)


def same_weights(model: nn.Module, file: Path) -> bool:
    """Whether a file holds exactly the weights of a model."""
    tensors, _ = read_safetensors(file)
    own = model.state_dict()
    return own.keys() == tensors.keys() and all(torch.equal(own[name].cpu(), tensors[name]) for name in own)

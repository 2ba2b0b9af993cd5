"""A network as an ONNX file, with any number of clips, persons and frames."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from dancekit.errors import RunError
from dancekit.exporting.description import KEY, Description
from dancekit.exporting.network import axes_of

_LIBRARIES = ("onnx", "onnxscript", "onnxruntime")


class NotTensorCode(Exception):
    """A network cannot be recorded as a graph of tensor operations; says where."""


def check_libraries() -> None:
    """Raise a RunError where ONNX files cannot be written or tried."""
    import importlib.util

    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise RunError(
            f"ONNX files need {', '.join(missing)}.", hint="Install them with pip install 'dancekit[onnx]'."
        )


def recorded(network: nn.Module, tensors: Mapping[str, Tensor], *, lifting: bool) -> ExportedProgram:
    """The graph of a network in evaluation.

    Args:
        tensors: example inputs by their names, in the order in which the network takes them. Axes of size 1
            stay free.

    Raises:
        NotTensorCode: Python decides by the numbers in a tensor, or an axis cannot be free.
    """
    axes = [axes_of(name, lifting=lifting) for name in tensors]
    # One argument, since the network takes `*tensors`.
    sizes: Any = (tuple({axis: Dim.DYNAMIC for axis, _ in enumerate(each)} for each in axes),)
    try:
        with torch.no_grad(), _quietly():
            return torch.export.export(
                network.eval(),
                tuple(tensors.values()),
                dynamic_shapes=sizes,
                strict=False,
            )
    except Exception as error:  # torch.export has no family of errors, and a step may raise its own
        raise NotTensorCode(_first_line(error)) from error


def write_onnx(program: ExportedProgram, description: Description, file: Path) -> None:
    """Write a graph with what it says of itself; a killed export leaves no half file.

    Raises:
        NotTensorCode: an operation has no counterpart in ONNX.
    """
    try:
        with _quietly():
            converted = torch.onnx.export(
                program,
                input_names=list(description.inputs),
                output_names=[description.output],
                dynamo=True,
                verbose=False,
            )
    except Exception as error:
        raise NotTensorCode(_first_line(error)) from error
    assert converted is not None  # no file was named
    _name_axes(converted.model.graph.inputs, lifting=description.task == "lifting")
    converted.model.metadata_props[KEY] = description.to_json()
    converted.model.producer_name = "dancekit"
    converted.model.producer_version = description.version
    temporary = file.with_name(file.name + ".part")
    converted.save(temporary, external_data=False)
    temporary.replace(file)


def _name_axes(inputs: Any, *, lifting: bool) -> None:
    """Call the free axes of the inputs by what they are, for those who look into the file."""
    for value in inputs:
        for axis, name in enumerate(axes_of(value.name, lifting=lifting)):
            value.shape[axis] = name


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what the exporter tells its own developers."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__

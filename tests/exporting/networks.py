"""Small networks with weights unlike those of a new one, and their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dancekit.data.clips import ClipBatch
from dancekit.exporting.description import Description
from dancekit.exporting.network import RecognitionNetwork
from dancekit.exporting.onnx_file import recorded, write_onnx
from dancekit.interfaces import Backbone
from dancekit.skeleton.layout import Layout
from dancekit.tasks.recognition import Recognizer

LAYOUT = Layout.named("dance11")
CLASSES = ("wave", "walk", "turn")
PLAIN = Description(
    task="recognition",
    layout=LAYOUT.to_mapping(),
    classes=CLASSES,
    coordinates=2,
    frames=12,
    inputs=("keypoints", "score", "present"),
    dynamic=("clips", "persons", "frames"),
    version="0.1.0",
    run="a_run",
)


def used(network: nn.Module) -> nn.Module:
    """In evaluation, as if it were trained."""
    generator = torch.Generator().manual_seed(0)
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
        elif value.is_floating_point():
            value.add_(torch.randn(value.shape, generator=generator), alpha=0.2)
    return network.eval()


def recognition_of(backbone: Backbone, inputs: tuple[str, ...], **options: Any) -> RecognitionNetwork:
    model = used(Recognizer(backbone=backbone, classes=len(CLASSES), **options))
    assert isinstance(model, Recognizer)
    return RecognitionNetwork(model, layout=LAYOUT, inputs=inputs, inside=True)


def tensors_of(batch: ClipBatch, inputs: tuple[str, ...]) -> dict[str, Tensor]:
    return {name: getattr(batch, name) for name in inputs}


def write(network: RecognitionNetwork, tensors: Mapping[str, Tensor], file: Path, **changes: Any) -> None:
    program = recorded(network, tensors, lifting=False)
    write_onnx(program, replace(PLAIN, inputs=tuple(tensors), **changes), file)

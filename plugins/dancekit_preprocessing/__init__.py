"""Normalisation and augmentation of keypoints, as batched tensor operations."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl

_SUMMARIES = {
    "centre": ("normalise:Centre", "Put the layout's centre joint of the first person at the origin"),
    "scale_to_body": (
        "normalise:ScaleToBody",
        "Divide by the size of the body, so that distance does not matter",
    ),
    "rotate": ("augment:Rotate", "Turn each training clip: about the vertical in 3D, in the picture in 2D"),
    "scale": ("augment:Scale", "Stretch each training clip, every axis by its own factor"),
    "mirror": ("augment:Mirror", "Swap left and right in some training clips"),
}


@hookimpl
def dancekit_components() -> Iterator[Component]:
    for name, (target, summary) in _SUMMARIES.items():
        yield Component(
            kind="preprocessor", name=name, target=f"dancekit_preprocessing.{target}", summary=summary
        )

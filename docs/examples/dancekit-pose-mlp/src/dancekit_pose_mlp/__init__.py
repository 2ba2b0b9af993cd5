"""What this package gives to dancekit. It imports no torch."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl


@hookimpl
def dancekit_components() -> Iterator[Component]:
    yield Component(
        kind="backbone",
        name="pose_mlp",
        target="dancekit_pose_mlp.model:PoseMLP",
        summary="Whole poses through residual layers, with coarser time after each stage",
    )

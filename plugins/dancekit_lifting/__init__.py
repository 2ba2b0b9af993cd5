"""From 2D to 3D keypoints: the twin supervised lifter, its peers, and the refinement after it."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl


@hookimpl
def dancekit_components() -> Iterator[Component]:
    yield Component(
        kind="lifter",
        name="siamese",
        target="dancekit_lifting.siamese:Siamese",
        summary="Twin supervised lifter: 2D and 3D branches with a shared trunk, fused by joint (eq 2-4)",
    )
    yield Component(
        kind="lifter",
        name="videopose",
        target="dancekit_lifting.videopose:VideoPose",
        summary="Dilated temporal convolution (Pavllo et al. 2019)",
    )
    yield Component(
        kind="lifter",
        name="martinez",
        target="dancekit_lifting.martinez:Martinez",
        summary="Residual linear layers on single frames (Martinez et al. 2017)",
    )
    yield Component(
        kind="preprocessor",
        name="refinement",
        target="dancekit_lifting.refinement:Refinement",
        summary="Smooth in time, fill short gaps, weigh with neighbouring joints (eq 5-9)",
    )

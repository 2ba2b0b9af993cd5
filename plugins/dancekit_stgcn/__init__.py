"""ST-GCN and its attentions, as a plugin."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl


@hookimpl
def dancekit_components() -> Iterator[Component]:
    yield Component(
        kind="backbone",
        name="stgcn",
        target="dancekit_stgcn.model:STGCN",
        summary="Spatial-temporal graph convolution, ten blocks (Yan et al. 2018; eq 10-11)",
    )
    yield Component(
        kind="attention",
        name="temporal",
        target="dancekit_stgcn.attention:TemporalAttention",
        summary="A gate for every frame and joint from neighbouring frames (eq 12-13)",
    )
    yield Component(
        kind="attention",
        name="spatial",
        target="dancekit_stgcn.attention:SpatialAttention",
        summary="A gate for every frame and joint from neighbouring joints (eq 14-15)",
    )
    yield Component(
        kind="attention",
        name="spatio_temporal",
        target="dancekit_stgcn.attention:SpatioTemporalAttention",
        summary="The temporal gate, then the spatial one (eq 12-15)",
    )

"""What ST-GCN is measured against: moments of shapes, distances of keypoints, a residual network."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl


@hookimpl
def dancekit_components() -> Iterator[Component]:
    yield Component(
        kind="backbone",
        name="hu_moments",
        target="dancekit_baselines.hu:HuMoments",
        summary="Hu's seven invariants of silhouettes and thinned bodies, linear or with an RBF kernel",
    )
    yield Component(
        kind="backbone",
        name="residual4",
        target="dancekit_baselines.residual4:Residual4",
        summary="A ResNet-18 on four channels: colours and silhouette, or joints, bones and their motion",
    )
    yield Component(
        kind="backbone",
        name="keypoint_distances",
        target="dancekit_baselines.distances:KeypointDistances",
        summary="Distances between up to 14 keypoints and how they change (eq 1), into a small network",
    )

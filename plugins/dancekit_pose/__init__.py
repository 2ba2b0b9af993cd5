"""From videos, images and the files of pose estimators to 2D keypoints, people followed over time."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl

_SUMMARIES = {
    "openpose": ("openpose:OpenPoseFiles", "What OpenPose has written: a folder of JSON files, or one"),
    "mediapipe": (
        "mediapipe:MediaPipe",
        "Videos and images of a few people, by the model in MediaPipe's package (extra: video)",
    ),
    "rtmpose": (
        "rtmpose:RtmPose",
        "Videos and images of any number of people, by RTMPose through rtmlib (extra: rtmpose)",
    ),
}


@hookimpl
def dancekit_components() -> Iterator[Component]:
    for name, (target, summary) in _SUMMARIES.items():
        yield Component(kind="detector", name=name, target=f"dancekit_pose.{target}", summary=summary)

"""Data sets: made, and read from the field's files."""

from collections.abc import Iterator

from dancekit.plugin import Component, hookimpl

_SUMMARIES = {
    "store": ("store:Store", "What `dancekit data import` has packed: opened at once, whatever its size"),
    "dance_six": (
        "dance_six:DanceSix",
        "Six dance movements, made on the spot: 3,500 recordings as a detector sees them",
    ),
    "pyskl": (
        "pyskl:Pyskl",
        "The field's annotation pickles (PYSKL, MMAction2), read without running their code",
    ),
    "ntu": ("ntu:Ntu", "NTU RGB+D 60 and 120: folders of .skeleton files, with the published splits"),
    "kinetics": (
        "kinetics:Kinetics",
        "Kinetics-skeleton: OpenPose keypoints as JSON clips with a label file",
    ),
    "openpose": ("openpose:OpenPose", "Folders that OpenPose writes, people followed from frame to frame"),
    "coco_json": (
        "coco_json:CocoJson",
        "COCO keypoint JSON of videos, with tracks or people followed from frame to frame",
    ),
    "aist": ("aist:Aist", "AIST++: street dance of ten genres, in 3D or as one of nine cameras saw it"),
    "mediapipe": (
        "mediapipe_landmarks:MediapipeLandmarks",
        "MediaPipe's 33 pose landmarks, in the image or in metres: JSON, CSV or .npy",
    ),
    "arrays": (
        "plain_arrays:PlainArrays",
        "Plain .npz, .npy and .csv recordings of any skeleton, and the archive of dancekit data convert",
    ),
    "bvh": ("bvh:Bvh", "Motion capture as BVH files: any hierarchy, in metres, with its own bone lengths"),
    "videopose3d": (
        "videopose3d:VideoPose3D",
        "data_3d_*.npz and data_2d_*.npz of VideoPose3D, read without running their code",
    ),
    "stgcn_arrays": (
        "stgcn_arrays:StgcnArrays",
        "The arrays of ST-GCN and 2s-AGCN (npy) and of the CTR-GCN family (npz)",
    ),
    "filmed": ("filmed:Filmed", "Another data set with the videos of its recordings"),
    "union": ("union:Union", "Several data sets as one, in one layout"),
}


@hookimpl
def dancekit_components() -> Iterator[Component]:
    for name, (target, summary) in _SUMMARIES.items():
        yield Component(kind="dataset", name=name, target=f"dancekit_sources.{target}", summary=summary)

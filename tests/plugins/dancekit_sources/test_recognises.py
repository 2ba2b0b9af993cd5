"""Which data set recognises which file or folder: exactly one its own, and none what is nobody's."""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dancekit.data.packing import write_packed
from dancekit.interfaces import Dataset
from dancekit.plugin import Registry
from dancekit.skeleton.layout import Layout

DATASETS: dict[str, type[Dataset]] = {
    provided.component.name: provided.load() for provided in Registry.load().components("dataset")
}
AIST = "gBR_sBM_cAll_d04_mBR0_ch01"
NTU = "S001C002P003R001A007.skeleton"
ITEM = {"frame_dir": "a", "label": 0, "keypoint": np.ones((1, 4, 17, 3)), "total_frames": 4}
POINTS = np.ones((4, 17, 3), dtype=np.float32)
LANDMARK = {"x": 0.5, "y": 0.5, "z": 0.0, "visibility": 1.0}
BVH = "HIERARCHY\nROOT Hips\n{\n OFFSET 0 0 0\n}\nMOTION\nFrames: 0\nFrame Time: 0.03\n"
WIDE = "nose_x,nose_y,left_hip_x,left_hip_y,right_hip_x,right_hip_y\n1,2,3,4,5,6\n"
COCO = {
    "images": [{"id": 1, "file_name": "a/1.jpg", "width": 4, "height": 4}],
    "annotations": [{"image_id": 1, "keypoints": [1, 2, 2] * 17}],
}


def put(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def pickled(path: Path, content: Any, protocol: int = 4) -> Path:
    return put(path, pickle.dumps(content, protocol))


def packed(path: Path, **arrays: Any) -> Path:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return put(path, file.getvalue())


def column_names(pattern: str, stems: Any) -> str:
    return ",".join(pattern.format(stem, axis) for stem in stems for axis in ("x", "y", "z", "v")) + "\n"


def mediapipe_names() -> list[str]:
    other = {"left_mouth": "mouth_left", "right_mouth": "mouth_right"}
    other |= {f"{side}_toe": f"{side}_foot_index" for side in ("left", "right")}
    return [other.get(name, name) for name in Layout.named("mediapipe33").joints]


def in_folder(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """The folder around what is made, among other things, some folders deep."""

    def made(folder: Path) -> Path:
        put(folder / "set" / "README.md", "# Recordings")
        put(folder / "set" / "about.pdf", b"%PDF-1.7")
        make(folder / "set" / "2024" / "march")
        return folder / "set"

    return made


def stgcn(folder: Path, data: str = "train_data_joint.npy") -> Path:
    pickled(folder / "train_label.pkl", (["a"], [0]))
    np.save(folder / data, np.ones((1, 3, 4, 17, 2)))
    return folder


def kinetics(folder: Path) -> Path:
    put(folder / "kinetics_train_label.json", json.dumps({"a": {"label": "x", "label_index": 0}}))
    return put(folder / "kinetics_train" / "a.json", '{"data": [], "label": "x"}').parent.parent


def openpose(folder: Path) -> Path:
    for number in range(3):
        put(folder / "walk_s1" / f"a_{number:012d}_keypoints.json", '{"version":1.3,"people":[]}')
    return folder


def store(folder: Path) -> Path:
    from dancekit.data.clips import Clip

    clips = [Clip.of(POINTS, label=0, name="a")]
    write_packed(folder / "my.store", {"all": clips}, layout=Layout.named("coco17"), classes=("x",), about={})
    return folder / "my.store"


def many_names(folder: Path) -> Path:
    names = [f"video_{number:06d}" for number in range(20_000)]
    return pickled(folder / "a.pkl", {"split": {"train": names}, "annotations": [ITEM]})


SAMPLES: dict[str, dict[str, Callable[[Path], Path]]] = {
    "pyskl": {
        "splits": lambda folder: pickled(folder / "a.pkl", {"split": {"x": ["a"]}, "annotations": [ITEM]}),
        "many names first": many_names,
        "annotations first": lambda folder: pickled(folder / "a.pkl", {"annotations": [ITEM], "split": {}}),
        "a list": lambda folder: pickled(folder / "a.pkl", [ITEM]),
        "protocol 0": lambda folder: pickled(folder / "a.pkl", {"split": {}, "annotations": [ITEM]}, 0),
        "protocol 2": lambda folder: pickled(folder / "ntu60_hrnet.pkl", [ITEM], 2),
        "protocol 5": lambda folder: pickled(folder / "a.pickle", [ITEM], 5),
    },
    "ntu": {
        "flat": lambda folder: put(folder / NTU, "0\n").parent,
        "deep": in_folder(lambda folder: put(folder / NTU, "0\n")),
    },
    "kinetics": {"a split": kinetics},
    "openpose": {
        "recordings": openpose,
        "splits": lambda folder: openpose(folder / "train").parent,
    },
    "coco_json": {
        "images first": lambda folder: put(folder / "a.json", json.dumps(COCO)),
        "annotations first": lambda folder: put(folder / "a.json", json.dumps(dict(reversed(COCO.items())))),
        "a large one": lambda folder: put(
            folder / "a.json", json.dumps({"info": {}, **{key: value * 3000 for key, value in COCO.items()}})
        ),
    },
    "bvh": {
        "a file": lambda folder: put(folder / "a.bvh", BVH),
        "in large letters": lambda folder: put(folder / "A.BVH", f"\n{BVH}"),
        "a folder": in_folder(lambda folder: put(folder / "a.bvh", BVH)),
    },
    "videopose3d": {
        "3D": lambda folder: packed(folder / "a.npz", positions_3d=np.array({}, dtype=object)),
        "2D": lambda folder: packed(folder / "a.npz", positions_2d=np.array({}, dtype=object), metadata=1),
    },
    "stgcn_arrays": {
        "a folder": stgcn,
        "old names": lambda folder: stgcn(folder, "train_data.npy"),
        "an archive": lambda folder: packed(folder / "a.npz", x_train=POINTS, y_train=[0], x_test=[1]),
    },
    "aist": {
        "all": lambda folder: pickled(
            folder / "keypoints3d" / f"{AIST}.pkl", {"keypoints3d": POINTS}
        ).parents[1],
        "2D alone": lambda folder: (
            pickled(folder / "keypoints2d" / f"{AIST}.pkl", {"keypoints2d": POINTS, "det_scores": 1}).parent
        ),
        "a file": lambda folder: pickled(folder / f"{AIST}.pkl", {"keypoints3d_optim": POINTS}),
    },
    "mediapipe": {
        "one person": lambda folder: put(folder / "a.json", json.dumps([None, [LANDMARK] * 33])),
        "several": lambda folder: put(folder / "a.json", json.dumps([[[LANDMARK] * 33]])),
        "objects": lambda folder: put(folder / "a.json", json.dumps([{"pose_landmarks": [[LANDMARK] * 33]}])),
        "from 0": lambda folder: put(folder / "a.csv", column_names("{1}{0}", range(33))),
        "from 1": lambda folder: put(folder / "a.csv", "class," + column_names("{1}{0}", range(1, 34))),
        "names": lambda folder: put(folder / "a.csv", column_names("{0}_{1}", mediapipe_names())),
        "large names": lambda folder: put(
            folder / "a.csv", column_names("{0}_{1}", map(str.upper, mediapipe_names()))
        ),
        "a folder": in_folder(lambda folder: put(folder / "a.csv", column_names("{1}{0}", range(33)))),
    },
    "arrays": {
        "npz": lambda folder: packed(folder / "a.npz", keypoints=POINTS, label=1),
        "an archive": lambda folder: packed(
            folder / "a.npz", format=np.array("dancekit-recordings-1"), keypoints=POINTS
        ),
        "wide": lambda folder: put(folder / "a.csv", WIDE),
        "long": lambda folder: put(folder / "a.csv", "frame,person,joint,x,y,z\n"),
        "a folder": in_folder(lambda folder: put(folder / "a.csv", WIDE)),
        "a folder of archives": in_folder(lambda folder: packed(folder / "a.npz", keypoints=POINTS)),
    },
    "store": {"a folder": store},
}


def npy(path: Path, shape: tuple[int, ...]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.ones(shape))
    return path


def checkpoint(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.ckpt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"split": 1}))
    return folder / "a.ckpt"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a.pkl")
    return folder / "a.pkl"


NOBODYS: dict[str, Callable[[Path], Path]] = {
    "nothing there": lambda folder: folder / "absent.pkl",
    "a name that cannot be": lambda folder: folder / "a\0b.npz",
    "an empty folder": lambda folder: folder,
    "an empty file": lambda folder: put(folder / "a.pkl", b""),
    "a pipe": pipe,
    "text": lambda folder: put(folder / "a.csv", "date,price\n1,2\n"),
    "a table of other positions": lambda folder: put(folder / "a.csv", f"lat_x,{WIDE}"),
    "a table of hands": lambda folder: put(folder / "a.csv", column_names("{1}{0}", range(1, 502))),
    "a table that is none": lambda folder: put(folder / "a.csv", b"\xff\xfe\0x"),
    "an array": lambda folder: npy(folder / "a.npy", (4, 33, 4)),
    "a folder of arrays": lambda folder: npy(folder / "x" / "a.npy", (4, 33, 4)).parent,
    "another archive": lambda folder: packed(folder / "a.npz", poses=POINTS),
    "an archive cut off": lambda folder: put(folder / "a.npz", b"PK\3\4 but no more"),
    "a checkpoint": checkpoint,
    "labels alone": lambda folder: pickled(folder / "train_label.pkl", (["a"], [0])),
    "a folder of labels": lambda folder: pickled(folder / "train_label.pkl", (["a"], [0])).parent,
    "a keypoint file": lambda folder: pickled(folder / "a.pkl", {"a": {"keypoint": POINTS}}),
    "motions of AIST++": lambda folder: pickled(folder / f"{AIST}.pkl", {"smpl_poses": POINTS}),
    "JSON of boxes": lambda folder: put(
        folder / "a.json", json.dumps({**COCO, "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]})
    ),
    "JSON of settings": lambda folder: put(folder / "a.json", '{"version": 1, "people": 3}'),
    "JSON that is none": lambda folder: put(folder / "a.json", "[[["),
    "a folder of other skeletons": lambda folder: put(folder / "own.skeleton", "0\n").parent,
    "a text called bvh": lambda folder: put(folder / "a.bvh", "hello"),
    "a picture": lambda folder: put(folder / "a.png", b"\x89PNG\r\n\x1a\n"),
}


def who(path: Path) -> list[str]:
    return [name for name, dataset in DATASETS.items() if dataset.recognises(path)]


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in SAMPLES for form in SAMPLES[name]])
def test_exactly_one_recognises_a_sample(tmp_path: Path, name: str, form: str) -> None:
    assert who(SAMPLES[name][form](tmp_path)) == [name]


@pytest.mark.parametrize("form", NOBODYS)
def test_nobody_recognises_what_is_nobodys(tmp_path: Path, form: str) -> None:
    assert who(NOBODYS[form](tmp_path)) == []


def test_every_data_set_that_reads_files_has_a_sample() -> None:
    assert {*SAMPLES, "dance_six", "union", "filmed"} == set(DATASETS)


def test_a_folder_of_very_many_files_takes_no_time(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.txt").touch()
    (tmp_path / "deep").symlink_to(tmp_path)  # a folder in itself
    assert who(tmp_path) == []


STARTS = [b"\x80\4", b"PK\3\4", b"{", b"[", b"HIERARCHY", b"frame,joint,x,y\n", b"", b"\x93NUMPY"]
NAMES = ["a.pkl", "a.npz", "a.json", "a.csv", "a.bvh", f"{AIST}.pkl", NTU, "train_label.pkl", "x_label.json"]


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(NAMES), start=st.sampled_from(STARTS), rest=st.binary(max_size=200))
def test_any_bytes_are_recognised_or_not(
    tmp_path_factory: pytest.TempPathFactory, name: str, start: bytes, rest: bytes
) -> None:
    file = put(tmp_path_factory.mktemp("any") / name, start + rest)
    assert len(who(file)) <= 1
    assert len(who(file.parent)) <= 1


OPENED: dict[str, tuple[str, dict[str, Any]]] = {
    "bandai2_3d.pkl": ("pyskl", {"layout": Layout.named("bandai21")}),
    "utd_mhad_3d.pkl": ("pyskl", {"layout": Layout.named("kinect20")}),
    "data_3d_cmu.npz": ("videopose3d", {"vertical": "y"}),
    "bvh/*.bvh": ("bvh", {"metres_per_unit": 0.01}),
}


@pytest.mark.parametrize("files", OPENED)
def test_real_recordings_open_with_who_recognises_them(real_data: Path, files: str) -> None:
    name, arguments = OPENED[files]
    for file in sorted(real_data.glob(files)):
        assert who(file) == [name]
        made: Any = DATASETS[name]
        data = made(path=file, **arguments)
        assert next(iter(data.recordings(data.splits[0]))).keypoints.any()
    assert sorted(real_data.glob(files))


def test_a_real_folder_is_recognised_and_media_are_nobodys(real_data: Path) -> None:
    assert who(real_data / "bvh") == ["bvh"]
    for file in sorted((real_data / "media").iterdir()):
        assert who(file) == []

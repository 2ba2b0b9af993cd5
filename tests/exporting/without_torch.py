"""What predicting with an exported model is tried on: a small ONNX file, and recordings of every kind."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dancekit.data.clips import Clip
from dancekit.data.packing import write_packed
from dancekit.exporting.description import KEY, Description
from dancekit.prediction.calibration import Calibration
from dancekit.skeleton.layout import Layout

LAYOUT = Layout.named("dance11")
CLASSES = ("wave", "walk")
FRAMES, RATE = 90, 30.0
TRAINING_ALONE = ("torch", "lightning", "torchmetrics", "wandb")

REFUSAL = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {TRAINING_ALONE!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
"""
"""Python in which nothing can be imported that only training needs."""

COMMAND = (sys.executable, "-c", f"{REFUSAL}from dancekit.cli.main import main\nmain()")
"""The command `dancekit` there."""


def description(**changes: Any) -> Description:
    said: dict[str, Any] = {
        "task": "recognition",
        "layout": LAYOUT.to_mapping(),
        "classes": CLASSES,
        "coordinates": 2,
        "frames": 16,
        "inputs": ("keypoints", "score", "present"),
        "dynamic": ("clips", "persons", "frames"),
        "seconds": (1.0, 2.0, 3.0),
        "pixels": True,
        "calibration": Calibration(temperature=2.0, threshold=0.3, clips=50, error_before=0.1, error=0.05)
        .to_mapping(),
        "version": "0.1.0",
        "run": "a_run",
    }  # fmt: skip
    return Description(**{**said, **changes})


def write_model(file: Path, said: Description) -> Path:
    """An ONNX file that tells waving by the mean height of the right wrist, made without PyTorch."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    joint = LAYOUT.index("right_wrist")
    start, stop = np.array([joint, 1]), np.array([joint + 1, 2])
    weights = np.array([[-0.04, 0.04]], np.float32)
    constants = {"start": start, "stop": stop, "axes": np.array([3, 4]), "weights": weights}
    constants |= {"offset": np.array([8.0, -8.0], np.float32), "over": np.array([1, 2])}
    nodes = [
        helper.make_node("Slice", ["keypoints", "start", "stop", "axes"], ["wrist"]),  # (N, M, T, 1, 1)
        helper.make_node("ReduceMean", ["wrist", "over"], ["mean"], keepdims=0),  # (N, 1, 1)
        helper.make_node("Squeeze", ["mean", "last"], ["height"]),  # (N, 1)
        helper.make_node("MatMul", ["height", "weights"], ["product"]),  # (N, 2)
        helper.make_node("Add", ["product", "offset"], ["logits"]),
    ]
    constants["last"] = np.array([2])
    graph = helper.make_graph(
        nodes,
        "model",
        [
            helper.make_tensor_value_info(
                "keypoints", TensorProto.FLOAT, ["clips", "persons", "frames", len(LAYOUT.joints), 2]
            )
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["clips", 2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    model.metadata_props.add(key=KEY, value=said.to_json())
    onnx.save(model, file)
    return file


def waving(*, frames: int = FRAMES) -> np.ndarray:
    """(T, 11, 2) pixels, y down: somebody who stands, then waves with the right arm, then stands."""
    right = [[280, 125], [260, 190], [255, 250]]
    left = [[360, 125], [380, 190], [385, 250]]
    legs = [[295, 260], [293, 430], [345, 260], [347, 430]]
    pose = np.array([[320, 120], *right, *left, *legs], np.float32)
    moving = np.repeat(pose[None], frames, axis=0)
    up = slice(frames // 4, 3 * frames // 4)
    swing = np.sin(np.arange(frames) / 3)[up]
    moving[up, LAYOUT.index("right_wrist")] = np.stack([230 + 40 * swing, np.full(len(swing), 60.0)], axis=1)
    return moving


def write_inputs(folder: Path) -> dict[str, list[str]]:
    """The words behind the model for each kind of input."""
    folder.mkdir(exist_ok=True)
    points = waving()
    clip = Clip.of(points, label=0, name="wave-1", frame_rate=RATE, image_size=(640, 480))
    write_packed(folder / "dances.store", {"test": [clip]}, layout=LAYOUT, classes=CLASSES)
    np.savez(folder / "wave.npz", keypoints=points, frame_rate=RATE)
    annotation = {"frame_dir": "wave-1", "label": 0, "total_frames": FRAMES, "keypoint": points[None]}
    with (folder / "dances.pkl").open("wb") as file:
        pickle.dump({"split": {"test": ["wave-1"]}, "annotations": [annotation]}, file)
    _write_openpose(folder / "openpose" / "wave_1", points)
    _write_bvh(folder / "wave.bvh", points)
    return {
        "store": [str(folder / "dances.store")],
        "npz": [str(folder / "wave.npz"), "layout=dance11", "units=pixels"],
        "pyskl": [str(folder / "dances.pkl"), "layout=dance11", "frame_rate=30"],
        "openpose": [
            str(folder / "openpose"),
            "layout=openpose18",
            "keypoint_scale=pixels",
            "frame_rate=30",
            "label_pattern=^(wave)",
        ],
        "bvh": [str(folder / "wave.bvh"), "metres_per_unit=0.01"],
    }


def _write_openpose(folder: Path, points: np.ndarray) -> None:
    """A folder as OpenPose writes it for a video: 18 joints, of which it sees the eleven."""
    folder.mkdir(parents=True)
    target = Layout.named("openpose18")
    places = [target.index(name) for name in LAYOUT.joints]
    for number, frame in enumerate(points):
        person = np.zeros((target.num_joints, 3))
        person[places] = np.concatenate([frame, np.full((len(frame), 1), 0.9)], axis=1)
        content = {"version": 1.3, "people": [{"pose_keypoints_2d": person.ravel().tolist()}]}
        (folder / f"wave_{number:012d}_keypoints.json").write_text(json.dumps(content))


def _write_bvh(file: Path, points: np.ndarray) -> None:
    """Motion capture with a position for every joint, in centimetres with y up."""
    parents = LAYOUT.parents
    absolute = np.concatenate([points * [1, -1] * 0.4, np.zeros((*points.shape[:2], 1))], axis=2)  # (T, V, 3)
    offsets = np.stack(
        [
            absolute[:, joint] - (absolute[:, parent] if parent >= 0 else 0)
            for joint, parent in enumerate(parents)
        ],
        axis=1,
    )
    order: list[int] = []

    def tree(joint: int, indent: str) -> list[str]:
        order.append(joint)
        children = [child for child, parent in enumerate(parents) if parent == joint]
        below = [line for child in children for line in tree(child, indent + "  ")]
        if not children:
            below = [f"{indent}  End Site", f"{indent}  {{", f"{indent}    OFFSET 0 0 0", f"{indent}  }}"]
        return [
            f"{indent}{'ROOT' if not indent else 'JOINT'} {LAYOUT.joints[joint]}",
            f"{indent}{{",
            f"{indent}  OFFSET 0 0 0",
            f"{indent}  CHANNELS 3 Xposition Yposition Zposition",
            *below,
            f"{indent}}}",
        ]

    lines = ["HIERARCHY", *tree(LAYOUT.parents.index(-1), ""), "MOTION", f"Frames: {len(points)}"]
    lines.append(f"Frame Time: {1 / RATE:.6f}")
    lines += [" ".join(f"{value:.4f}" for value in frame[order].ravel()) for frame in offsets]
    file.write_text("\n".join(lines) + "\n")


def dancekit(
    command: Sequence[str | Path], *words: str | Path, folder: Path, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own and check its exit code."""
    done = subprocess.run(
        [*map(str, command), *map(str, words)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done

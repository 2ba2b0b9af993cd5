"""RTMPose through the real rtmlib, with networks that find coloured blocks in place of people."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from dancekit_pose.rtmpose import RtmPose
from environments import install
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from dancekit.errors import DataError, PluginError, RecipeError

SIDE, WIDTH, HEIGHT = 640, 192, 256
BINS = np.random.default_rng(4).integers(60, 300, (17, 2))
"""Where in a box of 384 x 512 bins each joint is found."""
SCORE = np.linspace(0.3, 0.9, 17)


def _save(graph: onnx.GraphProto, file: Path) -> Path:
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), file)
    return file


def find_blocks(file: Path) -> Path:
    """(1, 3, 640, 640) blue, green, red to (1, 2, 5): the boxes of what is red and of what is green."""
    constants = {
        "bright": np.float32(200),
        "up": np.arange(SIDE, dtype=np.float32),
        "down": np.arange(SIDE, 0, -1, dtype=np.float32),
        "side": np.float32(SIDE),
        "axis": np.array([0], dtype=np.int64),
        "five": np.array([1, 1, 5], dtype=np.int64),
    }
    nodes = []
    for name, channel in (("red", 2), ("green", 1)):
        constants[f"{name}_channel"] = np.int64(channel)
        nodes += [
            helper.make_node("Gather", ["image", f"{name}_channel"], [f"{name}_plane"], axis=1),
            helper.make_node("Greater", [f"{name}_plane", "bright"], [f"{name}_where"]),
            helper.make_node("Cast", [f"{name}_where"], [f"{name}_mask"], to=TensorProto.FLOAT),
        ]
        for axis, across in (("x", 1), ("y", 2)):
            line = f"{name}_{axis}"
            nodes += [
                helper.make_node("ReduceMax", [f"{name}_mask"], [line], axes=[0, across], keepdims=0),
                helper.make_node("Mul", [line, "up"], [f"{line}_up"]),
                helper.make_node("ReduceMax", [f"{line}_up"], [f"{line}_last"], keepdims=0),
                helper.make_node("Mul", [line, "down"], [f"{line}_down"]),
                helper.make_node("ReduceMax", [f"{line}_down"], [f"{line}_left"], keepdims=0),
                helper.make_node("Sub", ["side", f"{line}_left"], [f"{line}_first"]),
            ]
        nodes.append(helper.make_node("ReduceMax", [f"{name}_mask"], [f"{name}_score"], keepdims=0))
        parts = [f"{name}_x_first", f"{name}_y_first", f"{name}_x_last", f"{name}_y_last", f"{name}_score"]
        nodes += [helper.make_node("Unsqueeze", [each, "axis"], [f"{each}_1"]) for each in parts]
        nodes.append(helper.make_node("Concat", [f"{each}_1" for each in parts], [f"{name}_flat"], axis=0))
        nodes.append(helper.make_node("Reshape", [f"{name}_flat", "five"], [f"{name}_box"]))
    nodes.append(helper.make_node("Concat", ["red_box", "green_box"], ["boxes"], axis=1))
    graph = helper.make_graph(
        nodes,
        "blocks",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 2, 5])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return _save(graph, file)


def find_joints(file: Path, joints: int = 17) -> Path:
    """Of any crop the same places: scores over 384 and over 512 bins, as RTMPose gives them."""
    across = np.zeros((1, joints, 2 * WIDTH), np.float32)
    along = np.zeros((1, joints, 2 * HEIGHT), np.float32)
    for joint in range(joints):
        across[0, joint, BINS[joint, 0]] = along[0, joint, BINS[joint, 1]] = SCORE[joint]
    outputs = {"simcc_x": across, "simcc_y": along}
    graph = helper.make_graph(
        [
            helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, f"{name}_value"))
            for name, value in outputs.items()
        ],
        "joints",
        [helper.make_tensor_value_info("crop", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
            for name, value in outputs.items()
        ],
    )
    return _save(graph, file)


def expected(box: tuple[float, float, float, float]) -> np.ndarray:
    """(17, 2) in pixels: the box, a quarter larger and in the shape of the network's input."""
    left, top, right, bottom = box
    width, height = 1.25 * (right - left), 1.25 * (bottom - top)
    width, height = max(width, height * WIDTH / HEIGHT), max(height, width * HEIGHT / WIDTH)
    corner = np.array([(left + right) / 2 - width / 2, (top + bottom) / 2 - height / 2])
    return corner + BINS / 2 / (WIDTH, HEIGHT) * (width, height)


def stage(*blocks: tuple[str, int, int]) -> np.ndarray:
    """(320, 640, 3) black, with blocks 40 wide and 100 high at (x, y)."""
    picture = np.zeros((320, 640, 3), np.uint8)
    for colour, x, y in blocks:
        picture[y : y + 100, x : x + 40] = (255, 0, 0) if colour == "red" else (0, 255, 0)
    return picture


@pytest.fixture(scope="module", autouse=True)
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """rtmlib without what it depends on: those come from here, and one OpenCV is enough."""
    if importlib.util.find_spec("rtmlib") is not None:
        yield
        return
    folder = tmp_path_factory.mktemp("rtmlib")
    install([sys.executable, "-m", "pip", "install", "--no-deps", "--target", folder], ["rtmlib==0.0.16"])
    sys.path.append(str(folder))
    yield
    sys.path.remove(str(folder))
    for name in [each for each in sys.modules if each.partition(".")[0] == "rtmlib"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "person_model": find_blocks(folder / "blocks.onnx"),
        "pose_model": find_joints(folder / "joints.onnx"),
    }


def test_everyone_in_an_image(models: dict[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "two.png"
    Image.fromarray(stage(("red", 100, 50), ("green", 400, 150))).save(file)
    clip = RtmPose(**models)(file)
    assert clip.keypoints.shape == (2, 1, 17, 2) and clip.image_size == (640, 320)
    wanted = [expected((100, 50, 139, 149)), expected((400, 150, 439, 249))]
    order = np.argsort(clip.keypoints[:, 0, 0, 0])
    np.testing.assert_allclose(clip.keypoints[order, 0], wanted, atol=1.5)
    np.testing.assert_allclose(clip.score[:, 0], [SCORE, SCORE], rtol=1e-5)


def test_two_who_pass_each_other_keep_their_numbers(models: dict[str, Path], tmp_path: Path) -> None:
    frames = [stage(("red", 40 + 20 * step, 40), ("green", 560 - 20 * step, 160)) for step in range(20)]
    clip = RtmPose(**models)(_video(tmp_path / "two.avi", frames))
    assert clip.present.shape == (2, 20) and clip.present.all()
    courses = np.diff(clip.keypoints[:, :, 0, 0], axis=1)  # (M, T - 1)
    assert sorted(np.sign(courses.mean(axis=1))) == [-1, 1]
    assert np.abs(np.abs(courses) - 20).max() < 4


def test_nobody_on_the_stage(models: dict[str, Path], tmp_path: Path) -> None:
    """rtmlib alone would take the whole picture for a person."""
    file = tmp_path / "empty.png"
    Image.fromarray(stage()).save(file)
    clip = RtmPose(**models)(file)
    assert clip.keypoints.shape == (1, 1, 17, 2) and not clip.present.any()


def test_the_contract(models: dict[str, Path], tmp_path: Path) -> None:
    from dancekit.testing import check_detector

    frames = [stage(("red", 40 + 5 * step, 40)) for step in range(6)]
    check_detector(RtmPose, source=_video(tmp_path / "one.avi", frames), **models)


def test_models_that_cannot_be_used(models: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="Only one"):
        RtmPose(pose_model=models["pose_model"])
    with pytest.raises(DataError, match="no "):
        RtmPose(person_model=tmp_path / "none.onnx", pose_model=models["pose_model"])
    (broken := tmp_path / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(DataError, match="cannot be loaded"):
        RtmPose(person_model=broken, pose_model=models["pose_model"])
    few = find_joints(tmp_path / "few.onnx", joints=5)
    file = tmp_path / "one.png"
    Image.fromarray(stage(("red", 100, 50))).save(file)
    with pytest.raises(DataError, match="finds 5 joints"):
        RtmPose(person_model=models["person_model"], pose_model=few)(file)
    with pytest.raises(RecipeError, match="person_size"):
        RtmPose(**models, person_size=(0, 640))


def test_without_a_network_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rtmlib = importlib.import_module("rtmlib")

    def offline(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(rtmlib, "YOLOX", offline)
    with pytest.raises(DataError, match=r"no route to host.*person_model"):
        RtmPose()


def test_without_rtmlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    with pytest.raises(PluginError, match=r"dancekit\[rtmpose\]"):
        RtmPose()


def _video(file: Path, frames: list[np.ndarray]) -> Path:
    import cv2

    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 25, (width, height))
    for frame in frames:
        writer.write(frame[..., ::-1])
    writer.release()
    return file

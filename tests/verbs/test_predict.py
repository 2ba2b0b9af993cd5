"""predict: sources of every kind, one bad one among good ones, and the files that are written."""

import csv
import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
import pytest
from click.testing import CliRunner
from dancekit_sources.dance_six import DanceSix
from PIL import Image
from untrained import RECIPE, untrained_run

from dancekit.cli.main import group
from dancekit.data.clips import Clip
from dancekit.data.found import Found
from dancekit.errors import DataError, DataWarning, RecipeError, RunError
from dancekit.interfaces import Detector
from dancekit.plugin import Component, Plugin, Registry
from dancekit.prediction.stream import PersonStream, Poses
from dancekit.run import Run
from dancekit.skeleton.layout import Layout
from dancekit.verbs import predict_stream
from dancekit.verbs.inputs import Detectors, recordings_of
from dancekit.verbs.predict import Chosen, Failed, Predicted, open_model, predict, write_all
from dancekit.verbs.predict_stream import poses_of, stream

OPTIONS = ["layout=openpose18", "units=pixels"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return untrained_run(tmp_path_factory.mktemp("runs") / "2026-01-01_00-00-00_tiny")


@pytest.fixture(scope="module")
def model(run: Run) -> Chosen:
    return open_model(str(run.folder), Registry.load(), threshold=0.0)


def _all(model: Chosen, *sources: str, **options: object) -> list[Predicted | Failed]:
    return list(predict(model, sources, [], Registry.load(), **options))


def _clip(folder: Path, *, frames: int = 90, persons: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    points = 300 + 60 * random.normal(size=(persons, 1, 18, 2)) + np.zeros((1, frames, 1, 1))
    points[:, 20:80, :, 0] += 60 * np.sin(np.arange(60) / 3)[:, None]
    np.savez(folder / "clip.npz", keypoints=points.astype(np.float32), frame_rate=30.0)
    return folder / "clip.npz"


def test_a_run_remembers_what_its_model_reads(run: Run, model: Chosen) -> None:
    kept = json.loads(run.input.read_text())
    assert kept["layout"]["name"] == "openpose18" and kept["coordinates"] == 2 and kept["frames"] == 16
    shortest, usual, longest = kept["seconds"]
    assert 1.5 <= shortest < usual < longest <= 4 and kept["pixels"]
    assert model.predictor.training.classes[-1] == "walking"


def test_a_data_set_gives_a_folder_for_each_recording(model: Chosen, tmp_path: Path) -> None:
    done = list(
        predict(
            model, ["dance_six"], ["recordings_train=6", "recordings_test=6"], Registry.load(),
            split="test", out=tmp_path / "out",
        )
    )  # fmt: skip
    assert len(done) == 6 and all(isinstance(each, Predicted) for each in done)
    write_all(tmp_path / "out", done)
    first = done[0]
    document = json.loads((first.folder / "timeline.json").read_text())
    assert document == json.loads(json.dumps(first.timeline.to_mapping()))
    assert "test-00000" in (first.folder / "timeline.html").read_text()
    table = list(csv.DictReader((tmp_path / "out" / "timeline.csv").open()))
    assert len(table) == sum(len(each.timeline.segments) for each in done) > 0
    assert (
        str(first.folder) in first.text and first.timeline.segments[0][1].movement.split("_")[0] in first.text
    )


def test_a_bad_source_stops_no_other_and_leaves_nothing(model: Chosen, tmp_path: Path) -> None:
    good = _clip(tmp_path / "good")
    empty, broken = tmp_path / "empty.npz", tmp_path / "broken.npz"
    empty.touch()
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    found = list(
        predict(
            model, [str(empty), str(broken), "nowhere.npz", str(good)], OPTIONS, Registry.load(),
            format="arrays", out=tmp_path / "out",
        )
    )  # fmt: skip
    assert [isinstance(each, Failed) for each in found] == [True, True, True, False]
    assert "is empty" in str(found[0].error) and found[1].source == str(broken)
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["clip"]
    assert found[0].to_mapping()["source"] == str(empty)
    assert good.stat().st_size > 0 and broken.read_bytes().startswith(b"PK")


def test_names_that_are_alike_get_folders_of_their_own(model: Chosen, tmp_path: Path) -> None:
    one, two = _clip(tmp_path / "one"), _clip(tmp_path / "two", persons=12)
    found = list(
        predict(model, [str(one), str(two)], OPTIONS, Registry.load(), format="arrays",
                out=tmp_path / "out")
    )  # fmt: skip
    assert [each.folder.name for each in found] == ["clip", "clip-2"]
    assert len(found[1].timeline.persons) == 12


def test_a_stream_tells_of_recordings_too(model: Chosen, tmp_path: Path) -> None:
    clip = _clip(tmp_path)
    lines = list(stream(model, [str(clip)], OPTIONS, Registry.load(), format="arrays"))
    (whole,) = predict(model, [str(clip)], OPTIONS, Registry.load(), format="arrays")
    assert [each.segment for each in lines] == [each for _, each in whole.timeline.segments]
    assert lines[0].to_mapping()["movement"] == lines[0].segment.movement and "person 1" in lines[0].text


def test_who_is_gone_is_let_go_of_and_keeps_the_number(
    model: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: WeakSet[PersonStream] = WeakSet()

    class Counted(PersonStream):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            alive.add(self)

    monkeypatch.setattr("dancekit.verbs.predict_stream.PersonStream", Counted)
    most = []

    def visitors() -> Iterator[Poses]:
        """One after the other for two seconds, a second apart; at last the first comes back."""
        pose = 300 + 60 * np.random.default_rng(0).normal(size=(18, 2))
        for number in [*range(1, 13), 1]:
            for frame in range(90):
                there = frame < 60
                x = 60 * np.sin(frame / 3) * (10 < frame < 50)
                most.append(len(alive))
                yield Poses(
                    keypoints=(pose + np.array([x, 0]))[None][:there].astype(np.float32),
                    score=np.ones((1, 18), np.float32)[:there],
                    number=np.array([number])[:there],
                    frame_rate=30.0,
                    image_size=(640, 480),
                )

    found = list(predict_stream.told(model, "door", Layout.named("openpose18"), visitors()))
    assert max(most) <= 2
    assert [each.person for each in found] == [*range(1, 13), 1]
    assert found[-1].segment == found[0].segment.later(12 * 90, 30.0)


PLUGIN = '''
import numpy as np
from dancekit.data.found import Found
from dancekit.interfaces import Detector
from dancekit.plugin import Component, hookimpl
from dancekit.skeleton.layout import Layout

class Still(Detector):
    """Somebody who swings, in every picture."""

    def __init__(self, *, frames: int = 90) -> None:
        self.layout = Layout.named("openpose18")
        self._frames = frames

    def frames(self, source):
        pose = 300 + 60 * np.random.default_rng(0).normal(size=(18, 2))
        for frame in range(self._frames):
            moved = pose + [60 * np.sin(frame / 3) * (20 < frame < 80), 0]
            people = np.concatenate([moved, np.ones((18, 1))], 1)[None]
            yield Found(time=frame / 30, people=people, identity=np.array([7]), image_size=(640, 480))

@hookimpl
def dancekit_components():
    yield Component(kind="detector", name="still", target=f"{__name__}:Still")
'''


@pytest.fixture
def with_detector(tmp_path: Path) -> Iterator[Registry]:
    file = tmp_path / "still_detector.py"
    file.write_text(PLUGIN)
    yield Registry.load([file])


def test_pictures_go_through_the_detector_that_is_named(
    model: Chosen, with_detector: Registry, tmp_path: Path
) -> None:
    picture = tmp_path / "class.png"
    Image.new("RGB", (64, 48)).save(picture)
    detectors = Detectors(registry=with_detector)
    assert detectors.takes(str(picture)) and detectors.takes("0") and not detectors.takes("dance_six")
    (found,) = predict(model, [str(picture)], [], with_detector, detector="still", out=tmp_path / "out")
    assert found.timeline.frames == 90 and found.timeline.segments
    lines = list(stream(model, [str(picture)], [], with_detector, detector="still,frames=90"))
    assert [each.segment.start_frame for each in lines] == [
        each.start_frame for _, each in found.timeline.segments
    ]
    (wrong,) = predict(model, [str(picture)], [], with_detector, detector="stil")
    assert "still" in str(wrong.error)
    (odd,) = predict(model, [str(picture)], [], with_detector, detector="still,frames=many")
    assert "frames" in str(odd.error)


def test_files_of_a_pose_estimator_reach_the_detector_that_recognises_them(
    model: Chosen, with_detector: Registry, tmp_path: Path
) -> None:
    """With its arguments, whatever is chosen for pictures; a folder of folders is still a data set."""
    dance = next(iter(DanceSix(recordings_train=6, recordings_test=6).recordings("test")))
    folder = tmp_path / "dance"
    folder.mkdir()
    for number, (points, score) in enumerate(zip(dance.keypoints[0], dance.score[0], strict=True)):
        person = np.column_stack([points, score]).ravel().tolist()
        (folder / f"dance_{number:012d}_keypoints.json").write_text(
            json.dumps({"version": 1.3, "people": [{"pose_keypoints_2d": person}]})
        )
    for chosen in (None, "still", "openpose,model=COCO"):
        (found,) = predict(model, [str(folder)], ["model=COCO"], with_detector, detector=chosen)
        assert isinstance(found, Predicted), found
        assert found.timeline.recording == "dance" and found.timeline.frames == dance.keypoints.shape[1]
        assert len(found.timeline.persons) == 1
    told = list(stream(model, [str(folder)], ["model=COCO"], with_detector))
    assert [each.segment for each in told] == [each for _, each in found.timeline.segments] != []
    (wrong,) = predict(model, [str(folder)], ["modle=COCO"], with_detector)
    assert "modle" in str(wrong.error)
    detectors = Detectors(registry=with_detector)
    assert detectors.takes(str(folder)) and not detectors.takes(str(tmp_path))


def test_without_a_detector_and_of_a_camera_the_way_out_is_told(model: Chosen, tmp_path: Path) -> None:
    picture = tmp_path / "class.png"
    Image.new("RGB", (64, 48)).save(picture)
    bare = Registry([Plugin(name="none", source="here", module="none", components=[
        Component(kind="backbone", name="b", target="a:b")])])  # fmt: skip
    with pytest.raises(RecipeError, match="no detector is installed"):
        next(recordings_of(str(picture), [], bare, detectors=Detectors(registry=bare)))
    (camera,) = _all(model, "0")
    assert "is a camera" in str(camera.error)
    video = tmp_path / "empty.mp4"
    video.touch()
    with pytest.raises(DataError, match="is empty"):
        next(recordings_of(str(video), [], bare, detectors=Detectors(registry=bare)))


def test_a_run_that_cannot_predict_says_why(run: Run, tmp_path: Path) -> None:
    registry = Registry.load()
    with pytest.raises(RunError, match="is no run"):
        open_model(str(tmp_path), registry)
    with pytest.raises(DataError, match=r"model\.onnx"):
        open_model(str(tmp_path / "model.onnx"), registry)
    with pytest.raises(RunError, match="there is no run"):
        open_model(str(run.folder), registry, lifter="nowhere")


def test_recordings_in_2d_enter_behind_the_camera_of_a_run_on_3d(tmp_path: Path) -> None:
    projecting = RECIPE.replace("dance_six,", "dance_six, keypoints: true_3d,").replace(
        "[centre,", "[camera, project, {name: convert_layout, layout: dance14}, detect, centre,"
    )
    run = untrained_run(tmp_path / "2026-01-01_00-00-00_flat", projecting)
    chosen = open_model(str(run.folder), Registry.load(), threshold=0.0)
    assert chosen.predictor.training.coordinates == 3
    assert chosen.flat.training.coordinates == 2 and chosen.flat.training.layout.name == "dance14"
    clip = _clip(tmp_path / "flat")
    (found,) = predict(chosen, [str(clip)], OPTIONS, Registry.load(), format="arrays")
    assert found.timeline.segments
    assert (
        "It is converted from layout openpose18 to dance14 by the names of joints." in found.timeline.notices
    )


def test_the_command_prints_one_document_or_lines(run: Run, tmp_path: Path) -> None:
    clip = _clip(tmp_path)
    words = [
        "predict",
        str(run.folder),
        str(clip),
        *OPTIONS,
        "--format",
        "arrays",
        "--threshold",
        "0",
    ]
    done = CliRunner().invoke(group, [*words, "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["recordings"][0]["persons"][0]["segments"] and document["failed"] == []
    assert document["recordings"][0]["folder"] is None and "not calibrated" in done.stderr
    told = CliRunner().invoke(group, [*words, "--stream", "--json"])
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["start_frame"] for line in lines] == [
        each["start_frame"] for each in document["recordings"][0]["persons"][0]["segments"]
    ]
    assert "is told" in told.stderr
    bad = CliRunner().invoke(group, [*words, str(tmp_path / "nowhere.npz"), "--json"])
    assert bad.exit_code == 2 and len(json.loads(bad.stdout)["failed"]) == 1


def test_what_was_lost_is_said_beside_what_was_found(
    model: Chosen, with_detector: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "class.png"
    Image.new("RGB", (64, 48)).save(picture)
    usual = Detector.__call__

    def broken(detector: Detector, source: Path) -> Clip:
        warnings.warn("class.png breaks off: 90 of its 200 frames can be read.", DataWarning, stacklevel=2)
        warnings.warn("of a library", UserWarning, stacklevel=2)
        return usual(detector, source)

    monkeypatch.setattr(Detector, "__call__", broken)
    with pytest.warns(UserWarning, match="of a library"):
        (found,) = predict(model, [str(picture)], [], with_detector, detector="still")
    assert found.timeline.notices[0] == "class.png breaks off: 90 of its 200 frames can be read."
    assert "90 of its 200" in found.text


def test_the_detector_that_runs_here_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that lack their library are passed over, and named where none is left."""
    lacking = """
from dancekit.errors import PluginError

class Lacking(Still):
    def __init__(self) -> None:
        raise PluginError("It needs a library.")
"""
    (tmp_path / "two_detectors.py").write_text(PLUGIN + lacking)
    monkeypatch.syspath_prepend(tmp_path)
    known = [
        Component(kind="detector", name=name.lower(), target=f"two_detectors:{name}")
        for name in ("Lacking", "Still")
    ]

    def of(components: Sequence[Component]) -> Detectors:
        return Detectors(
            registry=Registry([Plugin(name="two", source="here", module="two", components=[*components])])
        )

    assert type(of(known).build("class.mp4")).__name__ == "Still"
    with pytest.raises(RecipeError, match=r"no detector runs here. It needs a library.*dancekit\[video\]"):
        of(known[:1]).build("class.mp4")


def _found(times: Sequence[float]) -> Iterator[Found]:
    pose = np.concatenate([300 + 60 * np.random.default_rng(0).normal(size=(18, 2)), np.ones((18, 1))], 1)
    for time in times:
        yield Found(time=time, people=pose[None], identity=np.array([3]), image_size=(640, 480))


def test_a_stream_of_variable_rate_has_a_pose_for_every_moment() -> None:
    regular = np.arange(20) / 30
    times = [*regular, regular[-1] + 0.01, regular[-1] + 5 / 30]  # one too early, and four that are missing
    poses = list(poses_of(_found(times), name="camera 0"))
    assert [each.number.tolist() == [1] for each in poses] == [True] * 20 + [False] * 4 + [True]
    assert {each.frame_rate for each in poses} == {30.0}
    with pytest.raises(DataError, match="camera 0: there is no frame between 1 and 9000 seconds"):
        list(poses_of(_found([*regular, 9000.0]), name="camera 0"))


def test_an_interruption_tells_what_was_danced_before(
    model: Chosen, with_detector: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera has no other end."""
    still = Detectors(registry=with_detector, chosen="still").build("0")
    asked: list[Path] = []

    def stopped(detector: Detector, source: Path) -> Iterator[Found]:
        asked.append(source)
        yield from usual(detector, source)
        raise KeyboardInterrupt

    usual = type(still).frames
    monkeypatch.setattr(Detectors, "build", lambda *_: still)
    whole = list(stream(model, ["0"], [], with_detector, detector="still"))
    monkeypatch.setattr(type(still), "frames", stopped)
    told = []
    with pytest.raises(KeyboardInterrupt):
        for each in stream(model, ["0"], [], with_detector, detector="still"):
            told.append(each)
    assert asked == [Path("0")] and told[0].recording == "camera 0"
    assert [each.segment for each in told] == [each.segment for each in whole] != []


@pytest.mark.parametrize(
    ("source", "told"), [("typo.mp4", "There is no typo.mp4"), ("empty.npz", "is empty")]
)
def test_what_cannot_be_read_is_told_before_a_model_is_opened(
    source: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.npz").touch()
    result = CliRunner().invoke(group, ["predict", "no_run_at_all", source])
    assert isinstance(result.exception, DataError) and told in str(result.exception)
    for there in ("0", "dance_six", "stgcn.yaml"):
        with pytest.raises(RunError):
            CliRunner().invoke(group, ["predict", "no_run_at_all", there], catch_exceptions=False)

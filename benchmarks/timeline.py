"""How many movements of a long performance are found: 40 of dance_six with rest between them.

    python benchmarks/timeline.py RUN [--movements 40] [--performances 1] [--seed 0] [--out DIR]

The run has learned from dance_six's detections. Each performance has a new dancer, who does one recording's
movement after the other in 3D: from when the arms leave rest until they are back, as the generator knows it,
or half a second after the recording's end; walking, from the first to the last step. Then the dancer stands
with hanging arms for one to three seconds, and goes on, filmed by one camera and seen by one detector
throughout. Walking is done on the spot.

Found is a movement of which a segment of the same class covers more than half of both together (temporal IoU
over 0.5); false is a segment that is the find of no movement. Frame accuracy counts every frame, rest as a
class of its own; what is unknown counts as rest.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from dancekit_sources.dance_six.anatomy import JOINTS, place_joints
from dancekit_sources.dance_six.camera import IMAGE_SIZE, Cameras, project
from dancekit_sources.dance_six.choreography import perform
from dancekit_sources.dance_six.curves import minimum_jerk, wander
from dancekit_sources.dance_six.detector import Detector
from dancekit_sources.dance_six.gestures import CLASSES, WALK
from dancekit_sources.dance_six.occlusion import hidden
from dancekit_sources.dance_six.performers import FRAME_RATE, Dancers, Timing

from dancekit.plugin import Registry
from dancekit.prediction.needs import Recording
from dancekit.prediction.timeline import Segment, Timeline
from dancekit.skeleton.layout import Layout

Floats = npt.NDArray[np.float64]

_INTO, _REST = 0.5, (1.0, 3.0)  # seconds
_STEP = 0.15  # metres per second
_PELVIS, _LEFT_HIP = JOINTS.index("pelvis"), JOINTS.index("left_hip")
_WRISTS, _ANKLES = (
    [JOINTS.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("wrist", "ankle")
)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A movement that was performed, from its first frame up to the frame after its last."""

    label: int
    start: int
    stop: int


def performance(*, movements: int, seed: int) -> tuple[Recording, list[Truth]]:
    """A performance of so many movements, as a detector sees it, and what was danced when."""
    rng = np.random.default_rng(seed)
    joints: list[Floats] = []
    truth: list[Truth] = []
    at = 0
    for label, poses, (begins, ends) in _danced(rng, movements):
        danced = _faced(poses[begins:ends])
        rest = danced[0]
        if joints:
            stand = round(rng.uniform(*_REST) * FRAME_RATE)
            joints.append(_blend(joints[-1][-1], rest, stand))
            at += stand
        joints.append(danced)
        if ends is None:
            joints.append(_blend(danced[-1], rest, round(_INTO * FRAME_RATE)))
        stop = at + len(danced) + (0 if ends is not None else len(joints[-1]))
        first, last = _steps(np.concatenate(joints)[at:stop]) if label == WALK else (0, stop - at)
        truth.append(Truth(label=label, start=at + first, stop=at + last))
        at = stop
    poses = np.concatenate(joints)
    sway = wander(rng, np.arange(len(poses)) / FRAME_RATE, (1, 3), slowest=0.1, fastest=0.5)
    poses = poses + 0.01 * sway.reshape(-1, 1, 3)
    return _filmed(poses, rng, f"performance-{seed}"), truth


def _danced(rng: np.random.Generator, movements: int) -> list[tuple[int, Floats, tuple[int, int | None]]]:
    """What one dancer does, who has never been seen: label, poses (T, J, 3), and when the arms leave rest and
    are back (None: not within the recording). Of recordings that begin amid the movement there are none."""
    drawn = 6 * movements
    labels = rng.permutation(np.arange(drawn) % len(CLASSES))
    dancers = Dancers.draw(rng, 1).of(np.zeros(drawn, np.int64))
    timing = Timing.draw(rng, dancers.tempo)
    joints = place_joints(dancers.bodies, perform(rng, labels, dancers, timing))  # (N, T, J, 3)
    begins = timing.start[:, 0]
    starts = np.where(labels == WALK, 0, np.rint(begins.clip(0) * FRAME_RATE)).astype(int)
    stops = np.rint((timing.stop + timing.fall)[:, 0] * FRAME_RATE).astype(int)
    found: list[tuple[int, Floats, tuple[int, int | None]]] = []
    for label, poses, frames, began, start, stop in zip(
        labels.tolist(), joints, timing.frames, begins, starts, stops, strict=True
    ):
        if (label == WALK or began > 0.05) and _hang(poses[start]):
            ends = int(stop) if label != WALK and stop < frames else None
            found.append((label, poses[:frames], (int(start), ends)))
    return found[:movements]


def _steps(poses: Floats) -> tuple[int, int]:
    """From the first to the last frame in which one foot moves against the other: some also stand."""
    apart = poses[:, _ANKLES[0]] - poses[:, _ANKLES[1]]  # (T, 3)
    speed = np.linalg.norm(np.gradient(apart, axis=0), axis=-1) * FRAME_RATE
    moving = np.flatnonzero(speed > _STEP)
    return int(moving[0]), int(moving[-1]) + 1


def _hang(pose: Floats) -> bool:
    """Whether both arms hang down."""
    return bool((pose[_WRISTS, 1] < pose[_PELVIS, 1] + 0.08).all())


def _faced(poses: Floats) -> Floats:
    """Poses (T, J, 3) turned to face the camera at first, on the spot."""
    pelvis = poses[:, _PELVIS]
    share = np.linspace(0, 1, len(poses))[:, None]
    travel = pelvis[0] + share * (pelvis[-1] - pelvis[0])
    travel[:, 1] = 0
    left = poses[0, _LEFT_HIP] - pelvis[0]
    turn = np.arctan2(-left[2], left[0])
    cos, sin = np.cos(turn), np.sin(turn)
    x, y, z = np.moveaxis(poses - travel[:, None], -1, 0)
    return np.stack([cos * x - sin * z, y, sin * x + cos * z], axis=-1)


def _blend(start: Floats, end: Floats, frames: int) -> Floats:
    """From one pose to another, without both: (frames, J, 3)."""
    share = minimum_jerk((np.arange(frames) + 1) / (frames + 1))[:, None, None]
    return (1 - share) * start + share * end


def _filmed(poses: Floats, rng: np.random.Generator, name: str) -> Recording:
    layout = Layout.named("openpose18")
    camera = Cameras(
        target=np.array([[0.0, 0.95, 0.0]]),
        yaw=rng.uniform(-0.5, 0.5, 1),
        pitch=np.radians([6.0]),
        roll=np.zeros(1),
        distance=np.array([4.5]),
        focal=np.array([0.7 * IMAGE_SIZE[1] * 4.5 / 2.3]),
    )
    pixels, depth = project(poses[None], camera)
    columns = [JOINTS.index("thorax" if joint == "neck" else joint) for joint in layout.joints]
    cover = hidden(pixels, depth, camera.focal, tuple(JOINTS[column] for column in columns))
    metre = camera.focal[:, None] / depth[:, :, JOINTS.index("spine")]
    keypoints, score = Detector(joints=layout.joints).detect(rng, pixels[:, :, columns], cover, metre)
    return Recording(
        name=name,
        keypoints=np.where((score > 0)[..., None], keypoints, 0).astype(np.float32),  # (1, F, V, 2)
        score=score,
        present=np.ones(score.shape[:2], bool),
        layout=layout,
        frame_rate=float(FRAME_RATE),
        image_size=IMAGE_SIZE,
    )


@dataclass(frozen=True, kw_only=True)
class Marks:
    """How well one timeline does.

    Attributes:
        false: segments with a movement that are no find.
        missed: movements that were not found.
    """

    found: int
    movements: int
    false: int
    told: int
    accuracy: float
    missed: tuple[str, ...]


def marks(timeline: Timeline, truth: Sequence[Truth], classes: Sequence[str]) -> Marks:
    """Compare segments with what was danced: each movement and each segment is matched once at most."""
    segments = [segment for person in timeline.persons for segment in person.segments if segment.known]
    free = set(range(len(segments)))
    missed = []
    for each in truth:
        fits = [place for place in free if _fits(segments[place], each, classes)]
        if fits:
            free.remove(fits[0])
        else:
            missed.append(f"{classes[each.label]} {each.start / timeline.frame_rate:.1f} s")
    danced = np.full(timeline.frames, -1)
    for each in truth:
        danced[each.start : each.stop] = each.label
    said = np.full(timeline.frames, -1)
    for segment in segments:
        said[segment.start_frame : segment.end_frame] = classes.index(segment.movement)
    return Marks(
        found=len(truth) - len(missed),
        movements=len(truth),
        false=len(free),
        told=len(segments),
        accuracy=float((danced == said).mean()),
        missed=tuple(missed),
    )


def _fits(segment: Segment, each: Truth, classes: Sequence[str]) -> bool:
    both = min(segment.end_frame, each.stop) - max(segment.start_frame, each.start)
    either = max(segment.end_frame, each.stop) - min(segment.start_frame, each.start)
    return segment.movement == classes[each.label] and both > 0.5 * either


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--movements", type=int, default=40)
    parser.add_argument("--performances", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write each performance's page there")
    given = parser.parse_args(arguments)
    from dancekit.verbs.predict import open_model

    model = open_model(given.run, Registry.load())
    print(model.predictor.calibration.sentence)
    print("| performance | seconds | found | false | frame accuracy | recognised in |")
    print("|---|---|---|---|---|---|")
    for seed in range(given.seed, given.seed + given.performances):
        recording, truth = performance(movements=given.movements, seed=seed)
        started = time.perf_counter()
        timeline = model.predictor.timeline(recording, source="dance_six")
        took = time.perf_counter() - started
        mark = marks(timeline, truth, CLASSES)
        print(
            f"| {seed} | {timeline.seconds:.0f} | {mark.found} of {mark.movements} "
            f"| {mark.false} of {mark.told} | {100 * mark.accuracy:.1f}% | {took:.1f} s |",
            flush=True,
        )
        if mark.missed:
            print(f"  missed: {', '.join(mark.missed)}")
        if given.out is not None:
            from dancekit.reporting.timeline_page import render

            given.out.mkdir(parents=True, exist_ok=True)
            page = render(timeline, recording, calibration=model.predictor.calibration.sentence)
            (given.out / f"performance-{seed}.html").write_text(page)


if __name__ == "__main__":
    main()

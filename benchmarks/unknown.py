"""How much of what a run never learned it calls unknown: by novelty, beside the softmax's own confidence.

    python benchmarks/unknown.py RUN FILE [KEY=VALUE...] [--recordings 400]

FILE is in PYSKL's format, with recordings called MOVEMENT_..., and `layout=` says whose joints it has.

The run has learned 2D keypoints in pixels, such as those of dance_six. The recordings are in 3D, in metres,
and come in a random order; each is turned so that the person faces the camera give or take 30 degrees, and
seen from afar, without errors of detection. At most three seconds of it are asked about, as one movement. The
run may know some under another name: the table says what each is taken for, and how much of it is refused.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dancekit.plugin import Registry
from dancekit.prediction.needs import Recording, fit
from dancekit.prediction.predictor import tracks
from dancekit.prediction.windows import Answer, Scorer
from dancekit.skeleton.layout import Layout
from dancekit.verbs.inputs import Detectors, recordings_of
from dancekit.verbs.predict import open_model

_SECONDS = 3.0
_IMAGE, _PIXELS = (1920, 1080), 350.0  # per metre


def filmed(recording: Recording, layout: Layout, rng: np.random.Generator) -> Recording:
    """The first person of a recording in 3D as a camera far in front of them sees them."""
    frames = min(recording.frames, round(_SECONDS * recording.rate))
    first = int(rng.integers(0, recording.frames - frames + 1))
    places = recording.keypoints[:1, first : first + frames].astype(np.float64)  # (1, F, V, 3)
    hips = [recording.layout.index(f"{side}_hip") for side in ("left", "right")]
    left = places[0, 0, hips[0]] - places[0, 0, hips[1]]
    turn = np.arctan2(-left[2], left[0]) + rng.uniform(-np.pi / 6, np.pi / 6)
    aside = np.cos(turn) * places[..., 0] - np.sin(turn) * places[..., 2]
    picture = np.stack([aside - aside[:, :1].mean(), places[:, :1, :, 1].mean() - places[..., 1]], axis=-1)
    pixels = (_PIXELS * picture + np.array(_IMAGE) / 2).astype(np.float32)
    names = ["head" if joint == "nose" else joint for joint in layout.joints]
    columns = [recording.layout.index(name) if name in recording.layout.joints else -1 for name in names]
    there = np.array(columns) >= 0  # eyes and ears are missing
    return replace(
        recording,
        keypoints=np.where(there[:, None], pixels[:, :, columns], 0),  # (1, F, V, 2)
        score=np.where(there, recording.score[:1, first : first + frames][..., columns], 0),
        present=np.ones((1, frames), bool),
        layout=layout,
        image_size=_IMAGE,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("source")
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--recordings", type=int, default=400)
    given = parser.parse_args(arguments)
    registry = Registry.load()
    predictor = open_model(given.run, registry).predictor
    scorer = Scorer(classifier=predictor.classifier, calibration=predictor.calibration)
    classes = predictor.training.classes
    rng = np.random.default_rng(0)
    answers: dict[str, list[Answer]] = defaultdict(list)
    detectors = Detectors(registry=registry, chosen=None)
    every = list(
        recordings_of(
            given.source, given.overrides, registry, detectors=detectors, format="pyskl", split=None
        )
    )
    for place in rng.permutation(len(every))[: given.recordings]:
        each = every[place]
        seen, _ = fit(filmed(each.recording, predictor.training.layout, rng), predictor.training)
        track = tracks(seen)[0]
        answers[each.recording.name.split("_")[0]] += scorer.answers(track, [(0, len(track))])
    print(predictor.calibration.sentence)
    print("| movement | recordings | taken for | softmax below the threshold | unknown |")
    print("|---|---|---|---|---|")
    for name, said in sorted(answers.items()):
        taken = Counter(classes[each.best] for each in said).most_common(2)
        unsure = np.mean([each.probability.max() < predictor.calibration.threshold for each in said])
        unknown = np.mean([each.confidence < predictor.calibration.threshold for each in said])
        words = ", ".join(f"{movement} {count}" for movement, count in taken)
        print(f"| {name} | {len(said)} | {words} | {100 * unsure:.0f}% | {100 * unknown:.0f}% |")


if __name__ == "__main__":
    main()

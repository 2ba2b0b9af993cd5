"""From a recording to its timeline: fitted to the model, then every person for themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import Lift, Recording, Training, fit
from dancekit.prediction.segmentation import Lengths, Segmenter, stays
from dancekit.prediction.timeline import Person, Timeline
from dancekit.prediction.windows import Classifier, Scorer, Track

_SHORTER, _LONGER = 0.4, 1.4  # of the shortest and the longest training recording: what a movement may last
_SPREAD = 0.3  # of the logarithm of lengths, at least: training recordings may all have been cut alike
_ACROSS = 3.29  # standard deviations from the 5th to the 95th percentile
_PAUSE = 0.57  # of the usual length: the longest hold inside a movement


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """A trained model with all that turns its answers into a timeline.

    Attributes:
        name: of the run or the file that it is from.
        lift: makes 3D of 2D, where there is a lifter.
        shortest: seconds below which nothing is told; None follows the training recordings.
        threshold: confidence below which a movement is unknown; None is the calibrated one.
    """

    name: str
    classifier: Classifier
    calibration: Calibration
    lift: Lift | None = None
    shortest: float | None = None
    threshold: float | None = None

    @property
    def training(self) -> Training:
        return self.classifier.training

    @property
    def segmenter(self) -> Segmenter:
        lengths = lengths_of(self.training)
        if self.shortest is not None:
            shortest = self.shortest
            lengths = replace(
                lengths,
                shortest=shortest,
                usual=max(lengths.usual, shortest),
                longest=max(lengths.longest, shortest),
            )
        threshold = self.calibration.threshold if self.threshold is None else self.threshold
        scorer = Scorer(classifier=self.classifier, calibration=self.calibration)
        return Segmenter(scorer=scorer, lengths=lengths, threshold=threshold)

    def timeline(self, recording: Recording, *, source: str) -> Timeline:
        """Who does which movement when.

        Raises:
            DataError: the recording cannot be made into what the model reads.
        """
        fitted, notices = fit(recording, self.training, lift=self.lift)
        segmenter = self.segmenter
        persons = []
        for number, track in enumerate(tracks(fitted), start=1):
            there = stays(track.present)
            if there:
                persons.append(Person(number=number, stays=tuple(there), segments=segmenter.segments(track)))
        lasts, shortest = fitted.frames / fitted.rate, segmenter.lengths.shortest
        if not persons:
            notices.append("Nobody is there.")
        elif lasts < shortest:
            notices.append(
                f"It lasts {lasts:.2f} s, and the shortest movement that is told lasts {shortest:.2f} s."
            )
        return Timeline(
            recording=recording.name,
            source=source,
            model=self.name,
            classes=self.training.classes,
            frames=fitted.frames,
            frame_rate=fitted.rate,
            persons=tuple(persons),
            notices=tuple(notices),
            threshold=round(segmenter.threshold, 4),
        )


def tracks(recording: Recording) -> list[Track]:
    """Each person by themselves."""
    return [
        Track(
            keypoints=np.asarray(recording.keypoints[person], np.float32),
            score=np.asarray(recording.score[person], np.float32),
            present=recording.present[person],
            frame_rate=recording.rate,
            image_size=recording.image_size,
        )
        for person in range(len(recording.keypoints))
    ]


def lengths_of(training: Training) -> Lengths:
    """How long movements are, from how long the training recordings were."""
    shortest, usual, longest = training.lengths
    return Lengths(
        shortest=_SHORTER * shortest,
        usual=usual,
        longest=_LONGER * longest,
        spread=max(_SPREAD, float(np.log(longest / shortest)) / _ACROSS),
        pause=_PAUSE * usual,
    )

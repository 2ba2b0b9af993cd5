"""What a run keeps of the recordings that it was trained on, so that it can be used where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from dancekit.assembly import Prepared, prepare_data
from dancekit.data.clips import Clip
from dancekit.data.module import ClipData
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, RecipeError, RunError
from dancekit.prediction.needs import Training
from dancekit.recipe import Recipe
from dancekit.run import Run, read_json, write_json

_PERCENTILES = (5.0, 50.0, 95.0)
_MISSING = 0.05  # share of the joints of a made-up recording
_SIZE = (640, 480)


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The shape of the training recordings.

    Attributes:
        training: what a model that was trained on them reads.
        persons: the most of one recording.
        labels_per_person: each person of a recording has a label.
    """

    training: Training
    persons: int = 1
    labels_per_person: bool = False

    @classmethod
    def describe(cls, recipe: Recipe, classes: tuple[str, ...], store: RecordingStore) -> TrainingData:
        """What is worth knowing of some recordings."""
        rates = store.frame_rate.numpy()
        timed = np.isfinite(rates)
        seconds = None
        if timed.any():
            lengths = store.frames.numpy()[timed] / rates[timed]
            low, middle, high = (float(each) for each in np.percentile(lengths, _PERCENTILES))
            seconds = (round(low, 4), round(middle, 4), round(high, 4))
        training = Training(
            classes=classes,
            layout=store.layout,
            coordinates=store.coordinates,
            frames=recipe.batches.frames,
            frame_rate=recipe.batches.frame_rate,
            seconds=seconds,
            pixels=bool(store.image_size.isfinite().all()),
        )
        return cls(training=training, persons=store.most_persons, labels_per_person=store.label.ndim == 2)

    @classmethod
    def of(cls, run: Run, recipe: Recipe) -> TrainingData:
        """As the run keeps it; one of an older dancekit is told by its data, and keeps it from then on.

        Raises:
            RunError: neither is there.
        """
        if run.input.is_file():
            return cls.from_mapping(read_json(run.input), where=str(run.input))
        try:
            prepared = prepare_data(recipe, needed=("train",))
            known = cls.describe(recipe, prepared.classes, prepared.store("train"))
        except (DataError, RecipeError) as error:
            raise RunError(
                f"what {run.folder.name} reads is not known, because its data cannot be opened: "
                f"{error.message}",
                hint="Predict or export once where its data is; the run remembers it from then on.",
            ) from error
        with suppress(OSError):  # a run that cannot be written to is asked again the next time
            known.keep(run)
        return known

    def keep(self, run: Run) -> None:
        """Write it into the run."""
        write_json(run.input, self.to_mapping())

    def to_mapping(self) -> dict[str, Any]:
        return {
            **self.training.to_mapping(),
            "persons": self.persons,
            "labels_per_person": self.labels_per_person,
        }

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any], *, where: str) -> TrainingData:
        """What `to_mapping` wrote.

        Raises:
            RunError: it is something else.
        """
        training = Training.from_mapping(content, where=where)
        persons = content.get("persons", 1)
        if not isinstance(persons, int) or persons < 1:
            raise RunError(f"{where} does not say what the model needs: persons is {persons!r}.")
        per_person = content.get("labels_per_person") is True
        return cls(training=training, persons=persons, labels_per_person=per_person)

    def made_up(self, recipe: Recipe, *, clips: int = 1) -> Prepared:
        """Recordings of this shape as the test split, where the real ones are not: some move, some joints
        are missing, and lengths and numbers of persons differ."""
        store = RecordingStore.pack(self._clips(clips), self.training.layout)
        data = ClipData(train=None, validate=None, test=store, batches=recipe.batches, seed=recipe.seed)
        return Prepared(data=data, classes=self.training.classes)

    def _clips(self, count: int) -> Iterator[Clip]:
        training = self.training
        for number in range(count):
            random = np.random.default_rng(number)
            persons = self.persons - number % self.persons
            frames = training.frames + number % 5 * max(training.frames // 4, 1)
            shape = (persons, frames, training.layout.num_joints, training.coordinates)
            pose = random.normal(0.0, 0.4, (persons, 1, *shape[2:]))
            sway = random.normal(0.0, 0.1, (persons, 1, *shape[2:]))
            phase = np.linspace(0, 2 * np.pi, frames)[:, None, None]  # (T, 1, 1)
            places = pose + sway * np.sin(phase) + random.normal(0.0, 0.01, shape)  # (M, T, V, C)
            score = (random.random(shape[:3]) >= _MISSING).astype(np.float32)
            label = number % len(training.classes)
            yield Clip.of(
                100 * places + 300 if training.pixels else places,
                score=score if number else None,  # in the first everything is seen
                label=[label] * persons if self.labels_per_person else label,
                name=f"made-up-{number}",
                frame_rate=training.frame_rate or 30.0,
                image_size=_SIZE if training.pixels else None,
            )

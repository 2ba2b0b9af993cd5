"""What a run makes of one split: movements that it recognises, or poses that it lifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from dancekit.assembly import Prepared
from dancekit.data.store import RecordingStore
from dancekit.run import Run
from dancekit.tasks import metrics, pose_metrics
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.metrics import Predictions
from dancekit.tasks.pose_errors import position_errors
from dancekit.tasks.poses import LiftedPoses
from dancekit.tasks.recognition import Recognizer

Names = npt.NDArray[np.str_]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Movements that were recognised.

    Attributes:
        store: the recordings, to which the index of the predictions belongs.
    """

    run: Run
    split: str
    classes: tuple[str, ...]
    store: RecordingStore
    predictions: Predictions

    @property
    def names(self) -> Names:
        """(N,) the recordings; those with a label for each person come once for each."""
        return _at(self.store.names, self.predictions.index)

    @property
    def people(self) -> Names:
        """(N,) who dances in them; "" = unknown."""
        return _at(self.store.people, self.predictions.index)

    @property
    def result(self) -> dict[str, Any]:
        """As result.json says it of a split."""
        return metrics.summary(self.predictions)

    def save(self, file: Path) -> None:
        """Scores of every clip with its name, so that runs can be compared later."""
        np.savez_compressed(
            file,
            names=self.names,
            people=self.people,
            logits=self.predictions.logits.numpy(),
            label=self.predictions.label.numpy(),
            index=self.predictions.index.numpy(),
        )


@dataclass(frozen=True, kw_only=True)
class LiftingEvaluation:
    """Poses that were lifted.

    Attributes:
        store: the recordings, to which the index of the poses belongs.
        weights: what the lifter has for each joint, by name.
    """

    run: Run
    split: str
    classes: tuple[str, ...]
    store: RecordingStore
    poses: LiftedPoses
    weights: dict[str, Tensor]

    @property
    def result(self) -> dict[str, Any]:
        """As result.json says it of a split."""
        return pose_metrics.summary(self.poses, self.classes)

    def save(self, file: Path) -> None:
        """The error of every person and joint, in millimetres, so that runs can be compared later."""
        sequences = self.poses.sequences
        errors = [position_errors(each.lifted, each.target, each.known) for each in sequences]
        index = np.array([each.index for each in sequences], dtype=np.int64)
        np.savez_compressed(
            file,
            names=_at(self.store.names, index),
            people=_at(self.store.people, index),
            index=index,
            person=np.array([each.person for each in sequences], dtype=np.int64),
            label=np.array([each.label for each in sequences], dtype=np.int64),
            total=np.array([each.value.where(each.known, 0).sum(0).tolist() for each in errors]),  # (S, V')
            count=np.array([each.known.sum(0).tolist() for each in errors], dtype=np.int64),  # (S, V')
        )


def evaluation_of(
    model: Recognizer | Lifting, run: Run, split: str, prepared: Prepared, *, role: str | None = None
) -> Evaluation | LiftingEvaluation:
    """What a model says of the split that it has just been through.

    Args:
        role: which recordings of the recipe these are, where that is not the name of the split.
    """
    known: dict[str, Any] = {
        "run": run,
        "split": split,
        "classes": prepared.classes,
        "store": prepared.store(role or split),
    }
    if isinstance(model, Lifting):
        assert model.poses is not None  # the epoch has just ended
        weights = {name: value.detach().cpu() for name, value in model.lifter.weights_per_joint().items()}
        return LiftingEvaluation(**known, poses=model.poses, weights=weights)
    assert model.predictions is not None
    return Evaluation(**known, predictions=model.predictions)


def _at(values: Sequence[str], index: Tensor | npt.NDArray[np.int64]) -> Names:
    names: Names = np.array(values)[np.asarray(index)]
    return names

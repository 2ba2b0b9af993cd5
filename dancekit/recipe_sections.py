"""The sections of a recipe that choose no component: splits, batches, head, optimizer, trainer and so on.

Imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Which recordings are for what.

    Attributes:
        train: the split that the model learns from.
        validate: the split that chooses the best epoch; without one, `hold_out` of the train split does.
        test: the split that is touched once, at the end; none trains without a test.
        hold_out: the share of the train split kept for validation; 0 validates on nothing and keeps the
            last epoch.
        by: hold out whole persons (no one is on two sides) or single clips.
    """

    train: str = "train"
    validate: str | None = None
    test: str | None = "test"
    hold_out: float = 0.15
    by: Literal["person", "clip"] = "person"


@dataclass(frozen=True, kw_only=True)
class Batches:
    """How recordings become arrays of one length.

    Attributes:
        size: clips in a training step, over all devices together.
        frames: T, to which every recording is resampled.
        crop: shortest and longest share of a recording that a training clip spans, in random place. With
            `frame_rate` it is a share of the time that T frames take, and may exceed 1: it changes the tempo.
        persons: most persons in a clip; none takes as many as the data has.
        frame_rate: frames per second of a clip, which is then T frames from a random place in training and
            from the middle otherwise; the end of a clip that its recording does not fill has nobody in it.
            None stretches every recording to T frames, however long it is.
        jitter: draw each moment of a training clip from its own T-th of the span, in place of even steps.
        frame_pairs: follow each of the T moments by the moment one recorded frame later, from which
            `stream` with `motion: recorded` takes motion as it was recorded.
        pictures: side in pixels of the pictures that come with every clip, for parts that look at them; none
            gives keypoints alone. Only some data has pictures.
        workers: processes that read or make pictures while the model learns; 0 leaves it to the process that
            trains, `auto` takes one for each core, at most 8.
    """

    size: int = 32
    frames: int = 64
    crop: tuple[float, float] = (1.0, 1.0)
    persons: int | None = None
    frame_rate: float | None = None
    jitter: bool = False
    frame_pairs: bool = False
    pictures: int | None = None
    workers: int | Literal["auto"] = "auto"


@dataclass(frozen=True, kw_only=True)
class Head:
    """From features to classes.

    Attributes:
        dropout: on the pooled features.
        label_smoothing: share of the target that goes to all classes.
        class_weights: weigh each class by the inverse of its frequency in the train split.
    """

    dropout: float = 0.0
    label_smoothing: float = 0.0
    class_weights: bool = False


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """How the weights are found: warm-up from near zero, then a cosine to zero, step by step.

    Attributes:
        name: SGD, or Adam with decoupled weight decay.
        learning_rate: the highest, reached after the warm-up; none is 0.1 for sgd and 0.001 for adamw.
        weight_decay: of all weights.
        momentum: of sgd alone.
        nesterov: Nesterov's momentum in place of the plain one; of sgd alone.
        warmup_epochs: how long the rate rises in a straight line; 0 begins at the highest.
    """

    name: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float | None = None
    weight_decay: float = 5e-4
    momentum: float = 0.9
    nesterov: bool = True
    warmup_epochs: float = 2.0

    @property
    def highest_rate(self) -> float:
        """The learning rate after the warm-up, chosen or usual."""
        usual = 0.1 if self.name == "sgd" else 0.001
        return usual if self.learning_rate is None else self.learning_rate


@dataclass(frozen=True, kw_only=True)
class TrainerOptions:
    """What goes to Lightning's Trainer, under its own names.

    Attributes:
        max_epochs: how often every clip is learned from.
        accelerator: `cpu`, `gpu` and so on; `auto` takes the best that is there.
        devices: how many share each batch; `auto` takes all.
        num_nodes: machines of a distributed run.
        strategy: how devices work together, such as `ddp`.
        gradient_clip: the largest norm of the gradient; none does without.
        deterministic: prefer kernels that give the same numbers each time, and warn where there is none.
        precision: `auto` is bf16-mixed where the machine multiplies bfloat16 natively, 32-true elsewhere.
        average_weights: decay of an exponential moving average of the weights that is validated and
            tested in place of the last step's; none does without.
        compile: torch.compile the backbone.
    """

    max_epochs: int = 30
    accelerator: str = "auto"
    devices: int | Literal["auto"] = 1
    num_nodes: int = 1
    strategy: str = "auto"
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto"
    gradient_clip: float | None = None
    average_weights: float | None = None
    compile: bool = False
    deterministic: bool = True


@dataclass(frozen=True, kw_only=True)
class WandbOptions:
    """Where a run is logged when `logger` names wandb.

    Attributes:
        project: of W&B.
        entity: user or team; none takes the user's default.
        mode: `auto` is online for a logged-in user and offline otherwise; it never asks.
    """

    project: str = "dancekit"
    entity: str | None = None
    mode: Literal["auto", "online", "offline"] = "auto"


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """Several models on the same recordings, whose probabilities are averaged.

    Attributes:
        members: name -> what is set for it, written as on the command line, such as
            `bone: [preprocess.4.of=bone]`. Each is trained as a run of its own; none is no ensemble.
        weights: of the members in their order; none weighs all alike.
    """

    members: dict[str, list[str]] = field(default_factory=dict)
    weights: tuple[float, ...] = ()

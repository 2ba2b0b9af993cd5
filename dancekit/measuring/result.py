"""What `dancekit bench` finds, with the names that its JSON has.

Times are in seconds. A MAC is one product and its sum, 1 MAC = 2 FLOP. Keys keep their meaning; new ones may
come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dancekit.measuring.persons import Line
from dancekit.measuring.timing import Timing


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What was measured on.

    Attributes:
        device: cpu or cuda.
        name: of the processor or the GPU.
        cores: that the process may use.
        threads: that torch computes with on a processor.
        torch: its version.
        peak_macs_per_second: of the fastest matrix product that was seen, by its number format.
    """

    device: str
    name: str
    cores: int
    threads: int
    torch: str
    peak_macs_per_second: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Loading:
    """The batches of training, with the steps of `preprocess` and their augmentation.

    Attributes:
        clips_per_second: over all batches together.
        batches: that were loaded.
    """

    clips_per_second: float
    batches: int


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """What a repeated call took: median, 95th percentile and number of calls."""

    median: float
    p95: float
    calls: int

    @classmethod
    def of(cls, timing: Timing) -> Repeats:
        return cls(median=timing.median, p95=timing.p95, calls=len(timing.seconds))


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Work on ready batches of the recipe's size, in its precision.

    Attributes:
        clips_per_second: by the median.
        seconds: of a batch.
        macs_per_clip: all kinds together; of training forward and backward.
        macs_per_second: of these.
        share_of_peak: macs_per_second over the machine's peak in the number format of the precision.
        peak_memory_bytes: of tensors on a GPU, of the whole process on a CPU; null where nobody tells.
    """

    clips_per_second: float
    seconds: Repeats
    macs_per_clip: int
    macs_per_second: float
    share_of_peak: float
    peak_memory_bytes: int | None

    @classmethod
    def of(cls, timing: Timing, *, clips: int, macs: int, peak: float, memory: int | None) -> Rate:
        """The rate of calls on so many clips, of so many MACs each call."""
        per_second = macs / timing.median
        return cls(
            clips_per_second=clips / timing.median,
            seconds=Repeats.of(timing),
            macs_per_clip=round(macs / clips),
            macs_per_second=per_second,
            share_of_peak=per_second / peak,
            peak_memory_bytes=memory,
        )


@dataclass(frozen=True, kw_only=True)
class Persons:
    """The time of a batch against the persons in each of its clips.

    Attributes:
        clips: in every batch.
        persons: that are there in each clip.
        seconds: of a batch with so many, the median.
        line: slope (seconds for one more person in each clip), intercept and r2 of the least squares line
            through these; null with one number of persons.
        per_person: cost of a person at the most persons over that at the fewest; at most 1 is ideal.
        absent: time of one person beside so many empty slots that there are the most, over that of one person
            alone; 1 is ideal: who is absent costs nothing.
    """

    clips: int
    persons: tuple[int, ...]
    seconds: tuple[float, ...]
    line: Line | None
    per_person: float
    absent: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A backbone against its textbook form, timed in turn.

    Attributes:
        what: `inference`, or `training_step`: forward, backward and a step of SGD.
        textbook_precision: of the textbook form; the backbone has the recipe's.
        seconds: of the backbone, on a batch.
        textbook_seconds: of the textbook form, on the same.
        times_as_fast: as the textbook form, the median of matched pairs.
    """

    what: str
    textbook_precision: str
    seconds: Repeats
    textbook_seconds: Repeats
    times_as_fast: float


@dataclass(frozen=True, kw_only=True)
class FromFrames:
    """From recordings as pictures to what the model says, in one process that does one thing after another.

    Attributes:
        frames_per_second: pictures read or made, through the steps and the model.
        frames: that were measured.
    """

    frames_per_second: float
    frames: int


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """What `dancekit bench` measured of a recipe.

    Attributes:
        recipe: its name.
        task: recognition or lifting.
        model: the backbone, or in lifting the lifter.
        precision: of the recipe, found by trying where it is `auto`.
        batch: clips in a batch; fewer than the recipe's where the data has fewer.
        frames: T of these.
        machine: what was measured on.
        parameters: by kind of layer, of the whole model.
        macs_per_clip: by kind of layer, of inference.
        loading: batches of training.
        training: a step of Lightning's Trainer. A lifter makes its pairs in it.
        inference: from ready keypoints to logits or poses.
        latency: of inference on one clip with one person.
        persons: time against persons.
        textbook: the backbone against its plain form; empty where it has none.
        from_frames: end to end; null where the recipe has no pictures.
    """

    recipe: str
    task: str
    model: str
    precision: str
    batch: int
    frames: int
    machine: Machine
    parameters: Mapping[str, int]
    macs_per_clip: Mapping[str, int]
    loading: Loading
    training: Rate
    inference: Rate
    latency: Repeats
    persons: Persons
    textbook: tuple[Comparison, ...]
    from_frames: FromFrames | None

    def to_mapping(self) -> dict[str, Any]:
        """As JSON holds it: keys are the attributes, tuples are lists."""
        mapping = asdict(self)
        mapping["persons"] |= {key: list(mapping["persons"][key]) for key in ("persons", "seconds")}
        return mapping | {"textbook": list(mapping["textbook"])}

"""What a plugin implements: one small class per kind of component.

The constructor of a component is its schema: keyword-only, annotated, with defaults (tuples, never
lists). A recipe's node is checked against it before anything is built. A value that makes no sense is a
ValueError. What the core supplies is named at each class; a constructor takes what it needs of it.

Notation used for shapes: N clips, M persons, T frames, V joints, C coordinates or channels,
B = the persons of a batch that are there, F features.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from dancekit.data.clips import Clip
from dancekit.data.found import Found, clip_of
from dancekit.data.images import shows_pictures
from dancekit.data.pictures import Pictures
from dancekit.lazy import names_of
from dancekit.skeleton.layout import Layout

if TYPE_CHECKING:
    from dancekit.data.clips import ClipBatch
    from dancekit.data.store import RecordingStore
    from dancekit.networks import Attention as Attention
    from dancekit.networks import AttentionFactory as AttentionFactory
    from dancekit.networks import Backbone as Backbone
    from dancekit.networks import Lifter as Lifter
    from dancekit.networks import Matrix as Matrix
    from dancekit.networks import SkeletonBackbone as SkeletonBackbone
else:
    _NETWORKS = ("Attention", "AttentionFactory", "Backbone", "Lifter", "Matrix", "SkeletonBackbone")
    __getattr__ = names_of("dancekit.networks", _NETWORKS, here=__name__)


class Dataset(ABC):
    """Recordings with labels, divided into named splits.

    Attributes:
        cached: keep the recordings packed between runs. Only true where they follow from the arguments,
            from the files and folders that arguments of type Path name, and from the code of the package.
    """

    cached: ClassVar[bool] = False
    classes: tuple[str, ...]
    layout: Layout
    splits: tuple[str, ...]

    @abstractmethod
    def recordings(self, split: str) -> Iterable[Clip]:
        """The recordings of one of `splits`, always in the same order.

        Raises:
            DataError: the split is not there, or a recording cannot be read.
        """

    def pictures(self, split: str) -> Pictures | None:
        """The same recordings as pictures; None, as a rule, where there are only keypoints.

        Raises:
            DataError: the split is not there.
        """
        return None

    def packed(self, split: str) -> RecordingStore | None:
        """The recordings of a split that already lie in a store; None, as a rule, reads them one by one."""
        return None

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether a file or a folder is of this format, by its name or its first bytes; false by default.

        `dancekit data` asks every data set, so that a user need not name the format. It is cheap, never
        raises, and says no rather than perhaps.
        """
        return False


class Detector(ABC):
    """Finds 2D keypoints in a video, an image or the files of a pose estimator.

    Only `frames` has to be written. `dancekit.data.footage.Footage` reads videos and images, and
    `dancekit.data.found.follow_found` tells who is who.

    Attributes:
        persons: the most persons of a clip.
    """

    layout: Layout
    persons: int = 20

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether it takes this file or folder; by default a video, an image, a folder of images or a camera.

        A detector of files that a pose estimator wrote looks at their names and first bytes instead. It is
        cheap, never raises, and says no rather than perhaps.
        """
        return shows_pictures(path)

    @abstractmethod
    def frames(self, source: Path) -> Iterator[Found]:
        """The people in one frame after the other, followed over time, keypoints in pixels.

        What is in memory does not grow with the length of the source.

        Raises:
            DataError: the source cannot be read.
        """

    def __call__(self, source: Path) -> Clip:
        """One clip with the persons followed over time, keypoints in pixels; its label is -1.

        It is named after the file or folder. Who is nobody's for certain is left out, and where nobody is
        found, one person is never there.

        Raises:
            DataError: the source cannot be read.
        """
        name = source.name if source.is_dir() else source.stem
        return clip_of(self.frames(source), name=name, persons=self.persons)


class Preprocessor(ABC):
    """Changes a batch before it reaches the lifter and the backbone.

    It takes every random number from `batch.random`, or where that is None and it is random all the same,
    from a `dancekit.data.randomness.RecordingRandom`. It changes no array in place, and leaves keypoints 0
    where `score` is 0. A joint or person that a clip never shows stays missing. One that is only for
    training is not called elsewhere.
    """

    when: Literal["train", "always"] = "always"

    @abstractmethod
    def __call__(self, batch: ClipBatch) -> ClipBatch:
        """A new batch; layout and number of coordinates may differ."""

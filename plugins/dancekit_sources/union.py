"""Several data sets as one, each recording in a layout that all can be put into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated

from dancekit.data.clips import Clip
from dancekit.errors import DancekitError, DataError, RecipeError
from dancekit.interfaces import Dataset
from dancekit.schema import Nested
from dancekit.skeleton.layout import Layout

Member = Annotated[Callable[..., Dataset], Nested("dataset")]


class Union(Dataset):
    """Recordings of several data sets behind each other, named `member/recording`.

    Classes of the same name are one class. Persons of different members are different persons.

    Args:
        members: name -> data set.
        layout: what every recording is put into, by the names of its joints.
        splits: name of a split -> member -> that member's split; members that are not named have no part in
            it. Without it the splits are those that every member has.
        repeat: member -> how often each of its recordings comes in `repeated`, so that a small set counts
            as much as a large one. Once, for members that are not named.
        repeated: the split whose recordings are repeated.

    Raises:
        RecipeError: a name is not known.
        LayoutError: a member's layout lacks joints of the common one.
        DataError: the members differ in 2D and 3D.
    """

    cached = True

    def __init__(
        self,
        *,
        members: dict[str, Member],
        layout: Layout,
        splits: dict[str, dict[str, str]] | None = None,
        repeat: dict[str, int] | None = None,
        repeated: str = "train",
    ) -> None:
        self.layout = layout
        self._members = {name: build() for name, build in members.items()}
        self._splits = dict(splits) if splits else self._common_splits()
        self._repeat, self._repeated = dict(repeat or {}), repeated
        self._check(self._repeat, "repeat")
        for split, parts in self._splits.items():
            self._check(parts, f"splits.{split}")
            for member, own in parts.items():
                if own not in self._members[member].splits:
                    there = ", ".join(self._members[member].splits)
                    raise RecipeError(
                        f"splits.{split}: {member} has no split {own!r}.", hint=f"It has: {there}."
                    )
        if min(self._repeat.values(), default=1) < 1:
            raise RecipeError("repeat must be at least 1.", hint="Leave a member out of `splits` instead.")
        if self._repeat and repeated not in self._splits:
            raise RecipeError(
                f"repeated: there is no split {repeated!r}.", hint=f"There is: {', '.join(self._splits)}."
            )
        self.splits = tuple(self._splits)
        self.classes = tuple(
            dict.fromkeys(name for member in self._members.values() for name in member.classes)
        )

    def recordings(self, split: str) -> Iterator[Clip]:
        """The recordings of every member, one member after the other."""
        if split not in self._splits:
            raise DataError(f"there is no split {split!r}.", hint=f"There is: {', '.join(self.splits)}.")
        coordinates: int | None = None
        for name, own in self._splits[split].items():
            times = self._repeat.get(name, 1) if split == self._repeated else 1
            for clip in self._recordings_of(name, own):
                if coordinates not in (None, clip.keypoints.shape[-1]):
                    raise DataError(f"{clip.name} is in {clip.keypoints.shape[-1]}D, and others are not.")
                coordinates = clip.keypoints.shape[-1]
                yield clip
                for again in range(1, times):
                    yield replace(clip, name=f"{clip.name}#{again + 1}")

    def _recordings_of(self, name: str, split: str) -> Iterator[Clip]:
        member = self._members[name]
        labels = [self.classes.index(each) for each in member.classes]
        try:
            for clip in member.recordings(split):
                label = clip.label
                yield replace(
                    clip.in_layout(member.layout, self.layout),
                    name=f"{name}/{clip.name}",
                    person=f"{name}/{clip.person}" if clip.person else "",
                    label=_relabelled(label, labels)
                    if isinstance(label, int)
                    else tuple(_relabelled(each, labels) for each in label),
                )
        except DancekitError as error:
            raise type(error)(f"{name}: {error.message}", hint=error.hint) from error

    def _common_splits(self) -> dict[str, dict[str, str]]:
        first, *others = self._members.values()
        common = [split for split in first.splits if all(split in each.splits for each in others)]
        if not common:
            raise RecipeError(
                "the members have no split in common.",
                hint="Say under `splits` what each is made of: train: {member: its split, ...}.",
            )
        return {split: dict.fromkeys(self._members, split) for split in common}

    def _check(self, named: dict[str, object] | dict[str, str] | dict[str, int], key: str) -> None:
        unknown = [name for name in named if name not in self._members]
        if unknown:
            raise RecipeError(
                f"{key}: there is no member {unknown[0]!r}.", hint=f"There is: {', '.join(self._members)}."
            )


def _relabelled(label: int, labels: list[int]) -> int:
    return labels[label] if label >= 0 else label

"""One declared skeleton, from which the graph, bone vectors, flips, plots and converters all come.

A layout is written by joint names in a YAML file (see `layouts/`), in a recipe, or as a mapping:

    joints: [pelvis, left_hip, right_hip, ...]          # in the order of the recordings
    bones: {left_hip: pelvis, right_hip: pelvis, ...}   # child: parent, in drawing order
    centre: pelvis                                      # origin, and the middle of the graph
    pairs: {left_hip: right_hip, ...}                   # left: right
    parts: {left_leg: [left_hip, ...], ...}             # optional
    derived: {thorax: [left_shoulder, right_shoulder]}  # optional: the mean of other joints
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from dancekit.errors import LayoutError
from dancekit.skeleton.reading import finder, read_yaml, table, text, texts
from dancekit.wording import nearest

Item = TypeVar("Item", bound=Hashable)
Value = TypeVar("Value", covariant=True)

_REQUIRED = {
    "joints": "List the names of the joints in the order of the recordings.",
    "bones": "Write child: parent for every joint but one.",
    "centre": "Name the joint that is the middle of the skeleton.",
    "pairs": "Write left: right for every pair of joints, or {}.",
}
_KEYS = ("name", *_REQUIRED, "parts", "derived")


class FrozenMapping(Mapping[str, Value]):
    """A mapping that cannot change, so that what holds it can be hashed, pickled and shared."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Value] | Iterable[tuple[str, Value]] = ()) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> Value:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which joints a skeleton has, in which order, and how they hang together.

    Attributes:
        name: how recipes, files and plots call it.
        joints: names in the order of the V axis.
        bones: (child, parent) joint indices in drawing order: a tree over all joints. The one joint
            that is nobody's child is the root.
        centre: the joint that is the origin of normalised coordinates and from which the spatial
            partition counts hops; it need not be the root.
        pairs: (left, right) joint indices.
        parts: name -> joint indices, such as `left_arm`; parts may overlap and need not cover all.
        derived: name -> names whose mean it is. It says how to make a joint that this layout lacks
            from those it has, and how to make one that it has when a recording in another layout
            lacks it (`dancekit.skeleton.convert`).

    Raises:
        LayoutError: the bones are no tree, or a joint is unknown, repeated or used twice.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    centre: int
    pairs: tuple[tuple[int, int], ...] = ()
    parts: Mapping[str, tuple[int, ...]] = field(default_factory=FrozenMapping)
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=FrozenMapping)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", FrozenMapping(self.parts))
        object.__setattr__(self, "derived", FrozenMapping(self.derived))
        self._check_joints()
        self._check_tree()
        self._check_pairs()
        self._check_derived()

    @property
    def num_joints(self) -> int:
        return len(self.joints)

    def index(self, name: str) -> int:
        """The place of a joint on the V axis.

        Raises:
            LayoutError: there is no such joint; the hint has the nearest name.
        """
        try:
            return self._places[name]
        except KeyError:
            raise self._error(f"there is no joint {name!r}.", hint=nearest(name, self.joints)) from None

    @cached_property
    def parents(self) -> tuple[int, ...]:
        """The parent of each joint; -1 for the root."""
        parents = [-1] * self.num_joints
        for child, parent in self.bones:
            parents[child] = parent
        return tuple(parents)

    @cached_property
    def flip(self) -> tuple[int, ...]:
        """The permutation that swaps left and right: mirrored[..., v, :] is keypoints[..., flip[v], :].

        A mirrored skeleton also has its x coordinates negated; that is the caller's part.
        """
        order = list(range(self.num_joints))
        for left, right in self.pairs:
            order[left], order[right] = right, left
        return tuple(order)

    @classmethod
    def named(cls, name: str) -> Layout:
        """A layout that is shipped with dancekit; `layout_names` lists them.

        Raises:
            LayoutError: there is no such layout; the hint has the nearest name, or all.
        """
        if name not in layout_names():
            raise LayoutError(f"There is no layout {name!r}.", hint=nearest(name, layout_names()))
        return _shipped(name)

    @classmethod
    def from_yaml(cls, path: str | Path) -> Layout:
        """Read a layout file; without a `name` in it, the file's name without its ending is used.

        Nothing in the file is executed and no interpolation is resolved.

        Raises:
            LayoutError: the file cannot be read or does not describe a layout.
        """
        path = Path(path)
        content = read_yaml(path)
        try:
            if isinstance(content, Mapping):
                content = {"name": path.stem, **content}
            return cls.from_mapping(content)
        except LayoutError as error:
            raise LayoutError(f"{path}: {error.message}", hint=error.hint) from None

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, name: str = "") -> Layout:
        """Make a layout from names, as a recipe or a YAML file has it (top of this module).

        Args:
            name: takes the place of the mapping's own `name`; one of the two is needed.

        Raises:
            LayoutError: a key is unknown or missing, a value has the wrong type, or what it says
                is no skeleton.
        """
        if not isinstance(mapping, Mapping):
            raise LayoutError(
                f"Layout {name or 'without a name'}: this is not a mapping.",
                hint=f"Write the keys {', '.join(_REQUIRED)}.",
            )
        name = name or text(mapping.get("name"), where="layout", what="`name`")
        where = f"layout {name}"
        for key in mapping:
            if key not in _KEYS:
                raise LayoutError(f"{where}: there is no key {key!r}.", hint=nearest(str(key), _KEYS))
        for key in _REQUIRED:
            if key not in mapping:
                raise LayoutError(f"{where}: the key `{key}` is missing.", hint=_REQUIRED[key])

        joints = texts(mapping["joints"], where=where, what="`joints`")
        index = finder(joints, where=where)
        bones = table(mapping["bones"], text, where=where, what="bones")
        pairs = table(mapping["pairs"], text, where=where, what="pairs")
        parts = table(mapping.get("parts", {}), texts, where=where, what="parts")
        return cls(
            name=name,
            joints=joints,
            bones=tuple((index(child, "bones"), index(parent, "bones")) for child, parent in bones.items()),
            centre=index(text(mapping["centre"], where=where, what="`centre`"), "centre"),
            pairs=tuple((index(left, "pairs"), index(right, "pairs")) for left, right in pairs.items()),
            parts={
                part: tuple(index(joint, f"parts.{part}") for joint in members)
                for part, members in parts.items()
            },
            derived=table(mapping.get("derived", {}), texts, where=where, what="derived"),
        )

    def to_mapping(self) -> dict[str, Any]:
        """The layout by names, in plain lists and dicts: what `from_mapping` reads."""
        joints = self.joints
        return {
            "name": self.name,
            "joints": list(joints),
            "bones": {joints[child]: joints[parent] for child, parent in self.bones},
            "centre": joints[self.centre],
            "pairs": {joints[left]: joints[right] for left, right in self.pairs},
            "parts": {part: [joints[member] for member in members] for part, members in self.parts.items()},
            "derived": {name: list(sources) for name, sources in self.derived.items()},
        }

    @cached_property
    def _places(self) -> dict[str, int]:
        return {joint: place for place, joint in enumerate(self.joints)}

    def _error(self, problem: str, *, hint: str = "") -> LayoutError:
        return LayoutError(f"layout {self.name}: {problem}", hint=hint)

    def _check_joints(self) -> None:
        if not self.joints:
            raise self._error("it has no joints.", hint="List their names in the order of the recordings.")
        if double := _first_double(self.joints):
            raise self._error(f"the joint {double!r} is listed twice.", hint="Give every joint its own name.")
        used = [self.centre, *_flat(self.bones), *_flat(self.pairs), *_flat(self.parts.values())]
        for place in used:
            if not 0 <= place < self.num_joints:
                raise self._error(
                    f"there is no joint number {place}.", hint=f"They are 0 to {self.num_joints - 1}."
                )

    def _check_tree(self) -> None:
        if (child := _first_double(child for child, _ in self.bones)) is not None:
            raise self._error(
                f"the joint {self.joints[child]!r} has two parents.", hint="Give it one bone to one parent."
            )
        for start in range(self.num_joints):
            joint, steps = start, 0
            while self.parents[joint] >= 0:
                joint, steps = self.parents[joint], steps + 1
                if steps > self.num_joints:
                    raise self._error(
                        f"the bones from {self.joints[start]!r} run in a circle.",
                        hint="Bones are child: parent and must all lead to one root.",
                    )
        roots = [self.joints[joint] for joint, parent in enumerate(self.parents) if parent < 0]
        if len(roots) > 1:
            raise self._error(
                f"the skeleton is not in one piece: {', '.join(roots)} have no parent.",
                hint="Give all but one of them a parent in `bones`.",
            )

    def _check_pairs(self) -> None:
        if (joint := _first_double(_flat(self.pairs))) is not None:
            raise self._error(
                f"the joint {self.joints[joint]!r} is in `pairs` twice.",
                hint="A joint has one counterpart on the other side, and the middle has none.",
            )

    def _check_derived(self) -> None:
        known = (*self.joints, *self.derived)
        for name, sources in self.derived.items():
            if not sources:
                raise self._error(f"derived.{name} is the mean of nothing.", hint="List its joints.")
            for source in sources:
                if source not in known:
                    raise self._error(
                        f"derived.{name} asks for the unknown joint {source!r}.",
                        hint=nearest(source, known),
                    )
            if name in _ancestry(name, self.derived):
                raise self._error(
                    f"derived.{name} is made from itself.", hint="Take it out of its own sources."
                )


@cache
def layout_names() -> tuple[str, ...]:
    """The names of the layouts that are shipped with dancekit, in alphabetical order."""
    files = resources.files("dancekit.skeleton").joinpath("layouts").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@cache
def _shipped(name: str) -> Layout:
    with resources.as_file(resources.files("dancekit.skeleton") / "layouts" / f"{name}.yaml") as path:
        return Layout.from_yaml(path)


def _flat(groups: Iterable[Iterable[Item]]) -> list[Item]:
    return [item for group in groups for item in group]


def _first_double(items: Iterable[Item]) -> Item | None:
    seen: set[Item] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    return None


def _ancestry(name: str, derived: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All that a derived joint is made from, and what that is made from."""
    found: set[str] = set()
    waiting = list(derived[name])
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting.extend(derived.get(source, ()))
    return found

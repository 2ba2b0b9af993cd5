"""The joints of a BVH file: names, parents, offsets and channels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from dancekit.errors import DataError

_BRACES = re.compile(r"([{}])")
_MOST_JOINTS = 1000
_JOINTS_PER_CHANNEL = 4
"""Joints without channels cost memory in every frame and nothing in the file: no skeleton has as many."""


class Channel(NamedTuple):
    """One number of a frame: how far (units of the file) or by what angle (degrees), and on which axis."""

    kind: Literal["position", "rotation"]
    axis: int


_KINDS: tuple[Literal["position", "rotation"], ...] = ("position", "rotation")
_CHANNELS = {f"{letter}{kind}": Channel(kind, axis) for kind in _KINDS for axis, letter in enumerate("xyz")}


@dataclass(frozen=True, kw_only=True)
class Joint:
    """A joint or an end site.

    Attributes:
        name: as in the file; of an end site that of its joint with `_end`.
        parent: its place among the joints; -1 for the root.
        offset: from the parent, in the parent's frame and the units of the file.
        channels: in the order of the file, which is that of the rotations.
        end: it is an end site.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[Channel, ...]
    end: bool


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """All joints; a parent comes before its children."""

    joints: tuple[Joint, ...]

    @cached_property
    def num_channels(self) -> int:
        return sum(len(joint.channels) for joint in self.joints)


def parse_hierarchy(text: str, *, name: str) -> Hierarchy:
    """Read what stands before the line MOTION.

    Args:
        name: what errors call the file.

    Raises:
        DataError: it is no hierarchy; the message says on which line.
    """
    reader = _Reader(name)
    for line, statement in _statements(text):
        reader.take(line, statement)
    return reader.finished()


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """What stands on each line, braces apart, with the line's number."""
    for number, line in enumerate(text.split("\n"), start=1):
        for part in _BRACES.split(line):
            if statement := part.strip():
                yield number, statement


@dataclass
class _Draft:
    """A joint of which not all has been read."""

    name: str
    parent: int
    end: bool
    offset: tuple[float, float, float] | None = None
    channels: tuple[Channel, ...] | None = None


class _Reader:
    """Takes the statements one after the other; joints that are open lie on a stack of places."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.line = 0
        self.drafts: list[_Draft] = []
        self.names: set[str] = set()
        self.open: list[int] = []
        self.started = False
        self.awaits_brace = False

    def take(self, line: int, statement: str) -> None:
        self.line = line
        words = statement.split()
        keyword, rest = words[0].upper(), words[1:]
        if not self.started:
            self.require(
                keyword == "HIERARCHY" and not rest,
                "it does not begin with HIERARCHY",
                "Give a BVH file.",
            )
            self.started = True
            return
        self.require(
            (keyword == "{") == self.awaits_brace,
            "a `{` is missing" if self.awaits_brace else "this `{` opens no joint",
            "Write `{` after the name of a joint, and nowhere else.",
        )
        if keyword == "{":
            self.open.append(len(self.drafts) - 1)
            self.awaits_brace = False
        elif keyword == "}":
            self.close()
        elif keyword == "OFFSET":
            self.offset(rest)
        elif keyword == "CHANNELS":
            self.channels(rest)
        elif keyword in ("ROOT", "JOINT"):
            self.joint(" ".join(rest), root=keyword == "ROOT")
        elif keyword == "END":
            self.end_site()
        else:
            self.require(
                False, f"{words[0][:40]!r} is unknown", "Use ROOT, JOINT, End Site, OFFSET, CHANNELS."
            )

    def finished(self) -> Hierarchy:
        self.require(bool(self.drafts), "there is no ROOT", "Fetch or export the file again.")
        self.require(
            not self.open and not self.awaits_brace,
            f"the joint {self.drafts[-1].name[:100]!r} is not closed by `}}`",
            "Fetch or export the file again: its hierarchy is cut short.",
        )
        hierarchy = Hierarchy(
            joints=tuple(
                Joint(
                    name=draft.name,
                    parent=draft.parent,
                    offset=draft.offset or (0.0, 0.0, 0.0),
                    channels=draft.channels or (),
                    end=draft.end,
                )
                for draft in self.drafts
            )
        )
        self.require(
            len(hierarchy.joints) <= _JOINTS_PER_CHANNEL * hierarchy.num_channels,
            f"{len(hierarchy.joints)} joints have only {hierarchy.num_channels} channels",
            "Fetch or export the file again: its joints don't move.",
        )
        return hierarchy

    def joint(self, name: str, *, root: bool) -> None:
        self.require(bool(name), "the joint has no name", "Write it after ROOT or JOINT.")
        self.require(
            root == (not self.drafts),
            "there is a second ROOT" if root else "a JOINT comes before the ROOT",
            "One file holds one skeleton: write each into a file of its own.",
        )
        self.require(
            name not in self.names, f"the joint {name[:100]!r} is there twice", "Give each its own name."
        )
        self.add(name, end=False)

    def end_site(self) -> None:
        self.require(bool(self.open), "an End Site has no joint", "Put it inside the braces of one.")
        name = base = f"{self.drafts[self.open[-1]].name}_end"
        number = 1
        while name in self.names:
            number += 1
            name = f"{base}{number}"
        self.add(name, end=True)

    def add(self, name: str, *, end: bool) -> None:
        self.require(
            not self.drafts or bool(self.open),
            f"{name[:100]!r} is outside of the root's braces",
            "Put every joint inside the braces of its parent.",
        )
        parent = self.open[-1] if self.open else -1
        self.require(
            parent < 0 or not self.drafts[parent].end,
            "an End Site has a child",
            "Write JOINT in its place.",
        )
        self.require(
            len(self.drafts) < _MOST_JOINTS,
            f"there are more than {_MOST_JOINTS} joints",
            "Fetch or export the file again.",
        )
        self.drafts.append(_Draft(name=name, parent=parent, end=end))
        self.names.add(name)
        self.awaits_brace = True

    def close(self) -> None:
        self.require(bool(self.open), "this `}` closes nothing", "Take it out.")
        draft = self.drafts[self.open.pop()]
        self.require(
            draft.offset is not None,
            f"{draft.name[:100]!r} has no OFFSET",
            "Write one, such as OFFSET 0 0 0.",
        )

    def current(self, keyword: str) -> _Draft:
        self.require(bool(self.open), f"{keyword} belongs to no joint", "Put it inside the braces of one.")
        return self.drafts[self.open[-1]]

    def offset(self, words: list[str]) -> None:
        draft = self.current("OFFSET")
        try:
            x, y, z = map(float, words)
        except ValueError:
            x = y = z = math.nan
        self.require(
            math.isfinite(x) and math.isfinite(y) and math.isfinite(z),
            "OFFSET is not three numbers",
            "Write them with a decimal point and spaces between them.",
        )
        self.require(draft.offset is None, "there is a second OFFSET", "Write one for each joint.")
        draft.offset = (x, y, z)

    def channels(self, words: list[str]) -> None:
        draft = self.current("CHANNELS")
        self.require(not draft.end, "an End Site has CHANNELS", "Take them out: it doesn't move.")
        self.require(draft.channels is None, "there are CHANNELS already", "Write them once for each joint.")
        names = [word.lower() for word in words[1:]]
        unknown = next((name for name in names if name not in _CHANNELS), None)
        self.require(
            unknown is None,
            f"there is no channel {(unknown or '')[:40]!r}",
            "There are Xposition, Yposition, Zposition, Xrotation, Yrotation, Zrotation.",
        )
        self.require(
            bool(words)
            and words[0].isdecimal()
            and words[0].lstrip("0") == (str(len(names)) if names else ""),
            f"CHANNELS announces {words[0][:20]!r} and names {len(names)}" if words else "CHANNELS is empty",
            "Write how many there are, and then their names.",
        )
        channels = tuple(_CHANNELS[name] for name in names)
        positions = [channel for channel in channels if channel.kind == "position"]
        self.require(
            len(set(positions)) == len(positions), "a position channel is there twice", "Name each once."
        )
        draft.channels = channels

    def require(self, holds: bool, problem: str, mend: str) -> None:
        if not holds:
            raise DataError(f"{self.name}: line {self.line}: {problem}.", hint=mend)

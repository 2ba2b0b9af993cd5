"""The drill library: YAML that a teacher edits, checked word by word. Nothing in it is ever executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from dancekit.errors import DataError
from dancekit.wording import nearest
from dancekit_coach.care_checks import REGIONS, name, names, one_of, whole
from dancekit_coach.care_interfaces import DrillLibrary

DrillKind = Literal["warm_up", "skill", "conditioning", "partner", "creative", "cool_down", "relaxation"]
WarmUpPart = Literal["pulse", "mobilise", "lengthen", "strength"]

PARTS: tuple[str, ...] = get_args(WarmUpPart)
_EFFORT: Mapping[str, tuple[int, int]] = {
    "warm_up": (1, 3),
    "skill": (2, 10),
    "conditioning": (2, 10),
    "partner": (2, 3),
    "creative": (2, 3),
    "cool_down": (1, 2),
    "relaxation": (1, 2),
}
"""The effort that each kind may have; no dancing is easier than a cool-down, so none rises into one."""

_MOST_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Target:
    """The fault that a drill mends: a measure of the review, in a phase of the movement or in any."""

    measure: str
    phase: str = "any"


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill; the fields are those of drills.yaml, which explains them.

    Raises:
        DataError: a field is wrong or missing for its kind.
    """

    key: str
    title: str
    kind: DrillKind
    cue: str
    rpe: int
    minutes: int
    part: WarmUpPart | None = None
    movement: str | None = None
    level: int = 1
    regions: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    target: Target | None = None
    regression: str | None = None
    progression: str | None = None
    solo: str = ""
    of_mastered: bool = False

    def __post_init__(self) -> None:
        name(self.key, "The name of a drill")
        where = f"of the drill {self.key}"
        for text in ("title", "cue"):
            name(getattr(self, text), f"The {text} {where}")
        one_of(self.kind, f"The kind {where}", get_args(DrillKind))
        whole(self.rpe, f"The rpe {where}", *_EFFORT[self.kind])
        whole(self.minutes, f"The minutes {where}", 5, 10 if self.kind == "relaxation" else 60)
        whole(self.level, f"The level {where}", 1, 3)
        names(self.regions, f"The regions {where}", REGIONS)
        names(self.demands, f"The demands {where}")
        names(self.prerequisites, f"The prerequisites {where}")
        self._only("part", "warm_up", self.part, where)
        self._only("movement", "skill", self.movement, where)
        self._only("solo", "partner", self.solo or None, where)
        if self.part is not None:
            one_of(self.part, f"The part {where}", PARTS)
        if not isinstance(self.of_mastered, bool) or (self.of_mastered and self.kind != "creative"):
            raise DataError(
                f"of_mastered {where} is {self.of_mastered!r}.",
                hint="It is true or false, of a creative drill.",
            )
        if self.movement is not None and self.movement in self.prerequisites:
            raise DataError(f"The drill {self.key} requires its own movement.", hint="Take it out.")

    def _only(self, key: str, kind: str, value: object, where: str) -> None:
        if (self.kind == kind) != (value is not None):
            if value is None:
                raise DataError(f"The {key} {where} is missing.", hint=f"A {kind} drill has one.")
            raise DataError(f"The {key} {where} is {value!r}.", hint=f"Only a {kind} drill has one.")
        if value is not None:
            name(value, f"The {key} {where}")


class YamlDrills(DrillLibrary):
    """Drills of a YAML file.

    Args:
        path: the file; None is the library that comes with dancekit.

    Raises:
        DataError: the file cannot be read, or a drill is wrong: it says which, what, and the way out.
    """

    def __init__(self, *, path: Path | None = None) -> None:
        self.path = path or Path(__file__).with_name("drills.yaml")
        self._drills = read_drills(self.path)

    def drills(self) -> tuple[Drill, ...]:
        return self._drills


def read_drills(path: Path) -> tuple[Drill, ...]:
    """The drills of a YAML file, checked one by one and together, in the order of the file.

    Raises:
        DataError: as `YamlDrills`.
    """
    try:
        content = _parsed(path)
        if not isinstance(content, Mapping) or set(content) != {"drills"}:
            raise DataError(
                "The file is not a mapping with the one key drills.", hint="Start it with drills:"
            )
        if not isinstance(content["drills"], Mapping) or not content["drills"]:
            raise DataError("drills is empty or no mapping.", hint="Write NAME: and the fields below it.")
        drills = tuple(_drill(key, value) for key, value in content["drills"].items())
        check_library(drills)
    except DataError as error:
        raise DataError(f"{path}: {error.message}", hint=error.hint) from None
    return drills


def check_library(drills: tuple[Drill, ...]) -> None:
    """Check what drills say about each other, and that a session can be made of them.

    Raises:
        DataError: a warm-up part or a cool-down is missing, or one drill names another wrongly.
    """
    by_key = {drill.key: drill for drill in drills}
    if len(by_key) != len(drills):
        raise DataError("Two drills have the same name.", hint="Give each its own.")
    movements = {drill.movement for drill in drills if drill.movement}
    for part in PARTS:
        if not any(drill.part == part for drill in drills):
            raise DataError(f"No warm-up drill is of the part {part}.", hint="Add one.")
    if not any(drill.kind == "cool_down" for drill in drills):
        raise DataError("There is no cool-down drill.", hint="Add one.")
    for drill in drills:
        for movement in drill.prerequisites:
            one_of(movement, f"A prerequisite of the drill {drill.key}", sorted(movements))
        for key, other in (("regression", drill.regression), ("progression", drill.progression)):
            if other is None:
                continue
            one_of(other, f"The {key} of the drill {drill.key}", tuple(by_key))
            easy, hard = (by_key[other], drill) if key == "regression" else (drill, by_key[other])
            if (easy.kind, easy.movement, easy.part) != (hard.kind, hard.movement, hard.part):
                raise DataError(
                    f"The {key} of the drill {drill.key} is {other}, which trains something else.",
                    hint="Name a drill of the same kind and movement.",
                )
            if easy is hard or easy.rpe > hard.rpe or easy.level > hard.level:
                raise DataError(
                    f"The {key} of the drill {drill.key} is {other}, which is not easier by rpe and level."
                    if key == "regression"
                    else f"The {key} of the drill {drill.key} is {other}, which is easier by rpe or level.",
                    hint="Exchange them, or mend rpe and level.",
                )
    for drill in drills:
        _no_circle(drill, by_key)


def _no_circle(drill: Drill, by_key: Mapping[str, Drill]) -> None:
    seen, at = {drill.key}, drill
    while at.regression is not None and at.regression in by_key:
        at = by_key[at.regression]
        if at.key in seen:
            raise DataError(
                f"The regressions of the drill {drill.key} run in a circle.", hint="Take one out."
            )
        seen.add(at.key)


def _drill(key: object, value: object) -> Drill:
    known = [each.name for each in fields(Drill) if each.name != "key"]
    if not isinstance(key, str) or not isinstance(value, Mapping):
        raise DataError(f"The drill {key!r:.60} is no mapping.", hint="Write its fields below its name.")
    for each in value:
        if each not in known:
            raise DataError(f"The drill {key} has an unknown {each!r:.60}.", hint=nearest(str(each), known))
    for each in ("title", "kind", "cue", "rpe", "minutes"):
        if each not in value:
            raise DataError(f"The drill {key} lacks {each}.", hint="Add it.")
    values: dict[str, Any] = dict(value)
    for each in ("regions", "demands", "prerequisites"):
        if each in values:
            values[each] = names(values[each], f"The {each} of the drill {key}")
    if "target" in values:
        values["target"] = _target(values["target"], key)
    return Drill(key=key, **values)


def _target(value: object, key: str) -> Target:
    if not isinstance(value, Mapping) or "measure" not in value or set(value) - {"measure", "phase"}:
        raise DataError(
            f"The target of the drill {key} is {value!r:.60}.", hint="Write {measure: ..., phase: ...}."
        )
    return Target(**{each: name(text, f"The {each} of the target of {key}") for each, text in value.items()})


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """YAML without doubled keys, and without aliases, with which a small file could grow beyond bounds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "aliases are not allowed", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} stands here twice", node.value[place][0].start_mark
                )
        return cast(dict[Any, Any], super().construct_mapping(node, deep=deep))


def _parsed(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError("The file has more than a megabyte.", hint="Give a library of drills.")
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        problem = " ".join(str(error).split())
        raise DataError(f"This is not valid YAML: {problem}.", hint="Mend that line.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise DataError(f"The drills cannot be read: {reason}.", hint="Give a YAML file.") from None

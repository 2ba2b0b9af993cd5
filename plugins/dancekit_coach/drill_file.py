"""The drill library as a YAML file that a teacher edits. Every mistake is said at once, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from dancekit.errors import DataError
from dancekit.wording import nearest
from dancekit_coach.care_checks import names
from dancekit_coach.care_interfaces import DrillLibrary
from dancekit_coach.drills import Drill, DrillError, Target, problems
from dancekit_coach.yaml_files import place_of, read_yaml

SHIPPED = Path(__file__).with_name("drills.yaml")
"""The library that comes with dancekit."""

_MOST_SHOWN = 10


class YamlDrills(DrillLibrary):
    """Drills of a YAML file.

    Args:
        path: the file; None is the library that comes with dancekit.

    Raises:
        DataError: the file cannot be read, or a drill is wrong: it says which, what, and the way out.
    """

    def __init__(self, *, path: Path | None = None) -> None:
        self.path = path or SHIPPED
        self._drills = read_drills(self.path)

    def drills(self) -> tuple[Drill, ...]:
        return self._drills


def read_drills(path: Path) -> tuple[Drill, ...]:
    """The drills of a YAML file, checked one by one and together, in the order of the file.

    Raises:
        DataError: as `YamlDrills`.
    """
    content = read_yaml(path)
    if not isinstance(content, Mapping) or set(content) != {"drills"}:
        raise DataError(
            f"{path}: the file is not a mapping with the one key drills.", hint="Start it with drills:"
        )
    table = content["drills"]
    if not isinstance(table, Mapping) or not table:
        raise DataError(
            f"{path}: drills is empty or no mapping.", hint="Write NAME: and the fields below it."
        )
    drills, wrong = [], []
    for key, value in table.items():
        try:
            drills.append(_drill(key, value))
        except DrillError as error:
            wrong.append(error)
    wrong = wrong or list(problems(tuple(drills)))
    if wrong:
        raise _together(path, table, wrong)
    return tuple(drills)


def _together(path: Path, table: Mapping[Any, Any], wrong: list[DrillError]) -> DataError:
    """One error that says all: each with its line, the last with the hint of the error."""
    lines = [f"{_place(path, table, error)}: {error.message}" for error in wrong]
    shown = [f"{line} {error.hint}" for line, error in zip(lines, wrong, strict=True)][:_MOST_SHOWN]
    more = len(wrong) - len(shown)
    if more:
        return DataError("\n".join(shown), hint=f"\nThere are {more} more mistakes; mend these first.")
    return DataError("\n".join([*shown[:-1], lines[-1]]), hint=wrong[-1].hint)


def _place(path: Path, table: Mapping[Any, Any], error: DrillError) -> str:
    """The line of the field, else that of the drill, else the file."""
    drill = table.get(error.drill)
    if isinstance(drill, Mapping) and error.field in drill:
        return place_of(path, drill, error.field)
    return place_of(path, table, error.drill)


def _drill(key: object, value: object) -> Drill:
    known = [each.name for each in fields(Drill) if each.name != "key"]
    drill = str(key)
    if not isinstance(key, str) or not isinstance(value, Mapping):
        raise DrillError(
            f"The drill {key!r:.60} is no mapping.", hint="Write its fields below its name.", drill=drill
        )
    for each in value:
        if each not in known:
            raise DrillError(
                f"The drill {key} has an unknown {each!r:.60}.",
                hint=nearest(str(each), known),
                drill=drill,
                field=each,
            )
    for each in ("title", "kind", "cue", "rpe", "minutes"):
        if each not in value:
            raise DrillError(f"The drill {key} lacks {each}.", hint="Add it.", drill=drill)
    values: dict[str, Any] = dict(value)
    for each in ("regions", "demands", "prerequisites"):
        if each in values:
            values[each] = _in_field(drill, each, values[each])
    if "target" in values:
        values["target"] = _target(values["target"], drill)
    return Drill(key=key, **values)


def _in_field(drill: str, field: str, value: object) -> tuple[str, ...]:
    try:
        return names(value, f"The {field} of the drill {drill}")
    except DataError as error:
        raise DrillError(error.message, hint=error.hint, drill=drill, field=field) from None


def _target(value: object, drill: str) -> Target:
    where = f"The target of the drill {drill}"
    if not isinstance(value, Mapping) or "measure" not in value or set(value) - {"measure", "phase"}:
        raise DrillError(
            f"{where} is {value!r:.60}.",
            hint="Write {measure: timing, phase: rise}; phase may be left out.",
            drill=drill,
            field="target",
        )
    measure = value["measure"]
    try:
        measures = (measure,) if isinstance(measure, str) else names(measure, "The measure")
        return Target(measures=measures, phase=value.get("phase", "any"))
    except DataError as error:
        raise DrillError(f"{where}: {error.message}", hint=error.hint, drill=drill, field="target") from None

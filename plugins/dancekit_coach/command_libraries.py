"""dancekit coach drills and cues: what a teacher may edit, printed and checked"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dancekit.errors import RecipeError

if TYPE_CHECKING:
    from dancekit_coach.drills import Drill

_file = click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
_copy = click.option(
    "--copy",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to a new file, to be edited.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


@click.command()
@_file
@_copy
@click.option("--movement", metavar="NAME", help="The drills of this movement only.")
@_json
def drills(file: Path | None, copy: Path | None, movement: str | None, as_json: bool) -> None:
    """The drill library, or FILE checked: every mistake with its line and what to write instead.

    dancekit coach drills --copy my_drills.yaml

    dancekit coach drills my_drills.yaml
    """
    from dancekit_coach.care_checks import one_of
    from dancekit_coach.drill_file import SHIPPED, read_drills

    if copy is not None:
        _copied(file or SHIPPED, copy)
        return
    library = read_drills(file or SHIPPED)
    if movement is not None:
        one_of(movement, "The movement", sorted({each.movement for each in library if each.movement}))
        library = tuple(each for each in library if each.movement == movement)
    if as_json:
        click.echo(json.dumps([_plain(each) for each in library], ensure_ascii=False))
        return
    for line in _lines(library):
        click.echo(line)


@click.command()
@_file
@_copy
@_json
def cues(file: Path | None, copy: Path | None, as_json: bool) -> None:
    """The sentences of a review, or FILE checked: a mistake is said with its line and the way out.

    dancekit coach cues --copy my_cues.yaml

    dancekit coach cues my_cues.yaml
    """
    from dancekit_coach.cues import CueWords

    path = file or Path(__file__).with_name("cues.yaml")
    if copy is not None:
        _copied(path, copy)
        return
    words = CueWords.from_yaml(path)
    if as_json:
        content = {"angles": words.angles, "timing": words.timing, "sides": words.sides}
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    for kind, sentences in (*words.angles.items(), ("timing", words.timing), ("sides", words.sides)):
        click.echo(kind.replace("_", " "))
        for when, sentence in sentences.items():
            click.echo(f"  {when:10}{sentence}")


def _copied(source: Path, target: Path) -> None:
    from dancekit_coach.store_export import write_whole

    if target.exists():
        raise RecipeError(f"{target} is there already.", hint="Name a new file; this one stays as it is.")
    write_whole(target, source.read_text(encoding="utf-8"))
    click.echo(target)


def _plain(drill: Drill) -> dict[str, Any]:
    from dataclasses import asdict

    return {key: value for key, value in asdict(drill).items() if value not in (None, "", (), False)}


def _lines(library: Sequence[Drill]) -> Iterator[str]:
    """The drills by kind and movement, then what a review may find that none is for."""
    from dancekit_coach.faults import MEASURES

    groups: dict[str, list[Drill]] = {}
    for drill in library:
        name = f"{drill.kind} {drill.movement or drill.part or ''}".replace("_", " ").strip()
        groups.setdefault(name, []).append(drill)
    for name, drills in groups.items():
        yield name
        for drill in drills:
            target = drill.target
            mends = "" if target is None else f"; for {', '.join(target.measures).replace('_', ' ')}"
            where = "" if target is None or target.phase == "any" else f" in the {target.phase}"
            size = f"level {drill.level}, effort {drill.rpe}, to {drill.minutes} min"
            yield f"  {drill.key:22}{size}{mends}{where}"
            yield f"  {'':22}{drill.title}"
    yield f"{len(library)} drills, all of them right."
    for movement in sorted({drill.movement for drill in library if drill.movement}):
        own = [drill for drill in library if drill.movement == movement]
        met = {measure for drill in own if drill.target for measure in drill.target.measures}
        missing = [measure.replace("_", " ") for measure in MEASURES if measure not in met]
        if missing:
            yield f"{movement.replace('_', ' ')}: no drill is for {', '.join(missing)}."

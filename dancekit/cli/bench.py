"""dancekit bench"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dancekit.cli import shared
from dancekit.cli.main import Session
from dancekit.errors import RecipeError

if TYPE_CHECKING:
    from dancekit.measuring.result import Benchmark, Rate

_MOST_PERSONS = 100
_MOST_SECONDS = 600.0


@click.command()
@click.argument("recipe")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--persons",
    default="1,2,5,10",
    show_default=True,
    metavar="P,P,...",
    help="Numbers of persons in a clip whose times are compared; 1..10 is all of these.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    help="What to measure on; without it what the recipe would train on.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, _MOST_SECONDS, min_open=True),
    default=3.0,
    show_default=True,
    help="Budget of each measurement; it takes more where its fewest repeats do.",
)
@shared.as_json
@click.option("--out", metavar="FILE", help="Write the JSON to a file too.")
@click.pass_obj
def bench(
    session: Session,
    recipe: str,
    overrides: tuple[str, ...],
    persons: str,
    device: str | None,
    seconds: float,
    as_json: bool,
    out: str | None,
) -> None:
    """Measure how fast, how large and how costly RECIPE is on this machine.

    Rates of loading, training and inference, latency, parameters and multiply-accumulates by kind of layer,
    share of the machine's matrix peak, memory, time against persons, and the textbook form of the backbone as
    yardstick in the same run. The weights are fresh; nothing is trained that is kept.
    """
    if math.isnan(seconds):
        raise RecipeError("--seconds: nan is no number of seconds.")
    numbers = _numbers(persons)
    file = None if out is None else _writable(Path(out))
    from dancekit.run import write_json
    from dancekit.verbs.bench import bench as measure

    found = measure(
        recipe, session.registry(), overrides=overrides, persons=numbers, device=device, seconds=seconds
    )
    if file is not None:
        write_json(file, found.to_mapping())
    if as_json:
        click.echo(json.dumps(found.to_mapping()))
        return
    for line in _lines(found):
        click.echo(line)


def _numbers(text: str) -> list[int]:
    """`1,2,5..10` as numbers, each once.

    Raises:
        RecipeError: it says something else, or too many.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        if not first.isdecimal() or (dots and not last.isdecimal()):
            raise RecipeError(f"--persons {text!r} are no numbers.", hint="Write 1,2,5,10 or 1..10.")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= _MOST_PERSONS:
            raise RecipeError(
                f"--persons {part.strip()}: there can be 1 to {_MOST_PERSONS}, in rising order.",
                hint="Write 1,2,5,10 or 1..10.",
            )
        numbers.update(range(low, high + 1))
    return sorted(numbers)


def _writable(file: Path) -> Path:
    """Raises RecipeError now, and not when all has been measured."""
    if file.is_dir() or not file.parent.is_dir():
        raise RecipeError(f"--out: {file} cannot be written.", hint="Name a file in a folder that is there.")
    return file


def _lines(found: Benchmark) -> Iterator[str]:
    on = found.machine
    peaks = ", ".join(f"{_giga(peak)} in {name}" for name, peak in on.peak_macs_per_second.items())
    yield (
        f"{found.recipe}: {found.model}, batches of {found.batch} clips of {found.frames} frames, "
        f"{found.precision}"
    )
    yield f"on {on.name} ({on.device}, {on.threads} of {on.cores} cores, torch {on.torch})"
    yield _row("matrix peak", f"GMAC/s: {peaks}")
    yield _row("parameters", _by_kind(found.parameters, 1, ""))
    yield _row("MACs per clip", _by_kind(found.macs_per_clip, 1e6, " million"))
    yield _row("loading", f"{found.loading.clips_per_second:,.0f} clips/s, augmentation included")
    yield _row("training", _rate(found.training))
    yield _row("inference", _rate(found.inference))
    yield _row(
        "latency, one clip",
        f"{_milli(found.latency.median)} ms, 95% within {_milli(found.latency.p95)} ms",
    )
    if found.from_frames is not None:
        yield _row("from frames", f"{found.from_frames.frames_per_second:,.1f} frames/s end to end")
    yield from _of_persons(found)
    for each in found.textbook:
        yield _row(
            "textbook form",
            f"{each.what.replace('_', ' ')} {each.times_as_fast:.2f} times as fast: "
            f"{_milli(each.seconds.median)} ms, textbook {_milli(each.textbook_seconds.median)} ms "
            f"in {each.textbook_precision}",
        )


def _of_persons(found: Benchmark) -> Iterator[str]:
    of = found.persons
    times = ", ".join(f"{each}: {_milli(s)}" for each, s in zip(of.persons, of.seconds, strict=True))
    yield _row("persons", f"ms for {of.clips} clip{'s' if of.clips > 1 else ''}: {times}")
    if of.line is not None:
        fit = "" if of.line.r2 is None else f", R² {of.line.r2:.4f}"
        yield _row("", f"{_milli(of.line.slope)} ms a person + {_milli(of.line.intercept)} ms{fit}")
        yield _row("", f"a person at {of.persons[-1]} costs {of.per_person:.2f} of one at {of.persons[0]}")
    yield _row("", f"one beside {of.persons[-1] - 1} absent costs {of.absent:.2f} of one alone")


def _rate(rate: Rate) -> str:
    memory = "" if rate.peak_memory_bytes is None else f", {rate.peak_memory_bytes / 2**20:,.0f} MiB at most"
    return (
        f"{rate.clips_per_second:,.1f} clips/s, {_giga(rate.macs_per_second)} GMAC/s = "
        f"{100 * rate.share_of_peak:.1f}% of the peak{memory}"
    )


def _by_kind(counts: Mapping[str, int], unit: float, word: str) -> str:
    kinds = ", ".join(f"{kind.replace('_', ' ')} {_number(count / unit)}" for kind, count in counts.items())
    return f"{_number(sum(counts.values()) / unit)}{word}: {kinds}" if kinds else "none"


def _row(name: str, text: str) -> str:
    return f"{name:<18} {text}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _giga(value: float) -> str:
    return f"{value / 1e9:,.1f}"


def _milli(seconds: float) -> str:
    return f"{1e3 * seconds:,.2f}"

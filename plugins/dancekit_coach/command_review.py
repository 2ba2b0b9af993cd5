"""dancekit coach review"""

from __future__ import annotations

from pathlib import Path

import click

from dancekit.cli.main import Session
from dancekit.console import say
from dancekit.errors import RecipeError


@click.command()
@click.argument("clip")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--reference",
    required=True,
    metavar="REF",
    help="How it should be danced; ::NAME is a recording in the same file as CLIP.",
)
@click.option("--name", metavar="NAME", help="The recording in CLIP; as CLIP::NAME.")
@click.option("--reference-name", metavar="NAME", help="The recording in REF; as REF::NAME.")
@click.option(
    "--take", "more_takes", multiple=True, metavar="REF", help="Another take of the reference; repeatable."
)
@click.option(
    "--mirror",
    type=click.Choice(["off", "on", "auto"]),
    default="auto",
    show_default=True,
    help="Whether the dancer danced as before a mirror.",
)
@click.option("--together", is_flag=True, help="Both began at one moment of the music: being late counts.")
@click.option("--facing", is_flag=True, help="In 2D: both face the camera most of the time.")
@click.option("--profile", metavar="NAME", help="Keep score and faults in the file of this dancer.")
@click.option("--movement", metavar="NAME", help="What the movement is called; default its class.")
@click.option("--run", "run_", metavar="RUN", help="Recognise the movement, and choose the reference by it.")
@click.option("--format", "format_", metavar="NAME", help="The data set to read CLIP and REF with.")
@click.option("--reference-format", metavar="NAME", help="The one to read REF with, if it is another.")
@click.option("--detector", metavar="NAME[,KEY=VALUE]...", help="Finds people in videos.")
@click.option("--person", type=click.IntRange(min=1), help="Which person of CLIP; default the one most seen.")
@click.option("--reference-person", type=click.IntRange(min=1), help="Which person of REF.")
@click.option("--cutoff", type=float, default=6.0, show_default=True, help="Hertz; 10 for fast dance.")
@click.option(
    "--cues", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Sentences of your own."
)
@click.option("--day", metavar="DATE", help="When it was danced, as 2026-11-25; default today.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("review"),
    show_default=True,
    metavar="DIR",
    help="Where to write report.html and result.json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print result.json on stdout.")
@click.pass_obj
def review(
    session: Session,
    clip: str,
    overrides: tuple[str, ...],
    reference: str,
    name: str | None,
    reference_name: str | None,
    more_takes: tuple[str, ...],
    mirror: str,
    together: bool,
    facing: bool,
    profile: str | None,
    movement: str | None,
    run_: str | None,
    format_: str | None,
    reference_format: str | None,
    detector: str | None,
    person: int | None,
    reference_person: int | None,
    cutoff: float,
    cues: Path | None,
    day: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Compare a movement with a reference: what differs, how surely, and at most two things to work on.

    CLIP and REF are any recordings that dancekit reads, or videos where a detector is installed. KEY=VALUE
    are arguments of the data set of both; clip.KEY=VALUE of that of CLIP alone, ref.KEY=VALUE of that of REF
    and its takes.

    dancekit coach review me.json --reference teacher.json

    dancekit coach review class.pkl layout=coco17 --name anna_1 --reference ::teacher_1

    dancekit coach review me.bvh clip.metres_per_unit=0.01 --reference teacher.json
    """
    from dataclasses import replace
    from typing import cast

    from dancekit.verbs.predict import warnings_told
    from dancekit_coach.arguments import told_apart
    from dancekit_coach.dancers import opened, today_of
    from dancekit_coach.options import MirrorMode, Options
    from dancekit_coach.pairing import Asked, Pair
    from dancekit_coach.recordings import Finder
    from dancekit_coach.report_page import ReviewPage, render_review
    from dancekit_coach.report_progress import Progress
    from dancekit_coach.report_words import summary
    from dancekit_coach.reviewing import (
        RESULT,
        REVIEW_PAGE,
        movement_name,
        record_of,
        result_text,
        write_files,
    )

    if day is not None and profile is None:
        raise RecipeError("--day is that of a score that is kept.", hint="Say in whose file: --profile NAME.")
    asked = Asked(
        clip=clip,
        reference=reference,
        name=name,
        reference_name=reference_name,
        takes=more_takes,
        person=person,
        reference_person=reference_person,
        run=run_,
    )
    ours, theirs = told_apart(overrides)
    finder = Finder(registry=session.registry(), overrides=ours, format=format_, detector=detector)
    reference_finder = replace(finder, overrides=theirs, format=reference_format or format_)
    told: list[str] = []
    with warnings_told(told.append):
        pair = Pair.find(asked, finder, reference_finder)
    notes = tuple(dict.fromkeys([*told, *pair.notes]))  # a file that is read twice tells it twice
    for note in notes:
        say(note)
    options = Options(cutoff=cutoff, together=together, cues=cues)
    if facing:
        ratios = pair.frontal_ratios(cutoff=cutoff)
        options = replace(options, frontal_ratio=ratios[0], reference_frontal_ratio=ratios[1])
    found = pair.review(mirror=cast(MirrorMode, mirror), options=options)
    called = movement_name(movement, pair.movement, pair.reference.recording)
    progress, numbers = None, False
    if profile is not None:
        with opened(profile) as store:
            record = record_of(found, called, today_of(store.profile(), day))
            if record is None:
                say("This looks like another movement, so nothing is kept.")
            elif not store.keep_review(record):  # a take that is reviewed again is no second one
                say("This take was kept before; what was found now stands in its place.")
            numbers = store.profile().presentation.numbers
            progress = Progress.of(called, store.trials())
    page = ReviewPage(
        review=found,
        overlay=pair.overlay(found, cutoff=cutoff),
        progress=progress,
        numbers=numbers,
        notes=notes,
    )
    text = result_text(found, called)
    write_files(out, {RESULT: text, REVIEW_PAGE: render_review(page)})
    if as_json:
        click.echo(text, nl=False)
        return
    for line in (*summary(found), out / REVIEW_PAGE):
        click.echo(line)

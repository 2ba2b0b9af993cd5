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
@click.option("--profile", metavar="NAME", help="Keep the score in the file of this dancer.")
@click.option("--movement", metavar="NAME", help="What the movement is called; default its class.")
@click.option("--run", "run_", metavar="RUN", help="Recognise the movement, and choose the reference by it.")
@click.option("--format", "format_", metavar="NAME", help="The data set to read CLIP and REF with.")
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
    profile: str | None,
    movement: str | None,
    run_: str | None,
    format_: str | None,
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

    CLIP and REF are any recordings that dancekit reads, or videos where a detector is installed.

    dancekit coach review me.json --reference teacher.json

    dancekit coach review class.pkl layout=coco17 --name anna_1 --reference ::teacher_1
    """
    from typing import cast

    from dancekit_coach.dancers import opened, today_of
    from dancekit_coach.recognising import recognise, reference_for
    from dancekit_coach.recordings import Finder, split_name, takes
    from dancekit_coach.report_page import Progress, ReviewPage, render_review
    from dancekit_coach.report_words import score_words, verdict
    from dancekit_coach.review import MirrorMode, Options
    from dancekit_coach.review import review as make
    from dancekit_coach.reviewing import (
        RESULT,
        REVIEW_PAGE,
        movement_name,
        overlay_of,
        result_text,
        trial_of,
        write_files,
    )

    registry = session.registry()
    finder = Finder(registry=registry, overrides=overrides, format=format_, detector=detector)
    source, name = split_name(clip, name, "--name")
    model, reference_name = split_name(reference or "", reference_name, "--reference-name")
    model = model or source
    student = finder.one(source, name)
    notes: list[str] = []
    recognised = ""
    if run_ is not None:
        seen = recognise(run_, student, registry)
        say(seen.words)
        notes.append(seen.words)
        recognised = seen.movement
        teacher = finder.one(model, reference_name) if reference_name else reference_for(seen, finder, model)
    else:
        teacher = finder.one(model, reference_name)
    others = takes(finder, more_takes)
    if any(other.layout != teacher.layout for other in others):
        raise RecipeError("a take has another layout than the reference.", hint="Give takes of one layout.")
    persons = tuple(None if each is None else each - 1 for each in (person, reference_person))
    found = make(
        student.clip,
        teacher.clip,
        layout=student.layout,
        reference_layout=teacher.layout,
        takes=[other.clip for other in others],
        mirror=cast(MirrorMode, mirror),
        person=persons[0],
        reference_person=persons[1],
        options=Options(cutoff=cutoff, together=together, cues=cues),
    )
    called = movement_name(movement, (teacher.movement, recognised), teacher.clip.name)
    progress, numbers = None, False
    if profile is not None:
        with opened(profile) as store:
            trial = trial_of(found, called, today_of(store.profile(), day))
            if trial is None:
                say("No score, so nothing is kept.")
            elif trial in store.trials():  # a review that is made again is no second take
                say("This take is kept already.")
            else:
                store.add_trial(trial)
            numbers = store.profile().presentation.numbers
            progress = Progress.of(called, store.trials())
    overlay = overlay_of(
        found,
        student.clip,
        student.layout,
        teacher.clip,
        teacher.layout,
        cutoff=cutoff,
        persons=(persons[0], persons[1]),
    )
    page = ReviewPage(review=found, overlay=overlay, progress=progress, numbers=numbers, notes=tuple(notes))
    text = result_text(found, called)
    write_files(out, {RESULT: text, REVIEW_PAGE: render_review(page)})
    if as_json:
        click.echo(text, nl=False)
        return
    click.echo(verdict(found))
    if found.refused:
        click.echo(f"{found.refused[:1].upper()}{found.refused[1:]}.")
    if found.score is not None:
        click.echo(score_words(found.score))
    for cue in found.cues:
        click.echo(f"- {cue.words}")
    click.echo(out / REVIEW_PAGE)

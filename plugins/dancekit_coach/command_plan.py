"""dancekit coach plan"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dancekit_coach.command_care import who

if TYPE_CHECKING:
    from dancekit_coach.plan import WeekPlan

WEEK, WEEK_PAGE = "week.json", "week.html"


@click.command()
@who
@click.option("--start", metavar="DATE", help="The first of the seven days; default today.")
@click.option(
    "--drills",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A drill library of your own.",
)
@click.option(
    "--review",
    "reviews",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A result.json to work on instead of what is kept of its movement; repeatable.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Another seed breaks ties otherwise.")
@click.option("--keep", is_flag=True, help="Keep the plan in the dancer's file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("week"),
    show_default=True,
    metavar="DIR",
    help="Where to write week.html and week.json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print week.json on stdout.")
def plan(
    profile: str | None,
    start: str | None,
    drills: Path | None,
    reviews: tuple[Path, ...],
    seed: int,
    keep: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Plan seven days, with a reason for every block. An empty plan with its reason is a right answer.

    It works on what the latest kept review of each movement found: dancekit coach review ... --profile anna

    dancekit coach plan --start 2026-11-30
    """
    from dancekit_coach.clock import today_in
    from dancekit_coach.dancers import opened, today_of
    from dancekit_coach.drill_file import YamlDrills
    from dancekit_coach.load import summarise_load
    from dancekit_coach.mastery import LocalLevel, mastery_of
    from dancekit_coach.plan import PlanInputs
    from dancekit_coach.planner import WeekPlanner
    from dancekit_coach.review_faults import ReviewFile, faults_now
    from dancekit_coach.review_record import latest_faults
    from dancekit_coach.reviewing import write_files
    from dancekit_coach.week_page import WeekPage, render_week, week_mapping
    from dancekit_coach.wellness import Hooper

    model, scale = LocalLevel(), Hooper()
    given = [ReviewFile.read(file) for file in reviews]
    planner = WeekPlanner(library=YamlDrills(path=drills), mastery=model, wellness=scale)
    with opened(profile) as store:
        dancer, diary = store.profile(), store.diary()
        inputs = PlanInputs(
            start=today_of(dancer, start),
            profile=dancer,
            diary=diary,
            mastery=mastery_of(model, store.trials()),
            faults=faults_now(given, latest_faults(each for _, each in store.reviews())),
            flags=store.flags(),
            ready=store.ready(),
            seed=seed,
        )
        made = planner.plan(inputs)
        if keep:
            store.keep_plan(made, made_on=today_in(dancer.timezone))
        name = store.path.stem
    page = WeekPage(
        dancer=name,
        plan=made,
        inputs=inputs,
        load=summarise_load(diary, dancer, inputs.start),
        wellness=scale.judge(diary.check_ins, inputs.last),
        certainty={
            movement: model.probability(state, inputs.start) for movement, state in inputs.mastery.items()
        },
        due={movement: model.due_on(state) for movement, state in inputs.mastery.items()},
    )
    content = week_mapping(page)
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    write_files(out, {WEEK: text, WEEK_PAGE: render_week(page)})
    if as_json:
        click.echo(text, nl=False)
        return
    _print(made)
    click.echo(out / WEEK_PAGE)


def _print(plan: WeekPlan) -> None:
    click.echo(plan.message)
    for day in plan.days:
        if day.blocks:
            click.echo(f"{day.day:%a} {day.day}  {day.minutes} min, {day.load} AU")
            for block in day.blocks:
                click.echo(f"  {block.minutes:3} min  {block.title}. {block.reason}")
    for note in plan.notes:
        click.echo(note)

"""dancekit coach diary: sessions with their effort"""

from __future__ import annotations

import json
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import click

from dancekit.errors import RecipeError
from dancekit_coach.command_care import who

if TYPE_CHECKING:
    from datetime import date, datetime

    from dancekit_coach.store import DancerStore


@click.group()
def diary() -> None:
    """What was danced, how long and how hard."""


@diary.command()
@who
@click.option("--day", metavar="DATE", help="As 2026-11-25; default today.")
@click.option("--minutes", type=float, help="How long; or say --at and --until.")
@click.option("--rpe", type=float, help="How hard the whole session was, 0 to 10.")
@click.option(
    "--kind",
    type=click.Choice(["class", "rehearsal", "practice", "performance", "conditioning", "other", "rest"]),
    default="practice",
    show_default=True,
)
@click.option("--at", metavar="TIME", help="When it began, as 18:30, to tell two sessions of a day apart.")
@click.option(
    "--until", metavar="TIME", help="When it ended, as 20:00; on the next day if that is before --at."
)
@click.option("--stopped-early", is_flag=True, help="It was broken off.")
@click.option("--pain", multiple=True, metavar="REGION=N", help="0 to 10, repeatable.")
def add(
    profile: str | None,
    day: str | None,
    minutes: float | None,
    rpe: float | None,
    kind: str,
    at: str | None,
    until: str | None,
    stopped_early: bool,
    pain: tuple[str, ...],
) -> None:
    """Write a session, or a day of rest: a day without an entry is missing, and counts as danced.

    dancekit coach diary add --minutes 60 --rpe 5 --kind class
    """
    from dancekit_coach.dancers import opened, pain_of, today_of
    from dancekit_coach.diary import Kind, Session, local_time

    with opened(profile) as store:
        dancer = store.profile()
        on = today_of(dancer, day)
        started = None if at is None else local_time(f"{on}T{at}", dancer.timezone)
        if until is not None:
            minutes = _minutes(started, until, minutes, dancer.timezone)
        minutes = minutes or 0.0
        session = Session(
            day=on,
            minutes=minutes,
            rpe=rpe,
            kind=cast(Kind, kind),
            started=started,
            stopped_early=stopped_early,
            pain=pain_of(pain),
        )
        number = store.add_session(session)
    load = "rest" if kind == "rest" else "not rated" if rpe is None else f"{session.load:g} AU"
    click.echo(f"{number}: {on}, {minutes:g} minutes, {load}")


@diary.command()
@click.argument("row", metavar="NUMBER|DATE")
@click.option(
    "--from",
    "table",
    type=click.Choice(["sessions", "check-ins", "reviews", "plans", "pss10"]),
    default="sessions",
    show_default=True,
    help="Check-ins and PSS-10 have a date, the others a number.",
)
@who
def remove(row: str, table: str, profile: str | None) -> None:
    """Remove what was written by mistake; it is wiped from the file.

    dancekit coach diary remove 2026-11-25 --from check-ins
    """
    from dancekit_coach.dancers import opened

    with opened(profile) as store:
        store.remove(table.replace("-", "_"), row)
    click.echo(f"{row} is removed.")


@diary.command()
@who
@click.option("--days", type=click.IntRange(1, 3660), default=28, show_default=True)
@click.option("--day", metavar="DATE", help="The last day; default today.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def show(profile: str | None, days: int, day: str | None, as_json: bool) -> None:
    """The last sessions, check-ins and reviews, and what the load says and does not say."""
    from dancekit_coach.dancers import opened, today_of

    with opened(profile) as store:
        last = today_of(store.profile(), day)
        content = _content(store, last, days)
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, allow_nan=False))
        return
    for row in content["sessions"]:
        effort = (
            "" if row["kind"] == "rest" else "  not rated" if row["load"] is None else f"  {row['load']:g} AU"
        )
        click.echo(f"{row['number']:5}  {row['day']}  {row['kind']:12}{row['minutes']:5g} min{effort}")
    for row in content["check_ins"]:
        click.echo(f"       {row['day']}  check-in    {_felt(row)}")
    for row in content["reviews"]:
        click.echo(f"{row['number']:5}  {row['day']}  review      {_reviewed(row)}")
    if content["missing"]:
        click.echo(f"No entry on {content['missing']} of {days} days.")
    for note in content["load"]["notes"]:
        click.echo(note)


def _minutes(started: datetime | None, until: str, minutes: float | None, timezone: str) -> float:
    """How long a session was by the clock, whatever clocks did meanwhile."""
    from dancekit_coach.diary import elapsed_minutes, local_time

    if started is None or minutes is not None:
        raise RecipeError(
            "--until goes with --at and without --minutes.", hint="As --at 18:30 --until 20:00."
        )
    end = local_time(f"{started.date()}T{until}", timezone)
    if end <= started:
        end = local_time(f"{started.date() + timedelta(days=1)}T{until}", timezone)
    return elapsed_minutes(started, end)


def _felt(row: dict[str, Any]) -> str:
    said = [f"{item} {row[item]}" for item in ("sleep", "fatigue", "stress", "soreness") if row[item]]
    if row["pain"] is not None:
        hurts = [f"{region.replace('_', ' ')} {value:g}" for region, value in row["pain"].items() if value]
        said.append(f"pain: {', '.join(hurts) or 'none'}")
    return ", ".join(said)


def _reviewed(row: dict[str, Any]) -> str:
    half = math.ceil((row["width"] or 0.0) / 2)
    score = "no total" if row["score"] is None else f"{row['score']:.0f} ± {half} of 100"
    many = {0: "nothing beyond tolerance", 1: "1 difference"}
    differences = many.get(row["differences"], f"{row['differences']} differences")
    return f"{row['movement'].replace('_', ' ')}: {score}, {differences}"


def _content(store: DancerStore, last: date, days: int) -> dict[str, Any]:
    from dataclasses import asdict

    from dancekit_coach.diary import ITEMS
    from dancekit_coach.load import summarise_load
    from dancekit_coach.result import plain

    history = store.diary()
    first = last - timedelta(days=days - 1)
    rows = [(number, each) for number, each in store.sessions() if first <= each.day <= last]
    rows.sort(key=lambda row: (row[1].day, row[0]))
    entered = {each.day for _, each in rows}
    summary = summarise_load(history, store.profile(), last + timedelta(days=1))
    return {
        "sessions": [
            {
                "number": number,
                "day": each.day.isoformat(),
                "kind": each.kind,
                "minutes": each.minutes,
                "rpe": each.rpe,
                "load": plain(each.load),
                "stopped_early": each.stopped_early,
            }
            for number, each in rows
        ],
        "check_ins": [
            {
                "day": each.day.isoformat(),
                **{item: getattr(each, item) for item in ITEMS},
                "pain": plain(each.pain),
            }
            for each in history.check_ins
            if first <= each.day <= last
        ],
        "reviews": [
            {
                "number": number,
                "day": each.day.isoformat(),
                "movement": each.movement,
                "score": plain(each.score),
                "width": plain(each.width),
                "differences": len(each.faults),
            }
            for number, each in store.reviews()
            if first <= each.day <= last
        ],
        "missing": days - len(entered),
        "load": plain(asdict(summary)),
    }

"""dancekit coach diary: sessions with their effort"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import click

from dancekit_coach.command_care import who

if TYPE_CHECKING:
    from datetime import date

    from dancekit_coach.store import DancerStore


@click.group()
def diary() -> None:
    """What was danced, how long and how hard."""


@diary.command()
@who
@click.option("--day", metavar="DATE", help="As 2026-11-25; default today.")
@click.option("--minutes", type=float, default=0.0, help="How long.")
@click.option("--rpe", type=float, help="How hard the whole session was, 0 to 10.")
@click.option(
    "--kind",
    type=click.Choice(["class", "rehearsal", "practice", "performance", "conditioning", "other", "rest"]),
    default="practice",
    show_default=True,
)
@click.option("--at", metavar="TIME", help="When it began, as 18:30, to tell two sessions of a day apart.")
@click.option("--stopped-early", is_flag=True, help="It was broken off.")
@click.option("--pain", multiple=True, metavar="REGION=N", help="0 to 10, repeatable.")
def add(
    profile: str | None,
    day: str | None,
    minutes: float,
    rpe: float | None,
    kind: str,
    at: str | None,
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
        session = Session(
            day=on,
            minutes=minutes,
            rpe=rpe,
            kind=cast(Kind, kind),
            started=None if at is None else local_time(f"{on}T{at}", dancer.timezone),
            stopped_early=stopped_early,
            pain=pain_of(pain),
        )
        number = store.add_session(session)
    load = "rest" if kind == "rest" else "not rated" if rpe is None else f"{session.load:g} AU"
    click.echo(f"{number}: {on}, {minutes:g} minutes, {load}")


@diary.command()
@click.argument("number", type=int)
@who
def remove(number: int, profile: str | None) -> None:
    """Remove a session by its number."""
    from dancekit_coach.dancers import opened

    with opened(profile) as store:
        store.remove("sessions", number)
    click.echo(f"{number} is removed.")


@diary.command()
@who
@click.option("--days", type=click.IntRange(1, 3660), default=28, show_default=True)
@click.option("--day", metavar="DATE", help="The last day; default today.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
def show(profile: str | None, days: int, day: str | None, as_json: bool) -> None:
    """The last sessions, and what their load says and does not say."""
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
    if content["missing"]:
        click.echo(f"No entry on {content['missing']} of {days} days.")
    for note in content["load"]["notes"]:
        click.echo(note)


def _content(store: DancerStore, last: date, days: int) -> dict[str, Any]:
    from dataclasses import asdict

    from dancekit_coach.load import summarise_load
    from dancekit_coach.result import plain

    first = last - timedelta(days=days - 1)
    rows = [(number, each) for number, each in store.sessions() if first <= each.day <= last]
    rows.sort(key=lambda row: (row[1].day, row[0]))
    entered = {each.day for _, each in rows}
    summary = summarise_load(store.diary(), store.profile(), last + timedelta(days=1))
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
        "missing": days - len(entered),
        "load": plain(asdict(summary)),
    }

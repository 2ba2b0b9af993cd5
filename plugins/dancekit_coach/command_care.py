"""dancekit coach new, check-in, export and delete: the dancer's file"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dancekit.console import say
from dancekit.errors import DataError, RecipeError

if TYPE_CHECKING:
    from dancekit_coach.store import DancerStore

who = click.option("--profile", metavar="NAME", help="Which dancer; not needed where there is one only.")


@click.command()
@click.argument("name")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A YAML file with the profile; options count more.",
)
@click.option("--age", type=int)
@click.option("--experience", type=click.Choice(["new", "recreational", "advanced", "professional"]))
@click.option("--free", metavar="MINUTES", help="Minutes free on Monday to Sunday, as 0,60,0,60,0,90,0.")
@click.option("--usual-minutes", "usual_weekly_minutes", type=float, help="Of dance in a usual week so far.")
@click.option("--usual-effort", type=float, help="How hard it usually was, 0 to 10.")
@click.option("--usual-days", type=int, help="On how many days of a usual week.")
@click.option("--other-minutes", "other_weekly_minutes", type=float, help="Of other sport in a week.")
@click.option("--goal", "goals", multiple=True, metavar="MOVEMENT", help="To learn; repeatable.")
@click.option("--without", "restrictions", multiple=True, metavar="DEMAND", help="As jumping; repeatable.")
@click.option("--spare", "excluded_regions", multiple=True, metavar="REGION", help="As knee; repeatable.")
@click.option("--partner", is_flag=True, default=None, help="There is somebody to practise with.")
@click.option("--guardian", metavar="NAME", help="Who answers for a minor.")
@click.option("--timezone", metavar="ZONE", help="As Europe/Berlin; default UTC.")
@click.option("--consent", is_flag=True, default=None, help="Health data may be kept in a file here.")
@click.option(
    "--readiness",
    type=click.Choice(["ask", "all-no", "later"]),
    default="ask",
    show_default=True,
    help="The questions before the first training; without answers there is no plan.",
)
def new(name: str, file: Path | None, free: str | None, readiness: str, **given: Any) -> None:
    """Make the file of a dancer, on this machine only.

    dancekit coach new anna --age 24 --free 0,60,0,60,0,90,0 --timezone Europe/Berlin --consent
    """
    from dancekit_coach.dancers import today_in
    from dancekit_coach.profile import DancerProfile
    from dancekit_coach.red_flags import stop_message
    from dancekit_coach.store import DancerStore
    from dancekit_coach.store_file import dancer_file

    content = {} if file is None else _profile_file(file)
    content |= {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in given.items()
        if value is not None and value != ()
    }
    if free is not None:
        try:
            content["availability"] = [int(each) for each in free.split(",")]
        except ValueError:
            raise RecipeError(f"--free is {free!r:.60}.", hint="As 0,60,0,60,0,90,0.") from None
    # The day of a place needs its time zone, which the profile checks.
    content.setdefault("declared_on", "2000-01-01")
    profile = DancerProfile.from_dict(content)
    if content["declared_on"] == "2000-01-01":
        profile = DancerProfile.from_dict({**content, "declared_on": today_in(profile).isoformat()})
    answers = _answers(readiness)
    with DancerStore.create(path=dancer_file(name), profile=profile) as store:
        if answers is not None:
            store.answer_readiness(answers, day=today_in(profile))
        click.echo(store.path)
        _stop(stop_message(store.flags()))


@click.command("check-in")
@who
@click.option("--day", metavar="DATE", help="As 2026-11-25; default today.")
@click.option("--sleep", type=int, help="1 (very good) to 7 (very bad); so are the next three.")
@click.option("--fatigue", type=int)
@click.option("--stress", type=int)
@click.option("--soreness", type=int)
@click.option(
    "--pain", multiple=True, metavar="REGION=N", help="0 to 10, repeatable; `--pain none` if nothing hurts."
)
@click.option("--flag", "signs", multiple=True, metavar="SIGN", help="A red flag; `--flag list` lists them.")
@click.option("--cleared-by", metavar="NAME", help="Who confirms that a professional allows training.")
@click.option("--pss10", metavar="ANSWERS", help="Ten answers, 0 to 4, as 1,2,0,3,2,1,2,3,1,0.")
@click.option(
    "--readiness", type=click.Choice(["ask", "all-no"]), help="The questions before the first training."
)
def check_in(
    profile: str | None,
    day: str | None,
    pain: tuple[str, ...],
    signs: tuple[str, ...],
    cleared_by: str | None,
    pss10: str | None,
    readiness: str | None,
    **items: int | None,
) -> None:
    """How a day feels, and signs on which training stops. What is not said is missing, never good.

    dancekit coach check-in --sleep 2 --fatigue 3 --stress 4 --soreness 2 --pain knee=3
    """
    from dancekit_coach.dancers import opened, pain_of, today_of
    from dancekit_coach.diary import CheckIn
    from dancekit_coach.red_flags import SIGNS, stop_message
    from dancekit_coach.wellness import PSS10_NOTE, Hooper

    if "list" in signs:
        for key, sign in SIGNS.items():
            click.echo(f"{key:16} {sign.text}")
        return
    with opened(profile) as store:
        on = today_of(store.profile(), day)
        # Signs first: nothing that is wrong in the rest may keep them from being kept.
        if signs:
            store.raise_flags(signs, day=on)
        hurts = pain_of(pain)
        if hurts is not None or any(value is not None for value in items.values()):
            store.add_check_in(CheckIn(day=on, pain=hurts, **items))
            click.echo(Hooper().judge(store.diary().check_ins, on).words)
        if pss10 is not None:
            click.echo(f"PSS-10: {store.add_pss10(_whole_numbers(pss10), day=on)} of 40. {PSS10_NOTE}")
        answers = None if readiness is None else _answers(readiness)
        if answers is not None:
            store.answer_readiness(answers, day=on)
        if cleared_by is not None:
            advised = click.confirm("Did a doctor or physiotherapist allow training?", default=False)
            store.clear_flags(by=cleared_by, advised=advised, day=on)
        _stop(stop_message(store.flags()))


@click.command()
@who
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    required=True,
    help="Where to write it; readable by you only.",
)
def export(profile: str | None, out: Path) -> None:
    """Write everything that is kept of a dancer as JSON."""
    with _opened(profile) as store:
        store.export_to(out)
    click.echo(out)


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete everything that is kept of a dancer, for good. Export it first to keep a copy."""
    with _opened(name) as store:
        if not yes:
            click.confirm(f"Delete {store.path}, with the whole diary?", abort=True)
        store.delete()
    click.echo(f"{name} is deleted.")


def _opened(name: str | None) -> DancerStore:
    from dancekit_coach.dancers import opened

    return opened(name)


def _answers(readiness: str) -> dict[str, bool] | None:
    """The answers to the questions before the first training; None where they are answered later."""
    from dancekit_coach.red_flags import READINESS

    if readiness == "later":
        say("Without these answers there is no plan: dancekit coach check-in --readiness ask")
        return None
    if readiness == "all-no":
        return dict.fromkeys(READINESS, False)
    return {key: click.confirm(question, default=None) for key, question in READINESS.items()}


def _profile_file(file: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{file} cannot be read: {reason}.", hint="Give a YAML file.") from None
    if not isinstance(content, dict):
        raise DataError(f"{file} is no mapping.", hint="Write one `key: value` a line, as `age: 24`.")
    return {str(key): value for key, value in content.items()}


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",")]
    except ValueError:
        raise RecipeError(
            f"--pss10 is {text!r:.60}.", hint="Write ten numbers with commas between."
        ) from None


def _stop(message: str) -> None:
    """Said on stdout, where results are, so that no script that reads it misses it."""
    if message:
        click.echo(message)

"""What may be written into a dancer's file: no future, no session twice, no more hours than a day has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from dancekit.errors import DataError
from dancekit_coach.clock import latest_today
from dancekit_coach.diary import ITEMS, CheckIn, Session
from dancekit_coach.profile import DancerProfile

DAY = timedelta(days=1)
OLDEST = 3653
"""Days back that may still be entered."""


def check_consent(profile: DancerProfile) -> None:
    """Refuse to keep anything of a dancer who did not agree."""
    if not profile.consent:
        raise DataError(
            "Nothing is kept without consent.",
            hint="Give it in the profile; the guardian gives it for a minor.",
        )


def check_day(day: date, today: date | None) -> None:
    """Refuse a day after today, or more than ten years ago, which is a slip of the pen or of a clock.

    Args:
        day: the day.
        today: the dancer's day; by default any day that is today somewhere on earth.
    """
    latest = today or latest_today()
    clock = f"Check the date, and the clock of this machine, which says {latest}."
    if day > latest:
        raise DataError(f"{day} lies in the future.", hint=clock)
    if (latest - day).days > OLDEST:
        raise DataError(f"{day} is more than ten years ago.", hint=clock)


def check_no_clash(session: Session, near: Sequence[Session]) -> None:
    """Refuse a session that is in the diary already, in whole or in part."""
    if session in near:
        raise DataError(
            f"This session of {session.day} is in the diary already.",
            hint="If you danced twice, give the times at which the sessions started.",
        )
    for each in near:
        if each.started and session.started:
            end, other = (
                one.started + timedelta(minutes=one.minutes) for one in (session, each) if one.started
            )
            if each.started < end and session.started < other:
                raise DataError(
                    f"The session overlaps that of {each.started:%H:%M}, {each.minutes:g} minutes.",
                    hint="Check both, or remove the other first.",
                )
    if sum(each.minutes for each in (*near, session) if each.day == session.day) > 25 * 60:
        raise DataError(f"{session.day} has more than 25 hours.", hint="Check its sessions.")


def merged(old: CheckIn, new: CheckIn) -> CheckIn:
    """Two check-ins of a day as one: the newer answer of each item, and of pain per region the worse."""
    values = {
        item: getattr(old, item) if getattr(new, item) is None else getattr(new, item) for item in ITEMS
    }
    pain = new.pain if old.pain is None else old.pain
    if old.pain is not None and new.pain is not None:
        pain = {
            region: max(old.pain.get(region, 0.0), new.pain.get(region, 0.0))
            for region in {*old.pain, *new.pain}
        }
    return CheckIn(day=new.day, pain=pain, **values)

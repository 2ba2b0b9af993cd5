"""What day it is: where the dancer lives, and at most anywhere on earth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dancekit_coach.profile import zone


def now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def today_in(timezone: str) -> date:
    """Today where the dancer lives.

    Raises:
        DataError: there is no time zone of that name.
    """
    return now().astimezone(zone(timezone)).date()


def latest_today() -> date:
    """The latest day that is today somewhere on earth: she may be on a journey."""
    return now().date() + timedelta(days=1)

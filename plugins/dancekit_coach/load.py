"""Load from effort and minutes, and how it changes. No number here is a risk of injury, or predicts one.

Sources: session-RPE, monotony and strain after Foster 1998 and 2001; exponentially weighted averages after
Williams et al. 2017. The ratio of two averages only rescales the load: averages of random loads give similar
odds of injury (Impellizzeri et al. 2020). In ballet, changes from week to week went with injuries, levels did
not (Shaw et al. 2021), so change is what the plan limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dancekit_coach.diary import Days, Diary, known_from
from dancekit_coach.profile import DancerProfile

ACUTE_DAYS, CHRONIC_DAYS = 7, 28
RATIO_NEEDS = 28
"""Known days of the diary before the ratio of the averages is shown."""


def ewma_weight(days: int) -> float:
    """lambda = 2 / (N + 1): 0.25 for 7 days, 0.069 for 28."""
    return 2 / (days + 1)


def ewma(loads: Days, days: int, seed: float) -> float:
    """The average after the last day: EWMA_t = lambda L_t + (1 - lambda) EWMA_(t-1), written out as a sum.

    Args:
        loads: (D,) AU; over a missing day (NaN) the average stays as it was.
        days: N of lambda.
        seed: the average before the first day: the declared usual daily load. After a usual week of
            Monday, Wednesday and Friday, zero would make the ratio 1.69 and a training day 0.52.
    """
    known = loads[~np.isnan(loads)]
    weight = ewma_weight(days)
    kept = (1 - weight) ** np.arange(len(known) - 1, -1, -1)
    return float(seed * (1 - weight) ** len(known) + weight * known @ kept)


def monotony(week: Days) -> float:
    """Mean over population SD of seven daily loads (Foster 1998).

    It is 0 where all rest, infinite where all days are equal, NaN where a day is missing.
    """
    if np.isnan(week).any():
        return float("nan")
    mean = float(np.mean(week))
    if mean == 0:
        return 0.0
    # The SD of equal numbers is not always exactly 0.
    return float("inf") if np.ptp(week) == 0 else mean / float(np.std(week))


def strain(week: Days) -> float:
    """Weekly sum times monotony (Foster 1998); 0 where all rest."""
    return float(np.sum(week)) * monotony(week) if np.any(week) else 0.0


def usual_week(diary: Diary, profile: DancerProfile, start: date) -> float:
    """The recent usual week before `start`, in AU: a quarter of the last 28 days.

    Days before the diary began count as declared. Missing days add nothing, so this is a lower bound: load
    that nobody wrote down never lets a plan grow.
    """
    first = start - timedelta(days=28)
    loads = diary.loads(first, 28)
    before = (known_from(diary, profile.declared_on) - first).days
    loads[: max(before, 0)] = np.nan_to_num(loads[: max(before, 0)], nan=profile.usual_weekly_load / 7)
    return float(np.nansum(loads)) / 4


def missing_days(diary: Diary, profile: DancerProfile, start: date, count: int = 7) -> int:
    """On how many of the last `count` days the load is missing; days before the diary began are not."""
    first = start - timedelta(days=count)
    before = max((known_from(diary, profile.declared_on) - first).days, 0)
    return int(np.isnan(diary.loads(first, count)[before:]).sum())


def averages(diary: Diary, profile: DancerProfile, start: date) -> tuple[float, float]:
    """(7-day, 28-day) exponentially weighted daily load on the morning of `start`, in AU."""
    seed = profile.usual_weekly_load / 7
    first = known_from(diary, profile.declared_on)
    loads = diary.loads(first, max((start - first).days, 0))
    return ewma(loads, ACUTE_DAYS, seed), ewma(loads, CHRONIC_DAYS, seed)


@dataclass(frozen=True, kw_only=True)
class LoadSummary:
    """What the load chart says in words and numbers, on the morning of a day.

    Attributes:
        week: AU of each of the last seven days; None where it is missing.
        usual: AU of the recent usual week, a lower bound where days are missing.
        change: of the load of the last week against the week before, as a share of the latter; None where a
            day of either is missing or the week before was all rest.
        acute, chronic: the 7- and 28-day averages, AU a day.
        ratio: acute over chronic; None where it is not shown.
        monotony, strain: of the last week; None where a day is missing or no day differs from another.
        rated, sessions: how many sessions have an effort, of how many in all.
        notes: what is not shown and why.
    """

    week: tuple[float | None, ...]
    usual: float
    change: float | None
    acute: float
    chronic: float
    ratio: float | None
    monotony: float | None
    strain: float | None
    rated: int
    sessions: int
    notes: tuple[str, ...]


def ratio_is_shown(diary: Diary, profile: DancerProfile, start: date) -> bool:
    """Whether the diary is long and full enough for the ratio (H5)."""
    return diary.known_days(start) >= RATIO_NEEDS and missing_days(diary, profile, start) < 3


def summarise_load(diary: Diary, profile: DancerProfile, start: date) -> LoadSummary:
    """The load up to the day before `start`, with what is missing said."""
    fortnight = diary.loads(start - timedelta(days=14), 14)
    before, week = fortnight[:7], fortnight[7:]
    acute, chronic = averages(diary, profile, start)
    rated, sessions = diary.coverage()
    notes = [
        "Load is the effort that you gave times minutes. It says how much changed, not what will happen.",
        f"{rated} of {sessions} sessions are rated.",
    ]
    shown = ratio_is_shown(diary, profile, start) and chronic > 0
    if not shown:
        notes.append(f"The ratio of the averages needs {RATIO_NEEDS} days of diary and a filled last week.")
    gaps = int(np.isnan(week).sum())
    if gaps:
        notes.append(f"{gaps} of the last seven days are missing: monotony, strain and change are not shown.")
    varied = not gaps and float(np.ptp(week)) > 0
    return LoadSummary(
        week=tuple(None if np.isnan(load) else float(load) for load in week),
        usual=usual_week(diary, profile, start),
        change=None
        if np.isnan(fortnight).any() or not before.any()
        else float(week.sum() / before.sum() - 1),
        acute=acute,
        chronic=chronic,
        ratio=acute / chronic if shown else None,
        monotony=monotony(week) if varied else None,
        strain=strain(week) if varied else None,
        rated=rated,
        sessions=sessions,
        notes=tuple(notes),
    )

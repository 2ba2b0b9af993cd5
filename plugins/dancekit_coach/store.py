"""All that is kept of a dancer: one local file, to be exported and deleted. Nothing leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from dancekit.errors import DataError
from dancekit_coach.care_checks import one_of
from dancekit_coach.clock import latest_today
from dancekit_coach.diary import CheckIn, Diary, Session
from dancekit_coach.entries import DAY, check_consent, check_day, check_no_clash, merged
from dancekit_coach.mastery import Trial
from dancekit_coach.plan import WeekPlan
from dancekit_coach.profile import DancerProfile
from dancekit_coach.red_flags import SIGNS, RedFlag, answer_readiness, clear
from dancekit_coach.review_record import ReviewRecord
from dancekit_coach.store_export import everything, write_whole
from dancekit_coach.store_file import StoreFile
from dancekit_coach.store_rows import (
    CHECK_IN,
    FLAG,
    REVIEW,
    SESSION,
    insert,
    read_json,
    remove,
    select,
    update,
)
from dancekit_coach.wellness import pss10


class DancerStore:
    """Profile, diary, check-ins, red flags, reviews and plans of one dancer. A context manager.

    Args:
        path: the file, as `dancekit_coach.store_file.dancer_file` finds it.

    Raises:
        DataError: there is none, or it is no dancer's file, damaged, or of a newer dancekit.
        RunError: it cannot be opened. From every method: the disk is full or fails, or another process writes
            for more than ten seconds. Then nothing was changed.
    """

    def __init__(self, *, path: Path) -> None:
        self._file = StoreFile(path=path)

    @classmethod
    def create(cls, *, path: Path, profile: DancerProfile) -> DancerStore:
        """A new file with a profile.

        Raises:
            DataError: there is a dancer in it already, or there is no consent to keep anything.
        """
        check_consent(profile)
        file = StoreFile(path=path, create=True)
        try:
            with file.transaction(write=True) as database:
                if database.execute("SELECT 1 FROM profile").fetchone():
                    raise DataError(
                        f"{path} has a profile already.",
                        hint="`dancekit coach change` changes it; or take another name.",
                    )
                database.execute("INSERT INTO profile VALUES (1, ?, 0)", (json.dumps(profile.to_dict()),))
        finally:
            file.close()
        return cls(path=path)

    def __enter__(self) -> DancerStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    @property
    def path(self) -> Path:
        return self._file.path

    def profile(self) -> DancerProfile:
        """The profile.

        Raises:
            DataError: there is none yet.
        """
        with self._file.transaction(write=False) as database:
            found = database.execute("SELECT body FROM profile").fetchone()
        if found is None:
            raise DataError(f"{self.path} has no profile yet.", hint="Make one first.")
        return DancerProfile.from_dict(read_json(found[0], self.path))

    def change_profile(self, profile: DancerProfile) -> None:
        """Put another profile in place. Without consent this is refused: delete the file to withdraw it."""
        check_consent(profile)
        with self._file.transaction(write=True) as database:
            database.execute("UPDATE profile SET body = ?", (json.dumps(profile.to_dict()),))

    def add_session(self, session: Session, *, today: date | None = None) -> int:
        """Write a session into the diary, and return its number.

        Args:
            session: the session.
            today: the dancer's day; by default any day that is today somewhere on earth.

        Raises:
            DataError: it lies in the future or more than ten years ago, overlaps another, is written already,
                or its day has more than 25 hours, the longest day that a change of clocks makes.
        """
        check_day(session.day, today)
        with self._file.transaction(write=True) as database:
            near = [
                each for _, each in select(database, SESSION, self.path) if abs(each.day - session.day) <= DAY
            ]
            check_no_clash(session, near)
            return insert(database, SESSION, session)

    def add_check_in(self, check_in: CheckIn, *, today: date | None = None) -> None:
        """Write a check-in. What this one leaves out is kept from an earlier one of the day.

        Pain only grows within a day: of each region the worse answer stays.
        """
        check_day(check_in.day, today)
        with self._file.transaction(write=True) as database:
            rows = [each for _, each in select(database, CHECK_IN, self.path) if each.day == check_in.day]
            whole = merged(rows[0], check_in) if rows else check_in
            database.execute("DELETE FROM check_ins WHERE day = ?", (check_in.day.isoformat(),))
            insert(database, CHECK_IN, whole)

    def diary(self) -> Diary:
        with self._file.transaction(write=False) as database:
            sessions = tuple(each for _, each in select(database, SESSION, self.path))
            check_ins = tuple(each for _, each in select(database, CHECK_IN, self.path))
        return Diary(sessions=sessions, check_ins=check_ins)

    def sessions(self) -> tuple[tuple[int, Session], ...]:
        """All sessions with their numbers, in the order in which they were written."""
        with self._file.transaction(write=False) as database:
            return tuple(select(database, SESSION, self.path))

    def answer_readiness(self, answers: Mapping[str, bool], *, day: date) -> tuple[RedFlag, ...]:
        """Keep that the questions before the first training are answered, and the flag that a yes raises."""
        flags = answer_readiness(answers, day)
        with self._file.transaction(write=True) as database:
            for flag in flags:
                insert(database, FLAG, flag)
            database.execute("UPDATE profile SET ready = 1")
        return flags

    def ready(self) -> bool:
        """Whether the questions before the first training are answered."""
        with self._file.transaction(write=False) as database:
            found = database.execute("SELECT ready FROM profile").fetchone()
        return bool(found and found[0])

    def raise_flags(self, signs: Sequence[str], *, day: date) -> None:
        """Keep red flags that were ticked, those of a day to come as of today.

        Raises:
            DataError: a sign is unknown; those that are known are kept all the same.
        """
        on = min(day, latest_today())
        with self._file.transaction(write=True) as database:
            for sign in signs:
                if sign in SIGNS:
                    insert(database, FLAG, RedFlag(sign=sign, raised_on=on))
        for sign in signs:
            one_of(sign, "The sign", SIGNS)

    def clear_flags(self, *, by: str, advised: bool, day: date) -> None:
        """Clear all active flags, as `dancekit_coach.red_flags.clear` allows it; all or none."""
        profile = self.profile()
        with self._file.transaction(write=True) as database:
            for key, flag in select(database, FLAG, self.path):
                if flag.active:
                    cleared = clear(flag, by=by, advised=advised, day=day, profile=profile)
                    database.execute(
                        "UPDATE flags SET cleared_on = ?, cleared_by = ? WHERE id = ?",
                        (day.isoformat(), cleared.cleared_by, key),
                    )

    def flags(self) -> tuple[RedFlag, ...]:
        with self._file.transaction(write=False) as database:
            return tuple(each for _, each in select(database, FLAG, self.path))

    def keep_review(self, record: ReviewRecord) -> bool:
        """Keep what a review found; those of one day in the order in which they are written.

        A take that was reviewed before takes the place of its earlier review, on the earlier of both days:
        nobody danced after the review.

        Returns:
            Whether the take is new.

        Raises:
            DataError: its day lies in the future or more than ten years ago.
        """
        check_day(record.day, None)
        with self._file.transaction(write=True) as database:
            for key, old in select(database, REVIEW, self.path):
                if (old.movement, old.take) == (record.movement, record.take):
                    update(database, REVIEW, key, replace(record, day=min(old.day, record.day)))
                    return False
            insert(database, REVIEW, record)
            return True

    def reviews(self) -> tuple[tuple[int, ReviewRecord], ...]:
        """All reviews with their numbers, in the order in which they were written."""
        with self._file.transaction(write=False) as database:
            return tuple(select(database, REVIEW, self.path))

    def trials(self) -> tuple[Trial, ...]:
        """The reviews that have a score, as mastery counts them."""
        trials = [each.trial for _, each in self.reviews()]
        return tuple(trial for trial in trials if trial is not None)

    def add_pss10(self, answers: Sequence[int], *, day: date) -> int:
        """Score PSS-10 and keep the sum, not the answers; one a day."""
        total = pss10(answers)
        with self._file.transaction(write=True) as database:
            database.execute("INSERT OR REPLACE INTO pss10 VALUES (?, ?)", (day.isoformat(), total))
        return total

    def keep_plan(self, plan: WeekPlan, *, made_on: date) -> int:
        """Keep a plan as it was shown."""
        with self._file.transaction(write=True) as database:
            row = (plan.start.isoformat(), made_on.isoformat(), json.dumps(plan.to_dict()))
            added = database.execute("INSERT INTO plans (start, made_on, body) VALUES (?, ?, ?)", row)
            return int(added.lastrowid or 0)

    def remove(self, table: str, key: int | str) -> None:
        """Remove one row.

        Raises:
            DataError: there is no such row, or the rows of this table are not removed.
        """
        with self._file.transaction(write=True) as database:
            remove(database, table, key)

    def export(self) -> dict[str, Any]:
        """Everything that is kept, as plain values, all of one moment."""
        with self._file.transaction(write=False) as database:
            return everything(database, self.path)

    def export_to(self, path: Path) -> None:
        """Write the export as JSON, whole or not at all, readable by its owner only.

        Raises:
            RunError: it cannot be written; a file that was there is unchanged.
        """
        write_whole(path, json.dumps(self.export(), indent=2, sort_keys=True, ensure_ascii=False) + "\n")

    def delete(self) -> None:
        """Delete everything, the file too."""
        self._file.delete()

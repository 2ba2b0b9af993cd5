"""What happens to a file: two writers, killed processes, full disks. Nothing that was written is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from care_dancers import steady
from dancekit_coach import clock, store_file
from dancekit_coach.diary import CheckIn, Session
from dancekit_coach.plan import PlanInputs
from dancekit_coach.planner import WeekPlanner
from dancekit_coach.store import DancerStore

from dancekit.errors import DataError, RunError

DAY = date(2020, 1, 1)
PROFILE = replace(steady().profile, consent=True)

WRITER = """
import sys
from datetime import date, timedelta
from pathlib import Path
from dancekit_coach.diary import Session
from dancekit_coach.store import DancerStore
path, minutes, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
store = DancerStore(path=path)
print("ready", flush=True)
for number in range(count):
    store.add_session(Session(day=date(2020, 1, 1) + timedelta(days=number), minutes=minutes, rpe=3))
    print(number, flush=True)
"""
"""Adds one session a day and says so when each is on the disk."""

HOLDER = """
import sys, time
from pathlib import Path
from datetime import date
from dancekit_coach.diary import Session
from dancekit_coach.store_file import StoreFile
from dancekit_coach.store_rows import SESSION, insert
file = StoreFile(path=Path(sys.argv[1]))
with file.transaction(write=True) as database:
    database.execute("PRAGMA cache_size = 1")  # pages reach the disk before the end
    for number in range(3000):
        insert(database, SESSION, Session(day=date(2019, 1, 1), minutes=1 + number % 600, rpe=5))
    print("ready", flush=True)
    time.sleep(60)
"""
"""Is in the middle of a large write when it is killed."""

CREATOR = """
import json, sys
from pathlib import Path
from dancekit_coach.profile import DancerProfile
from dancekit_coach.store import DancerStore
from dancekit.errors import DataError
profile = DancerProfile.from_dict(json.loads(sys.argv[2]))
sys.stdin.read(1)
try:
    DancerStore.create(path=Path(sys.argv[1]), profile=profile)
    print("made")
except DataError as error:
    print("refused" if "already" in str(error) else error)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ada.sqlite"
    DancerStore.create(path=path, profile=PROFILE).close()
    return path


def days(path: Path) -> list[tuple[date, float]]:
    with DancerStore(path=path) as store:
        return [(session.day, session.minutes) for _, session in store.sessions()]


def test_two_processes_write_at_once(path: Path) -> None:
    writers = [start(WRITER, path, minutes, 40) for minutes in (30, 60)]
    with DancerStore(path=path) as store:  # and a third reads and writes meanwhile
        for number in range(20):
            store.add_check_in(CheckIn(day=DAY + timedelta(days=number), sleep=3))
            assert len(store.diary().check_ins) == number + 1
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    expected = [(DAY + timedelta(days=number), minutes) for number in range(40) for minutes in (30, 60)]
    assert sorted(days(path)) == expected
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_two_processes_make_the_same_dancer(tmp_path: Path) -> None:
    path = tmp_path / "ben.sqlite"
    creators = [start(CREATOR, path, json.dumps(PROFILE.to_dict())) for _ in range(2)]
    for creator in creators:  # both wait; now both begin
        assert creator.stdin is not None
        creator.stdin.write("x")
        creator.stdin.flush()
    said = [creator.communicate(timeout=60)[0].strip() for creator in creators]
    assert sorted(said) == ["made", "refused"]
    with DancerStore(path=path) as store:
        assert store.profile() == PROFILE


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_killed_writer_loses_nothing_that_it_reported(path: Path, after: int) -> None:
    writer = start(WRITER, path, 30, 10_000)
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(after + 1)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate(timeout=60)
    assert writer.returncode == -signal.SIGKILL
    reported = int((rest.splitlines() or said[1:])[-1]) + 1
    written = days(path)
    assert written == [(DAY + timedelta(days=number), 30) for number in range(len(written))]
    assert reported <= len(written) <= reported + 1  # the last may be written and not yet reported


def test_a_process_killed_in_the_middle_of_a_write_leaves_the_file_as_it_was(path: Path) -> None:
    with DancerStore(path=path) as store:
        store.add_session(Session(day=DAY, minutes=45, rpe=2))
    size = path.stat().st_size
    holder = start(HOLDER, path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    journal = path.with_name(path.name + "-journal")
    assert journal.stat().st_size > 0
    assert path.stat().st_size > size  # the write is half on the disk
    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=60)
    assert days(path) == [(DAY, 45)]
    with DancerStore(path=path) as store:
        store.add_session(Session(day=DAY, minutes=50, rpe=2))
    assert not journal.exists()
    assert days(path) == [(DAY, 45), (DAY, 50)]


def test_who_waits_too_long_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_file, "WAIT", 0.1)
    with DancerStore(path=path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunError, match=r"another process is writing.*Try again"):
            store.add_session(Session(day=DAY, minutes=45, rpe=2))
        other.execute("ROLLBACK")
        other.close()
        store.add_session(Session(day=DAY, minutes=45, rpe=2))
    assert days(path) == [(DAY, 45)]


def test_a_killed_creator_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "eva.sqlite"
    path.touch()
    with DancerStore(path=path) as empty, pytest.raises(DataError, match="no profile yet"):
        empty.profile()
    with DancerStore.create(path=path, profile=PROFILE) as store:
        assert store.profile() == PROFILE


def fill(store: DancerStore) -> int:
    """Write until it is refused for want of room; how many were written."""
    for number in range(100_000):
        try:
            store.add_session(Session(day=DAY + timedelta(days=number), minutes=60, rpe=5, pain={"knee": 1}))
        except RunError as error:
            assert "the disk is full; nothing was changed" in str(error)
            return number
    raise AssertionError("the disk was never full")


def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Small(sqlite3.Connection):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[arg-type]
            self.execute("PRAGMA max_page_count = 14")

    connect = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, **options, factory=Small))
        with DancerStore(path=path) as store:
            written = fill(store)
            assert 10 < written < 1000
            assert len(store.sessions()) == written
    with DancerStore(path=path) as store:  # there is room again
        store.add_session(Session(day=DAY + timedelta(days=written), minutes=60, rpe=5))
    assert len(days(path)) == written + 1


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="limits of file sizes are of Unix")
def test_a_file_that_may_not_grow_is_worded(path: Path) -> None:
    """The operating system refuses to write beyond a size, as a quota does."""
    script = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n" + WRITER
    )
    writer = start(script, path, 30, 10_000)
    said, errors = writer.communicate(timeout=120)
    assert writer.returncode != 0
    assert "RunError" in errors and "nothing was changed" in errors
    reported = int(said.splitlines()[-1]) + 1
    assert len(days(path)) == reported


def test_a_file_that_may_only_be_read_is_worded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a read-only disk; permissions would not stop every user."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda name, **options: connect(name.replace("mode=rw", "mode=ro"), **options)
    )
    before = path.read_bytes()
    with DancerStore(path=path) as store:
        assert store.profile() == PROFILE
        with pytest.raises(RunError, match="may only be read"):
            store.add_session(Session(day=DAY, minutes=45, rpe=2))
    assert path.read_bytes() == before


def test_an_export_that_finds_no_room_leaves_the_old_one(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "ada.json"
    out.write_text("the export of yesterday")
    with DancerStore(path=path) as store:
        for number in range(60):
            store.add_session(Session(day=DAY + timedelta(days=number), minutes=45, rpe=2))
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from dancekit_coach.store import DancerStore\n"
        "store = DancerStore(path=Path(sys.argv[1]))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "store.export_to(Path(sys.argv[2]))\n"
    )
    writer = start(script, path, out)
    _, errors = writer.communicate(timeout=120)
    assert writer.returncode != 0
    assert "RunError" in errors and "cannot be written" in errors
    assert out.read_text() == "the export of yesterday"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ada.json", "ada.sqlite"]


def overwritten(content: bytes, first: int, last: int, with_: bytes) -> bytes:
    return content[:first] + with_ * (last - first) + content[last:]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: overwritten(content, 4096 * 2, 4096 * 3, b"\xff"), "is damaged"),
        (lambda content: overwritten(content, 4096, 4096 * 2, b"\0"), "is damaged"),
        (lambda content: content[: len(content) // 2], "is damaged"),
        (lambda content: overwritten(content, 0, 16, b"x"), "not the file of a dancer"),
        (lambda content: content[:40], "not the file of a dancer|is damaged"),
        (lambda content: overwritten(content, 100, 400, b"\xff"), "is damaged"),
    ],
)
def test_a_damaged_file_is_worded_and_left_alone(
    path: Path, damage: Callable[[bytes], bytes], words: str
) -> None:
    content = damage(path.read_bytes())
    path.write_bytes(content)
    with pytest.raises(DataError, match=words):
        DancerStore(path=path)
    assert path.read_bytes() == content


PAIRS = """
import sys, time
from datetime import date, timedelta
from pathlib import Path
from dancekit_coach.diary import CheckIn, Session
from dancekit_coach.store_file import StoreFile
from dancekit_coach.store_rows import CHECK_IN, SESSION, insert
file = StoreFile(path=Path(sys.argv[1]))
print("ready", flush=True)
for number in range(10_000):
    day = date(2019, 1, 1) + timedelta(days=number)
    with file.transaction(write=True) as database:
        insert(database, SESSION, Session(day=day, minutes=30, rpe=3))
        insert(database, CHECK_IN, CheckIn(day=day, sleep=3))
    time.sleep(0.02)  # nobody else would ever get a turn
"""
"""Writes a row into each of two tables at once."""


def test_a_reader_sees_a_whole_moment(path: Path) -> None:
    """Two tables of an export are of the same moment, whatever is written meanwhile."""
    writer = start(PAIRS, path)
    assert writer.stdout is not None
    writer.stdout.readline()
    counts: list[int] = []
    with DancerStore(path=path) as store:
        while len(set(counts)) < 20:
            seen = store.export()
            assert len(seen["sessions"]) == len(seen["check_ins"])
            counts.append(len(seen["sessions"]))
            assert writer.poll() is None
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=60)
    assert counts == sorted(counts)


@pytest.mark.parametrize("year", [1970, 1999, 2199, 8999])
def test_an_absurd_clock_is_named_and_nothing_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    with DancerStore(path=path) as store:
        store.add_session(Session(day=DAY, minutes=45, rpe=2))
        monkeypatch.setattr(clock, "now", lambda: datetime(year, 1, 1, 12, tzinfo=UTC))
        with pytest.raises(DataError, match=rf"the clock of this machine, which says {year}"):
            store.add_session(Session(day=DAY + timedelta(days=1), minutes=45, rpe=2))
        with pytest.raises(DataError, match="the clock of this machine"):
            store.add_check_in(CheckIn(day=DAY, sleep=3))
        store.raise_flags(["fever"], day=DAY)  # a sign is kept whatever clocks say
        assert [flag.sign for flag in store.flags()] == ["fever"]
        assert days(path) == [(DAY, 45)]
        assert not WeekPlanner().plan(PlanInputs(start=DAY, profile=PROFILE, diary=store.diary())).empty


def test_a_sign_of_a_day_to_come_can_be_cleared_today(path: Path) -> None:
    with DancerStore(path=path) as store:
        store.raise_flags(["fever"], day=date(2999, 1, 1))
        (flag,) = store.flags()
        assert flag.raised_on <= clock.latest_today()
        store.clear_flags(by="Dr. B.", advised=True, day=clock.latest_today())
        assert not any(each.active for each in store.flags())

"""Trainings that a comparison needs: found where they are finished, resumed where not, made where missing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from dancekit import __version__
from dancekit.errors import DancekitError, RunError
from dancekit.recipe_files import read_recipe, write_recipe
from dancekit.run import Run, read_json
from dancekit.tables import file_name

State = Literal["reused", "resumed", "trained", "failed"]

_UNSEEN = ("logger", "wandb")
"""Sections of a recipe that change nothing of what is learned."""

_AUTOMATIC = ("bf16-mixed", "32-true")
"""What `trainer.precision: auto` may be; it is found by trying, and a busy machine may find the other."""

_LAST_WORDS = 300


@dataclass(frozen=True, kw_only=True)
class Training:
    """One recipe with one seed.

    Attributes:
        row: the name of its row.
        content: the resolved recipe.
        any_precision: whether a run in another of the precisions that `auto` may be will do.
    """

    row: str
    seed: int
    content: Mapping[str, Any]
    any_precision: bool = False

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Of this recipe, and of the same in the other precision where the machine chose one."""
        both = [self.content]
        if self.any_precision:
            trainer = self.content["trainer"]
            both += [
                {**self.content, "trainer": {**trainer, "precision": other}}
                for other in _AUTOMATIC
                if other != trainer["precision"]
            ]
        return tuple(map(fingerprint, both))


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What became of a training.

    Attributes:
        run: None where it failed before there was one.
        why: the last words of one that failed.
    """

    training: Training
    state: State
    run: Run | None
    why: str = ""


def fingerprint(content: Mapping[str, Any]) -> str:
    """What tells trainings apart: equal for recipes that learn the same."""
    kept = {key: value for key, value in content.items() if key not in _UNSEEN}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def known_runs(root: Path) -> dict[str, Run]:
    """The runs of this version of dancekit by their recipes' fingerprints.

    Of runs of one recipe a finished one counts, then the newest.
    """
    found: dict[str, Run] = {}
    folders = sorted(root.iterdir()) if root.is_dir() else []
    for folder in folders:
        run = Run(folder.resolve())
        if folder.is_symlink() or not run.recipe.is_file():
            continue
        try:
            mark = fingerprint(read_recipe(run.recipe).content)
            same = read_json(folder / "versions.json").get("dancekit") == __version__
        except DancekitError:
            continue  # of a recipe that cannot be read, nothing can be taken
        if same and (run.result.is_file() or mark not in found or not found[mark].result.is_file()):
            found[mark] = run
    return found


@dataclass(kw_only=True)
class Trainer:
    """Trains in processes of their own, so that one that fails or is killed takes nothing with it.

    Attributes:
        root: where runs lie, finished ones too.
        notes: where the recipes are written and the words of each training are kept.
        jobs: trainings at a time; they share the cores.
        plugins: files that are used as plugins.
    """

    root: Path
    notes: Path
    jobs: int = 1
    plugins: Sequence[str] = ()
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _stopped: bool = False

    def train(self, trainings: Sequence[Training]) -> Iterator[Trained]:
        """What becomes of each, as it is done; those that are finished already come first.

        Raises:
            KeyboardInterrupt: the user stopped it. Calling again goes on from the last epochs that were done.
        """
        self.notes.mkdir(parents=True, exist_ok=True)
        known = known_runs(self.root)
        missing: list[tuple[Training, Run | None]] = []
        for training in trainings:
            run = next((known[mark] for mark in training.fingerprints if mark in known), None)
            if run is not None and run.result.is_file():
                yield Trained(training=training, state="reused", run=run)
            else:
                missing.append((training, run))
        pool = ThreadPoolExecutor(self.jobs)
        try:
            yield from pool.map(lambda one: self._one(*one), missing)
        except BaseException:  # Ctrl-C too, and a caller who wants no more
            self._stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, training: Training, begun: Run | None) -> Trained:
        name = f"{file_name(training.row)}_seed{training.seed}"
        recipe = self.notes / f"{name}.yaml"
        write_recipe(training.content, recipe)
        resumed = begun is not None
        words = ["--resume", str(begun.folder)] if begun else [str(recipe)]
        log = self.notes / f"{name}.log"
        code, said = self.run(["fit", *words, "--runs", str(self.root), "--json"], log)
        if code:
            return Trained(training=training, state="failed", run=begun, why=last_words(log))
        run = begun or Run.open(json.loads(said)["run"])
        return Trained(training=training, state="resumed" if resumed else "trained", run=run)

    def run(self, words: Sequence[str], log: Path) -> tuple[int, str]:
        """The exit code and stdout of dancekit with some words, in a process of its own."""
        plugins = [word for file in self.plugins for word in ("--plugin", file)]
        command = [sys.executable, "-m", "dancekit", *plugins, *words]
        environment = dict(os.environ)
        if self.jobs > 1:
            threads = max(1, len(os.sched_getaffinity(0)) // self.jobs)
            environment |= {"OMP_NUM_THREADS": str(threads)}
        with log.open("w") as errors:
            with self._lock:
                if self._stopped:
                    return 130, ""
                process = subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
                )
                self._processes.append(process)
            said, _ = process.communicate()
        return process.returncode, said

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._processes:
                if process.poll() is None:
                    process.terminate()


def last_words(log: Path) -> str:
    """The error that a process ended with, from what it wrote."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("Error: ")]
    said = (told or lines or ["it ended without a word"])[-1].removeprefix("Error: ")
    return said[:_LAST_WORDS]


def results_of(run: Run) -> dict[str, Any]:
    """result.json of a finished run.

    Raises:
        RunError: it was not tested.
    """
    result: dict[str, Any] = read_json(run.result)
    if "test" not in result:
        raise RunError(f"{run.folder.name} has no test.", hint="Its recipe needs splits.test.")
    return result

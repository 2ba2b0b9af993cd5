"""The run directory: where a run keeps its recipe, versions, checkpoints and results. Imports no torch.

runs/2026-11-23_14-05-09_stgcn_sta/
    recipe.yaml  versions.json  command.txt  input.json  metrics.csv  wandb.json
    checkpoints/best.ckpt  checkpoints/last.ckpt
    predictions_test.npz  result.json  report.html
runs/latest -> the newest of them

The run of an ensemble holds those of its members, in members/NAME.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dancekit.errors import RunError
from dancekit.plugin import Registry
from dancekit.recipe_files import write_recipe

RUN_VARIABLE = "DANCEKIT_RUN_DIR"
_PACKAGES = ("dancekit", "torch", "lightning", "torchmetrics", "numpy", "omegaconf", "pluggy", "wandb")


@dataclass(frozen=True)
class Run:
    """One run directory; every file in it has a name here and nowhere else."""

    folder: Path

    @classmethod
    def create(cls, root: Path, name: str) -> Run:
        """A new directory, named by the time and the recipe; `latest` points at it.

        The processes of one distributed run share it: the first hands its path on in the environment.
        """
        shared = shared_run()
        if shared is not None:
            return shared
        root.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        run = cls(_claim(root, f"{stamp}_{name}"))
        run.checkpoints.mkdir()
        _point_latest(root, run.folder)
        return run

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """An existing run; `latest` is the newest one under `runs/`.

        Raises:
            RunError: there is no run there.
        """
        path = Path(folder)
        if path.parts[:1] == ("latest",) and not path.exists():
            path = "runs" / path  # of an ensemble, latest/members/NAME too
        if not (path / "recipe.yaml").is_file():
            raise RunError(
                f"{path} is no run: it has no recipe.yaml.", hint="`dancekit fit RECIPE` makes one."
            )
        return cls(path.resolve())

    @classmethod
    def find(cls, name: str, root: Path = Path("runs")) -> Run | None:
        """A run by its directory, or the newest finished one of a recipe by the recipe's name; else None."""
        try:
            return cls.open(name)
        except RunError:
            folders = sorted(root.iterdir(), reverse=True) if root.is_dir() else []
        runs = (cls(folder.resolve()) for folder in folders if not folder.is_symlink())
        return next((run for run in runs if run.name == name and run.result.is_file()), None)

    @property
    def name(self) -> str:
        """The name of its recipe: what follows the date and the time."""
        return self.folder.name.split("_", 2)[-1]

    @property
    def recipe(self) -> Path:
        return self.folder / "recipe.yaml"

    @property
    def input(self) -> Path:
        """What its model reads: the shape of the training recordings."""
        return self.folder / "input.json"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def last(self) -> Path:
        return self.checkpoints / "last.ckpt"

    @property
    def best(self) -> Path:
        return self.checkpoints / "best.ckpt"

    @property
    def weights(self) -> Path:
        """The checkpoint that counts: of the best epoch, or of the last where none was chosen."""
        return self.best if self.best.is_file() else self.last

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.csv"

    @property
    def result(self) -> Path:
        return self.folder / "result.json"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    @property
    def wandb(self) -> Path:
        return self.folder / "wandb.json"

    def member(self, name: str) -> Run:
        """The run of one member of an ensemble, inside the ensemble's."""
        return Run(self.folder / "members" / name)

    def predictions(self, split: str) -> Path:
        return self.folder / f"predictions_{split}.npz"

    def record(self, recipe: Mapping[str, Any], registry: Registry) -> None:
        """Write what is needed to repeat the run, before it starts."""
        write_recipe(recipe, self.recipe)
        write_json(self.folder / "versions.json", versions(registry))
        with (self.folder / "command.txt").open("a") as commands:  # the first one, then each resumption
            commands.write(shlex.join(["dancekit", *sys.argv[1:]]) + "\n")

    def discard(self) -> None:
        """Remove a run in which nothing was trained; `latest` goes back to the newest one left."""
        shutil.rmtree(self.folder)
        if self.folder.parent.name == "members":
            return
        others = sorted(each for each in self.folder.parent.iterdir() if (each / "recipe.yaml").is_file())
        others = [each for each in others if not each.is_symlink()]
        if others:
            _point_latest(self.folder.parent, others[-1])
        else:
            (self.folder.parent / "latest").unlink(missing_ok=True)


def shared_run() -> Run | None:
    """The run that the first process of a distributed run handed on; None in that process itself."""
    folder = os.environ.get(RUN_VARIABLE)
    return Run(Path(folder)) if folder else None


@contextmanager
def hand_on(run: Run) -> Iterator[None]:
    """Let the processes that are started meanwhile share this run."""
    if shared_run() is not None:
        yield
        return
    os.environ[RUN_VARIABLE] = str(run.folder)
    try:
        yield
    finally:
        del os.environ[RUN_VARIABLE]


def versions(registry: Registry) -> dict[str, Any]:
    """The versions of everything that shapes a result."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    plugins = {each.name: each.source for each in registry.plugins if each.status == "active"}
    return {**found, "git": _git_revision(), "plugins": plugins}


def write_json(file: Path, content: Any) -> None:
    """Write through a temporary file, so that a killed run leaves the old or the new, never half."""
    temporary = file.with_name(file.name + ".part")
    temporary.write_text(json.dumps(content, indent=2) + "\n")
    temporary.replace(file)


def read_json(file: Path) -> Any:
    """Raises RunError when the file is absent or damaged."""
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read: {error}.") from error


def _claim(root: Path, name: str) -> Path:
    """A folder of this name that nobody else has, however many runs start in one second."""
    attempt = 1
    while True:
        folder = root.resolve() / (name if attempt == 1 else f"{name}_{attempt}")
        try:
            folder.mkdir()
        except FileExistsError:
            attempt += 1
        else:
            return folder


def _point_latest(root: Path, folder: Path) -> None:
    link = root / f".latest_{os.getpid()}"
    try:
        link.symlink_to(folder.name, target_is_directory=True)
        link.replace(root / "latest")
    except OSError:  # a file system without links; `latest` is a convenience
        link.unlink(missing_ok=True)


def _git_revision() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None

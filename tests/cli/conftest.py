"""The command line as a user has it: in a process and a folder of its own."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Shell:
    """Runs `python -m dancekit` in a folder."""

    folder: Path
    environment: dict[str, str]

    def start(self, *words: str, **more: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "dancekit", *words],
            cwd=self.folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A process that a script starts in the background inherits deafness to Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *words: str, code: int = 0, **more: str) -> subprocess.CompletedProcess:
        """Run to the end and check the exit code."""
        process = self.start(*words, **more)
        out, err = process.communicate(timeout=240)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def json(self, *words: str) -> dict:
        return json.loads(self.run(*words, "--json").stdout)


@pytest.fixture
def shell(tmp_path: Path, shared_cache: Path) -> Shell:
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("DANCEKIT", "WANDB"))}
    home = {
        "HOME": str(tmp_path),
        "DANCEKIT_CACHE": str(shared_cache),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "120",
    }
    return Shell(tmp_path, {**quiet, **home})


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """A recipe that trains in a second."""
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(
        """
data: {name: dance_six, recordings_train: 60, recordings_test: 12}
splits: {hold_out: 0.3}
batches: {size: 10, frames: 16, crop: [0.7, 1.0]}
preprocess: [centre, scale_to_body, {name: rotate, degrees: 10}]
backbone: {name: stgcn, width: 4, score_channel: true, dropout: 0.1, attention: spatio_temporal}
head: {dropout: 0.1}
optimizer: {learning_rate: 0.02, warmup_epochs: 1}
trainer: {max_epochs: 3, accelerator: cpu, precision: 32-true}
"""
    )
    return str(recipe)

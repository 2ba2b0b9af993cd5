"""Environments of their own for packages that don't go together with those of the tests."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest


def install(command: Sequence[str | Path], packages: Sequence[str]) -> None:
    """Run pip, which needs a network: only where DANCEKIT_MAKE_ENVIRONMENTS is set, and it can install."""
    if not os.environ.get("DANCEKIT_MAKE_ENVIRONMENTS"):
        pytest.skip("downloads packages: set DANCEKIT_MAKE_ENVIRONMENTS=1")
    done = subprocess.run(
        [*map(str, command), "--disable-pip-version-check", "-q", *packages],
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    if done.returncode:
        pytest.skip(f"pip cannot install {' '.join(packages)}: {done.stderr.strip().splitlines()[-1:]}")


def environment_with(folder: Path, packages: Sequence[str]) -> Path:
    """The Python of a new environment that has these packages, and behind them those of the tests."""
    if not os.environ.get("DANCEKIT_MAKE_ENVIRONMENTS"):
        pytest.skip("makes an environment and downloads packages: set DANCEKIT_MAKE_ENVIRONMENTS=1")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install([python, "-m", "pip", "install"], packages)
    found = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    behind = "".join(f"import site; site.addsitedir({each!r})\n" for each in site.getsitepackages())
    (Path(found.stdout.strip()) / "behind.pth").write_text(behind)
    return python

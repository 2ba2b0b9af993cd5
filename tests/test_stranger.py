"""A stranger's package, built and installed for real into an environment of its own; and broken ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from strangers import hook

import dancekit

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "dancekit-pose-mlp"

PACKAGE = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "{name}"
version = "1.0"
[project.entry-points.dancekit]
{name} = "{name}"
[tool.setuptools]
py-modules = ["{name}"]
"""

# Small enough for seconds, whole enough to go through training, validation, test and report.
RECIPE = """
data: {name: dance_six, recordings_train: 60, recordings_test: 12}
batches: {size: 16, frames: 16}
preprocess: [centre, scale_to_body]
backbone: {name: pose_mlp, width: 16, stages: 2}
optimizer: {name: adamw, learning_rate: 0.003, warmup_epochs: 0}
trainer: {max_epochs: 1, accelerator: cpu, precision: 32-true}
"""


@dataclass
class Environment:
    """A virtual environment that sees what this one has, without being able to change it."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / ("Scripts" if os.name == "nt" else "bin") / "python")

    def pip(self, *words: str) -> None:
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.python,
            "--disable-pip-version-check",
            "-q",
            *words,
        ]
        subprocess.run(command, check=True)

    def install(self, *packages: Path) -> None:
        self.pip("install", "--no-index", "--no-deps", "--no-build-isolation", *map(str, packages))

    def dancekit(self, *words: str, code: int = 0, folder: Path | None = None) -> str:
        """Run the command there; its standard output."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [self.python, "-m", "dancekit", *words],
            cwd=folder or self.folder,
            env={**environment, "DANCEKIT_CACHE": str(self.folder / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def plugins(self) -> dict[str, dict[str, object]]:
        return {row["name"]: row for row in json.loads(self.dancekit("plugins", "list", "--json"))}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    made = Environment(tmp_path / "venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    names = {"base": str(made.folder), "platbase": str(made.folder)}
    packages = Path(sysconfig.get_path("purelib", vars=names))
    root = Path(dancekit.__file__).parent.parent
    visible = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(root), str(root / "plugins")}
    # addsitedir, unlike a plain line, also follows the .pth files there, such as those of editable installs.
    lines = [f"import site; site.addsitedir({path!r})" for path in sorted(visible)]
    (packages / "seen_from_outside.pth").write_text("\n".join(lines) + "\n")
    yield made
    shutil.rmtree(made.folder)


def test_package_is_installed_listed_trained_and_removed(environment: Environment, tmp_path: Path) -> None:
    assert "dancekit-pose-mlp" not in environment.plugins()
    package = tmp_path / "package"
    shutil.copytree(EXAMPLE, package)
    environment.install(package)

    listed = environment.plugins()["dancekit-pose-mlp"]
    assert (listed["status"], listed["source"]) == ("active", "dancekit-pose-mlp 0.1.0")
    assert environment.dancekit("plugins", "check", "dancekit-pose-mlp") == "dancekit-pose-mlp: ok\n"
    assert "stages: a whole number; default 3" in environment.dancekit("plugins", "show", "pose_mlp")
    checked = environment.dancekit("recipes", "check", str(package / "recipes" / "pose_mlp.yaml"))
    assert checked.strip().endswith(": ok")

    (tmp_path / "tiny.yaml").write_text(RECIPE)
    result = json.loads(environment.dancekit("fit", "tiny.yaml", "--json", folder=tmp_path))
    assert result["epochs"] == 1
    assert result["test"]["clips"] == 12
    assert result["versions"]["plugins"]["dancekit-pose-mlp"] == "dancekit-pose-mlp 0.1.0"
    assert (Path(result["run"]) / "checkpoints" / "last.ckpt").is_file()

    environment.pip("uninstall", "--yes", "dancekit-pose-mlp")
    assert "dancekit-pose-mlp" not in environment.plugins()
    environment.dancekit("plugins", "show", "pose_mlp", code=2)


def test_package_passes_its_own_tests(environment: Environment, tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(EXAMPLE, package)
    environment.install(package)
    command = [environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(package)]
    done = subprocess.run([*command, str(package)], cwd=package, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_broken_packages_break_nothing(environment: Environment, tmp_path: Path) -> None:
    codes = {
        "stranger_absent": "import no_such_module_anywhere\n",
        "stranger_typo": hook().replace("dancekit_components", "dancekit_component"),
        "stranger_thief": hook(name="stgcn"),
    }
    for name, code in codes.items():
        package = tmp_path / name
        package.mkdir()
        (package / "pyproject.toml").write_text(PACKAGE.format(name=name))
        (package / f"{name}.py").write_text(code)
    environment.install(*(tmp_path / name for name in codes))

    plugins = environment.plugins()
    assert [plugins[name]["status"] for name in codes] == ["broken"] * 3
    assert "no_such_module_anywhere" in str(plugins["stranger_absent"]["error"])
    assert "unknown hook 'dancekit_component'" in str(plugins["stranger_typo"]["error"])
    assert "'stgcn' is taken by dancekit-stgcn" in str(plugins["stranger_thief"]["error"])
    assert "Usage: dancekit" in environment.dancekit("--help")
    assert "dancekit_stgcn.model:STGCN" in environment.dancekit("plugins", "show", "stgcn")
    assert environment.dancekit("recipes", "check", "recipes/stgcn.yaml").strip().endswith(": ok")
    problems = json.loads(environment.dancekit("plugins", "check", "--json", code=3))
    assert {name for name, found in problems.items() if found} == set(codes)

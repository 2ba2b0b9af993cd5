"""dancekit plugins list|show|check|new, as a user calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from strangers import hook, install

from dancekit.cli.plugins import TEMPLATE_KINDS

Done = subprocess.CompletedProcess[str]


def run(*words: str, path: Path | None = None, check: bool = True, **environment: str) -> Done:
    """The command in a process of its own, with strangers' plugins on its path."""
    folders = [str(path)] if path else []
    search = os.pathsep.join([*folders, *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "dancekit", *words],
        env={**os.environ, "PYTHONPATH": search, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def strangers(tmp_path: Path) -> Path:
    """One plugin that works, and four that don't."""
    install(tmp_path, "stranger_good", hook(target="stranger_model:Mine"))
    (tmp_path / "stranger_model.py").write_text(
        "from dancekit.interfaces import Attention\n"
        "class Mine(Attention):\n"
        '    """Does nothing.\n\n    Not even here."""\n'
        "    def forward(self, x, mask=None): return x\n"
    )
    install(tmp_path, "stranger_absent", "import no_such_module_anywhere\n")
    install(tmp_path, "stranger_typo", hook().replace("dancekit_components", "dancekit_component"))
    install(tmp_path, "stranger_thief", hook(name="stgcn"))
    install(tmp_path, "stranger_hollow", hook(kind="attention", name="hollow", target="nowhere:Nothing"))
    return tmp_path


def test_list_shows_what_is_broken_and_why(strangers: Path) -> None:
    rows = {row["name"]: row for row in json.loads(run("plugins", "list", "--json", path=strangers).stdout)}
    assert rows["dancekit-stgcn"]["built_in"] is True
    assert rows["stranger_good"]["status"] == "active"
    assert rows["stranger_good"]["source"] == "stranger_good 1.0"
    assert rows["stranger_good"]["components"] == [
        {"kind": "backbone", "name": "mine", "summary": "a stranger's", "deprecated": ""}
    ]
    errors = {name: row["error"] for name, row in rows.items() if row["status"] == "broken"}
    assert "no_such_module_anywhere" in errors.pop("stranger_absent")
    assert "unknown hook 'dancekit_component'" in errors.pop("stranger_typo")
    assert "'stgcn' is taken by dancekit-stgcn" in errors.pop("stranger_thief")
    assert errors == {}


def test_list_is_one_plain_line_for_each_plugin(strangers: Path) -> None:
    lines = run("plugins", "list", path=strangers).stdout.splitlines()
    shown = {line.split()[0]: line for line in lines}
    assert "broken: ModuleNotFoundError" in shown["stranger_absent"]
    assert "active" in shown["stranger_good"]
    assert shown["stranger_good"].endswith("backbone mine")
    assert len(lines) == len(shown)


def test_list_of_one_kind(strangers: Path) -> None:
    lines = run("plugins", "list", "--kind", "attention", path=strangers).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["hollow", "spatial", "spatio_temporal", "temporal"]
    components = json.loads(run("plugins", "list", "--kind", "attention", "--json", path=strangers).stdout)
    assert {"kind": "attention", "name": "hollow", "plugin": "stranger_hollow"}.items() <= components[
        -1
    ].items()


def test_switched_off_plugins_are_listed_so(strangers: Path) -> None:
    done = run("plugins", "list", "--json", path=strangers, DANCEKIT_PLUGINS="")
    statuses = {row["name"]: row["status"] for row in json.loads(done.stdout) if not row["built_in"]}
    assert statuses and set(statuses.values()) == {"disabled"}


def test_listing_is_quick_and_imports_no_torch(strangers: Path) -> None:
    code = (
        "import sys; from dancekit.cli.main import group\n"
        "group.main(sys.argv[1:], standalone_mode=False)\n"
        "heavy = {'torch', 'lightning', 'omegaconf'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    path = os.pathsep.join([str(strangers), *filter(None, sys.path)])
    for words in (["--help"], ["plugins", "--help"], ["plugins", "list"], ["plugins", "list", "--json"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr.strip() == "[]"
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        run("plugins", "list", path=strangers)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.4


def test_show_a_component() -> None:
    text = run("plugins", "show", "stgcn").stdout
    assert "dancekit_stgcn.model:STGCN of dancekit-stgcn" in text
    assert "width: a whole number; default 64" in text
    assert "channels of the first stage" in text
    assert "Supplied by dancekit: layout, coordinates" in text
    (one,) = json.loads(run("plugins", "show", "backbone", "stgcn", "--json").stdout)
    arguments = {each["name"]: each for each in one["arguments"]}
    assert arguments["strides"]["type"] == "a list, each a whole number"
    assert arguments["strides"]["default"] == [1, 1, 1, 1, 2, 1, 1, 2, 1, 1]
    assert arguments["attention"]["type"] == "a component of kind attention or nothing"
    assert "layout" not in arguments


def test_show_a_plugin(strangers: Path) -> None:
    text = run("plugins", "show", "stranger_thief", path=strangers).stdout
    assert "stranger_thief 1.0, stranger_thief, broken: the backbone 'stgcn' is taken" in text


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("show", "stgcm"), "Did you mean 'stgcn'?", 2),
        (("show", "backbon", "stgcn"), "Did you mean 'backbone'?", 2),
        (("show", "hollow"), "cannot be imported from nowhere:Nothing", 3),
        (("show", "a", "b", "c"), "Write NAME, or KIND NAME.", 2),
        (("check", "stranger_god"), "Did you mean 'stranger_good'?", 2),
    ],
)
def test_wrong_names_are_answered(strangers: Path, words: tuple[str, ...], said: str, code: int) -> None:
    done = run("plugins", *words, path=strangers, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_check_finds_everything_and_exits_with_3(strangers: Path) -> None:
    done = run("plugins", "check", "--json", path=strangers, check=False)
    assert done.returncode == 3
    problems = json.loads(done.stdout)
    assert problems["dancekit-stgcn"] == []
    assert problems["stranger_good"] == [
        "backbone 'mine': Mine is no Backbone: derive it from dancekit.interfaces.Backbone."
    ]
    assert "nowhere:Nothing" in problems["stranger_hollow"][0]
    assert "unknown hook" in problems["stranger_typo"][0]
    text = run("plugins", "check", "stranger_typo", "dancekit-stgcn", path=strangers, check=False).stdout
    assert text.splitlines()[0] == "stranger_typo:"
    assert text.splitlines()[-1] == "dancekit-stgcn: ok"
    assert run("plugins", "check", "dancekit-stgcn").stdout == "dancekit-stgcn: ok\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stgcn", "the backbone 'stgcn' is taken by dancekit-stgcn (dancekit "),
        ("dancekit", "a module dancekit is already installed"),
        ("numpy", "a module numpy is already installed"),
        ("json", "a word of Python's own"),
        ("class", "a word of Python's own"),
        ("9lives", "cannot be the name of a package"),
        ("dancekit-3d", "cannot be the name of a package"),
        ("../up", "cannot be the name of a package"),
        ("", "cannot be the name of a package"),
    ],
)
def test_new_refuses_a_name(tmp_path: Path, name: str, said: str) -> None:
    done = run("plugins", "new", name, "--folder", str(tmp_path), check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_new_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "my-part").mkdir()
    done = run("plugins", "new", "my-part", "--folder", str(tmp_path), check=False)
    assert done.returncode == 2
    assert "is already there" in done.stderr
    assert list((tmp_path / "my-part").iterdir()) == []


def test_new_normalises_the_name(tmp_path: Path) -> None:
    done = run("plugins", "new", " Dancekit.My_Gate ", "--kind", "attention", "--folder", str(tmp_path))
    folder = Path(done.stdout.strip())
    assert folder == tmp_path / "dancekit-my-gate"
    assert 'dancekit-my-gate = "dancekit_my_gate"' in (folder / "pyproject.toml").read_text()
    assert 'name="my_gate"' in (folder / "src/dancekit_my_gate/__init__.py").read_text()
    assert "class MyGate(Attention):" in (folder / "src/dancekit_my_gate/attention.py").read_text()
    assert 'check_attention("my_gate")' in (folder / "tests/test_contract.py").read_text()
    assert not [file for file in folder.rglob("*") if file.is_file() and "$" in file.read_text()]


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEMPLATE_KINDS)
def test_new_package_passes_its_own_tests(tmp_path: Path, kind: str) -> None:
    folder = Path(
        run("plugins", "new", f"my-own-{kind}", "--kind", kind, "--folder", str(tmp_path)).stdout.strip()
    )
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "install", *offline, "--target", str(installed), str(folder)], check=True)
    assert run("plugins", "check", f"my-own-{kind}", path=installed).stdout == f"my-own-{kind}: ok\n"
    path = os.pathsep.join([str(installed), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout

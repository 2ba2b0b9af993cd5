"""dancekit recipes list|show|check, as a person or a script calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dancekit.cli.main import main
from dancekit.recipe_files import shipped_recipes

Captured = pytest.CaptureFixture[str]

SMALL = (
    "data: {name: dance_six, recordings_train: 6, recordings_test: 6}\nbackbone: {name: stgcn, width: 4}\n"
)


def _run(*words: str) -> int:
    """The exit code of the command line."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    return int(caught.value.code or 0)


@pytest.fixture
def small(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return str(file)


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    file = tmp_path / "wrong.yaml"
    file.write_text(SMALL + "sed: 1\ntrainer: {max_epochs: 0}\n")
    return str(file)


def test_list_has_every_shipped_recipe_with_its_first_line(capsys: Captured) -> None:
    assert _run("recipes", "list") == 0
    out = capsys.readouterr().out
    for file in shipped_recipes().rglob("*.yaml"):
        row = next(
            line
            for line in out.splitlines()
            if line.startswith(f"recipes/{file.relative_to(shipped_recipes())} ")
        )
        assert row.endswith(file.read_text().splitlines()[0].removeprefix("# "))


def test_list_as_json(capsys: Captured) -> None:
    assert _run("recipes", "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in rows} >= {"recipes/stgcn.yaml", "recipes/stgcn_sta.yaml"}
    assert all(row["summary"] for row in rows)


def test_show_is_the_recipe_with_all_that_it_extends(capsys: Captured) -> None:
    assert _run("recipes", "show", "recipes/stgcn_sta.yaml", "trainer.max_epochs=3") == 0
    content = yaml.safe_load(capsys.readouterr().out)
    assert content["data"]["name"] == "dance_six" and "extends" not in content
    assert content["trainer"]["max_epochs"] == 3
    assert "head" not in content


def test_show_resolved_has_every_default_and_is_a_recipe(capsys: Captured, tmp_path: Path) -> None:
    assert _run("recipes", "show", "recipes/stgcn.yaml", "--resolved", "--json") == 0
    resolved = json.loads(capsys.readouterr().out)
    assert resolved["splits"]["hold_out"] == 0.1
    assert resolved["backbone"]["temporal_kernel"] == 9
    assert _run("recipes", "show", "recipes/stgcn.yaml", "--resolved") == 0
    text = capsys.readouterr().out
    assert yaml.safe_load(text) == resolved
    file = tmp_path / "resolved.yaml"
    file.write_text(text)
    assert _run("recipes", "show", str(file), "--resolved", "--json") == 0
    assert json.loads(capsys.readouterr().out) == resolved


def test_what_an_override_drops_is_said_on_stderr(capsys: Captured) -> None:
    assert _run("recipes", "show", "stgcn", "data.seed=1", "data=pyskl", "--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["data"] == {"name": "pyskl"}
    assert captured.err == "data: pyskl replaces dance_six, whose settings are dropped: seed.\n"


def test_check_says_that_all_is_well(capsys: Captured, small: str) -> None:
    assert _run("recipes", "check", small, "recipes/stgcn_sta.yaml") == 0
    assert capsys.readouterr().out == f"{small}: ok\nrecipes/stgcn_sta.yaml: ok\n"
    assert _run("recipes", "check", small, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {small: []}


def test_check_tells_every_error_and_exits_with_2(capsys: Captured, small: str, wrong: str) -> None:
    assert _run("recipes", "check", small, wrong) == 2
    out = capsys.readouterr().out
    assert f"{small}: ok" in out
    assert "sed: there is no such key. Did you mean 'seed'?" in out
    assert "trainer.max_epochs: 0 is not at least 1." in out


def test_check_as_json_has_the_exit_code_too(capsys: Captured, wrong: str) -> None:
    assert _run("recipes", "check", wrong, "--json") == 2
    problems = json.loads(capsys.readouterr().out)[wrong]
    assert len(problems) == 2 and problems[0].startswith("sed: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (SMALL.replace("width: 4", "temporal_kernel: 4"), "backbone: temporal_kernel must be odd, not 4."),
        (SMALL.replace("test: 6", "test: 1"), "recordings_test is 1."),
        (SMALL + "splits: {test: exam}\n", "splits.test: dance_six has no split 'exam'."),
    ],
)
def test_check_builds_the_parts(capsys: Captured, small: str, content: str, told: str) -> None:
    Path(small).write_text(content)
    assert _run("recipes", "check", small) == 2
    assert told in capsys.readouterr().out


def test_a_broken_plugin_exits_with_3(capsys: Captured, tmp_path: Path, small: str) -> None:
    plugin = tmp_path / "broken_parts.py"
    plugin.write_text(
        "from dancekit.plugin import Component, hookimpl\n"
        "@hookimpl\n"
        "def dancekit_components():\n"
        "    yield Component(kind='backbone', name='gone', target='no_such_module:Gone')\n"
    )
    Path(small).write_text(SMALL.replace("name: stgcn, width: 4", "name: gone"))
    for verb in (["check"], ["show", "--resolved"]):
        assert _run("--plugin", str(plugin), "recipes", *verb, small) == 3
        captured = capsys.readouterr()
        told = captured.out + captured.err
        assert "backbone 'gone' of plugin 'broken_parts' cannot be imported" in told
        assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["recipes", "show", "nowhere.yaml"], "Error: there is no recipe nowhere.yaml."),
        (["recipes", "show", ""], "Error: there is no recipe"),
        (["recipes", "show", "stgcn", "seed"], "Error: 'seed' is not an override. Write KEY=VALUE"),
        (["recipes", "show", "stgcn", "--resolved", "seed=x"], "Error: seed: 'x' is not a whole number."),
        (["recipes", "show"], "Missing argument"),
        (["recipes", "shw"], "No such command"),
        (["recipes", "list", "--jsn"], "No such option"),
        (["fitt"], "No such command"),
    ],
)
def test_wrong_input_exits_with_2_and_a_sentence(capsys: Captured, words: list[str], told: str) -> None:
    assert _run(*words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err and "Traceback" not in captured.err


def test_check_of_a_file_that_is_not_there(capsys: Captured) -> None:
    assert _run("recipes", "check", "nowhere.yaml") == 2
    captured = capsys.readouterr()
    assert "there is no recipe nowhere.yaml" in captured.out and "Traceback" not in captured.err


def test_debug_shows_where_an_error_comes_from() -> None:
    with pytest.raises(Exception, match="there is no recipe"):
        main(["--debug", "recipes", "show", "nowhere.yaml"])


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["recipes", "--help"], ["recipes", "check", "-h"], ["--version"]]
)
def test_help_and_version_exit_with_0(capsys: Captured, words: list[str]) -> None:
    assert _run(*words) == 0
    assert capsys.readouterr().out


def test_python_m_is_the_same(capsys: Captured) -> None:
    assert _run("recipes", "list", "--json") == 0
    here = capsys.readouterr().out
    command = [sys.executable, "-m", "dancekit", "recipes", "list", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, here)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["recipes", "--help"],
        ["recipes", "check", "--help"],
        ["fit", "--help"],
        ["test", "--help"],
        ["recipes", "list"],
        ["recipes", "show", "recipes/stgcn_sta.yaml"],
    ],
)
def test_asking_costs_no_torch(words: list[str]) -> None:
    code = (
        "import sys\nfrom dancekit.cli.main import main\n"
        f"try: main({words!r})\n"
        "except SystemExit as done: assert not done.code\n"
        "assert 'torch' not in sys.modules and 'lightning' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (
            "batches.frame_pairs=true",
            "batches.frame_pairs: no step of `preprocess` makes one frame of each pair.",
        ),
        ("preprocess=[align_view]", "align_view turns 3D keypoints, and these are 2D."),
        ("preprocess=[{name: convert_layout, layout: ntu25}]", "cannot be converted to ntu25: it lacks"),
    ],
)
def test_check_sends_a_recording_through(small, capsys, override, told):
    assert _run("recipes", "check", small, override) == 2
    assert told in capsys.readouterr().out
    ensemble = f'ensemble.members={{one: ["{override}"], two: []}}'
    assert _run("recipes", "check", small, ensemble) == 2
    out = capsys.readouterr().out
    assert told in out and "ensemble.members.one: " in out and "ensemble.members.two" not in out

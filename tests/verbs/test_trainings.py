"""Which trainings of a comparison are reused, resumed and made, and what a failing one leaves."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dancekit import __version__
from dancekit.recipe_files import write_recipe
from dancekit.run import Run
from dancekit.verbs.trainings import Trainer, Training, fingerprint, known_runs, last_words

CONTENT: dict[str, Any] = {"seed": 0, "trainer": {"precision": "32-true", "max_epochs": 3}, "logger": []}


def _run(
    root: Path, name: str, content: dict[str, Any], *, finished: bool, version: str = __version__
) -> Run:
    folder = root / name
    folder.mkdir(parents=True)
    run = Run(folder.resolve())
    write_recipe(content, run.recipe)
    (folder / "versions.json").write_text(json.dumps({"dancekit": version}))
    if finished:
        run.result.write_text("{}")
    return run


def _pretend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let a script stand in for `python -m dancekit`."""
    file = tmp_path / "pretend.py"
    file.write_text(script)
    stand_in = tmp_path / "python"
    stand_in.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" "{file}" "$@"\n')
    stand_in.chmod(0o755)
    monkeypatch.setattr("dancekit.verbs.trainings.sys.executable", str(stand_in))


def test_a_fingerprint_is_of_what_is_learned() -> None:
    assert fingerprint(CONTENT) == fingerprint({**CONTENT, "logger": ["wandb"], "wandb": {"mode": "online"}})
    assert fingerprint(CONTENT) == fingerprint(dict(reversed(CONTENT.items())))
    assert fingerprint(CONTENT) != fingerprint({**CONTENT, "seed": 1})


def test_finished_runs_count_then_the_newest_and_only_of_this_version(tmp_path: Path) -> None:
    mark = fingerprint(CONTENT)
    assert known_runs(tmp_path / "nowhere") == {}
    _run(tmp_path, "1_old", CONTENT, finished=True, version="0.0.1")
    assert known_runs(tmp_path) == {}
    begun = _run(tmp_path, "2_begun", CONTENT, finished=False)
    assert known_runs(tmp_path)[mark] == begun
    finished = _run(tmp_path, "3_finished", CONTENT, finished=True)
    _run(tmp_path, "4_begun", CONTENT, finished=False)
    (tmp_path / "latest").symlink_to("4_begun", target_is_directory=True)
    (tmp_path / "5_broken").mkdir()
    (tmp_path / "5_broken" / "recipe.yaml").write_text("[")
    assert known_runs(tmp_path) == {mark: finished}


def test_what_is_there_is_reused_and_what_was_begun_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "runs"
    done = _run(root, "a", CONTENT, finished=True)
    begun = _run(root, "b", {**CONTENT, "seed": 1}, finished=False)
    made = _run(tmp_path / "elsewhere", "c", {**CONTENT, "seed": 2}, finished=True)
    _pretend(
        monkeypatch,
        tmp_path,
        "import sys, json, pathlib\n"
        f"pathlib.Path({str(tmp_path / 'calls')!r}).open('a').write(' '.join(sys.argv[1:3]) + '\\n')\n"
        f"print(json.dumps({{'run': {str(made.folder)!r}}}))\n",
    )
    trainer = Trainer(root=root, notes=tmp_path / "notes")
    wanted = [Training(row="A b/c", seed=seed, content={**CONTENT, "seed": seed}) for seed in range(3)]
    trained = list(trainer.train(wanted))
    assert [(each.state, each.run) for each in trained] == [
        ("reused", done),
        ("resumed", begun),
        ("trained", made),
    ]
    new = tmp_path / "notes" / "a_b_c_seed2.yaml"
    assert (tmp_path / "calls").read_text().splitlines() == ["fit --resume", f"fit {new}"]
    assert fingerprint(json.loads(json.dumps({**CONTENT, "seed": 2}))) == wanted[2].fingerprints[0]


def test_a_run_in_the_other_automatic_precision_will_do(tmp_path: Path) -> None:
    other = {**CONTENT, "trainer": {**CONTENT["trainer"], "precision": "bf16-mixed"}}
    run = _run(tmp_path, "a", other, finished=True)
    trainer = Trainer(root=tmp_path, notes=tmp_path / "notes")
    chosen = Training(row="r", seed=0, content=CONTENT, any_precision=True)
    (trained,) = trainer.train([chosen])
    assert trained.run == run
    assert len(Training(row="r", seed=0, content=CONTENT).fingerprints) == 1


@pytest.mark.parametrize("jobs", [1, 3])
def test_one_that_fails_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    made = _run(tmp_path / "elsewhere", "c", CONTENT, finished=True)
    _pretend(
        monkeypatch,
        tmp_path,
        "import sys, json, os\n"
        "name = sys.argv[2]\n"
        "if 'seed1' in name: sys.exit('some noise\\nError: the loss is not finite.\\nmore noise')\n"
        "if 'seed2' in name: os.kill(os.getpid(), 9)\n"
        f"print(json.dumps({{'run': {str(made.folder)!r}}}))\n",
    )
    trainer = Trainer(root=tmp_path / "runs", notes=tmp_path / "notes", jobs=jobs)
    wanted = [Training(row="r", seed=seed, content={**CONTENT, "seed": seed}) for seed in range(4)]
    trained = list(trainer.train(wanted))
    assert [each.state for each in trained] == ["trained", "failed", "failed", "trained"]
    assert trained[1].why == "the loss is not finite." and trained[2].why == "it ended without a word"


def test_stopping_ends_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(
        monkeypatch,
        tmp_path,
        "import sys, time, json\nif 'seed0' in sys.argv[2]: sys.exit(1)\ntime.sleep(600)\n",
    )
    trainer = Trainer(root=tmp_path / "runs", notes=tmp_path / "notes", jobs=2)
    wanted = [Training(row="r", seed=seed, content={**CONTENT, "seed": seed}) for seed in range(3)]
    going = trainer.train(wanted)
    assert next(going).state == "failed"
    going.close()  # returns, for the sleeping processes are ended


def test_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for text, said in (("", "it ended without a word"), ("a\n\nb  \n", "b"), ("Error: why.\nb", "why.")):
        log.write_text(text)
        assert last_words(log) == said

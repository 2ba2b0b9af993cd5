"""`--run`: the movement is recognised first, and the reference chosen by it or asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from coach_calls import call
from dancekit_coach.recordings import Finder
from dancekit_sources.dance_six.gestures import CLASSES
from torch import Tensor
from untrained import untrained_run

from dancekit.errors import RecipeError, RunError
from dancekit.plugin import Registry

DANCES = ("keypoints=true_2d", "recordings_train=6", "recordings_test=12")


def stand_in(folder: Path, movement: str | None) -> str:
    """A run that was never trained; with a movement, one that recognises it in everything."""

    def sure_of_it(state: dict[str, Tensor]) -> None:
        (bias,) = (
            name for name, each in state.items() if name.endswith("bias") and len(each) == len(CLASSES)
        )
        state[bias][CLASSES.index(movement)] += 30.0

    return str(untrained_run(folder, change=None if movement is None else sure_of_it).folder)


@pytest.fixture(scope="module")
def sure(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stand_in(tmp_path_factory.mktemp("runs") / "sure", "waving")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def review(*words: str) -> Result:
    return call("review", *words)


def names(movement: str) -> list[str]:
    finder = Finder(registry=Registry.load(), overrides=DANCES)
    return [each.recording for each in finder.all("dance_six") if each.movement == movement]


def test_the_reference_is_chosen_by_the_movement_and_the_page_says_so(sure: str) -> None:
    first, second, *_ = names("waving")
    said = review(f"dance_six::{first}", *DANCES, "--reference", "dance_six", "--run", sure)
    assert "The run sure recognised waving with 100%." in said.stderr
    result = json.loads(Path("review/result.json").read_text())
    assert (result["name"], result["reference"], result["movement"]) == (first, second, "waving")
    page = Path("review/report.html").read_text()
    assert "recognised waving with 100%" in page and f"So {second} was chosen as the reference." in page


def test_a_reference_that_is_named_is_taken(sure: str) -> None:
    first, second, *_ = names("raising_high")
    review(f"dance_six::{first}", *DANCES, "--reference", f"::{second}", "--run", sure)
    result = json.loads(Path("review/result.json").read_text())
    assert (result["reference"], result["movement"]) == (second, "raising_high")


def test_where_it_is_unsure_the_reference_is_asked_for(tmp_path: Path) -> None:
    untrained = stand_in(tmp_path / "untrained", None)
    with pytest.raises(RecipeError, match="--reference") as caught:
        review(f"dance_six::{names('waving')[0]}", *DANCES, "--reference", "dance_six", "--run", untrained)
    assert "too unsure" in str(caught.value) or "recognises none" in str(caught.value)
    assert not Path("review").exists()


def test_no_such_run() -> None:
    with pytest.raises(RunError):
        review(f"dance_six::{names('waving')[0]}", *DANCES, "--reference", "dance_six", "--run", "nowhere")

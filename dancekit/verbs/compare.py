"""compare: train several recipes over seeds, test each once, and say how sure the differences are."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dancekit.console import say
from dancekit.errors import DancekitError, RecipeError
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.reporting.comparison_contents import ComparedRow, Comparison
from dancekit.reporting.comparison_page import write_comparison_page
from dancekit.reporting.comparison_text import comma_separated, markdown
from dancekit.run import Run, versions, write_json
from dancekit.tables import Row, Table
from dancekit.verbs.answers import against_first, answered_by
from dancekit.verbs.cost import measured_cost
from dancekit.verbs.training import with_native_precision
from dancekit.verbs.trainings import Trained, Trainer, Training, results_of


def compare(
    table: Table,
    registry: Registry,
    *,
    seeds: int | None = None,
    jobs: int = 1,
    root: Path = Path("runs"),
    out: Path,
    plugins: Sequence[str] = (),
    costs: bool = True,
) -> Comparison:
    """Train what is missing, and write comparison.html, .md, .csv and .json.

    A row that fails is shown as failed, and the rest goes on.

    Args:
        seeds: how often each row is trained, with the seeds 0, 1, ...; None takes the table's.
        jobs: trainings at a time.
        root: where run directories lie; finished runs of the same recipe there are used.
        out: the folder to write into.
        plugins: files that are used as plugins.
        costs: measure MACs and rates of each row.

    Raises:
        KeyboardInterrupt: the user stopped it; the same call goes on.
    """
    count = table.seeds if seeds is None else seeds
    if count < 1 or jobs < 1:
        raise RecipeError(f"seeds and jobs are at least 1, not {count} and {jobs}.")
    trainer = Trainer(root=root, notes=out / "trainings", jobs=jobs, plugins=plugins)
    rows = _drafted(table, registry, range(count))
    done: dict[str, list[Trained]] = {row.name: [] for row in table.rows}
    for trained in trainer.train([training for each in rows for training in each.trainings]):
        done[trained.training.row].append(trained)
        say(_told(trained))
    answered = [answered_by(_blank(each), done[each.row.name], out) for each in rows]
    compared = against_first(answered)
    if costs:
        compared = [
            row
            if row.failed
            else replace(row, cost=measured_cost(row.name, Run(Path(row.seeds[0].run)), trainer))
            for row in compared
        ]
    items = next((each.items for each in answered if each.items is not None), None)
    comparison = Comparison(
        title=table.title,
        source=table.source,
        classes=() if items is None else items.classes,
        clips=0 if items is None else len(items.names),
        people=None if items is None else items.people_count,
        seeds=count,
        rows=tuple(compared),
        command=shlex.join(["dancekit", *sys.argv[1:]]),
        versions={name: str(version) for name, version in versions(registry).items() if name != "plugins"},
    )
    _write(comparison, out)
    return comparison


@dataclass(frozen=True, kw_only=True)
class _Drafted:
    """A row with its trainings, or why there are none."""

    row: Row
    trainings: tuple[Training, ...] = ()
    failed: str = ""


def _drafted(table: Table, registry: Registry, seeds: Iterable[int]) -> list[_Drafted]:
    """Every row checked before anything is trained."""
    drafted = []
    for row in table.rows:
        try:
            trainings = tuple(_training(row, registry, seed) for seed in seeds)
        except DancekitError as error:
            say(f"{row.name}: failed: {error}")
            drafted.append(_Drafted(row=row, failed=str(error)))
        else:
            drafted.append(_Drafted(row=row, trainings=trainings))
    return drafted


def _blank(drafted: _Drafted) -> ComparedRow:
    row = drafted.row
    return ComparedRow(
        name=row.name,
        recipe=row.recipe,
        overrides=row.overrides,
        printed=row.printed,
        failed=drafted.failed,
    )


def _training(row: Row, registry: Registry, seed: int) -> Training:
    asked = check_recipe(row.draft([f"seed={seed}"]), registry)
    recipe = with_native_precision(asked)
    if recipe.task != "recognition":
        raise RecipeError(f"{row.name} is a recipe of {recipe.task}, and accuracies are compared.")
    return Training(
        row=row.name,
        seed=seed,
        content=recipe.to_mapping(),
        any_precision=asked.trainer.precision == "auto",
    )


def _told(trained: Trained) -> str:
    training = trained.training
    who = f"{training.row}, seed {training.seed}"
    if trained.state == "failed" or trained.run is None:
        return f"{who}: failed: {trained.why}"
    try:
        return f"{who}: {100 * results_of(trained.run)['test']['accuracy']:.2f}%, {trained.state}"
    except DancekitError as error:
        return f"{who}: {trained.state}, but {error}"


def _write(comparison: Comparison, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "comparison.json", comparison.to_mapping())
    (out / "comparison.md").write_text(markdown(comparison), encoding="utf-8")
    (out / "comparison.csv").write_text(comma_separated(comparison), encoding="utf-8")
    write_comparison_page(comparison, out / "comparison.html")

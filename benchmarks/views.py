"""How well runs recognise movements from each side, and with limbs hidden: lifted 3D against raw 2D.

    python benchmarks/views.py RUN... [--yaw 0 45 90 135 180] [--hidden 0 0.2] [--split SPLIT]

The recipes of the runs have `camera` and `detect` among their steps. All see the same recordings, by the same
cameras and with the same errors of detection; only the yaw is set, to each value give or take 10 degrees, and
the share of hidden limbs. Accuracy in per cent on the recipe's test split, and its 95% interval (Wilson).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dancekit.plugin import Registry
from dancekit.recipe import Recipe, check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.run import Run
from dancekit.verbs.evaluate import evaluate


def step_of(recipe: Recipe, name: str) -> int:
    """The place of a step in `preprocess`."""
    for place, step in enumerate(recipe.preprocess):
        if step.name == name:
            return place
    raise SystemExit(f"The recipe has no step {name}: {[step.name for step in recipe.preprocess]}.")


def accuracy(run: Run, registry: Registry, *, yaw: float, hidden: float, split: str | None) -> str:
    recipe = check_recipe(read_recipe(run.recipe, []), registry)
    overrides = [
        f"preprocess.{step_of(recipe, 'camera')}.yaw=[{yaw - 10},{yaw + 10}]",
        f"preprocess.{step_of(recipe, 'detect')}.hidden={hidden}",
    ]
    result = evaluate(run, registry, "test", split=split, overrides=overrides).result
    low, high = result["accuracy_interval"]
    return f"{100 * result['accuracy']:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--yaw", type=float, nargs="+", default=[0, 45, 90, 135, 180])
    parser.add_argument("--hidden", type=float, nargs="+", default=[0.0, 0.2])
    parser.add_argument("--split")
    given = parser.parse_args(arguments)
    registry = Registry.load()
    runs = [Run(folder.resolve()) for folder in given.runs]
    print("| hidden limbs | yaw |", *(f"{run.folder.name} |" for run in runs))
    print("|---|---|" + "---|" * len(runs))
    for hidden in given.hidden:
        for yaw in given.yaw:
            row = [accuracy(run, registry, yaw=yaw, hidden=hidden, split=given.split) for run in runs]
            print(f"| {hidden:g} | {yaw:g} |", *(f"{cell} |" for cell in row), flush=True)


if __name__ == "__main__":
    main()

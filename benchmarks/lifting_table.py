"""Lifters beside each other, over seeds: errors with intervals, and the difference to the first, paired.

    python benchmarks/lifting_table.py [--split bandai2] siamese=RUN,RUN,RUN videopose=RUN,RUN,RUN ...

Reads what `fit` and `dancekit test RUN --split SPLIT` have left in each run. MPJPE in mm over all joints and
frames, mean of the seeds. Intervals of 95% are by bootstrap: recordings are drawn anew, the same ones for all
lifters, and seeds of each lifter by themselves.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
DRAWS = 2000


def errors(runs: Sequence[str], split: str) -> tuple[Floats, Floats, list[str]]:
    """Sums of errors (seeds, recordings) in mm, and over how many joints (recordings,); and their names."""
    totals: list[Floats] = []
    names: list[str] = []
    for run in runs:
        with np.load(Path(run) / f"predictions_{split}.npz") as saved:
            found = saved["names"].tolist()
            if names and names != found:
                raise SystemExit(f"{run} was tested on other recordings than {runs[0]}.")
            names, count = found, saved["count"].sum(1).astype(float)
            totals.append(saved["total"].sum(1))
    return np.stack(totals), count, names


def drawn(total: Floats, count: Floats, recordings: Any, random: np.random.Generator) -> Floats:
    """MPJPE (draws,) of recordings (draws, recordings) and of seeds drawn for each."""
    each = total[:, recordings].sum(2) / count[recordings].sum(1)  # (seeds, draws)
    seeds = random.integers(len(total), size=(DRAWS, len(total)))  # (draws, seeds)
    return np.take_along_axis(each.T, seeds, axis=1).mean(1)  # type: ignore[no-any-return]


def interval(values: Floats) -> str:
    low, high = np.percentile(values, [2.5, 97.5])
    return f"{low:.1f} to {high:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("lifters", nargs="+", metavar="NAME=RUN,RUN")
    parser.add_argument("--split", default="test")
    given = parser.parse_args()
    random = np.random.default_rng(0)
    first: Floats | None = None
    known: list[str] = []
    print("| lifter | seeds | MPJPE | 95% interval | each seed | to the first, 95% interval |")
    print("|---|---|---|---|---|---|")
    for lifter in given.lifters:
        name, runs = lifter.split("=")
        total, count, names = errors(runs.split(","), given.split)
        if first is None:
            known = names
            recordings = random.integers(len(names), size=(DRAWS, len(names)))  # (draws, recordings)
        elif names != known:
            raise SystemExit(f"{name} was tested on other recordings than the first.")
        values = drawn(total, count, recordings, random)
        each = total.sum(1) / count.sum()
        apart = "" if first is None else f"{(values - first).mean():+.1f} ({interval(values - first)})"
        first = values if first is None else first
        seeds = ", ".join(f"{seed:.1f}" for seed in each)
        print(f"| {name} | {len(each)} | {each.mean():.1f} | {interval(values)} | {seeds} | {apart} |")


if __name__ == "__main__":
    main()

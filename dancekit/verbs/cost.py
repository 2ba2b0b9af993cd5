"""What a trained row costs: `dancekit bench` in a process of its own, kept beside the comparison."""

from __future__ import annotations

import json
from typing import Any

from dancekit.console import say
from dancekit.errors import DancekitError
from dancekit.recipe_files import read_recipe
from dancekit.reporting.comparison_contents import Cost
from dancekit.run import Run, read_json, write_json
from dancekit.tables import file_name
from dancekit.verbs.trainings import Trainer, fingerprint, last_words

_SECONDS = 1.0  # of each measurement
_PERSONS = "1..10"


def measured_cost(row: str, run: Run, trainer: Trainer) -> Cost | None:
    """The cost of a run's recipe; None, with a word to the user, where it cannot be measured.

    What was measured before for the same recipe is taken again: rates of one comparison are of one machine.
    """
    name = file_name(row)
    kept = trainer.notes / f"{name}_cost.json"
    mark = fingerprint(read_recipe(run.recipe).content | {"seed": 0})
    if kept.is_file():
        try:
            known = read_json(kept)
            if known["fingerprint"] == mark:
                return cost_of(known["bench"])
        except (DancekitError, KeyError, TypeError):
            pass  # damaged: measured again
    words = ["bench", str(run.recipe), "--persons", _PERSONS, "--seconds", str(_SECONDS), "--json"]
    log = trainer.notes / f"{name}_cost.log"
    code, said = trainer.run(words, log)
    if code:
        say(f"{row}: its cost could not be measured: {last_words(log)}")
        return None
    bench = json.loads(said)
    write_json(kept, {"fingerprint": mark, "bench": bench})
    return cost_of(bench)


def cost_of(bench: dict[str, Any]) -> Cost:
    """Of the JSON that `dancekit bench` prints."""
    persons = bench["persons"]
    return Cost(
        macs_per_clip=sum(bench["macs_per_clip"].values()),
        training=bench["training"]["clips_per_second"],
        inference=bench["inference"]["clips_per_second"],
        persons=tuple(zip(persons["persons"], persons["seconds"], strict=True)),
    )

"""How many clips a second the main process delivers, augmentation included.

The processor's time, of all threads together, is what other work on the machine does not change.

python benchmarks/loader.py [RECIPE] [KEY=VALUE ...]
"""

from __future__ import annotations

import json
import sys
import time

import torch

from dancekit.assembly import build_model, prepare_data
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import read_recipe


def main() -> None:
    recipe_file, *overrides = sys.argv[1:] or ["recipes/stgcn_sta.yaml"]
    recipe = check_recipe(read_recipe(recipe_file, ["batches.frames=64", *overrides]), Registry.load())
    prepared = prepare_data(recipe, needed=("train",))
    model = build_model(recipe, prepared).train()
    loader = prepared.data.train_dataloader()
    rates, processor_rates = [], []
    for _ in range(5):
        clips, started, used = 0, time.perf_counter(), time.process_time()
        for batch in loader:
            clips += len(model.prepare(batch))
        rates.append(clips / (time.perf_counter() - started))
        processor_rates.append(clips / (time.process_time() - used))
    result = {
        "recipe": recipe_file,
        "frames": recipe.batches.frames,
        "batch": recipe.batches.size,
        "preprocess": [part.name for part in recipe.preprocess],
        "threads": torch.get_num_threads(),
        "clips_per_second": round(sorted(rates)[len(rates) // 2]),
        "clips_per_second_of_processor_time": round(sorted(processor_rates)[len(rates) // 2]),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

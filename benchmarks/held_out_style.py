"""Divide Bandai2's training styles into one that is held out and the others, to choose augmentation by.

python benchmarks/held_out_style.py STYLE OUT.store [RECIPE]
dancekit fit RECIPE data.name=store data.path=OUT.store \\
    splits.train=others splits.validate=held splits.test=none
"""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path

from dancekit.assembly import open_dataset
from dancekit.data.packing import write_packed
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import read_recipe


def main() -> None:
    style, out, *recipe_file = sys.argv[1:]
    recipe = check_recipe(
        read_recipe((recipe_file or ["recipes/bandai2/stgcn_sta.yaml"])[0]), Registry.load()
    )
    dataset = open_dataset(recipe)
    clips = list(chain.from_iterable(dataset.recordings(split) for split in ("style_train", "style_val")))
    held = [clip for clip in clips if clip.name.split("_")[1] == style]
    others = [clip for clip in clips if clip.name.split("_")[1] != style]
    write_packed(Path(out), {"others": others, "held": held}, layout=dataset.layout, classes=dataset.classes)
    print(f"{len(others)} clips in others, {len(held)} of {style} in held")


if __name__ == "__main__":
    main()

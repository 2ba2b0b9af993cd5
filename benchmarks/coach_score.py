"""How well the coach's score tells one movement in two styles from two movements, on recordings of people.

DANCEKIT_REAL_DATA=FOLDER python benchmarks/coach_score.py [--seeds 20 21 22 23 24] [--take 0]
python benchmarks/coach_score.py --made 6 7

FOLDER holds bandai2_3d.pkl: ten movements in seven styles. Each seed draws 20 pairs of one movement in two
styles and 20 pairs of two movements. The table gives the area under the ROC curve of the score, of what the
score is made of and of what is shared, and what the limit of refusal does.

With --made the recordings are those of dance_six of these seeds, six dancers of each movement, who turn as
they please. The table gives the share that is refused of each movement (down) beside a reference (across).
"""

from __future__ import annotations

import argparse
import itertools
import os
from pathlib import Path

import numpy as np
from dancekit_coach.body import Array, Flags
from dancekit_coach.error import detectable_change, jitter_of_errors, tolerances
from dancekit_coach.matching import UNSHARED, compared, mirrored
from dancekit_coach.motion import Motion, prepared
from dancekit_coach.options import Options, Parts
from dancekit_coach.scored import components_of
from dancekit_sources.dance_six import DanceSix
from dancekit_sources.dance_six.gestures import CLASSES
from sklearn.metrics import roc_auc_score

from dancekit.data.clips import Clip
from dancekit.data.unpickle import read_pickle
from dancekit.skeleton.layout import Layout

Key = tuple[int, str]


def recordings(folder: Path, take: int) -> dict[Key, Motion]:
    """One recording of each movement in each style."""
    layout, found, counted = Layout.named("bandai21"), {}, dict[Key, int]()
    for each in read_pickle(folder / "bandai2_3d.pkl")["annotations"]:
        key = int(each["label"]), each["frame_dir"].split("_")[-2]
        counted[key] = counted.get(key, -1) + 1
        if counted[key] == take:
            clip = Clip.of(each["keypoint"], label=key[0], name=each["frame_dir"], frame_rate=30.0)
            found[key] = prepared(clip, layout, rate=30.0)
    return found


def pairs(keys: list[Key], seed: int) -> list[tuple[bool, Key, Key]]:
    rng = np.random.default_rng(seed)
    found = []
    for same in [True, False] * 20:
        first = keys[rng.integers(len(keys))]
        fitting = [key for key in keys if key != first and (key[0] == first[0]) == same]
        found.append((same, first, fitting[rng.integers(len(fitting))]))
    return found


def measured(student: Motion, reference: Motion) -> dict[str, float]:
    """The score's total, its components and what is not shared, whether refused or not."""
    comparison = compared(student, reference, Options(), Parts())
    jitter = jitter_of_errors(comparison, seed=0)
    tolerance = tolerances(detectable_change(jitter, comparison.phases), None)
    components = components_of(comparison, tolerance, jitter, together=False)
    score = Parts().scorer.score(components, comparison.course, seed=0)
    forms = {each.name: each.weight for each in components if each.name not in ("tempo", "timing")}
    known = {name: weight for name, weight in forms.items() if name in score.components}
    return {
        "score": float(np.median(score.draws)),
        "shared": 1 - comparison.unshared,
        "form": float(np.average([score.components[name] for name in known], weights=list(known.values()))),
        "tempo": score.components["tempo"],
        "timing": score.components.get("timing", np.nan),
        "fit of limbs": -comparison.alignment.mismatch,
    }


def drawn_pairs(folder: Path, seeds: list[int], take: int) -> tuple[Flags, dict[str, Array]]:
    """Whether each pair is of one movement, and what is measured of each, (pairs,)."""
    motions = recordings(folder, take)
    drawn = [pair for seed in seeds for pair in pairs(sorted(motions), seed)]
    rows = [measured(motions[first], motions[second]) for _, first, second in drawn]
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    table["score, 0 where refused"] = np.where(1 - table["shared"] > UNSHARED, 0, table["score"])
    return np.array([same for same, _, _ in drawn]), table


def made_dancers(seed: int, each: int = 6) -> dict[int, list[tuple[str, Motion]]]:
    """Dancers of dance_six with their names, by movement, where they truly are."""
    data = DanceSix(keypoints="true_3d", recordings_train=len(CLASSES), recordings_test=10 * each, seed=seed)
    found: dict[int, list[tuple[str, Motion]]] = {label: [] for label in range(len(CLASSES))}
    for clip in data.recordings("test"):
        if isinstance(clip.label, int) and len(found[clip.label]) < each:
            found[clip.label].append((clip.person, prepared(clip, data.layout, rate=30.0)))
    return found


def print_refused(seeds: list[int]) -> None:
    """The share that is refused, of up to 12 pairs of one movement and 5 of each two, for every seed."""
    rng = np.random.default_rng(1)
    refused: dict[tuple[int, int], list[bool]] = {}
    for dancers in map(made_dancers, seeds):
        for first, second in itertools.product(dancers, dancers):
            fitting = [
                (one, other)
                for (who, one), (whose, other) in itertools.product(dancers[first], dancers[second])
                if first != second or who != whose
            ]
            for place in rng.permutation(len(fitting))[: 12 if first == second else 5]:
                student, reference = fitting[place]
                unshared = mirrored(student, reference, "auto", Options(), Parts())[2]
                refused.setdefault((first, second), []).append(unshared > UNSHARED)
    for first, name in enumerate(CLASSES):
        shares = [np.mean(refused[first, second]) for second in range(len(CLASSES))]
        print(f"{name:20}", *(f"{share:5.0%}" for share in shares))
    for name, alike in (("one movement", True), ("two", False)):
        flags = [each for (a, b), found in refused.items() if (a == b) == alike for each in found]
        print(f"refused of {len(flags)} pairs of {name}: {np.mean(flags):.1%}")


def area_under_curve(same: Flags, values: Array) -> float:
    known = ~np.isnan(values)
    return float(roc_auc_score(same[known], values[known]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[20, 21, 22, 23, 24])
    parser.add_argument("--take", type=int, default=0, help="which recording of each movement and style")
    parser.add_argument("--made", type=int, nargs="+", help="seeds of dance_six to look at instead")
    asked = parser.parse_args()
    if asked.made:
        print_refused(asked.made)
        return
    same, table = drawn_pairs(Path(os.environ["DANCEKIT_REAL_DATA"]), asked.seeds, asked.take)
    print(f"{len(same)} pairs, seeds {asked.seeds}, take {asked.take}")
    print("measure                  AUC    same: 5 %, median     other: median, 95 %")
    for name, values in table.items():
        low, middle = np.nanpercentile(values[same], [5, 50])
        others, high = np.nanpercentile(values[~same], [50, 95])
        area = area_under_curve(same, values)
        print(f"{name:24} {area:.3f}  {low:8.2f} {middle:8.2f}      {others:8.2f} {high:8.2f}")
    unshared = 1 - table["shared"]
    for limit in (0.5, 0.6, UNSHARED, 0.8):
        refused = [float((unshared[flags] > limit).mean()) for flags in (same, ~same)]
        print(f"refused above {limit:.2f}: {refused[0]:.1%} of one movement, {refused[1]:.1%} of two")


if __name__ == "__main__":
    main()

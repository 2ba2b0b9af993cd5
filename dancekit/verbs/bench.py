"""bench: how fast, how large and how costly a recipe is on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dancekit.console import quiet_libraries
from dancekit.errors import RecipeError
from dancekit.measuring.operations import count_macs, count_parameters
from dancekit.measuring.result import Benchmark
from dancekit.plugin import Registry
from dancekit.recipe import check_recipe
from dancekit.recipe_files import read_recipe
from dancekit.tasks.recognition import Recognizer
from dancekit.tasks.steps import after_steps
from dancekit.verbs.bench_parts import Bench


def bench(
    file: str,
    registry: Registry,
    *,
    overrides: Iterable[str] = (),
    persons: Sequence[int] = (1, 2, 5, 10),
    device: str | None = None,
    seconds: float = 3.0,
) -> Benchmark:
    """Measure a recipe with fresh weights, on recordings of its train split.

    Args:
        overrides: of the recipe.
        persons: numbers of persons in a clip, each at least 1.
        device: `cpu` or `cuda`; None takes what the recipe would train on.
        seconds: budget of each measurement; one that needs more for its fewest repeats takes more.

    Raises:
        RecipeErrors: the recipe is wrong.
        RecipeError: it is an ensemble, or there is no such device.
    """
    quiet_libraries()
    if not persons or min(persons) < 1:
        raise RecipeError("there is no number of persons to measure.", hint="Name some, each at least 1.")
    draft = read_recipe(file, overrides)
    recipe = check_recipe(draft, registry)
    if recipe.ensemble.members:
        name, settings = next(iter(recipe.ensemble.members.items()))
        raise RecipeError(
            f"{draft.name} is an ensemble of {len(recipe.ensemble.members)}, and one model is measured.",
            hint=f"Measure a copy of the recipe without `ensemble`, with what a member sets: {name} sets "
            f"{' '.join(settings) or 'nothing'}. Or name the recipe.yaml of a member's run.",
        )
    bench = Bench.of(recipe, device=device, seconds=seconds)
    machine, peak = bench.machine()
    loading, ready = bench.loading()
    model = bench.model
    steps, batch = model.preprocess, bench.recordings()
    if isinstance(model, Recognizer):  # measured from here on without them; a lifter's pairs need them
        batch = after_steps(steps, batch, training=False)
        model.preprocess = ()
    macs = count_macs(model, bench.inference_of(batch))
    macs_of_step = sum(count_macs(model, bench.learning_from(ready[0])).values())
    bench.compile()
    inference = bench.inference(batch, macs=sum(macs.values()), peak=peak)
    latency = bench.latency(batch)
    of_persons = bench.persons(batch, sorted(set(persons)))
    training = bench.training(ready, macs=macs_of_step, peak=peak)
    textbook = bench.textbook(batch)
    return Benchmark(
        recipe=draft.name,
        task=recipe.task,
        model=recipe.trained.name,
        precision=bench.recipe.trainer.precision,
        batch=len(batch),
        frames=recipe.batches.frames,
        machine=machine,
        parameters=count_parameters(model),
        macs_per_clip={kind: round(count / len(batch)) for kind, count in macs.items()},
        loading=loading,
        training=training,
        inference=inference,
        latency=latency,
        persons=of_persons,
        textbook=textbook,
        from_frames=bench.from_frames(steps),
    )

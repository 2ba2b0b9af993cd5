"""The measurements of bench, each on its own: a recipe's model on its device, and what is timed of it."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch

from dancekit.assembly import Prepared, build_model, prepare_data
from dancekit.console import say
from dancekit.data.clips import ClipBatch
from dancekit.data.module import BatchPlan, ClipBatches
from dancekit.interfaces import Preprocessor
from dancekit.measuring import machine
from dancekit.measuring.persons import Line, with_persons
from dancekit.measuring.result import Comparison, FromFrames, Loading, Machine, Persons, Rate, Repeats
from dancekit.measuring.timing import Call, Clock, times_as_fast
from dancekit.measuring.training import WARM_UP, ReadyBatches, StepTimes, fit
from dancekit.measuring.yardstick import against_textbook
from dancekit.recipe import Recipe
from dancekit.tasks.lifting import Lifting
from dancekit.tasks.recognition import Recognizer
from dancekit.tasks.steps import after_steps
from dancekit.verbs.training import native_precision, trainer_for

_LATENCY_CALLS = 50
_LEAST, _MOST_STEPS = 3, 500  # timed steps of training
_READY = 2  # batches that training goes round
_FORMATS = {"32-true": torch.float32, "bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A model on its device beside its recordings, and the budget of each measurement."""

    recipe: Recipe
    prepared: Prepared
    model: Recognizer | Lifting
    trainer: pl.Trainer
    step_times: StepTimes
    device: torch.device
    clock: Clock
    seconds: float

    @classmethod
    def of(cls, recipe: Recipe, *, device: str | None, seconds: float) -> Bench:
        if device is None and recipe.trainer.accelerator == "cpu":
            device = "cpu"
        accelerator = {"cpu": "cpu", "cuda": "gpu"}[machine.find_device(device).type]
        precision: Any = recipe.trainer.precision
        if precision == "auto":
            precision = native_precision(accelerator)
        options = replace(
            recipe.trainer,
            accelerator=accelerator,
            devices=1,
            num_nodes=1,
            strategy="auto",
            precision=precision,
        )
        step_times = StepTimes(budget=seconds, least=_LEAST)
        trainer = trainer_for(
            options,
            max_epochs=1,
            gradient_clip_val=options.gradient_clip,
            callbacks=[step_times],
            logger=False,
            enable_progress_bar=False,
            enable_checkpointing=False,
            limit_val_batches=0,
        )
        prepared = prepare_data(recipe, needed=("train",))
        prepared.data.trainer = trainer
        prepared.data.setup("fit")  # recordings that fit go to the device
        place = trainer.strategy.root_device
        return cls(
            recipe=replace(recipe, trainer=options),
            prepared=prepared,
            model=build_model(recipe, prepared).to(place),
            trainer=trainer,
            step_times=step_times,
            device=place,
            clock=Clock(place),
            seconds=seconds,
        )

    def machine(self) -> tuple[Machine, float]:
        """The machine, and its peak in the number format of the recipe's precision."""
        say("the machine's matrix products")
        own = _FORMATS[self.recipe.trainer.precision]
        formats = dict.fromkeys((torch.float32, torch.bfloat16, own))
        peaks = {each: machine.matrix_peak(self.device, each, budget=self.seconds / 2) for each in formats}
        told = Machine(
            device=self.device.type,
            name=machine.device_name(self.device),
            cores=machine.usable_cores(),
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            peak_macs_per_second={str(each).removeprefix("torch."): peak for each, peak in peaks.items()},
        )
        return told, peaks[own]

    def loading(self) -> tuple[Loading, list[ClipBatch]]:
        """Batches as training gets them, and the last of them, for training to learn from."""
        say("loading and augmentation")
        loader = self.prepared.data.train_dataloader()
        ready: deque[ClipBatch] = deque(maxlen=_READY)
        clips, batches, started = 0, -1, 0.0  # the first batch warms up
        while True:
            for batch in loader:
                batch = batch.to(self.device)
                after = after_steps(self.model.preprocess, batch, training=True)
                ready.append(after if isinstance(self.model, Recognizer) else batch)
                batches += 1
                if batches == 0:
                    started = self.clock.now()
                    continue
                clips += len(batch)
                taken = self.clock.now() - started
                if batches >= _LEAST and taken >= self.seconds:
                    return Loading(clips_per_second=clips / taken, batches=batches), list(ready)

    def recordings(self, first: int = 0) -> ClipBatch:
        """A batch without anything random; after the last recording comes the first."""
        store = self.prepared.store("train")
        clips = min(self.recipe.batches.size, len(store))
        index = np.arange(first, first + clips) % len(store)
        whole = ClipBatches(store, self.recipe.batches, random_seed=None)
        batch = whole[BatchPlan(index, 0, 0, clips, 0)]
        assert isinstance(batch, ClipBatch)  # an error is handed on only between processes
        return batch.to(self.device)

    def inference_of(self, batch: ClipBatch) -> Call:
        """What a trained model does with a batch, in the recipe's precision."""
        model, precision = self.model.eval(), self.trainer.precision_plugin.forward_context
        if isinstance(model, Lifting):
            pairs = model.pairs(batch)

            def lift() -> None:
                with torch.inference_mode(), precision():
                    model.lifter.lift(pairs.keypoints, pairs.score)

            return lift

        def classify() -> None:
            with torch.inference_mode(), precision():
                model(batch)

        return classify

    def learning_from(self, batch: ClipBatch) -> Call:
        """Forward and backward through all that training goes through, without a step."""
        model, precision = self.model.train(), self.trainer.precision_plugin.forward_context

        def learn() -> None:
            with precision():
                if isinstance(model, Lifting):
                    loss = torch.stack(list(model.lifter.loss(model.pairs(batch), 1.0).values())).sum()
                else:
                    loss = model(batch).float().square().mean()
            torch.autograd.backward(loss)

        return learn

    def compile(self) -> None:
        """As `fit` does, where the recipe asks for it; operations cannot be counted afterwards."""
        if self.recipe.trainer.compile:
            (self.model.lifter if isinstance(self.model, Lifting) else self.model.backbone).compile()

    def inference(self, batch: ClipBatch, *, macs: int, peak: float) -> Rate:
        say("inference")
        machine.reset_peak_memory(self.device)
        timing = self.clock.measure(self.inference_of(batch), budget=self.seconds)
        memory = machine.peak_memory(self.device)
        return Rate.of(timing, clips=len(batch), macs=macs, peak=peak, memory=memory)

    def latency(self, batch: ClipBatch) -> Repeats:
        say("latency of one clip")
        one = with_persons(batch, clips=1, persons=1)
        return Repeats.of(
            self.clock.measure(self.inference_of(one), budget=self.seconds, least=_LATENCY_CALLS)
        )

    def persons(self, batch: ClipBatch, persons: Sequence[int]) -> Persons:
        """In turn, in batches of so many clips that the largest has about the recipe's number of persons."""
        say(f"{persons[0]} to {persons[-1]} persons")
        clips = max(1, self.recipe.batches.size // persons[-1])
        padded = with_persons(batch, clips=clips, persons=1, slots=persons[-1])
        batches = [with_persons(batch, clips=clips, persons=each) for each in persons]
        alone = with_persons(batch, clips=clips, persons=1)
        calls = [self.inference_of(each) for each in (*batches, alone, padded)]
        *timings, one, absent = self.clock.in_turn(calls, budget=self.seconds)
        times = [timing.median for timing in timings]
        return Persons(
            clips=clips,
            persons=tuple(persons),
            seconds=tuple(times),
            line=Line.through(persons, times),
            per_person=persons[0] / persons[-1] * times_as_fast(timings[-1], timings[0]),
            absent=times_as_fast(absent, one),
        )

    def training(self, ready: Sequence[ClipBatch], *, macs: int, peak: float) -> Rate:
        """Steps of the Trainer: so many that a lifter's stages have the shares of a whole training."""
        say("training")
        steps = round(self.seconds / self.clock.seconds(self.learning_from(ready[0])))
        steps = min(max(steps, _LEAST), _MOST_STEPS) + WARM_UP
        self.model.zero_grad(set_to_none=True)
        machine.reset_peak_memory(self.device)
        fit(self.trainer, self.model, ReadyBatches(ready, steps))
        memory = machine.peak_memory(self.device)
        self.model.to(self.device)  # Lightning has brought it back to the processor
        timing = self.step_times.timing
        return Rate.of(timing, clips=len(ready[0]), macs=macs, peak=peak, memory=memory)

    def textbook(self, batch: ClipBatch) -> tuple[Comparison, ...]:
        model = self.model.eval()
        if isinstance(model, Lifting):
            return ()
        say("the textbook form, where there is one")
        with torch.no_grad():
            seen = model.prepare(batch)
        backbone = copy.deepcopy(model.backbone)
        if self.recipe.trainer.compile:
            backbone.compile()
        precision = self.trainer.precision_plugin.forward_context
        compared = against_textbook(
            backbone,
            seen,
            clock=self.clock,
            budget=self.seconds,
            precision=precision,
            textbook_precisions={"32-true": nullcontext, self.recipe.trainer.precision: precision},
        )
        return tuple(compared)

    def from_frames(self, steps: Sequence[Preprocessor]) -> FromFrames | None:
        """One batch after the other: its pictures read or made, then the steps, then the model."""
        if self.recipe.batches.pictures is None or isinstance(self.model, Lifting):
            return None
        say("from frames to the end")
        frames, started, first = 0, 0.0, 0
        for batches in range(-1, 1000):  # the first warms up
            batch = self.recordings(first)
            assert batch.frames is not None
            self.inference_of(after_steps(steps, batch, training=False))()
            first += len(batch)
            if batches < 0:
                started = self.clock.now()
                continue
            frames += batch.frames.shape[0] * batch.frames.shape[1]
            taken = self.clock.now() - started
            if taken >= self.seconds:
                break
        return FromFrames(frames_per_second=frames / taken, frames=frames)

"""The task of lifting: pairs from the steps of a recipe, no leak, whole recordings, the finish."""

from __future__ import annotations

from dataclasses import replace

import lightning.pytorch as pl
import pytest
import torch
from dancekit_lifting.siamese import Siamese
from torch import Tensor, nn

from dancekit.data.clips import Clip, ClipBatch
from dancekit.data.module import ClipData
from dancekit.data.store import RecordingStore
from dancekit.errors import DataError, LayoutError, RecipeError
from dancekit.interfaces import Lifter, Preprocessor
from dancekit.recipe import Batches, Optimizer
from dancekit.skeleton.layout import Layout
from dancekit.tasks.lifted import lift_batch, lift_both_ways
from dancekit.tasks.lifting import Lifting
from dancekit.testing.examples import example_batch

BANDAI, DANCE, H36M = (Layout.named(name) for name in ("bandai21", "dance14", "h36m17"))


class Flatten(Preprocessor):
    """The front view, without perspective."""

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return batch.with_keypoints(batch.keypoints[..., :2])


class Convert(Preprocessor):
    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        from dancekit.data.converting import converted

        return converted(batch, self._layout)


class Turn(Preprocessor):
    """To the frame of another camera: x and z change places."""

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        return batch.with_keypoints(batch.keypoints[..., [2, 1, 0]])


class Linear(Lifter):
    """One matrix for every frame."""

    receptive_field = 1

    def __init__(self, *, input_layout: Layout = DANCE, output_layout: Layout = H36M) -> None:
        super().__init__()
        self.input_layout, self.output_layout = input_layout, output_layout
        self.linear = nn.Linear(2 * input_layout.num_joints, 3 * output_layout.num_joints)
        self.register_buffer("finished", torch.zeros(()))
        self.progress: list[float] = []

    def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
        seen = keypoints.masked_fill(score[..., None] == 0, 0)
        return self.linear(seen.flatten(2)).unflatten(2, (-1, 3))  # (B, T, V', 3)

    def loss(self, pairs, progress):
        self.progress.append(progress)
        return super().loss(pairs, progress)

    def finish(self, pairs):
        rows = sum(int(each.present.any(1).sum()) for each in pairs)
        again = sum(int(each.present.any(1).sum()) for each in pairs)
        assert rows == again  # they can be gone through twice
        self.finished.fill_(rows)
        return {"rows": float(rows)}


def _model(lifter: Lifter | None = None, *steps: Preprocessor) -> Lifting:
    torch.manual_seed(0)
    return Lifting(lifter=lifter or Linear(), preprocess=steps or (Turn(), Flatten(), Convert(DANCE)))


def _batch(**options) -> ClipBatch:
    return example_batch(layout=BANDAI, clips=4, frames=9, coordinates=3, **options)


def test_the_last_batch_in_3d_is_the_target_in_the_layout_of_the_lifter() -> None:
    batch = _batch()
    pairs = _model().pairs(batch)
    turned = Convert(H36M)(Turn()(batch))
    knee = H36M.index("left_knee")
    pelvis = H36M.index("pelvis")
    literal = (turned.keypoints[..., knee, :] - turned.keypoints[..., pelvis, :]).flatten(0, 1)
    known = pairs.seen[..., knee]
    torch.testing.assert_close(pairs.target[..., knee, :][known], literal[known])
    assert bool(known.any())
    assert pairs.keypoints.shape[2:] == (14, 2)


def test_the_truth_changes_no_prediction() -> None:
    model = _model(Siamese(input_layout=DANCE, output_layout=H36M, channels=8)).eval()
    model.lifter.trust(0.5)
    pairs = model.pairs(_batch())
    told = replace(pairs, target=torch.randn_like(pairs.target), seen=~pairs.seen)
    lifted = [model(each.keypoints, each.score) for each in (pairs, told)]
    assert torch.equal(*lifted)


@pytest.mark.parametrize(
    ("steps", "error", "told"),
    [
        ((Turn(),), RecipeError, "lifting needs recordings in 3D that a step turns into 2D ones"),
        ((Flatten(),), DataError, "the lifter reads 2D keypoints in dance14"),
    ],
)
def test_steps_that_make_no_pairs_are_told(steps, error, told) -> None:
    with pytest.raises(error, match=told) as raised:
        _model(None, *steps).pairs(_batch())
    assert raised.value.hint


def test_recordings_in_2d_and_joints_that_lack_are_told() -> None:
    with pytest.raises(RecipeError, match="3D"):
        _model(None, Convert(DANCE)).pairs(example_batch(layout=DANCE))
    lifter = Linear(output_layout=Layout.named("openpose18"))
    with pytest.raises(LayoutError, match="lacks"):
        _model(lifter).pairs(_batch())


def _recording(name: str, frames: int, person: str = "", persons: int = 1) -> Clip:
    places = torch.randn(persons, frames, 21, 3, generator=torch.Generator().manual_seed(frames)).numpy()
    return Clip.of(places, label=0, name=name, person=person, frame_rate=30.0)


def _data(batch_size: int = 2) -> ClipData:
    recordings = [
        _recording(f"r{n}", frames, persons=1 + n % 2) for n, frames in enumerate((5, 30, 12, 1, 17))
    ]
    store = RecordingStore.pack(recordings, BANDAI)
    batches = Batches(size=batch_size, frames=8, frame_rate=30.0)
    return ClipData(train=store, validate=store, test=store, batches=batches, seed=0, whole=True)


def _trainer(epochs: int = 2, **more) -> pl.Trainer:
    return pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        **more,
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("size", [1, 2, 5])
def test_recordings_are_evaluated_whole_whatever_the_batches(size: int) -> None:
    model = _model()
    _trainer().test(model, datamodule=_data(size), verbose=False)
    assert model.poses is not None
    found = [(each.index, each.person, len(each.lifted)) for each in model.poses.sequences]
    assert found == [(0, 0, 5), (1, 0, 30), (1, 1, 30), (2, 0, 12), (3, 0, 1), (3, 1, 1), (4, 0, 17)]
    again = _model()
    _trainer().test(again, datamodule=_data(3), verbose=False)
    assert again.poses is not None
    for one, other in zip(model.poses.sequences, again.poses.sequences, strict=True):
        torch.testing.assert_close(one.lifted, other.lifted)
        torch.testing.assert_close(one.target, other.target)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_training_lowers_the_loss_and_tells_the_lifter_how_far_it_is() -> None:
    model = _model()
    model._optimizer = Optimizer(name="adamw", learning_rate=0.05, warmup_epochs=0)
    data = _data()
    before = model.lifter.loss(model.pairs(next(iter(data.train_dataloader()))), 0.0)["position"]
    model.lifter.progress.clear()
    trainer = _trainer(20)
    trainer.fit(model, datamodule=data)
    assert float(trainer.callback_metrics["train/position"]) < float(before)
    assert model.lifter.progress[0] == 0 and 0.9 < model.lifter.progress[-1] < 1
    assert model.lifter.progress == sorted(model.lifter.progress)


def test_the_finish_sees_every_held_out_recording() -> None:
    model, data = _model(), _data()
    assert model.finish(data.held_out()) == {"rows": 7.0}
    assert float(model.lifter.finished) == 7 and not model.training


def test_both_ways_is_equivariant_to_mirroring() -> None:
    lifter = Siamese(input_layout=DANCE, output_layout=H36M, channels=8).eval()
    nn.init.normal_(lifter.head.weight)
    keypoints, score = torch.randn(2, 20, 14, 2), torch.rand(2, 20, 14)
    there = lift_both_ways(lifter, keypoints, score)
    flip_2d, flip_3d = list(DANCE.flip), list(H36M.flip)
    mirrored = keypoints[:, :, flip_2d] * torch.tensor([-1.0, 1.0])
    back = lift_both_ways(lifter, mirrored, score[:, :, flip_2d])
    assert torch.equal(back[:, :, flip_3d] * torch.tensor([-1.0, 1.0, 1.0]), there)
    assert not torch.allclose(lifter.lift(keypoints, score), there)


def test_what_is_lifted_is_in_metres_and_only_of_those_who_are_there() -> None:
    batch = example_batch(layout=DANCE, persons=2)
    batch = replace(batch, image_size=torch.full_like(batch.image_size, 640.0))
    lifted = lift_batch(Linear(), batch)
    assert lifted.layout == H36M and lifted.keypoints.shape[-2:] == (17, 3)
    assert bool(lifted.image_size.isnan().all())
    assert bool((lifted.keypoints[~lifted.present] == 0).all())


def test_who_is_never_there_is_not_lifted() -> None:
    class Counting(Linear):
        persons = 0

        def lift(self, keypoints: Tensor, score: Tensor) -> Tensor:
            type(self).persons += len(keypoints)
            return super().lift(keypoints, score)

    lifter = Counting()
    batch = example_batch(layout=DANCE, clips=4, persons=2)  # two of the eight are absent
    there = batch.present.any(2)
    assert there.sum() == 6
    lifted = lift_batch(lifter, batch)
    assert Counting.persons == 6
    everyone = Linear()
    everyone.load_state_dict(lifter.state_dict())
    whole = everyone.lift(batch.keypoints.flatten(0, 1), batch.score.flatten(0, 1)).unflatten(0, (4, 2))
    seen = lifted.seen
    torch.testing.assert_close(lifted.keypoints[seen], whole[seen])
    assert not lifted.keypoints[~there].any()
    nobody = replace(
        batch, present=torch.zeros_like(batch.present), score=torch.zeros_like(batch.score)
    ).with_keypoints(batch.keypoints)
    assert not lift_batch(lifter, nobody).keypoints.any()

"""What the report of a run is made from: its files, its recordings, the maps of its attentions."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from dancekit.assembly import Prepared
from dancekit.data.clips import Clip
from dancekit.data.module import ClipData
from dancekit.data.sampling import gather
from dancekit.data.store import RecordingStore
from dancekit.interfaces import Attention, Backbone, Matrix, SkeletonBackbone
from dancekit.plugin import Component, Plugin, Provided
from dancekit.recipe import Batches, Recipe
from dancekit.run import Run, write_json
from dancekit.schema import Part
from dancekit.skeleton.graph import adjacency
from dancekit.skeleton.layout import Layout
from dancekit.tasks.metrics import Predictions, summary
from dancekit.tasks.recognition import Recognizer
from dancekit.verbs.attention_maps import attention_maps, outermost_attentions
from dancekit.verbs.evaluation import Evaluation
from dancekit.verbs.report import collect, picture_points, write_report

LAYOUT = Layout.named("dance11")
CLASSES = ("waving", "walking", "turning")
BATCHES = Batches(size=4, frames=8)


class Inner(Attention):
    def forward(self, x, mask=None):
        return 2 * x

    def maps(self, x, mask=None):
        return {"size": x.mean(1).square()}


class Outer(Attention):
    """Made of another attention, whose maps are not its own."""

    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x, mask=None):
        return self.inner(x, mask) + 1

    def maps(self, x, mask=None):
        return {"outer": self.inner(x, mask).mean(1)}


class Silent(Attention):
    def forward(self, x, mask=None):
        return x


class Tiny(SkeletonBackbone):
    def __init__(self, *, layout, coordinates, attentions=(), graph=None):
        super().__init__(layout=layout, coordinates=coordinates, out_features=coordinates)
        self.attentions = nn.ModuleList(attentions)
        self.graph = graph

    def features(self, x, mask):
        for attention in self.attentions:
            x = attention(x, mask=mask)[:, :, ::2]
            mask = None if mask is None else mask[:, ::2]
        return x

    def connections(self):
        return self.graph

    def matrices(self):
        return (
            Matrix(title="one", explanation="", values=torch.eye(2), rows=("a", "b"), columns=("c", "d")),
        )


class Bare(Backbone):
    """Knows of no joints at all."""

    out_features = 2

    def embed(self, batch):
        return batch.keypoints.mean((1, 2, 3))[:, :2]


def make_store(clips=6, persons=1, coordinates=3, seed=0, people=("ann", "bob"), per_person=False):
    random = np.random.default_rng(seed)
    recordings = []
    for i in range(clips):
        points = random.normal(size=(persons, 12 + i, 11, coordinates))
        points[0, 2, 5] = np.nan
        present = np.ones(points.shape[:2], dtype=bool)
        present[-1, 6:] = persons == 1  # the last of several leaves early
        label = tuple((i + m) % 3 for m in range(persons)) if per_person else i % 3
        person = people[i % len(people)]
        recordings.append(
            Clip.of(points, label=label, name=f"clip{i}", person=person, present=present, frame_rate=20.0)
        )
    return RecordingStore.pack(recordings, LAYOUT)


def make_prepared(train=None, validate=None, test=None):
    data = ClipData(train=train, validate=validate, test=test, batches=BATCHES, seed=0)
    return Prepared(data=data, classes=CLASSES)


def make_recipe():
    def part(kind, name):
        plugin = Plugin(name="here", source="here", module=__name__)
        component = Component(kind=kind, name=name, target=f"{__name__}:Tiny")
        return Part(Provided(component, plugin), Tiny, {}, kind)

    return Recipe(data=part("dataset", "made"), backbone=part("backbone", "tiny"), batches=BATCHES)


def make_model(backbone=None, **more):
    torch.manual_seed(0)
    return Recognizer(
        backbone=backbone or Tiny(layout=LAYOUT, coordinates=3, **more), classes=len(CLASSES)
    ).eval()


def finish(folder, model, prepared, history="") -> Run:
    """The files of a finished run."""
    run = Run(folder / "runs" / "2020_tiny")
    run.folder.mkdir(parents=True)
    result = {
        "parameters": 12,
        "epochs": 3,
        "seconds": 4.5,
        "versions": {"python": "3", "plugins": {"p": "1"}},
    }
    for role in ("validate", "test"):
        store = prepared.data.stores[role]
        if store is None:
            continue
        with torch.no_grad():
            batch = model.prepare(gather(store, torch.arange(len(store)), frames=8))
            logits = model.classify(batch)
        known = batch.label >= 0
        predictions = Predictions(logits=logits[known], label=batch.label[known], index=batch.index[known])
        result[role] = summary(predictions)
        evaluation = Evaluation(run=run, split=role, classes=CLASSES, store=store, predictions=predictions)
        evaluation.save(run.predictions(role))
    write_json(run.result, result)
    run.metrics.write_text(history)
    return run


HISTORY = """epoch,train/loss,train/accuracy,validate/loss,validate/accuracy,learning_rate,seconds
0,1.0,0.3,1.1,0.5,0.1,1
1,0.8,0.5,1.0,0.75,0.05,1
2,0.7,0.6,1.2,0.75,0.0,1
"""


def test_the_report_has_the_numbers_of_the_result(tmp_path):
    model = make_model()
    prepared = make_prepared(
        train=make_store(people=("ann", "bob")),
        validate=make_store(clips=5, people=("bob",)),
        test=make_store(clips=9, people=("cleo", "dan", "ann")),
    )
    run = finish(tmp_path, model, prepared, HISTORY)
    report = collect(run, make_recipe(), prepared, model)
    saved = json.loads(run.result.read_text())
    for result in report.results:
        wanted = saved[result.role]
        assert (result.accuracy, result.top5, result.loss) == (
            wanted["accuracy"],
            wanted["top5"],
            wanted["loss"],
        )
        assert result.clips == wanted["clips"] and list(result.interval) == wanted["accuracy_interval"]
        assert result.confusion.tolist() == wanted["confusion"]
    assert report.headline is not None and report.headline.role == "test"
    assert [(result.people, result.known_people) for result in report.results] == [(1, 1), (3, 1)]
    assert report.chosen_epoch == 1  # the first of two equally good ones
    assert len(report.history) == 3
    assert report.repeat == "dancekit fit runs/2020_tiny/recipe.yaml"
    assert report.versions == {"python": "3", "plugin p": "1"}
    assert report.connections is None and report.attention == ()


def test_examples_are_the_clips_as_recorded(tmp_path):
    model = make_model()
    store = make_store(clips=9)
    prepared = make_prepared(train=make_store(), test=store)
    report = collect(finish(tmp_path, model, prepared), make_recipe(), prepared, model)
    assert 1 <= len(report.examples) <= 8
    for example in report.examples:
        clip = store.clip(store.names.index(example.name))
        assert example.label == CLASSES[clip.label]
        assert example.points.shape == (1, clip.frames, 11, 2)
        assert np.isnan(example.points[0, 2, 5]).all() and np.isnan(example.points).sum() == 2
        assert example.points[0, 0, 3, 0] == clip.keypoints[0, 0, 3, 0]
        assert example.points[0, 0, 3, 1] == -clip.keypoints[0, 0, 3, 1]  # y upwards in metres
        assert example.frame_rate == 20.0 and example.subject is None


def test_keypoints_in_pixels_stay_as_they_are():
    clip = make_store(coordinates=2).clip(0)
    points = picture_points(clip)
    seen = ~np.isnan(points)
    assert np.array_equal(points[seen], clip.keypoints[seen].astype(float))


def test_labels_per_person_name_the_person(tmp_path):
    model = make_model()
    store = make_store(clips=4, persons=2, per_person=True)
    prepared = make_prepared(test=store)
    report = collect(finish(tmp_path, model, prepared), make_recipe(), prepared, model)
    assert report.examples and report.results[0].clips == 8
    for example in report.examples:
        clip = store.clip(store.names.index(example.name))
        assert example.points.shape[0] == 2
        assert example.label == CLASSES[clip.label[example.subject]]
    assert {example.subject for example in report.examples} == {0, 1}


def test_an_unlabelled_person_is_not_taken_for_a_labelled_one(tmp_path):
    model = make_model()
    store = make_store(clips=4, persons=2, per_person=True)
    label = store.label.clone()
    label[:, 0] = -1
    prepared = make_prepared(test=replace(store, label=label))
    report = collect(finish(tmp_path, model, prepared), make_recipe(), prepared, model)
    assert {example.subject for example in report.examples} == {1}


@pytest.mark.parametrize("roles", [("train",), ("train", "validate"), ("train", "validate", "test")])
def test_a_page_is_written_whatever_was_kept(tmp_path, roles):
    graph = torch.from_numpy(adjacency(LAYOUT).sum(0)).repeat(3, 1, 1) * 1.1
    model = make_model(attentions=[Inner(), Outer()], graph=graph)
    prepared = make_prepared(**{role: make_store(seed=i) for i, role in enumerate(roles)})
    run = finish(tmp_path, model, prepared, HISTORY)
    report = collect(run, make_recipe(), prepared, model)
    assert (report.headline is None) == (roles == ("train",))
    assert (report.chosen_epoch is None) == ("validate" not in roles)
    assert report.connections is not None and report.connections.after.shape == (3, 11, 11)
    assert np.allclose(report.connections.before.sum(0), 1)
    (matrix,) = report.matrices
    assert matrix.rows == ("a", "b") and np.array_equal(matrix.values, np.eye(2))
    write_report(run, make_recipe(), prepared, model)
    assert "<h1>2020_tiny</h1>" in run.report.read_text()


def test_a_backbone_that_knows_no_joints(tmp_path):
    model = make_model(Bare())
    prepared = make_prepared(train=make_store(persons=2), test=make_store(persons=2))
    report = collect(finish(tmp_path, model, prepared), make_recipe(), prepared, model)
    assert report.attention == () and report.connections is None


def test_connections_of_other_nodes_than_joints_are_left_out(tmp_path):
    model = make_model(graph=torch.ones(2, 5, 5))
    prepared = make_prepared(train=make_store())
    assert collect(finish(tmp_path, model, prepared), make_recipe(), prepared, model).connections is None


def test_only_the_outermost_attentions_speak():
    outer, inner = Outer(), Inner()
    assert outermost_attentions(nn.Sequential(outer, nn.Sequential(inner))) == [outer, inner]


def test_attention_that_says_nothing():
    maps, layout = attention_maps(make_model(attentions=[Silent()]), make_store(), BATCHES)
    assert maps == () and layout == LAYOUT


def test_maps_are_numbered_by_attention_and_named():
    model = make_model(attentions=[Silent(), Outer(), Inner()])
    maps, _ = attention_maps(model, make_store(), BATCHES)
    assert [(each.name, each.numbers) for each in maps] == [("outer", (2,)), ("size", (3,))]
    assert [each.blocks[0].shape for each in maps] == [(4, 11), (2, 11)]


@pytest.mark.parametrize("persons", [1, 2])
def test_maps_are_means_over_those_who_are_there(persons):
    model = make_model(attentions=[Inner()])
    store = make_store(clips=20, persons=persons)
    maps, _ = attention_maps(model, store, BATCHES, most=20)
    batch = gather(store, torch.arange(20), frames=8)
    total, count = np.zeros((8, 11)), np.zeros((8, 1))
    for clip in range(20):
        for person in range(persons):
            for frame in range(8):
                if not batch.present[clip, person, frame]:
                    continue
                for joint in range(11):
                    if batch.score[clip, person, frame, joint] > 0:  # a missing one stands at the mean, 0
                        point = batch.keypoints[clip, person, frame, joint].double() / (1 + 1e-5) ** 0.5
                        total[frame, joint] += float(point.mean() ** 2)
                count[frame] += 1
    assert np.allclose(maps[0].blocks[0], total / count, atol=1e-5)
    assert maps[0].clips == 20


def test_looking_leaves_the_model_as_it_was():
    model = make_model(attentions=[Inner()]).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    attention_maps(model, make_store(), BATCHES)
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not model.backbone.attentions[0]._forward_pre_hooks


def test_a_compiled_backbone_is_watched_too():
    model, store = make_model(attentions=[Inner()]), make_store()
    expected, _ = attention_maps(model, store, BATCHES)
    model.backbone.embed = torch.compile(model.backbone.embed, backend="eager")
    with torch.no_grad():
        model(gather(store, torch.arange(len(store)), frames=8))
    maps, _ = attention_maps(model, store, BATCHES)
    assert np.allclose(maps[0].blocks[0], expected[0].blocks[0], atol=1e-6)

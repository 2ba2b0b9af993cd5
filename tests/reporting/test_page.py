"""The page as a whole: its numbers, what it must never contain, and runs that lack something."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from pages import Page

from dancekit.reporting.page import render, write_page
from dancekit.skeleton.layout import Layout


def test_the_numbers_are_those_of_the_report(sample):
    report = sample()
    validate, test = report.results
    page = Page(render(report))
    assert f"{100 * test.accuracy:.2f}" in page.text
    low, high = test.interval
    assert f"95% interval is {100 * low:.1f} to {100 * high:.1f}%" in page.text
    assert f"validation accuracy {100 * validate.accuracy:.2f}%" in page.text
    assert (
        f"Tested once, at the end, on {test.clips} clips of 7 people. None of them is in training."
        in page.text
    )
    assert "top-5 accuracy 97.00%" in page.text and "test loss 0.432" in page.text
    assert "parameters 123,456" in page.text and "training time 11 min" in page.text
    assert "Epoch 6 of 8 was kept" in page.text
    counts = test.confusion[test.confusion > 0]
    tooltips = re.findall(r"(\d+) of (\d+) clips, [\d.]+%", page.text)
    assert sum(int(count) for count, _ in tooltips) == counts.sum() + validate.confusion.sum()


@pytest.mark.parametrize("classes", [2, 6, 27, 120])
def test_pages_of_any_number_of_classes(sample, classes):
    text = render(sample(classes, clips=40 * classes))
    page = Page(text)
    assert len(text) < 1_500_000
    rows = [attributes for attributes in page.all("th") if attributes.get("scope") == "row"]
    assert len(rows) == classes + 2  # and two versions


def test_eight_long_clips_stay_small(sample, sample_example):
    example = sample_example(Layout.named("ntu25"), persons=2, frames=3000)
    assert len(render(sample(examples=(example,) * 8))) < 1_500_000


def test_equal_contents_give_equal_pages(sample):
    assert render(sample()) == render(sample())


def test_nothing_is_loaded_and_only_its_own_script_runs(sample):
    text = render(sample())
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|\bsrc=", text)
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    allowed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = next(each["content"] for each in page.all("meta") if "http-equiv" in each)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"


def test_every_link_inside_the_page_leads_somewhere(sample):
    page = Page(render(sample()))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = {attributes["href"] for _, attributes in page.tags if attributes.get("href")}
    assert {link.removeprefix("#") for link in links} <= ids
    for chooser in page.tags:
        for series in (chooser[1].get("data-chooser") or "").split():
            assert f"{series}-0" in ids and f"{series}-3" in ids


def test_pictures_have_names(sample):
    pictures = Page(render(sample())).pictures
    assert len(pictures) > 20
    for attributes in pictures:
        assert attributes.get("aria-hidden") == "true" or (
            attributes["role"] == "img" and attributes["aria-label"]
        )


EVIL = "</script><script>alert(1)</script><b title='\"&amp;"


def test_names_and_texts_are_escaped(sample, sample_example):
    report = replace(
        sample(),
        title=EVIL,
        subtitle=EVIL,
        classes=("<script>", EVIL, "c", "d", "e", "f"),
        recipe=EVIL,
        versions={EVIL: EVIL},
        command=EVIL,
        repeat=EVIL,
        examples=(sample_example(Layout.named("dance11"), name=EVIL, label="<script>", predicted=EVIL),),
    )
    layout = report.connections.layout
    nasty = replace(layout, joints=(EVIL, *layout.joints[1:]))
    attention = tuple(
        replace(each, layout=nasty, name=f"{EVIL}{i}") for i, each in enumerate(report.attention)
    )
    text = render(replace(report, connections=replace(report.connections, layout=nasty), attention=attention))
    page = Page(text)
    assert len(page.all("script")) == 2
    assert "alert(1)</script>" not in text
    assert f"<script> taken for {EVIL}" in page.text


def test_the_motions_are_read_back(sample):
    report = sample()
    text = render(report)
    motions = json.loads(re.search(r'id="motions">(.*?)</script>', text, re.DOTALL).group(1))
    assert len(motions) == len(report.examples) == text.count('class="player"')
    assert np.array(motions[2]["frames"], dtype=float).shape == (20, 2 * 11 * 2)


def test_a_run_without_test_says_so(sample):
    report = sample(results=sample().results[:1])
    page = Page(render(report))
    assert f"{100 * report.results[0].accuracy:.2f}" in page.text
    assert "This run has no test" in page.text and "Tested once" not in page.text


def test_a_run_without_validation_or_test_says_so(sample):
    page = Page(render(sample(results=(), examples=(), chosen_epoch=None)))
    assert "Nothing was kept for validation or test" in page.text
    assert "weights of the last epoch were kept" in page.text
    assert "Confusion" not in page.text


@pytest.mark.parametrize(
    ("lacking", "gone"),
    [
        ({"attention": ()}, "attention"),
        ({"connections": None}, "connections"),
        ({"matrices": ()}, "matrices"),
        ({"examples": ()}, "examples"),
        ({"history": ()}, "learning"),
    ],
)
def test_a_run_that_lacks_something_has_no_empty_section(sample, lacking, gone):
    page = Page(render(sample(**lacking)))
    ids = {attributes.get("id") for _, attributes in page.tags}
    hrefs = {attributes.get("href") for _, attributes in page.tags}
    assert gone not in ids and f"#{gone}" not in hrefs
    assert "repeat" in ids


@pytest.mark.parametrize(
    ("people", "known", "sentence"),
    [
        (None, None, "The data set does not say who dances."),
        (1, 0, "of 1 person. None of them is in training."),
        (3, 2, "of 3 people. 2 of them dance in training too"),
    ],
)
def test_who_was_tested(sample, people, known, sentence):
    test = replace(sample().results[1], people=people, known_people=known)
    assert sentence in Page(render(sample(results=(test,)))).text


def test_writing_leaves_no_half_page(sample, tmp_path):
    file = tmp_path / "report.html"
    write_page(sample(), file)
    write_page(sample(title="another"), file)
    assert file.read_text(encoding="utf-8") == render(sample(title="another"))
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_reporting_knows_neither_torch_nor_the_floors_above():
    code = "import sys, dancekit.reporting.page; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    above = (
        "torch",
        "lightning",
        "matplotlib",
        "dancekit.tasks",
        "dancekit.verbs",
        "dancekit.data",
        "dancekit.run",
    )
    assert "dancekit.reporting.heatmap" in loaded
    assert not set(above) & set(loaded)

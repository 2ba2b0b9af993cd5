"""A comparison as a page, as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from dancekit.reporting.comparison_contents import ComparedRow, Comparison, Cost, SeedResult
from dancekit.reporting.comparison_page import render_comparison
from dancekit.reporting.comparison_text import COLUMNS, chance, comma_separated, markdown, percent
from dancekit.statistics import Difference, Estimate


def estimate(value: float) -> Estimate:
    return Estimate(
        value=value, low=value - 0.03, high=value + 0.02, standard_deviation=0.011, over="people and seeds"
    )


ROWS = (
    ComparedRow(
        name="ST-GCN",
        recipe="recipes/stgcn.yaml",
        overrides=(),
        printed=81.03,
        seeds=(SeedResult(seed=0, accuracy=0.9, run="/runs/a", page="../../runs/a/report.html"),),
        accuracy=estimate(0.9),
        top5=1.0,
        confusion=((9, 1), (1, 9)),
        parameters=12345,
        training_seconds=61.0,
        cost=Cost(macs_per_clip=1_500_000, training=180.0, inference=1234.5, persons=((1, 0.01), (2, 0.018))),
    ),
    ComparedRow(
        name="a <b> | c",
        recipe="x.yaml",
        overrides=("seed=1",),
        accuracy=estimate(0.875),
        difference=Difference(value=-0.025, low=-0.04, high=0.01, p_value=0.0512, over="people and seeds"),
    ),
    ComparedRow(name="gone", recipe="y.yaml", overrides=(), failed="seed 1: no | memory\nat all"),
)
COMPARISON = Comparison(
    title="Does it <help>?",
    source="table 1",
    classes=("a", "b"),
    clips=300,
    people=30,
    seeds=1,
    rows=ROWS,
    command="dancekit compare recipes/tables/table1.yaml",
    versions={"torch": "2.13"},
)


def test_markdown_has_a_line_for_each_row() -> None:
    lines = markdown(COMPARISON).splitlines()
    assert lines[0] == "## Does it <help>?"
    heads, rule, *rows = lines[2:7]
    cells = [row.replace("\\|", "").count("|") for row in (heads, rule, *rows)]
    assert len(set(cells)) == 1
    assert "| ST-GCN | 90.00 | 87.00 to 92.00 | 1.10 |  |  |  | 81.03 | 12,345 | 1,500,000 | 180 |" in rows[0]
    assert "a <b> \\| c | 87.50 |" in rows[1] and "| −2.50 | −4.00 to +1.00 | 0.051 |" in rows[1]
    assert "failed: seed 1: no \\| memory at all" in rows[2]
    told = " ".join(lines[7:])
    assert "Each row was trained with 1 seed, and each" in told and "the same 300 clips of 30 people" in told
    assert (
        "over people and seeds" in told
        and "Differences are to ST-GCN" in told
        and "Printed: table 1." in told
    )


def test_csv_has_every_number_unrounded() -> None:
    head, *rows = csv.reader(io.StringIO(comma_separated(COMPARISON)))
    assert tuple(head) == COLUMNS and {len(row) for row in rows} == {len(COLUMNS)}
    first, second, third = (dict(zip(head, row, strict=True)) for row in rows)
    assert float(first["accuracy_low"]) == 0.9 - 0.03 and first["difference"] == ""
    assert float(second["p_value"]) == 0.0512 and second["macs_per_clip"] == ""
    assert third["failed"] == "seed 1: no | memory\nat all" and third["accuracy"] == ""


def test_the_page_shows_all_and_escapes_names() -> None:
    page = render_comparison(COMPARISON)
    assert page == render_comparison(COMPARISON)
    assert "a &lt;b&gt; | c" in page and "<b> |" not in page and "Does it &lt;help&gt;?" in page
    assert 'aria-label="87.50, interval 84.50 to 89.50"' in page
    assert "−2.50, interval −4.00 to +1.00" not in page  # the mark's words have no sign to spare
    assert "printed 81.03" in page and "failed: seed 1: no | memory" in page
    assert 'href="../../runs/a/report.html"' in page
    assert 'id="persons"' in page and "1.5 M" in page


@pytest.mark.parametrize(
    ("rows", "gone"),
    [
        ((ROWS[2],), ("movements", "persons")),
        ((ROWS[1],), ("movements", "persons")),
        ((replace(ROWS[0], cost=None, printed=None),), ("persons",)),
    ],
)
def test_what_is_not_there_has_no_section(rows: tuple[ComparedRow, ...], gone: tuple[str, ...]) -> None:
    page = render_comparison(replace(COMPARISON, rows=rows))
    for section in gone:
        assert f'id="{section}"' not in page and f'href="#{section}"' not in page
    assert 'id="rows"' in page and 'id="repeat"' in page


def test_percent() -> None:
    assert (percent(0.12345), percent(-0.5), percent(0.5, signed=True)) == ("12.35", "−50.00", "+50.00")
    assert [chance(p) for p in (0.0512, 0.001, 0.00099, 0)] == ["0.051", "0.001", "<0.001", "<0.001"]


def test_the_mapping_is_plain() -> None:
    mapping = COMPARISON.to_mapping()
    assert mapping["rows"][0]["seeds"][0]["accuracy"] == 0.9
    assert mapping["rows"][0]["cost"]["persons"] == [[1, 0.01], [2, 0.018]]
    assert mapping["rows"][1]["difference"]["over"] == "people and seeds"

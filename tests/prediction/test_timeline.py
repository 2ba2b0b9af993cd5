"""A timeline as JSON, as CSV and of a whole recording."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from standins import BOTH, LEFT, RATE, RIGHT, TRAINING, Swinging, dancer, recording

from dancekit.prediction.calibration import Calibration
from dancekit.prediction.needs import Training
from dancekit.prediction.predictor import Predictor, lengths_of
from dancekit.prediction.timeline import COLUMNS, UNKNOWN, Segment, to_csv

PREDICTOR = Predictor(name="made", classifier=Swinging(), calibration=Calibration())


def test_everyone_has_a_line_of_their_own() -> None:
    tracks = [
        dancer((None, 1), (LEFT, 2), (None, 2)),
        dancer((None, 1.5), (RIGHT, 2), (None, 1), at=900),
        dancer((None, 0.5), (BOTH, 2), at=1500),
    ]
    timeline = PREDICTOR.timeline(recording(tracks), source="class.npz")
    assert [person.number for person in timeline.persons] == [1, 2, 3]
    assert [[each.movement for each in person.segments] for person in timeline.persons] == [
        ["left"], ["right"], ["both"]
    ]  # fmt: skip
    assert timeline.persons[2].stays == ((0, 75),)
    assert [(person.number, each.movement) for person, each in timeline.segments] == [
        (3, "both"), (1, "left"), (2, "right")
    ]  # fmt: skip


def test_twelve_persons_are_twelve_lines() -> None:
    tracks = [dancer((None, 1), (place % 3, 2), (None, 1), at=200.0 * place) for place in range(12)]
    timeline = PREDICTOR.timeline(recording(tracks), source="crowd")
    assert [person.segments[0].movement for person in timeline.persons] == ["left", "right", "both"] * 4


def test_nobody_is_said_and_one_frame_is_no_movement() -> None:
    made = recording([dancer((LEFT, 1))])
    nobody = replace(made, present=np.zeros_like(made.present), score=np.zeros_like(made.score))
    timeline = PREDICTOR.timeline(nobody, source="empty")
    assert timeline.persons == () and timeline.notices == ("Nobody is there.",)
    one = PREDICTOR.timeline(recording([dancer((None, 1 / RATE))]), source="image.png")
    assert one.frames == 1 and one.persons[0].segments == ()
    none_at_all = replace(made, keypoints=made.keypoints[:0], score=made.score[:0], present=made.present[:0])
    assert PREDICTOR.timeline(none_at_all, source="empty").persons == ()


def test_json_and_csv_say_the_same() -> None:
    tracks = [dancer((None, 1), (LEFT, 2), (None, 2)), dancer((None, 1), (RIGHT, 2), at=900)]
    timeline = PREDICTOR.timeline(recording(tracks, name="=evil()"), source="class.npz")
    document = json.loads(json.dumps(timeline.to_mapping()))
    assert document["format"] == "dancekit-timeline-1" and document["classes"] == ["left", "right", "both"]
    rows = list(csv.DictReader(io.StringIO(to_csv([timeline]))))
    assert tuple(rows[0]) == COLUMNS
    told = [
        (person["number"], each["movement"], each["start_frame"], each["end_seconds"])
        for person in document["persons"]
        for each in person["segments"]
    ]
    assert told == [
        (int(row["person"]), row["movement"], int(row["start_frame"]), float(row["end_seconds"]))
        for row in rows
    ]
    assert {row["recording"] for row in rows} == {"'=evil()"}  # no spreadsheet takes it for a formula


def test_a_segment_says_when_in_frames_and_seconds() -> None:
    segment = Segment.of("left", (15, 45), 30.0, 0.912345)
    assert (segment.start_seconds, segment.end_seconds, segment.confidence) == (0.5, 1.5, 0.9123)
    assert segment.later(30, 30.0) == Segment.of("left", (45, 75), 30.0, 0.9123)
    assert segment.known and not Segment.of(UNKNOWN, (0, 1), 30.0, 0.1).known


def test_how_long_movements_may_be_follows_the_training_recordings() -> None:
    lengths = lengths_of(TRAINING)
    assert (lengths.shortest, lengths.usual, lengths.longest) == pytest.approx((0.6, 2.0, 4.2))
    alike = Training(**{**vars(TRAINING), "seconds": (2.0, 2.0, 2.0)})
    assert lengths_of(alike).spread == 0.3
    strict = replace(PREDICTOR, shortest=5.0, threshold=0.9).segmenter
    assert strict.lengths.shortest == 5 <= strict.lengths.longest and strict.threshold == 0.9
    track = recording([dancer((None, 1), (LEFT, 2), (None, 1))])
    assert replace(PREDICTOR, shortest=5.0).timeline(track, source="x").segments == ()


def test_of_an_image_it_is_said_why_no_movement_is_told() -> None:
    image = PREDICTOR.timeline(recording([dancer((LEFT, 1 / RATE))]), source="one.png")
    assert not image.persons[0].segments
    assert any("It lasts 0.03 s, and the shortest movement that is told" in each for each in image.notices)
    assert not any(
        "lasts" in each for each in PREDICTOR.timeline(recording([dancer((LEFT, 3))]), source="").notices
    )


def test_a_line_for_people_gives_no_number_where_nothing_fits() -> None:
    found = Segment.of("raising_high", (30, 75), RATE, 0.934)
    assert found.text(2) == "    1.00 s to     2.50 s  person 2  raising high 93%"
    assert replace(found, movement=UNKNOWN, confidence=0.0).text(1).endswith("person 1  unknown")

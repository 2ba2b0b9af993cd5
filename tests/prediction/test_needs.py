"""What is done to a recording until a model can read it, and that each of it is said in one line."""

from dataclasses import replace

import numpy as np
import pytest
from standins import LAYOUT, LEFT, RATE, TRAINING, dancer, recording

from dancekit.errors import DataError, LayoutError, RunError
from dancekit.prediction.needs import Recording, Training, fill_gap, fit
from dancekit.skeleton.layout import Layout


def _made(**changes: object) -> Recording:
    return recording([dancer((LEFT, 1))], **changes)


def _in_space(scale: float = 1.0) -> Recording:
    """Somebody 1.7 m high, times `scale`."""
    pose = np.random.default_rng(0).random((1, 20, LAYOUT.num_joints, 3))
    pose[..., 0, 1], pose[..., 1, 1] = 0, 1
    made = _made()
    return replace(
        made,
        keypoints=(1.7 * scale * pose).astype(np.float32),
        score=np.ones(pose.shape[:3], np.float32),
        present=np.ones((1, 20), bool),
        image_size=None,
    )


def test_a_recording_that_fits_stays_as_it_is_and_nothing_is_said() -> None:
    made = _made()
    fitted, said = fit(made, TRAINING)
    assert said == [] and fitted is made


def test_another_layout_is_converted_by_the_names_of_joints() -> None:
    body25 = Layout.named("body25")
    points = np.random.default_rng(0).random((1, 9, 25, 2)).astype(np.float32) * 300
    other = _made(
        keypoints=points, score=np.ones((1, 9, 25), np.float32), present=np.ones((1, 9), bool), layout=body25
    )
    fitted, said = fit(other, TRAINING)
    assert said == ["It is converted from layout body25 to coco17 by the names of joints."]
    elbow = fitted.keypoints[:, :, LAYOUT.index("left_elbow")]
    np.testing.assert_allclose(elbow, points[:, :, body25.index("left_elbow")], rtol=1e-5)
    with pytest.raises(LayoutError, match="cannot be converted"):
        fit(_made(), replace(TRAINING, layout=Layout.named("mediapipe33")))


def test_an_unknown_frame_rate_is_assumed_and_another_one_resampled() -> None:
    fitted, said = fit(_made(frame_rate=None), TRAINING)
    assert fitted.frame_rate == 30 and said == [
        "Its frame rate is unknown and taken as 30 frames per second."
    ]
    _, said = fit(_made(frame_rate=60.0), replace(TRAINING, frame_rate=30.0))
    assert said == ["It has 60 frames per second, and is resampled to the 30 of training."]
    assert fit(_made(frame_rate=60.0), TRAINING)[1] == []  # stretched anyway


@pytest.mark.parametrize(("scale", "unit"), [(1, None), (100, "centimetres"), (1000, "millimetres")])
def test_what_is_in_space_is_read_in_metres(scale: float, unit: str | None) -> None:
    fitted, said = fit(_in_space(scale), replace(TRAINING, coordinates=3, pixels=False))
    assert [unit in sentence for sentence in said] == ([True] if unit else [])
    np.testing.assert_allclose(fitted.keypoints, _in_space().keypoints, rtol=1e-5)


def test_a_height_that_is_none_is_said_and_left() -> None:
    made = _in_space(1e6)
    fitted, said = fit(made, replace(TRAINING, coordinates=3))
    assert "no height" in said[0]
    np.testing.assert_array_equal(fitted.keypoints, made.keypoints)


def test_shares_of_the_picture_become_pixels() -> None:
    shares = _made()
    shares = replace(shares, keypoints=shares.keypoints / np.array([640, 480], np.float32))
    fitted, said = fit(shares, TRAINING)
    np.testing.assert_allclose(fitted.keypoints, _made().keypoints, rtol=1e-5)
    assert said == ["It is in shares of the picture, and is read in pixels."]
    _, said = fit(replace(shares, image_size=None), TRAINING)
    assert said == [
        "It is in shares of the picture, whose size is unknown and taken as 1000 x 1000 pixels, and is read "
        "in pixels."
    ]
    assert fit(shares, replace(TRAINING, pixels=False))[1] == []


def test_3d_is_seen_from_the_front_where_the_model_reads_2d() -> None:
    made = _in_space()
    fitted, said = fit(made, replace(TRAINING, pixels=False))
    assert "seen from the front" in said[0]
    np.testing.assert_allclose(fitted.keypoints[..., 0], made.keypoints[..., 0])
    np.testing.assert_allclose(fitted.keypoints[..., 1], -made.keypoints[..., 1])


def test_2d_is_lifted_where_the_model_reads_3d_or_the_way_out_is_told() -> None:
    wants = replace(TRAINING, coordinates=3, pixels=False)
    with pytest.raises(DataError, match=r"is in 2D, and the model reads 3D.*--lifter"):
        fit(_made(), wants)

    def lift(flat: Recording) -> Recording:
        deep = np.concatenate([flat.keypoints, 0 * flat.keypoints[..., :1]], axis=-1)
        return replace(flat, keypoints=deep)

    fitted, said = fit(_made(), wants, lift=lift)
    assert fitted.coordinates == 3 and said == ["It is in 2D, and is lifted to 3D in layout coco17."]


def test_short_gaps_in_who_is_there_are_filled_and_longer_ones_are_not() -> None:
    made = _made()
    present = made.present.copy()
    present[0, 10:14] = present[0, 20:28] = False
    keypoints = np.where(present[..., None, None], made.keypoints, 0)
    score = np.where(present[..., None], made.score, 0).astype(np.float32)
    fitted, said = fit(replace(made, keypoints=keypoints, score=score, present=present), TRAINING)
    assert said == ["1 gap of up to 0.2 s in who is there is filled."]
    assert fitted.present[0, :20].all() and not fitted.present[0, 20:28].any()
    line = keypoints[0, 9] + 0.4 * (keypoints[0, 14] - keypoints[0, 9])
    np.testing.assert_allclose(fitted.keypoints[0, 11], line, rtol=1e-4)
    assert not keypoints[0, 11].any()  # the recording itself is left alone


def test_a_joint_that_one_side_of_a_gap_lacks_stays_missing() -> None:
    points, score = np.ones((4, 2, 2), np.float32), np.ones((4, 2), np.float32)
    score[3, 1] = 0
    fill_gap(points, score, 0, 3)
    assert score[1].tolist() == [1, 0] and not points[1, 1].any()


def test_nobody_fits_too() -> None:
    empty = _made(
        keypoints=np.zeros((0, 5, 17, 2), np.float32),
        score=np.zeros((0, 5, 17), np.float32),
        present=np.zeros((0, 5), bool),
    )
    assert fit(empty, TRAINING) == (empty, [])


def test_what_a_model_needs_is_kept_as_json_and_read_back() -> None:
    timed = replace(TRAINING, frame_rate=25.0)
    for each in (TRAINING, timed, replace(TRAINING, seconds=None)):
        assert Training.from_mapping(each.to_mapping(), where="here") == each
    assert timed.window_seconds == 24 / 25 and TRAINING.window_seconds == 2.0
    assert replace(TRAINING, seconds=None).lengths == pytest.approx((0.4, 0.8, 1.6))
    whole = TRAINING.to_mapping()
    for wrong in (
        {**whole, "coordinates": 4},
        {**whole, "frames": "many"},
        {**whole, "seconds": [3, 2, 1]},
        {**whole, "classes": []},
        {"classes": ["a"]},
        [],
    ):
        with pytest.raises(RunError, match=r"here does not say what the model needs"):
            Training.from_mapping(wrong, where="here")  # type: ignore[arg-type]
    assert RATE == 30

"""Drawn people who come, walk and go in a video, each followed in a window of their own."""

from __future__ import annotations

from dancekit_pose.following import Followers
from drawn_people import JOINTS, SIZE, Model, drawn, is_there, pose_of, row_of


class Following:
    """Makes models for windows, and keeps them."""

    def __init__(self, *, overlooks: bool = False) -> None:
        self.overlooks = overlooks
        self.made: list[Model] = []

    def __call__(self, people: int) -> Model:
        self.made.append(Model(most=people, overlooks=self.overlooks, goes_on=True))
        return self.made[-1]

    @property
    def open(self) -> int:
        return sum(not model.closed for model in self.made)


def followers(following: Following, *, people: int = 5, searching: Model | None = None) -> Followers:
    return Followers(
        searching=searching or Model(), following=following, people=people, joints=len(JOINTS), size=SIZE
    )


def test_nobody_is_followed_where_nobody_is() -> None:
    following = Following()
    here = followers(following)(drawn(), 0.0)
    assert here.shape == (0, len(JOINTS), 3) and not following.made


def test_who_crosses_the_picture_is_seen_in_every_frame() -> None:
    following = Following()
    several = followers(following)
    for frame in range(60):
        place = (10 + 8 * frame, 150, 120)
        found = several(drawn(place), frame / 30)
        assert len(found) == 1 and is_there(pose_of(*place), found), frame
    assert len(following.made) > 2 and following.open == 1  # the window went along
    several.close()
    assert following.open == 0


def test_who_comes_is_found_within_a_second_and_who_goes_is_let_go() -> None:
    following = Following()
    several = followers(following)
    stays, comes = (60, 60, 280), (400, 60, 280)
    counts = []
    for frame in range(120):
        here = [stays, comes] if 20 <= frame < 80 else [stays]
        counts.append(len(several(drawn(*here), frame / 30)))
    assert counts[:20] == [1] * 20 and counts[50:80] == [2] * 30 and counts[80:] == [1] * 40
    assert following.open == 1


def test_no_more_than_asked_for_and_then_nobody_is_looked_for() -> None:
    people = [(40, 60, 280), (240, 60, 280), (440, 60, 280)]
    searching = Model()
    several = followers(Following(), people=2, searching=searching)
    assert len(several(drawn(*people), 0.0)) == 2
    looked = searching.pictures
    for frame in range(1, 90):
        assert len(several(drawn(*people), frame / 30)) == 2
    assert searching.pictures == looked


def test_two_who_look_at_one_person_become_one() -> None:
    """Two people close together, of whom one is gone in the next frame: both windows show the other."""
    following = Following()
    several = followers(following)
    one, other = (200, 60, 240), (330, 60, 240)
    assert len(several(drawn(one, other), 0.0)) == 2
    for frame in range(1, 40):
        assert len(several(drawn(one), frame / 30)) == 1
    assert following.open == 1


def test_people_side_by_side_are_all_followed() -> None:
    """Although both models overlook one of several in a picture."""
    following = Following(overlooks=True)
    several = followers(following, searching=Model(overlooks=True))
    for frame in range(60):
        people = row_of(3, height=140, gap=60, left=20 + 3 * frame)
        found = several(drawn(*people), frame / 30)
        assert len(found) == 3 and all(is_there(pose_of(*each), found) for each in people), frame
    assert following.open == 3

"""dancekit coach"""

from __future__ import annotations

import click

from dancekit_coach.command_care import check_in, delete, export
from dancekit_coach.command_diary import diary
from dancekit_coach.command_libraries import cues, drills
from dancekit_coach.command_plan import plan
from dancekit_coach.command_profile import change, new
from dancekit_coach.command_review import review


@click.group(context_settings={"help_option_names": ["-h", "--help"]})  # also where it is called alone
def coach() -> None:
    """Review a movement beside a reference, keep a diary, plan a week.

    Everything stays on this machine. It is no medical device: no diagnosis, no prediction of injuries, no
    therapy.

    dancekit coach review me.json --reference teacher.json
    """


for command in (review, new, change, check_in, diary, plan, drills, cues, export, delete):
    coach.add_command(command)

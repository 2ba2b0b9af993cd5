"""What is written of a review: `result.json`, the files of the command, and what a dancer's file keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from dancekit.errors import RecipeError, RunError
from dancekit_coach.result import Review
from dancekit_coach.review_faults import faults_of
from dancekit_coach.review_record import ReviewRecord
from dancekit_coach.store_export import write_whole

RESULT, REVIEW_PAGE = "result.json", "report.html"


def result_text(review: Review, movement: str) -> str:
    """What is written as `result.json`: the same inputs give the same bytes."""
    content: Mapping[str, Any] = {**review.to_mapping(), "movement": movement}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def record_of(review: Review, movement: str, day: date) -> ReviewRecord | None:
    """What a dancer's file keeps of a review; None where it is of another movement."""
    content = {**review.to_mapping(), "movement": movement}
    return None if review.refused else ReviewRecord.of(content, faults_of(content), day=day)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts into a folder, each whole or not at all; the folder is made where it is missing.

    Raises:
        RunError: one cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"{folder} cannot be made: {error.strerror}.", hint="Name another folder with --out."
        ) from None
    for name, text in files.items():
        write_whole(folder / name, text)


def movement_name(asked: str | None, known: str, reference: str) -> str:
    """What the movement is called in the dancer's file: as asked, else its class, else its reference.

    Args:
        known: the class, "" where there is none.
        reference: the name of the reference.

    Raises:
        RecipeError: that is empty.
    """
    chosen = asked or known or reference.rpartition("/")[2]
    if not chosen.strip():
        raise RecipeError("the movement has no name.", hint="Give it one with --movement.")
    return chosen

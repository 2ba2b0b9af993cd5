"""The pages of limits: what was not measured, by name, and what none of it means."""

from __future__ import annotations

MEASURES = {
    "everything": "everything",
    "symmetry": "left against right",
    "smoothness": "how smoothly the hands move",
    "sway": "sway in held poses",
    "margin_of_stability": "how far from falling (margin of stability)",
}
"""Whole measures in words, by their names in `Review.not_measured`."""

REVIEW_LIMITS = (
    "This is not a medical device and makes no diagnosis. It does not predict or prevent injuries, and it is "
    "no therapy.",
    "It compares a movement with one reference. Another way of dancing it is a difference, not always a "
    "mistake: a teacher tells which.",
    "Expression, musicality, artistry, talent and the shape of a body are not measured.",
    "Joint angles are not called normal or abnormal. Nothing here asks for more range than is comfortable.",
    "The tolerances and scales of the score are engineering defaults, not found by a study of dancers.",
    "Recordings have errors. What is smaller than the error is grey, and nothing is said of it.",
)
"""What stands on the page of limits of every review."""

WEEK_LIMITS = (
    "This is not a medical device and makes no diagnosis. It does not predict or prevent injuries, and it is "
    "no therapy.",
    "Load is the effort that was told times minutes. It says how much changed; it is no risk number.",
    "How a day feels is compared with the dancer’s own past only, never with other people.",
    "Stress, sleep and pain are what was written down; nothing is inferred from recordings.",
    "The rules limit change and keep rest. That they prevent injuries is not shown.",
    "Red flags are signs to get help on. The list is not complete: with any doubt, ask a professional.",
)
"""What stands on the page of limits of every week."""

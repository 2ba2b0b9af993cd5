"""How sure a measured accuracy is, and whether one model is better than another; with numpy alone."""

from dancekit.statistics.intervals import Difference, Estimate, Over, accuracy_of, difference, mcnemar

__all__ = ["Difference", "Estimate", "Over", "accuracy_of", "difference", "mcnemar"]

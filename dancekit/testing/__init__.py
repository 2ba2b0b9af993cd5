"""Contract tests that a plugin's author calls, one line for each component.

    from dancekit.testing import check_backbone

    def test_contract():
        check_backbone("my_backbone", width=8)

A component is named as a recipe names it, so its entry point is tested too, and the keyword arguments are
those of the recipe's node. A class in place of the name is checked without its plugin. What breaks the
contract is an AssertionError that says what broke and how to mend it.
"""

from dancekit.testing.attention import check_attention
from dancekit.testing.backbone import check_backbone
from dancekit.testing.constructor import constructor_problems
from dancekit.testing.dataset import check_dataset
from dancekit.testing.detector import check_detector
from dancekit.testing.examples import example_batch
from dancekit.testing.lifter import check_lifter
from dancekit.testing.preprocessor import check_preprocessor

__all__ = [
    "check_attention",
    "check_backbone",
    "check_dataset",
    "check_detector",
    "check_lifter",
    "check_preprocessor",
    "constructor_problems",
    "example_batch",
]

"""`dance_six`: dancers, cameras and a detector that never existed, and what they would have recorded."""

from dancekit_sources.dance_six.camera import IMAGE_SIZE, Cameras, project
from dancekit_sources.dance_six.dataset import DanceSix
from dancekit_sources.dance_six.generator import Scene

__all__ = ["IMAGE_SIZE", "Cameras", "DanceSix", "Scene", "project"]

"""The recordings of `dance_six` as pictures: bodies with clothes, before a plain wall or on a stage."""

from dancekit_sources.dance_six.rendering.pictures import RenderedPictures

__all__ = ["RenderedPictures"]

"""dancekit: recognise dance movement with parts that anyone can publish."""

__version__ = "0.1.0"

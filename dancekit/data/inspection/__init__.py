"""What to know of recordings before training on them: measured per clip, summed up, judged."""

"""Recordings: the array contract, packing, sampling, batches."""

"""Skeletons: one declared layout, its graph, and the way between layouts. No part of it needs torch."""

"""How fast, how large and how costly a model is, measured where it runs."""

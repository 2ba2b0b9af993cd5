"""What is trained: LightningModules and their metrics."""

"""Using a trained model: who does which movement when, in recordings of any length. Imports no torch."""

"""Trained networks as files that run elsewhere: ONNX and safetensors, with what a reader has to know."""

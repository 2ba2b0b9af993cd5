"""Recognise one movement with an exported model: python recognise.py model.onnx recording.npz

The recording has `keypoints` (persons, frames, joints, coordinates), NaN where a joint is missing, in any of
the shipped layouts, which it names as `layout`.
"""

import sys

import numpy as np

from dancekit.onnx_model import OnnxModel
from dancekit.prediction.calibration import Calibration
from dancekit.skeleton.convert import convert
from dancekit.skeleton.layout import Layout

model = OnnxModel.open(sys.argv[1], threads=2)
said = model.description

with np.load(sys.argv[2], allow_pickle=False) as recording:
    keypoints = recording["keypoints"].astype(np.float32)
    layout = Layout.named(str(recording["layout"]))

# The joints that the model knows, in its order; a missing joint has score 0.
score = np.isfinite(keypoints).all(axis=-1).astype(np.float32)
keypoints = np.where(score[..., None] > 0, keypoints, 0)
keypoints, score = convert(keypoints, score, layout, Layout.from_mapping(said.layout))

# A model without a frame rate learned from recordings that were stretched to so many frames.
moments = np.linspace(0, keypoints.shape[1] - 1, said.frames).round().astype(int)
clip, seen = keypoints[:, moments], score[:, moments]

logits = model.predict(clip[None], seen[None])  # one clip: (1, classes)

calibration = Calibration()
if said.calibration is not None:
    calibration = Calibration.from_mapping(said.calibration, where=sys.argv[1])
probability = calibration.probabilities(logits)[0]
best = int(probability.argmax())
familiar = calibration.novelties(logits)[0] <= 1
sure = familiar and probability[best] >= calibration.threshold
print(f"{model.classes[best] if sure else 'unknown'} {100 * probability[best]:.0f}%")

import pickle
from pathlib import Path

import numpy as np

random = np.random.default_rng(0)
pose = random.uniform(200, 400, (17, 2))  # (joints, x and y), in pixels

annotations = []
for person in range(6):
    for take in range(10):
        label = take % 2  # 0: the left wrist waves, 1: the right one
        frames = int(random.integers(40, 80))
        keypoint = pose + 3 * random.normal(size=(1, frames, 17, 2))  # (persons, frames, joints, x and y)
        keypoint[0, :, 9 + label, 1] += 80 * np.sin(np.linspace(0, 18, frames))
        annotations.append(
            {
                "frame_dir": f"dance_s{person}_t{take}",
                "label": label,
                "total_frames": frames,
                "img_shape": (480, 640),
                "keypoint": keypoint.astype(np.float32),
                "keypoint_score": np.ones((1, frames, 17), np.float32),
            }
        )

names = [each["frame_dir"] for each in annotations]
split = {
    "train": [name for name in names if "_s5_" not in name],
    "test": [name for name in names if "_s5_" in name],
}
Path("my_dances.pkl").write_bytes(pickle.dumps({"split": split, "annotations": annotations}))
Path("my_dances.classes.txt").write_text("left_wave\nright_wave\n")

"""Frames a second of the lifters for one person: whole sequences, and in chunks as they come.

OMP_NUM_THREADS=2 python benchmarks/lifters.py
"""

import time

import torch
from dancekit_lifting.martinez import Martinez
from dancekit_lifting.siamese import Siamese
from dancekit_lifting.videopose import VideoPose

from dancekit.interfaces import Lifter
from dancekit.skeleton.layout import Layout
from dancekit.tasks.streaming import LiftStream

FRAMES = 3000
LAYOUTS = {"input_layout": Layout.named("dance14"), "output_layout": Layout.named("h36m17")}


def rate(lifter: Lifter, chunk: int) -> float:
    """The best of five, streamed where the chunk is shorter than the sequence."""
    keypoints, score = torch.randn(1, FRAMES, 14, 2), torch.ones(1, FRAMES, 14)
    best = float("inf")
    for _ in range(6):
        started = time.perf_counter()
        if chunk == FRAMES:
            with torch.inference_mode():
                lifter.lift(keypoints, score)
        else:
            stream = LiftStream(lifter)
            for own, its_score in zip(keypoints.split(chunk, 1), score.split(chunk, 1), strict=True):
                stream.push(own, its_score)
            stream.close()
        best = min(best, time.perf_counter() - started)
    return FRAMES / best


def main() -> None:
    fused = Siamese(**LAYOUTS)
    fused.trust(0.5)
    lifters = {
        "siamese, fused": fused,
        "siamese, 2D branch": Siamese(**LAYOUTS),
        "videopose": VideoPose(**LAYOUTS),
        "martinez": Martinez(**LAYOUTS),
    }
    print(f"{torch.get_num_threads()} threads, float32, one person, {FRAMES} frames; frames a second")
    print(f"{'':20}{'parameters':>12}{'latency':>9}{'whole':>9}" + "".join(f"{n:>9}" for n in (128, 32, 8)))
    for name, lifter in lifters.items():
        lifter.eval()
        rates = [rate(lifter, chunk) for chunk in (FRAMES, 128, 32, 8)]
        parameters = sum(each.numel() for each in lifter.parameters())
        latency = LiftStream(lifter).latency
        print(f"{name:20}{parameters:12,}{latency:9}" + "".join(f"{each:9,.0f}" for each in rates))


if __name__ == "__main__":
    main()

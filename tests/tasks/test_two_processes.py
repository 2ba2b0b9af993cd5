"""Two processes that share each batch learn what one learns.

In double precision, because a network of batch norms doubles a difference in the last digit with every step:
in single precision two right ways of adding up the same numbers are told apart after a dozen steps.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from dancekit_stgcn.attention import SpatioTemporalAttention
from dancekit_stgcn.model import STGCN
from torch.multiprocessing.spawn import spawn

from dancekit.data.clips import ClipBatch
from dancekit.skeleton.layout import Layout
from dancekit.tasks.recognition import Recognizer
from dancekit.testing import example_batch

CLIPS, STEPS = 8, 10


def _share(batch: ClipBatch, rank: int, processes: int) -> ClipBatch:
    clips = slice(rank * CLIPS // processes, (rank + 1) * CLIPS // processes)
    return replace(
        batch,
        keypoints=batch.keypoints[clips].double(),
        score=batch.score[clips].double(),
        present=batch.present[clips],
        label=torch.arange(CLIPS)[clips] % 3,
        index=batch.index[clips],
        frame_rate=batch.frame_rate[clips],
        image_size=batch.image_size[clips],
    )


def _losses(rank: int, processes: int) -> torch.Tensor:
    """The loss of the whole batch at each step; gradients are averaged as DDP does."""
    torch.manual_seed(0)
    backbone = STGCN(
        layout=Layout.named("dance11"), coordinates=2, width=4, attention=partial(SpatioTemporalAttention)
    )
    model = Recognizer(backbone=backbone, classes=3).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    whole = example_batch(layout="dance11", clips=CLIPS, persons=2, frames=16, coordinates=2)
    batch = _share(whole, rank, processes)
    for _ in range(STEPS):
        loss = torch.nn.functional.cross_entropy(model.head(model.backbone(batch)), batch.label)
        optimizer.zero_grad()
        loss.backward()
        shown = loss.detach() / processes
        if processes > 1:
            dist.all_reduce(shown)
            for parameter in model.parameters():
                assert parameter.grad is not None
                dist.all_reduce(parameter.grad)
                parameter.grad /= processes
        optimizer.step()
        losses.append(shown)
    return torch.stack(losses)


def _one_of_two(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    torch.save(_losses(rank, 2), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
def test_the_same_losses(tmp_path: Path) -> None:
    spawn(_one_of_two, args=(str(tmp_path),), nprocs=2)  # type: ignore[no-untyped-call]
    alone = _losses(0, 1)
    assert alone[-1] < alone[0]
    for rank in range(2):
        together = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        torch.testing.assert_close(together, alone, rtol=0, atol=1e-9)

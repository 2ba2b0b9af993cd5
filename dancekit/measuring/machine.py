"""The machine that is measured on: what it is, its fastest matrix product, the most memory that was taken."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from functools import partial
from pathlib import Path

import torch

from dancekit.errors import RecipeError
from dancekit.measuring.timing import Clock

_SIZES = {"cpu": (512, 1024, 2048), "cuda": (2048, 4096, 8192)}
_REPEATS = 5  # of a product, warming up included, at least


def find_device(name: str | None) -> torch.device:
    """The device called `cpu` or `cuda`; None takes a GPU where there is one.

    Raises:
        RecipeError: there is no CUDA device.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise RecipeError(
            "--device: torch finds no CUDA device on this machine.",
            hint="Take --device cpu, or install a torch that is built for the GPU.",
        )
    return torch.device(name or ("cuda" if there else "cpu"))


def device_name(device: torch.device) -> str:
    """What the maker calls the processor or the GPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    told = Path("/proc/cpuinfo")
    if told.is_file():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def matrix_peak(device: torch.device, dtype: torch.dtype, *, budget: float) -> float:
    """Multiply-accumulates a second of the fastest product of square matrices that was seen.

    In float32 a GPU multiplies as `torch.get_float32_matmul_precision` says, exactly unless it was changed.

    Args:
        budget: seconds for all sizes together; large ones are left out where they would not fit.
    """
    clock, best = Clock(device), 0.0
    sizes = _SIZES[device.type]
    for size in sizes:
        if best and _REPEATS * size**3 / best > budget:
            break
        one, other = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        product = torch.empty_like(one)

        multiply = partial(torch.mm, one, other, out=product)
        taken = clock.measure(multiply, budget=budget / len(sizes), least=_REPEATS - 2)
        best = max(best, size**3 / min(taken.seconds))
    return best


def reset_peak_memory(device: torch.device) -> None:
    """Start to count the most memory anew, where the system lets us; else it counts from the start."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak resident set


def peak_memory(device: torch.device) -> int | None:
    """The most bytes held at once: by tensors on a GPU, by the whole process on a CPU.

    None where the system does not tell.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most  # bytes there, kibibytes elsewhere

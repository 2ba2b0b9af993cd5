"""The machine: a device that is not there, products, memory."""

from __future__ import annotations

import sys
from functools import partial

import pytest
import torch

from dancekit.errors import RecipeError
from dancekit.measuring import machine

CPU = torch.device("cpu")


def test_a_gpu_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RecipeError, match="no CUDA device on this machine"):
        machine.find_device("cuda")
    assert machine.find_device(None) == machine.find_device("cpu") == CPU


def test_a_gpu_that_is_there_is_taken_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert machine.find_device(None).type == machine.find_device("cuda").type == "cuda"
    assert machine.find_device("cpu") == CPU


@pytest.mark.parametrize("budget", [0.0, 1e9])
def test_the_peak_is_that_of_the_fastest_size(monkeypatch: pytest.MonkeyPatch, budget: float) -> None:
    """On a clock of which every product takes a second, the largest size is the fastest."""
    monkeypatch.setattr(machine, "_SIZES", {"cpu": (2, 4, 8)})
    monkeypatch.setattr("dancekit.measuring.timing._MOST", 5)
    now = iter(range(1000))
    monkeypatch.setattr("dancekit.measuring.timing.time.perf_counter", lambda: float(next(now)))
    fastest = 2 if budget == 0 else 8  # without a budget larger ones are left out
    assert machine.matrix_peak(CPU, torch.bfloat16, budget=budget) == fastest**3


def test_the_processor_has_a_name_and_cores() -> None:
    assert machine.device_name(CPU).strip()
    assert machine.usable_cores() >= 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
def test_the_peak_of_memory_is_counted_anew() -> None:
    take = partial(torch.ones, 32 * 2**20)  # 128 MiB
    machine.reset_peak_memory(CPU)
    before = machine.peak_memory(CPU)
    take()
    assert machine.peak_memory(CPU) - before > 100 * 2**20
    machine.reset_peak_memory(CPU)
    assert machine.peak_memory(CPU) - before < 100 * 2**20

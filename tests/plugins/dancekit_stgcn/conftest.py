"""A network with nothing at its starting value, so that no term of an equation can hide."""

import pytest
import torch
from torch import nn

from dancekit.masking import MaskedBatchNorm


@pytest.fixture
def stirred():
    """Give every parameter and every running statistic a value of its own."""

    def stir(module: nn.Module) -> nn.Module:
        generator = torch.Generator().manual_seed(1)
        for parameter in module.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.data = parameter.data + 0.3 * noise
        for norm in module.modules():
            if isinstance(norm, MaskedBatchNorm):
                norm.running_mean.copy_(torch.randn(norm.running_mean.shape, generator=generator))
                norm.running_var.copy_(0.5 + torch.rand(norm.running_var.shape, generator=generator))
        return module

    return stir

"""What every network keeps, whatever it computes: checks that backbone, attention and lifter share."""

from __future__ import annotations

import copy
import io
import pickle
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dancekit.testing.subject import Subject

Call = Callable[[nn.Module], Tensor]

_FLOAT32 = 1e-3  # relative; the same sums in another order stay well below it
_BFLOAT16 = 0.1  # relative in the mean square; eight bits of mantissa through ten layers stay below it


@dataclass(frozen=True)
class Observed:
    """All that a batch does to a network: what comes out, what is remembered, what would be learned."""

    output: Tensor
    buffers: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]


def observe(network: nn.Module, call: Call, *, training: bool) -> Observed:
    """Run a copy of the network forward and backward; modules of dropout are switched off."""
    network = copy.deepcopy(network).train(training)
    for module in network.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
    torch.manual_seed(0)  # what is random beyond dropout is drawn alike
    output = call(network)
    if training and output.requires_grad:
        _descend(output)
    gradients = {name: each.grad for name, each in network.named_parameters() if each.grad is not None}
    return Observed(output.detach(), dict(network.named_buffers()), gradients)


def check_same(subject: Subject, before: Observed, after: Observed, what: str, mend: str) -> None:
    """Nothing of what was observed may differ."""
    difference = apart(after.output, before.output)
    subject.require(difference < _FLOAT32, f"gives another output {what} (apart by {difference:.2g})", mend)
    for name, buffer in before.buffers.items():
        # A mean that is 0 by construction holds rounding alone: it is measured against 1 / 10.
        difference = apart(after.buffers[name], buffer, floor=0.1)
        subject.require(difference < _FLOAT32, f"puts other numbers into its buffer {name} {what}", mend)
    scale = max((float(each.abs().max()) for each in before.gradients.values()), default=0.0)
    for name, gradient in before.gradients.items():
        difference = apart(after.gradients[name], gradient, floor=0.1 * scale)
        subject.require(difference < 10 * _FLOAT32, f"gives {name} another gradient {what}", mend)


def check_network(
    subject: Subject, build: Callable[[], nn.Module], call: Call, *, learning: Call | None = None
) -> None:
    """All that does not depend on the kind of network, but for export.

    Args:
        learning: what training calls, where that is another function of the network.
    """
    network = build()
    _check_evaluation(subject, network, call)
    _check_registered(subject, network)
    _check_meta(subject, build)
    _check_gradients(subject, network, learning or call)
    _check_saving(subject, network, build, call)
    _check_copies(subject, network, call)
    _check_bfloat16(subject, network, call)


def check_export(
    subject: Subject, network: nn.Module, example: Sequence[Tensor], others: Sequence[Tensor]
) -> None:
    """torch.export gives the same numbers, if possible for any number of clips.

    Args:
        network: takes tensors whose first axis is the clips.
        example: what it is exported with.
        others: the same with another number of clips.
    """
    network = network.eval()
    mend = "Let no Python `if` depend on the numbers in a tensor; `torch.export.export` says where."
    sizes = tuple({0: torch.export.Dim("clips")} for _ in example)
    try:
        exported = torch.export.export(network, tuple(example), dynamic_shapes=sizes).module()
        tried = others
    except Exception:
        with subject.attempt("cannot be exported", mend):
            exported = torch.export.export(network, tuple(example)).module()
        warnings.warn("the exported network takes one number of clips only", stacklevel=2)
        tried = example
    with torch.no_grad(), subject.attempt("does not run as exported", mend):
        difference = apart(exported(*tried), network(*tried))
    subject.require(
        difference < _FLOAT32, f"gives other numbers when exported (apart by {difference:.2g})", mend
    )


def apart(values: Tensor, reference: Tensor, *, floor: float = 1e-6) -> float:
    """The largest difference as a share of the largest reference value; infinite if not finite."""
    if values.shape != reference.shape or not bool(values.isfinite().all()):
        return float("inf")
    if not reference.numel():
        return 0.0
    scale = max(float(reference.double().abs().max()), floor, 1e-6)
    return float((values.double() - reference.double()).abs().max()) / scale


def _descend(output: Tensor) -> None:
    """Backward from a fixed loss in which every output counts."""
    weights = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    loss = (output.float() * weights.to(output.device)).sum()
    loss.backward()


def _check_registered(subject: Subject, network: nn.Module) -> None:
    for path, module in network.named_modules():
        for name, value in vars(module).items():
            subject.require(
                not isinstance(value, Tensor),
                f"keeps the tensor {f'{path}.{name}'.lstrip('.')}, which does not move with it to a device",
                f"Use self.register_buffer({name!r}, ..., persistent=False), or an nn.Parameter to learn it.",
            )


def _check_meta(subject: Subject, build: Callable[[], nn.Module]) -> None:
    try:
        with torch.device("meta"):
            build()
    except AssertionError as error:
        subject.require(
            False,
            f"cannot be built on the device `meta` ({error.__cause__})",
            "`dancekit recipes check` builds without memory: read no number out of a tensor there.",
        )


def _check_evaluation(subject: Subject, network: nn.Module, call: Call) -> None:
    """In evaluation nothing is drawn and nothing remembered; what else is checked rests on this."""
    network = copy.deepcopy(network).eval()
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with torch.no_grad():
        torch.manual_seed(0)
        first = call(network).clone()
        torch.manual_seed(1)
        second = call(network)
    subject.require(
        torch.equal(first, second),
        "gives another output each time in evaluation",
        "Draw random numbers only where self.training is true.",
    )
    for name, buffer in network.named_buffers():
        subject.require(
            torch.equal(buffer, before[name]),
            f"changes its buffer {name} in evaluation",
            "Update running statistics only where self.training is true.",
        )


def _check_gradients(subject: Subject, network: nn.Module, call: Call) -> None:
    """Three steps of descent, since a scale that starts at zero holds back what lies behind it."""
    network = copy.deepcopy(network).train()
    reached: set[str] = set()
    learned = {name: each for name, each in network.named_parameters() if each.requires_grad}
    for _ in range(3):
        network.zero_grad()
        output = call(network)
        if learned:
            with subject.attempt("has no gradient", "Its output must be differentiable in its parameters."):
                _descend(output)
        for name, parameter in learned.items():
            gradient = parameter.grad
            if gradient is None:
                continue
            subject.require(
                gradient.isfinite().all(),
                f"gives {name} a gradient that is not finite",
                "Look for a division by zero, or the root or logarithm of zero.",
            )
            if gradient.any():
                reached.add(name)
            with torch.no_grad():
                parameter.sub_(0.01 * gradient / gradient.abs().max().clamp(min=1e-12))
    unused = [name for name in learned if name not in reached]
    subject.require(
        not unused,
        f"has parameters that no gradient reaches: {', '.join(unused)}",
        "Use them, remove them, or freeze them with requires_grad_(False); DDP stops at unused ones.",
    )


def _check_saving(subject: Subject, network: nn.Module, build: Callable[[], nn.Module], call: Call) -> None:
    network = copy.deepcopy(network)
    with torch.no_grad():
        call(network.train())  # so that running statistics are not those of a new network
    file = io.BytesIO()
    torch.save(network.state_dict(), file)
    file.seek(0)
    mend = (
        "Keep everything that is learned in parameters and buffers; weights are all that a checkpoint holds."
    )
    other = build()
    with subject.attempt("cannot load its own weights", mend):
        other.load_state_dict(torch.load(file, weights_only=True))
    with torch.no_grad():
        difference = apart(call(other.eval()), call(network.eval()))
    subject.require(
        difference < _FLOAT32, "gives another output after its weights were saved and loaded", mend
    )


def _check_copies(subject: Subject, network: nn.Module, call: Call) -> None:
    mend = "Keep no lambda, file, generator or hook on it, and define its class at the top of a module."
    network = network.eval()
    with torch.no_grad():
        reference = call(network)
        with subject.attempt("cannot be copied", mend):
            twin = copy.deepcopy(network)
        with subject.attempt("cannot be pickled, as starting processes needs it", mend):
            sent: nn.Module = pickle.loads(pickle.dumps(network))
        for each in (twin, sent):
            subject.require(torch.equal(call(each), reference), "gives another output as a copy", mend)


def _check_bfloat16(subject: Subject, network: nn.Module, call: Call) -> None:
    mend = "Take sums over many values, divisions and roots in float32: `x.float()`."
    network = copy.deepcopy(network)
    device = next((each.device.type for each in network.parameters()), "cpu")
    with torch.no_grad():
        for _ in range(10):
            call(network.train())  # running statistics near those of the data
        full = call(network.eval()).float()
        with (
            torch.autocast(device, dtype=torch.bfloat16),
            subject.attempt("fails under autocast to bfloat16", mend),
        ):
            half = call(network).float()
    subject.require(half.isfinite().all(), "is not finite under autocast to bfloat16", mend)
    difference = float((half - full).norm() / full.norm().clamp(min=1e-6))
    subject.require(
        difference < _BFLOAT16,
        f"is {100 * difference:.0f}% away from its float32 output under autocast to bfloat16",
        mend,
    )
    with torch.autocast(device, dtype=torch.bfloat16), subject.attempt("cannot train under autocast", mend):
        observe(network, call, training=True)

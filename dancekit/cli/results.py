"""The result of one split in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def in_a_line(split: str, result: Mapping[str, Any]) -> str:
    """As result.json says it, of recognition or of lifting, for people to read."""
    words = _lifting(result) if "mpjpe" in result else _recognition(result)
    return f"{split}: {words}, {result['clips']} clips"


def _recognition(result: Mapping[str, Any]) -> str:
    low, high = result["accuracy_interval"]
    return (
        f"accuracy {100 * result['accuracy']:.2f}% (95% interval {100 * low:.1f} to {100 * high:.1f}), "
        f"top-5 {100 * result['top5']:.2f}%"
    )


def _lifting(result: Mapping[str, Any]) -> str:
    interval = result["mpjpe_interval"]
    within = f" (95% interval {interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
    return (
        f"MPJPE {_millimetres(result['mpjpe'])}{within} over {result['joints']} joints, "
        f"P-MPJPE {_millimetres(result['p_mpjpe'])}, N-MPJPE {_millimetres(result['n_mpjpe'])}"
    )


def _millimetres(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} mm"

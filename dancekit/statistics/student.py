"""Student's t and the incomplete beta function, for degrees of freedom that need not be whole numbers."""

from __future__ import annotations

import math

_TINY = 1e-300  # Lentz's method puts it where a denominator would be zero
_STEPS = 100_000  # far more than the square root of the parameters, which is about what it takes


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), to about ten digits.

    Source: NIST Digital Library of Mathematical Functions, equations 8.17.4 and 8.17.22 to 8.17.23, the
    continued fraction evaluated by Lentz's method.

    Raises:
        ValueError: x is not between 0 and 1, or a parameter is not positive and finite.
    """
    if not (0 <= x <= 1 and 0 < a < math.inf and 0 < b < math.inf):
        raise ValueError(f"I_x(a, b) needs 0 <= x <= 1 and positive a and b, not x={x}, a={a}, b={b}.")
    if x in (0, 1):
        return float(x)
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly, the other side's is fast
        return 1 - incomplete_beta(1 - x, b, a)
    logarithm = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(logarithm) / a * _fraction(x, a, b)


def two_sided(t: float, freedom: float) -> float:
    """The probability that Student's t is at least as far from 0 as `t`.

    Source: NIST Digital Library of Mathematical Functions, section 8.17, with x = v / (v + t^2).
    """
    return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def quantile(level: float, freedom: float) -> float:
    """The t that Student's t stays within, on both sides, with probability `level`: 1.96 for 0.95 and many
    degrees of freedom."""
    low, high = 0.0, 1.0
    while two_sided(high, freedom) > 1 - level:
        low, high = high, 2 * high
    while high - low > 1e-11 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(middle, freedom) > 1 - level else (low, middle)
    return high


def _fraction(x: float, a: float, b: float) -> float:
    """1 / (1 + d1 / (1 + d2 / (1 + ...))) with the d of equation 8.17.23."""
    below, c, d = 1.0, 1.0, 0.0
    for step in range(1, _STEPS):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d or _TINY)
        c = 1 + term / c or _TINY
        below *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 / below

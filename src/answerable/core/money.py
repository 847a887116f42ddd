"""Money: `Decimal` USD in Python, whole nano-USD where it is stored and counted.

A price per million tokens with three decimals is a whole number of nano-USD a token, so sums are exact; micro-USD
would round a small request to nothing. 64 bits hold nine billion USD, a double (Redis scripts) nine million exactly.
"""

from decimal import ROUND_HALF_EVEN, Decimal

_NANO = Decimal(10**9)
_WHOLE = Decimal(1)


def to_nano(usd: Decimal) -> int:
    """USD as whole nano-USD, half to even."""
    return int((usd * _NANO).quantize(_WHOLE, ROUND_HALF_EVEN))


def from_nano(nano: int) -> Decimal:
    """Nano-USD as USD, exact."""
    return Decimal(nano) / _NANO

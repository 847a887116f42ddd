"""What models cost. Prices are data with a source and a date; a price that is not known gives no cost, never zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from answerable.core.usage import Usage

_MILLION = Decimal(1_000_000)
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, as one page (`source`) said on one day (`as_of`). None is not known.

    Tokens read from the provider's cache cost `cached_input`, or `input` where that is not known (never too little).
    `free` is for models that cost nothing by their nature: those on our own machines.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    source: str = ""
    as_of: str = ""
    free: bool = False

    def __post_init__(self) -> None:
        given = [price for price in (self.input, self.output, self.cached_input) if price is not None]
        if any(not price.is_finite() or price < 0 for price in given):
            raise ValueError("a price is a number of USD per million tokens, 0 or more")
        if self.free and any(given):
            raise ValueError("a free model has no price: leave out either `free` or the prices")
        if not self.free and given and not any(given):
            raise ValueError("a price of 0 is written `free = true`; leave out a price that is not known")

    @property
    def known(self) -> bool:
        """Whether a run can be priced."""
        return self.free or (self.input is not None and self.output is not None)

    def cost(self, usage: Usage) -> Decimal | None:
        """USD for `usage`, exact; None where a price is missing. Reasoning tokens are part of the completion."""
        if self.free:
            return _NOTHING
        if self.input is None or self.output is None:
            return None
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        cached_input = self.input if self.cached_input is None else self.cached_input
        fresh = usage.prompt_tokens - cached
        return (fresh * self.input + cached * cached_input + usage.completion_tokens * self.output) / _MILLION


UNKNOWN = Price()
FREE = Price(free=True)


def from_numbers(
    usd_per_million_input: float | None,
    usd_per_million_output: float | None,
    usd_per_million_cached_input: float | None = None,
    source: str | None = None,
    as_of: str | None = None,
    free: bool = False,
) -> Price:
    """A price as models.toml writes it: 0.1 is a tenth, not the nearest binary number. Raises ValueError."""
    numbers = (usd_per_million_input, usd_per_million_output, usd_per_million_cached_input)
    exact = [None if number is None else Decimal(str(number)) for number in numbers]
    return Price(exact[0], exact[1], exact[2], source or "", as_of or "", free)


class Prices:
    """Prices by model name."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = prices

    def of(self, model: str) -> Price:
        """The price; UNKNOWN for a model that has none."""
        return self._prices.get(model, UNKNOWN)

    @property
    def missing(self) -> list[str]:
        """Models whose runs cannot be priced, for `answerable doctor` and the start-up log."""
        return [model for model, price in self._prices.items() if not price.known]

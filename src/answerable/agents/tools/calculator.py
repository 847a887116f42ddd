"""Exact arithmetic, so that a model need not do sums in its head."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.tools._arithmetic import evaluate, shown
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """`digits` is how many significant digits a result has that is not exact."""

    timeout_s: float = 2.0
    max_characters: int = 4_500
    digits: int = 15

    def __post_init__(self) -> None:
        ToolConfig.__post_init__(self)
        if not 1 <= self.digits <= 40:
            raise ValueError("digits is between 1 and 40")


def build(config: Config, services: Services) -> Tool:  # noqa: ARG001
    """The calculator."""

    async def calculator(
        expression: Annotated[
            str, Field(min_length=1, max_length=2_000, description="For example: (1250 * 1.19) / 12, or 15% of 80")
        ],
    ) -> str:
        """Calculate the value of an arithmetic expression exactly.

        Knows + - * / // % ** ! and parentheses, percentages (15% of 80), pi, e, and functions such as sqrt, log, ln,
        round(x, places), min, max, sum, mean, median, stdev, gcd, comb, sin (radians). No variables, no units.
        """
        number = evaluate(expression)
        text = f"{_short(expression.strip())} = {shown(number, config.digits)}"
        value = number.value
        if number.exact and value.denominator != 1 and value.denominator < 10_000 and "about" in text:
            text += f" (exactly {value.numerator}/{value.denominator})"
        return text

    return Tool("calculator", calculator, config)


def _short(expression: str) -> str:
    return expression if len(expression) <= 200 else expression[:200] + " ..."

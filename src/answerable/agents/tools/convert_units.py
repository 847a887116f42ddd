"""Conversion of units of measure, exact."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.tools._arithmetic import Number, evaluate, shown
from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig
from answerable.agents.units import convert, find_unit


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """No settings of its own."""

    timeout_s: float = 2.0
    max_characters: int = 4_500


def build(config: Config, services: Services) -> Tool:  # noqa: ARG001
    """The converter."""

    async def convert_units(
        value: Annotated[str, Field(min_length=1, max_length=200, description="A number, such as 72.5 or 3/4")],
        from_unit: Annotated[str, Field(min_length=1, max_length=40, description="Such as mph, lb, °F, MiB, cup")],
        to_unit: Annotated[str, Field(min_length=1, max_length=40, description="Such as km/h, kg, °C, MB, ml")],
    ) -> str:
        """Convert a value from one unit of measure to another.

        Length, mass, volume (US unless you write uk_pint, uk_gallon), temperature, speed, data, time, area, energy,
        power and pressure. No currencies.
        """
        start, target = find_unit(from_unit), find_unit(to_unit)
        number = evaluate(value)
        found = Number(convert(number.value, start, target), number.exact)
        return f"{value.strip()} {start.name} = {shown(found, 12)} {target.name}"

    return Tool("convert_units", convert_units, config)

"""Chance that is chance: dice, numbers, choices and orders that no model has made up."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from answerable.agents.tools.base.services import Services
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core.errors import ToolFailed

Kind = Literal["number", "choice", "shuffle", "sample"]


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """No settings of its own."""

    timeout_s: float = 2.0


def build(config: Config, services: Services) -> Tool:
    """The dice."""

    async def random_draw(
        kind: Annotated[Kind, Field(description="What to draw")] = "number",
        low: Annotated[int, Field(ge=-(10**15), le=10**15, description="Smallest number")] = 1,
        high: Annotated[int, Field(ge=-(10**15), le=10**15, description="Largest number")] = 6,
        count: Annotated[int, Field(ge=1, le=1_000, description="How many numbers or items")] = 1,
        items: Annotated[list[str] | None, Field(max_length=1_000, description="What to choose from")] = None,
    ) -> str:
        """Draw at random: numbers from low to high (dice: 1 to 6), a choice from items, a sample, or a new order.

        number and choice may repeat; sample draws count different items; shuffle gives all items in a new order.
        """
        chance = services.chance
        if kind == "number":
            if low > high:
                raise ToolFailed("low must not be above high")
            drawn = [chance.randint(low, high) for _ in range(count)]
            return f"{', '.join(map(str, drawn))}" + (f" (sum {sum(drawn)})" if count > 1 else "")
        if not items:
            raise ToolFailed(f"{kind} needs a list in items")
        if kind == "sample" and count > len(items):
            raise ToolFailed(f"there are only {len(items)} items to draw {count} from")
        wanted = len(items) if kind == "shuffle" else count
        found = chance.choices(items, k=wanted) if kind == "choice" else chance.sample(items, wanted)
        return "\n".join(found)

    return Tool("random_draw", random_draw, config, Traits(repeatable=True))

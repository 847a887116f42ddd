"""A tool: one typed function that a model may call, with its limits.

The signature is the schema, the docstring is the description. Arguments are validated before the function runs; what it
returns is bounded; whatever fails becomes `ToolFailed`, whose message tells the model what to do instead.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from answerable.agents.tools.base.schema import Arguments
from answerable.agents.tools.base.services import Caller
from answerable.core import messages
from answerable.core.errors import AnswerableError, ServiceError, ToolFailed

Function = Callable[..., Awaitable[str]]

_CUT = "\n[cut: the first {shown:,} of {whole:,} characters]"


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """Settings of every tool; its own `Config` adds to them. `max_characters` bounds a result."""

    timeout_s: float = 10.0
    max_characters: int = 8_000

    def __post_init__(self) -> None:
        if not 0 < self.timeout_s <= 300:
            raise ValueError("timeout_s is between 0 and 300 seconds")
        if not 200 <= self.max_characters <= 200_000:
            raise ValueError("max_characters is between 200 and 200,000")


@dataclass(frozen=True, slots=True)
class Traits:
    """What the loop must know of a tool.

    `sensitive` tools reach where a model chooses (an address, an account): they run only where a policy and the request
    name them. The same call of a `repeatable` one may give another result, so it is never cut short. `missing` says
    what must be configured before the tool can work; empty when it is ready. `needs_documents` is for those that are of
    no use without a collection.
    """

    sensitive: bool = False
    repeatable: bool = False
    missing: str = ""
    needs_documents: bool = False


class Tool:
    """One tool, ready to be offered and run. Safe to use from several tasks at once."""

    def __init__(self, name: str, function: Function, config: ToolConfig, traits: Traits | None = None) -> None:
        self.name = name
        self.traits = traits or Traits()
        self.config = config
        self.description = inspect.cleandoc(function.__doc__ or "")
        self._function = function
        self._arguments = Arguments(function)

    @property
    def purpose(self) -> str:
        """The first sentence of the description."""
        return self.description.partition("\n")[0]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The JSON schema of the arguments."""
        return self._arguments.schema

    @property
    def offered(self) -> messages.Tool:
        """The tool as a model is told of it."""
        return messages.Tool(self.name, self.description, self._arguments.schema)

    async def run(self, arguments: str, caller: Caller) -> str:
        """The result for `arguments` (JSON text, as a model writes it). Cancellation stops the work at once.

        Raises ToolFailed, and ServiceError where a part of this program (a guard) cannot do its work.
        """
        if self.traits.missing:
            raise ToolFailed(f"{self.name} is not set up on this server: {self.traits.missing}")
        given = self._arguments.read(arguments)
        if self._arguments.wants_caller:
            given["caller"] = caller
        try:
            async with asyncio.timeout(self.config.timeout_s):
                text = await self._function(**given)
        except (ToolFailed, ServiceError):
            raise
        except TimeoutError as error:
            raise ToolFailed(f"{self.name} did not finish within {self.config.timeout_s:g} s; ask for less") from error
        except AnswerableError as error:
            raise ToolFailed(error.message) from error
        except OSError as error:
            raise ToolFailed(f"{self.name} could not reach what it needs; try again later or do without") from error
        return bounded(text, self.config.max_characters)


def bounded(text: str, characters: int) -> str:
    """At most `characters` of `text`, in valid Unicode, with a note where something was cut."""
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= characters:
        return text
    note = _CUT.format(shown=characters, whole=len(text))
    shown = max(characters - len(note), 0)
    return text[:shown].rstrip() + _CUT.format(shown=shown, whole=len(text))

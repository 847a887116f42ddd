"""The tools of this program by name: built when first needed, and handed out by policy.

Who may use which is decided here; how a model's calls are run is `flows/tools.py`.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from answerable.agents.tools.base.services import Caller, Services
from answerable.agents.tools.base.tool import Tool, Traits
from answerable.core import loading
from answerable.core.errors import Forbidden, InvalidRequest, SetupError
from answerable.core.identity import Tier

PACKAGE: Final = "answerable.agents.tools"
ALL: Final = "*"
AUTO: Final = "auto"

KEYS: Final = ("BRAVE_API_KEY", "SERPER_API_KEY", "TAVILY_API_KEY")
"""Environment variables that hold keys of tools: `Services.secrets` is to have those that are set."""

_PARAM = "answerable_tools"
_AT_HOME = (
    "calculator", "convert_units", "date_time", "json_query", "knowledge_search", "query_table", "random_draw",
    "read_file", "text_statistics",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a model may do with tools in one reply. A round is one turn of the model that asks for tools."""

    max_rounds: int = 6
    max_calls: int = 20
    max_parallel: int = 4
    total_s: float = 120.0
    total_characters: int = 60_000

    def __post_init__(self) -> None:
        for name, most in (("max_rounds", 50), ("max_calls", 200), ("max_parallel", 32)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is between 1 and {most}")
        if not 0 < self.total_s <= 3_600:
            raise ValueError("total_s is between 0 and 3,600 seconds")
        if not 1_000 <= self.total_characters <= 2_000_000:
            raise ValueError("total_characters is between 1,000 and 2,000,000")


@dataclass(frozen=True, slots=True)
class Config:
    """Which tools each tier may use (`*` for all that are not sensitive; a sensitive one must be named), what `auto`
    offers of these, and options of single tools (`{"web_search": {"base_url": ...}}`). `contact` is an e-mail or
    address of the operator, told to the services that are asked.
    """

    free: tuple[str, ...] = _AT_HOME
    pro: tuple[str, ...] = (ALL,)
    enterprise: tuple[str, ...] = (ALL, "fetch_url")
    auto: tuple[str, ...] = (ALL,)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contact: str = ""
    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        if not (self.contact.isprintable() and self.contact.isascii() and len(self.contact) <= 200):
            raise ValueError("contact is an e-mail or a web address of at most 200 characters")
        known = {*loading.names(PACKAGE), ALL}
        named = {*self.free, *self.pro, *self.enterprise, *self.auto, *self.options}
        if unknown := sorted(named - known):
            raise ValueError(f"there is no tool '{unknown[0]}'; known: {', '.join(sorted(known - {ALL}))}")

    def of_tier(self, tier: Tier) -> tuple[str, ...]:
        """The names that a tier is allowed."""
        return {"free": self.free, "pro": self.pro, "enterprise": self.enterprise}[tier]


@dataclass(frozen=True, slots=True)
class Offer:
    """The tools that one reply may use, for whom, and how much of them."""

    tools: Mapping[str, Tool]
    caller: Caller
    bounds: Bounds = field(default_factory=Bounds)


class Toolbox:
    """All tools. Those with options are built at once, so that a mistake stops the start; the others on first use."""

    def __init__(self, config: Config, services: Services) -> None:
        self._config = config
        self._services = services
        self._tools: dict[str, Tool] = {}
        self.names: Sequence[str] = loading.names(PACKAGE)
        for name in config.options:
            self.get(name)

    def warm(self) -> None:
        """Build every tool now, so that no request waits for it. Blocks the calling thread for a moment."""
        for name in self.names:
            self.get(name)

    def get(self, name: str) -> Tool:
        """One tool. Raises InvalidRequest for a name that is none, SetupError for wrong options."""
        if name not in self._tools:
            if name not in self.names:
                raise InvalidRequest(f"there is no tool '{name}'; tools: {', '.join(self.names)}", param=_PARAM)
            self._tools[name] = _build(name, self._config.options.get(name, {}), self._services)
        return self._tools[name]

    def allows(self, name: str, tier: Tier) -> bool:
        """Whether policy lets a tier use a tool: a sensitive one only where it is named."""
        allowed = self._config.of_tier(tier)
        return name in allowed or (ALL in allowed and not self.get(name).traits.sensitive)

    def offer(self, wanted: Sequence[str] | Literal["auto"], caller: Caller) -> Offer:
        """The tools of one request: those it names, or with `auto` all that are ready, allowed and not sensitive.

        Raises InvalidRequest for a name that is none and for a tool that is not set up, Forbidden for one that the tier
        may not use.
        """
        tier = caller.principal.tier
        names = self._automatic(tier, caller) if wanted == AUTO else list(dict.fromkeys(wanted))
        found = {name: self.get(name) for name in names}
        for name, tool in found.items():
            if not self.allows(name, tier):
                raise Forbidden(f"the tool '{name}' is not allowed for the tier '{tier}'", param=_PARAM)
            if tool.traits.missing:
                raise InvalidRequest(f"the tool '{name}' cannot be used: {tool.traits.missing}", param=_PARAM)
        return Offer(found, caller, self._config.bounds)

    def _automatic(self, tier: Tier, caller: Caller) -> list[str]:
        offered = [name for name in self.names if name in self._config.auto or ALL in self._config.auto]
        return [name for name in offered if self.allows(name, tier) and _fits(self.get(name).traits, caller)]


def _fits(traits: Traits, caller: Caller) -> bool:
    there = caller.collection is not None or not traits.needs_documents
    return there and not traits.sensitive and not traits.missing


def _build(name: str, options: Mapping[str, Any], services: Services) -> Tool:
    module = loading.load(PACKAGE, name)
    known = [one.name for one in dataclasses.fields(module.Config)]
    if unknown := [option for option in options if option not in known]:
        raise SetupError(f"the tool '{name}' has no option '{unknown[0]}'; known: {', '.join(known)}")
    try:
        tool: Tool = module.build(module.Config(**options), services)
    except (TypeError, ValueError) as error:
        raise SetupError(f"options of the tool '{name}': {error}") from error
    return tool

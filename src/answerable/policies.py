"""The policies of a request, from `policies.toml`: what ships, with the data folder's own file on top.

Each feature declares its own `Config`; here a file's tables become them. An unknown key or a wrong value refuses to
start, with the entry and what is allowed.
"""

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from answerable.accounts.assembly import Config as AccountsConfig
from answerable.agents.allowance import Config as ResearchConfig
from answerable.agents.sources.base.library import Config as SourcesConfig
from answerable.agents.toolbox import Config as ToolsConfig
from answerable.chats.runs import Config as RunsConfig
from answerable.core.errors import SetupError
from answerable.gateway.cache.facade import Config as CacheConfig
from answerable.gateway.circuit import Config as BreakerConfig
from answerable.gateway.fallback import Config as FallbackConfig
from answerable.gateway.guards.pipeline import Config as GuardsConfig
from answerable.gateway.ledger import Config as LedgerConfig
from answerable.gateway.queue import Config as QueueConfig
from answerable.gateway.quotas import Config as QuotasConfig
from answerable.gateway.route_policy import Config as RouterConfig
from answerable.telemetry.trace import Config as TracesConfig


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything in `policies.toml`, a table a feature."""

    accounts: AccountsConfig = field(default_factory=AccountsConfig)
    limits: QuotasConfig = field(default_factory=QuotasConfig)
    queue: QueueConfig = field(default_factory=QueueConfig)
    guards: GuardsConfig = field(default_factory=GuardsConfig)
    cache: CacheConfig = field(default_factory=CacheConfig)
    router: RouterConfig = field(default_factory=RouterConfig)
    fallback: FallbackConfig = field(default_factory=FallbackConfig)
    breaker: BreakerConfig = field(default_factory=BreakerConfig)
    ledger: LedgerConfig = field(default_factory=LedgerConfig)
    tools: ToolsConfig = field(default_factory=ToolsConfig)
    research: ResearchConfig = field(default_factory=ResearchConfig)
    sources: SourcesConfig = field(default_factory=SourcesConfig)
    runs: RunsConfig = field(default_factory=RunsConfig)
    traces: TracesConfig = field(default_factory=TracesConfig)


def merged(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `top` laid over it, table by table; anything that is not a table is replaced whole."""
    found = dict(base)
    for key, value in top.items():
        below = found.get(key)
        found[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return found


def read(kind: type[Any], table: Mapping[str, Any], where: str) -> Any:
    """A frozen dataclass from a table. Raises SetupError that names file and entry."""
    _check_keys(kind, table, where, ())
    try:
        return TypeAdapter(kind).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        why = str(first["msg"]).removeprefix("Value error, ")
        raise SetupError(f"{where}, {_entry(first['loc'])}: {why}") from error


def _check_keys(kind: Any, value: Any, where: str, path: tuple[str, ...]) -> None:
    """Raises SetupError for a key that no field has, at any depth: pydantic passes over it."""
    if isinstance(kind, types.UnionType):
        kind = next((one for one in typing.get_args(kind) if dataclasses.is_dataclass(one)), None)
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        known = [field.name for field in dataclasses.fields(kind)]
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
                raise SetupError(f"{where}, {_entry(path)}: there is no '{key}'; {hint}")
    for key, kind_inside, inner in _parts(kind, value):
        _check_keys(kind_inside, inner, where, (*path, key))


def _parts(kind: Any, value: Any) -> Iterator[tuple[str, Any, Any]]:
    """What is inside a value: key, declared type, value."""
    inside = typing.get_args(kind)
    if isinstance(value, Mapping):
        hints = typing.get_type_hints(kind) if dataclasses.is_dataclass(kind) else {}
        of_each = inside[1] if len(inside) == 2 else None
        yield from ((key, hints.get(key, of_each), inner) for key, inner in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str) and inside:
        yield from ((str(number), inside[0], inner) for number, inner in enumerate(value))


def _entry(path: Sequence[str | int]) -> str:
    return f"[{'.'.join(str(part) for part in path)}]" if path else "the top of the file"

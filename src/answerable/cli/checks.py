"""What `doctor` looks at: the parts of an open platform, each with what it is, whether it works, what to do."""

import dataclasses
import datetime
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from answerable import __version__
from answerable.accounts.keyring import FILE
from answerable.api.app import LOOPBACK, has_pages
from answerable.config import Settings, changed_settings, policy_source
from answerable.core.identity import OWNER
from answerable.flows import admin
from answerable.flows.collections import list_collections
from answerable.flows.models import list_standings
from answerable.flows.platform import Platform
from answerable.gateway.circuit import State
from answerable.gateway.prices import Price
from answerable.policies import Policies

Standing = Literal["ok", "note", "missing", "wrong"]
"""`note`: it works, and somebody should know; `missing`: something is not set up; `wrong`: it must be mended."""

_A_YEAR = datetime.timedelta(days=365)
_MOST_NAMED = 6
_IN_WORDS: dict[State, str] = {
    "closed": "",
    "open": "its breaker is open after failures",
    "half_open": "its breaker lets one request try",
    "ramping": "it comes back after failures",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    group: str
    what: str
    standing: Standing
    detail: str


async def look(settings: Settings, p: Platform) -> list[Check]:
    """Everything there is to check on an open platform."""
    return [
        *_program(settings),
        *await _data(settings, p),
        policies_of(settings),
        *await _people(settings, p),
        _shared(settings, p),
        *await _models(p),
        *_routes(settings, p),
        *_tools(p),
        *_sources(p),
    ]


def policies_of(settings: Settings) -> Check:
    """Where the policies come from, and which entries are not as shipped."""
    source = policy_source(settings)
    if source is None:
        own = settings.folder / "policies.toml"
        return Check("policies", "policies", "ok", f"as shipped; your own would be {own}")
    changed = list(changes(Policies(), settings.policies))
    return Check("policies", "policies", "ok", f"{source}: {_some(changed) or 'nothing differs from what ships'}")


def changes(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """The entries in which two policies differ, as `limits.tiers.free.requests_per_hour`."""
    if before == after:
        return
    if dataclasses.is_dataclass(after) and type(before) is type(after):
        names = [field.name for field in dataclasses.fields(after)]
        pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    else:
        yield path
        return
    for name, (one, other) in pairs.items():
        yield from changes(one, other, f"{path}.{name}".lstrip("."))


def _program(settings: Settings) -> list[Check]:
    pages = has_pages()
    return [
        Check("program", "version", "ok", __version__),
        Check("program", "web pages", "ok" if pages else "missing", "built" if pages else "run `make web`"),
        Check("program", "settings", "ok", ", ".join(changed_settings(settings)) or "all at their defaults"),
    ]


async def _data(settings: Settings, p: Platform) -> list[Check]:
    views = await list_collections(p)
    pending = sum(view.counts.pending_chunks for view in views)
    began = time.perf_counter()
    p.embedder.embed(["a first text loads the model"])
    first = time.perf_counter()
    p.embedder.embed(["How do I connect a language model?"])
    took = (time.perf_counter() - first) * 1_000
    speed = f"loads in {first - began:.1f} s, {took:.1f} ms a question"
    waiting = f"{pending:,} chunks wait: run `answerable serve`"
    named = ", ".join(f"{v.row.name} ({v.counts.documents})" for v in views) or "none yet"
    return [
        Check("data", "data folder", "ok", str(settings.folder)),
        Check("data", "database", "ok", await p.database.describe()),
        Check("data", "collections", "ok", named),
        Check("data", "embedding model", "ok", f"{p.embedder.name}; {speed}"),
        Check("data", "embeddings", "missing" if pending else "ok", waiting if pending else "complete"),
    ]


async def _people(settings: Settings, p: Platform) -> list[Check]:
    given, path = bool(settings.key_ring), settings.folder / FILE
    if given:
        secrets = Check("accounts", "secrets", "ok", "from ANSWERABLE_KEY_RING")
    else:
        secrets = Check("accounts", "secrets", "ok", f"{path}, mode {stat.S_IMODE(path.stat().st_mode):04o}")
    return [_accounts(settings, *await _count(p)), secrets]


async def _count(p: Platform) -> tuple[int, int]:
    """Accounts, and administrators who can sign in."""
    rows, after = [], ""
    while page := await admin.list_users(OWNER, p.accounts, limit=1_000, after=after):
        rows += page
        after = page[-1].email
    return len(rows), sum(row.role == "admin" and not row.disabled for row in rows)


def _accounts(settings: Settings, users: int, administrators: int) -> Check:
    here = settings.host in LOOPBACK
    if settings.accounts == "off":
        if not here:
            why = f"off, but the address is {settings.host}: set ANSWERABLE_ACCOUNTS=on, or listen on 127.0.0.1"
            return Check("accounts", "accounts", "wrong", why)
        left = f"; {users:,} accounts wait for ANSWERABLE_ACCOUNTS=on" if users else ""
        return Check("accounts", "accounts", "ok", f"off: whoever reaches {settings.host} is the owner{left}")
    if not users:
        why = f"on; the first start of the server makes the administrator {settings.admin_email}"
        return Check("accounts", "accounts", "missing", why)
    if not administrators:
        why = "on, but nobody is an administrator: run `answerable users set E-MAIL --role admin`"
        return Check("accounts", "accounts", "wrong", why)
    return Check("accounts", "accounts", "ok", f"on; accounts: {users:,}, administrators: {administrators:,}")


def _shared(settings: Settings, p: Platform) -> Check:
    if settings.redis_url is None:
        return Check("workers", "Redis", "ok", "not set: limits, breakers and caches are counted in each process")
    parts = urlsplit(settings.redis_url.get_secret_value())
    place = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path  # never the password
    if all(link.is_up for link in p.shared.links):
        return Check("workers", "Redis", "ok", f"{place} answers")
    return Check("workers", "Redis", "wrong", f"{place} does not answer: each process counts alone until it does")


async def _models(p: Platform) -> list[Check]:
    today = datetime.datetime.now(datetime.UTC).date()
    found = [Check("models", "default", "ok", p.models.default)]
    for one in await list_standings(p):
        if one.kind == "embedding":
            continue
        price = _price(one.card.price, today)
        if one.why_not:
            found.append(Check("models", one.card.name, "missing", one.why_not))
            continue
        state = _IN_WORDS[one.breaker]
        told = "; ".join(filter(None, (state or "ready", price)))
        found.append(Check("models", one.card.name, "note" if state or price else "ok", told))
    return found


def _price(price: Price, today: datetime.date) -> str:
    """What is to be said of a price; nothing where it is known and not old."""
    if price.free:
        return ""
    if not price.known:
        return "price not known: its cost is not counted"
    try:
        read = datetime.date.fromisoformat(price.as_of)
    except ValueError:
        return "price without a date (as_of)"
    return f"price of {read}, more than a year old: check it" if today - read > _A_YEAR else ""


def _routes(settings: Settings, p: Platform) -> Iterator[Check]:
    """What `auto` and each named route lead to now."""
    if len(p.models.names) <= 1:
        yield Check("routes", "auto", "ok", f"{p.models.engine}: no language model is set up")
    else:
        for tier, models in p.router.classes().items():
            yield Check("routes", f"auto, {tier}", "ok", ", then ".join(models) or "no model")
    for name, route in settings.policies.router.routes.items():
        wanted = list(dict.fromkeys((*route.models, *route.fallbacks)))
        usable = [one for one in wanted if one not in p.models.unavailable]
        without = [one for one in wanted if one in p.models.unavailable]
        told = ", ".join(usable) or "no model can be used"
        told += f" (without {', '.join(without)})" if without else ""
        yield Check("routes", name, ("missing" if without else "ok") if usable else "wrong", told)


def _tools(p: Platform) -> Iterator[Check]:
    """How many tools are ready, and what the others wait for."""
    missing = {name: why for name in p.toolbox.names if (why := p.toolbox.get(name).traits.missing)}
    yield Check("tools", "tools", "ok", f"{len(p.toolbox.names) - len(missing)} of {len(p.toolbox.names)} are ready")
    for name, why in missing.items():
        yield Check("tools", name, "missing", why)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _sources(p: Platform) -> Iterator[Check]:
    """How many sources of research are ready, and what the others wait for."""
    found = p.sources
    yield Check("sources", "sources", "ok", f"{len(found.ready)} of {len(found.names)} are ready")
    for name, why in found.missing.items():
        yield Check("sources", name, "missing", why)

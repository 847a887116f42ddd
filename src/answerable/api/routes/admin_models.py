"""/v1/admin/models: every configured model and how it stands; no key, and nothing of what people ask."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request

from answerable.api.access import Guarded, allow
from answerable.api.dependencies import platform
from answerable.flows import models
from answerable.flows.models import Standing
from answerable.gateway.prices import Price

router = APIRouter(tags=["administration"], route_class=Guarded)


@router.get("/v1/admin/models")
@allow("admin.models")
async def list_standings(request: Request) -> dict[str, Any]:
    """Every configured model, the extractive engine first, the embedding model last."""
    found = await models.list_standings(platform(request))
    now = datetime.now(UTC)
    return {"object": "list", "data": [_standing_json(one, now) for one in found]}


def _standing_json(one: Standing, now: datetime) -> dict[str, Any]:
    card = one.card
    again = (now + timedelta(seconds=one.retry_after_s)).isoformat(timespec="seconds") if one.retry_after_s else None
    return {
        "name": card.name,
        "kind": one.kind,
        "provider": card.provider,
        "usable": not one.why_not,
        "why_not": one.why_not or None,
        "default": one.is_default,
        "price": _price_json(card.price),
        "abilities": {"tools": card.tools, "images": card.images, "json_schema": card.json_schema},
        "context_tokens": card.context_tokens,
        "tier": card.tier if one.kind == "language" else None,
        "breaker": {
            "state": one.breaker,
            "retry_after_s": round(one.retry_after_s, 1),
            "retry_at": again and again.replace("+00:00", "Z"),
        },
        "routes": list(one.routes),
        "account_tiers": list(one.tiers),
    }


def _price_json(price: Price) -> dict[str, Any]:
    """USD per million tokens as text; `known` false where a run cannot be priced."""
    return {
        "known": price.known,
        "free": price.free,
        "input": _usd(price.input),
        "output": _usd(price.output),
        "cached_input": _usd(price.cached_input),
        "source": price.source or None,
        "as_of": price.as_of or None,
    }


def _usd(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"

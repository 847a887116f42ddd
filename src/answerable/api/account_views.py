"""Accounts, keys, topics and events as the JSON of our own endpoints; never a secret. Times are ISO 8601 in UTC."""

from typing import Any

from answerable.accounts import roles
from answerable.core.identity import Principal
from answerable.core.moments import from_us
from answerable.storage.accounts import KeyRow, SessionRow, UserRow
from answerable.storage.audit import AuditRow
from answerable.storage.topics import TopicRow


def time_json(value: int | None) -> str | None:
    """A stored moment."""
    return None if value is None else from_us(value).isoformat().replace("+00:00", "Z")


def user_json(row: UserRow) -> dict[str, Any]:
    """An account."""
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "tier": row.tier,
        "workspace": row.workspace,
        "groups": list(row.groups),
        "limits": dict(row.limits),
        "disabled": row.disabled,
        "service": not row.password_hash,
        "created_at": time_json(row.created_at),
        "updated_at": time_json(row.updated_at),
    }


def key_json(row: KeyRow) -> dict[str, Any]:
    """An API key, but for the key."""
    return {
        "id": row.id,
        "user_id": row.user_id,
        "name": row.name,
        "scopes": list(row.scopes),
        "limits": dict(row.limits),
        "created_at": time_json(row.created_at),
        "expires_at": time_json(row.expires_at),
        "last_used_at": time_json(row.last_used_at),
    }


def session_json(row: SessionRow, current: str | None) -> dict[str, Any]:
    """A session; `current` is the one that asks."""
    return {
        "id": row.id,
        "client": row.client,
        "created_at": time_json(row.created_at),
        "expires_at": time_json(row.expires_at),
        "current": row.id == current,
    }


def event_json(row: AuditRow) -> dict[str, Any]:
    """An event of the audit log."""
    return {
        "seq": row.seq,
        "at": time_json(row.at),
        "actor": row.actor,
        "action": row.action,
        "target": row.target,
        "workspace": row.workspace,
        "address": row.address,
        "detail": dict(row.detail),
        "hash": row.hash,
    }


def principal_json(who: Principal) -> dict[str, Any]:
    """Who asks, and what they may."""
    return {
        "id": who.id,
        "role": who.role,
        "tier": who.tier,
        "workspace": who.workspace,
        "key_id": who.key_id,
        "session_id": who.session_id,
        "scopes": sorted(roles.effective_scopes(who)),
        "actions": sorted(action for action in roles.ACCESS if roles.allows(who, action)),
    }


def topic_json(row: TopicRow) -> dict[str, Any]:
    """A topic of the topic switch."""
    return {
        "name": row.name,
        "keywords": list(row.keywords),
        "examples": list(row.examples),
        "action": row.action,
        "message": row.message,
        "enabled": row.enabled,
        "updated_at": time_json(row.updated_at),
    }

"""The one access table: what an action is called, which roles may do it, and which scope a key needs for it.

Nothing else decides who may do what. A route declares its action, `api/access.py` asks here. Which rows of a thing an
action touches (one's own, one's workspace's) is decided where the rows are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from answerable.core.errors import Forbidden
from answerable.core.identity import OWNER, Principal, Role

PUBLIC_ACTION: Final = "public"
"""The action of a route that asks for no credential."""

HOME = OWNER.workspace
"""The first workspace; its administrators look after the installation."""

ROLES: tuple[Role, ...] = get_args(Role)
_EVERYONE = frozenset[Role](ROLES)
_REVIEWERS = frozenset[Role](("reviewer", "admin"))
_ADMINS = frozenset[Role](("admin",))


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do an action. `scope` is what an API key must hold; None: no key may, only somebody who signed in.

    `installation`: it touches all workspaces, so only administrators of the first one may.
    """

    roles: frozenset[Role]
    scope: str | None
    installation: bool = False


ACCESS: Mapping[str, Rule] = {
    "chat.create": Rule(_EVERYONE, "chat"),
    "models.read": Rule(_EVERYONE, "chat"),
    "embeddings.create": Rule(_EVERYONE, "embeddings"),
    "collections.read": Rule(_EVERYONE, "knowledge.read"),
    "collections.ask": Rule(_EVERYONE, "knowledge.read"),
    "collections.write": Rule(_EVERYONE, "knowledge.write"),
    "collections.delete": Rule(_REVIEWERS, "knowledge.write"),
    "conversations.read": Rule(_EVERYONE, "chat"),
    "conversations.write": Rule(_EVERYONE, "chat"),
    "feedback.create": Rule(_EVERYONE, "chat"),
    "research.create": Rule(_EVERYONE, "research"),
    "research.read": Rule(_EVERYONE, "research"),
    "review.read": Rule(_REVIEWERS, "review"),
    "review.write": Rule(_REVIEWERS, "review"),
    "evaluations.read": Rule(_REVIEWERS, "review"),
    "evaluations.write": Rule(_REVIEWERS, "review"),
    "health.read": Rule(_EVERYONE, "chat"),
    "metrics.read": Rule(_ADMINS, "metrics", installation=True),
    "me.read": Rule(_EVERYONE, "chat"),
    "me.usage": Rule(_EVERYONE, "chat"),
    "me.keys": Rule(_EVERYONE, None),
    "me.sessions": Rule(_EVERYONE, None),
    "me.password": Rule(_EVERYONE, None),
    "admin.users": Rule(_ADMINS, "admin"),
    "admin.keys": Rule(_ADMINS, "admin"),
    "admin.usage": Rule(_ADMINS, "admin"),
    "admin.audit": Rule(_ADMINS, "admin"),
    "admin.models": Rule(_ADMINS, "admin"),
    "admin.topics": Rule(_ADMINS, "admin", installation=True),
    "admin.settings": Rule(_ADMINS, "admin", installation=True),
    "admin.experiments": Rule(_ADMINS, "admin", installation=True),
}

SCOPES: tuple[str, ...] = tuple(sorted({rule.scope for rule in ACCESS.values() if rule.scope}))
"""Every scope that a key may hold."""


def scopes_of_role(role: Role) -> frozenset[str]:
    """The scopes that mean something for a role."""
    return frozenset(rule.scope for rule in ACCESS.values() if rule.scope and role in rule.roles)


def effective_scopes(who: Principal) -> frozenset[str]:
    """What somebody may do, as scopes: those of the role, narrowed by those of the key."""
    mine = scopes_of_role(who.role)
    return mine if who.scopes is None else mine & who.scopes


def allows(who: Principal, action: str) -> bool:
    """Whether somebody may do an action. About 0.3 microseconds. Raises KeyError for an action that nobody declared."""
    rule = ACCESS[action]
    if rule.installation and who.workspace != HOME:
        return False
    return who.role in rule.roles and (who.scopes is None or rule.scope in who.scopes)


def check(who: Principal, action: str) -> None:
    """Raises Forbidden that says whether the role or the key's scopes do not allow it."""
    if allows(who, action):
        return
    rule = ACCESS[action]
    if who.role not in rule.roles:
        raise Forbidden(f"the role '{who.role}' may not do this ({action})")
    if rule.installation and who.workspace != HOME:
        raise Forbidden(f"only an administrator of the workspace '{HOME}' may do this ({action})")
    if rule.scope is None:
        raise Forbidden(f"an API key may not do this ({action}): sign in")
    raise Forbidden(f"this API key lacks the scope '{rule.scope}' ({action})")


def check_may_grant(who: Principal, scopes: Iterable[str]) -> None:
    """Raises Forbidden where somebody would hand out more than they hold themselves."""
    missing = sorted(set(scopes) - effective_scopes(who))
    if missing:
        raise Forbidden(f"you cannot give away what you lack: {', '.join(missing)}")


def spans_workspaces(who: Principal) -> bool:
    """Whether somebody administers every workspace: the owner of this machine, and nobody who came over the network
    with a credential.
    """
    return who.is_local_owner

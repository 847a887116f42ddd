"""Who asks: a principal with its role, tier and workspace, and the entries that access lists are checked against."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from answerable.core.documents import PUBLIC

_OWNER_ID = "owner"

Role = Literal["member", "reviewer", "admin"]
"""What somebody may do here; `accounts/roles.py` holds the one access table."""

Tier = Literal["free", "pro", "enterprise"]
"""How much somebody may use; the limits of each are in `policies.toml`."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts for. `groups` are matched against a document's access list; everyone holds `PUBLIC`.

    `sees_all` is for the local owner and for administrators: access lists do not bind them. `workspace` is the tenant:
    nothing is ever shared between two of them. `scopes` narrow what a key may do; None leaves all that the role may.
    `version` grows whenever an account loses something: a principal of an older version is no longer good.
    """

    id: str
    groups: frozenset[str] = frozenset()
    sees_all: bool = False
    role: Role = "member"
    tier: Tier = "free"
    workspace: str = "default"
    key_id: str | None = None
    session_id: str | None = None
    scopes: frozenset[str] | None = None
    version: int = 0

    @property
    def entries(self) -> frozenset[str]:
        """Every access-list entry that lets this reader in."""
        return self.groups | {self.id, PUBLIC}

    def may_read(self, readers: Iterable[str]) -> bool:
        """Whether an access list lets this reader in."""
        return self.sees_all or not self.entries.isdisjoint(readers)

    def reaches(self, workspace: str) -> bool:
        """Whether what belongs to a workspace is there for this reader."""
        return self.workspace == workspace or self.is_local_owner

    @property
    def is_local_owner(self) -> bool:
        """Whether this is the person at this machine, who came with no credential and spans workspaces."""
        return self.id == _OWNER_ID and self.key_id is None and self.session_id is None


OWNER = Principal(id=_OWNER_ID, sees_all=True, role="admin", tier="enterprise")
"""The person at this machine: the command line, and the web pages on loopback."""

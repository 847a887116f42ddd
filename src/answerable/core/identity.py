"""Who asks: the principals a reader holds, which access lists are checked against."""

from dataclasses import dataclass

from answerable.core.documents import PUBLIC


@dataclass(frozen=True, slots=True)
class Principal:
    """A reader. `groups` are matched against a document's access list; everyone holds `PUBLIC`.

    `sees_all` is for the local owner and for administrators: access lists do not bind them.
    """

    id: str
    groups: frozenset[str] = frozenset()
    sees_all: bool = False

    @property
    def entries(self) -> frozenset[str]:
        """Every access-list entry that lets this reader in."""
        return self.groups | {self.id, PUBLIC}


OWNER = Principal(id="owner", sees_all=True)
"""The person at this machine: the command line, and the web pages on loopback."""

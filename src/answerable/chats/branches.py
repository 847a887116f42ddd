"""A conversation as a tree: the branch that ends in a leaf, and the versions of a message."""

from collections import defaultdict
from collections.abc import Sequence

from answerable.core.errors import DataError, NotFound
from answerable.storage.messages import Node


class Tree:
    """The messages of a conversation by their parents. Building it and walking one branch are linear."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._parents = {node.id: node.parent for node in nodes}
        self._children: defaultdict[str | None, list[str]] = defaultdict(list)
        for node in nodes:
            self._children[node.parent].append(node.id)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._parents

    def check_holds(self, id_: str, param: str = "leaf") -> None:
        """Raises NotFound for a message that is not in this conversation."""
        if id_ not in self._parents:
            raise NotFound(f"this conversation has no message '{id_[:60]}'", param=param)

    def branch(self, leaf: str) -> list[str]:
        """Ids from the first message to `leaf`. Raises NotFound, DataError for a tree that runs in a circle."""
        self.check_holds(leaf)
        path: list[str] = []
        one: str | None = leaf
        while one is not None:
            path.append(one)
            if len(path) > len(self._parents):
                raise DataError("the messages of this conversation run in a circle")
            one = self._parents[one]
        return path[::-1]

    def versions(self, id_: str) -> list[str]:
        """The message and its siblings, oldest first."""
        return self._children[self._parents[id_]]

    def newest_leaf(self, id_: str) -> str:
        """Where the newest branch through a message ends."""
        while children := self._children.get(id_):
            id_ = children[-1]
        return id_

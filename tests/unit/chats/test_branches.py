import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.chats.branches import Tree
from answerable.core.errors import DataError
from answerable.storage.messages import Node

ASKED = [Node("a", None), Node("b", "a"), Node("c", "b"), Node("d", "a"), Node("e", "c"), Node("f", "b")]


def test_a_branch_goes_from_the_first_message_to_the_leaf() -> None:
    assert Tree(ASKED).branch("e") == ["a", "b", "c", "e"]
    assert Tree(ASKED).branch("d") == ["a", "d"]


def test_versions_share_a_parent() -> None:
    assert Tree(ASKED).versions("d") == ["b", "d"]
    assert Tree([*ASKED, Node("g", None)]).versions("a") == ["a", "g"]


def test_the_newest_leaf_is_reached_by_the_newest_children() -> None:
    assert Tree(ASKED).newest_leaf("a") == "d"
    assert Tree(ASKED).newest_leaf("b") == "f"
    assert Tree(ASKED).newest_leaf("e") == "e"


def test_a_circle_is_said_instead_of_walked_for_ever() -> None:
    with pytest.raises(DataError, match="circle"):
        Tree([Node("a", "b"), Node("b", "a")]).branch("a")


@given(st.lists(st.integers(0, 30), min_size=1, max_size=31))
def test_every_branch_is_a_chain_of_parents(choices: list[int]) -> None:
    nodes = [Node(str(n), str(choice % n) if n else None) for n, choice in enumerate(choices)]
    parents = {node.id: node.parent for node in nodes}
    tree = Tree(nodes)
    for node in nodes:
        branch = tree.branch(node.id)
        assert branch[-1] == node.id
        assert [parents[id_] for id_ in branch] == [None, *branch[:-1]]

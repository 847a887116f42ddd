"""The five agents: one narrow responsibility each, and beside each file the words that tell a language model who it is.

A role is functions of a desk and the state; each gives what changes of the state. `graph.py` and `team.py` call them.
"""

from importlib import resources


def words_of(role: str) -> str:
    """Who a role is, in words for a language model."""
    return resources.files(__package__).joinpath(f"{role}.md").read_text("utf-8").strip()

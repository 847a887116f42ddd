"""A source of research: asked for what it has on a question, it gives passages of stored texts, or texts to be stored.

A source is one file: `TOOL` names the tool of the same service, whose options it shares; it declares a frozen `Config`
(that tool's) and `build(config, means) -> Source`, and keeps the rules of the service behind it (how it names itself,
how often it may be asked, how long a query may be).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from answerable.agents.tools.base.services import Caller
from answerable.core.documents import Block, Passage


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a source gave: an article, an abstract, a page. It is kept whole under its hash, and cited by place.

    `address` is where a reader finds it, `date` when it was published or last changed (ISO 8601, a day; "" unknown),
    `authors` and `licence` are what a reference must say. `kind` is the source's name. `blocks` are the headings and
    paragraphs of `text`, as loaders give them, for whoever cuts it into passages; empty where it has no structure.
    """

    kind: str
    title: str
    address: str
    text: str
    date: str = ""
    authors: str = ""
    licence: str = ""
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has, best first: `passages` of texts that this program stores already, `texts` that it does not.

    `failed` names what could not be read and why ("https://...: robots.txt forbids it").
    """

    passages: Sequence[Passage] = ()
    texts: Sequence[Text] = ()
    failed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """`network`: it asks somebody else. `missing` says what must be set before it can be used, "" when nothing.
    `named`: it reads only what it was given the address of, and searches nowhere.
    """

    network: bool = False
    missing: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a question in words, at most `k` results (1 or more), and on whose behalf. Half characters in
    the question, which no service could be sent, are left out.

    `collections` are those of this program that may be searched, `addresses` pages and files that were named. A `quick`
    look is not reranked: it wants all that could matter, in any order.
    """

    query: str
    k: int
    caller: Caller = field(default_factory=Caller)
    collections: Sequence[str] = ()
    addresses: Sequence[str] = ()
    quick: bool = False

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError("k is 1 or more")
        object.__setattr__(self, "query", self.query.encode("utf-8", "ignore").decode())


@runtime_checkable
class Source(Protocol):
    """Concurrent calls are allowed; the source itself keeps to the pace that its service asks for."""

    name: str
    traits: Traits

    async def find(self, wanted: Wanted) -> Found:
        """What it has; nothing found is no error. Raises SourceFailed when it cannot be asked, ToolFailed when it will
        not answer this, NotFound for a collection that is not there.
        """
        ...

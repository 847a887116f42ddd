"""XML without entities, DTDs or network: parsing that tolerates damage, and names without namespaces.

Formats come in several namespaces for the same words (Transitional and Strict Office Open XML), so readers compare
local names only.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from answerable.core.errors import UnreadableDocument

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def parse(data: bytes, source: str) -> "Element":
    """The root element. Raises UnreadableDocument (corrupt) when nothing can be recovered."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument(source, "corrupt", "holds XML that cannot be read; export it again") from error
    if root is None:
        raise UnreadableDocument(source, "corrupt", "holds XML that cannot be read; export it again")
    return root


def local(element: "Element") -> str:
    """The tag without its namespace; empty for comments, instructions and entities."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: "Element", name: str) -> str:
    """An attribute by local name, empty when it is absent."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def child(element: "Element", *path: str) -> "Element | None":
    """The first descendant along a path of local names."""
    current: Element | None = element
    for name in path:
        current = next((node for node in current if local(node) == name), None) if current is not None else None
    return current


def all_named(element: "Element", *names: str) -> Iterator["Element"]:
    """Descendants with one of these local names, in document order."""
    return (node for node in element.iter() if local(node) in names)


def text_of(element: "Element | None") -> str:
    """All text inside; an entity, which is never looked up, has none."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return "".join(str(part) for part in element.itertext())

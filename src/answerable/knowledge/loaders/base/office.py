"""Office Open XML packages: parts, relationships and core properties, in Transitional and Strict namespaces alike."""

import posixpath
from dataclasses import dataclass

from answerable.core.errors import UnreadableDocument
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.files import Archive
from answerable.knowledge.loaders.base.xmltree import all_named, attribute, child, local, parse, text_of


@dataclass(frozen=True, slots=True)
class Relation:
    """A pointer from one part to another: `kind` is the last word of its type URI."""

    kind: str
    target: str


def relations(archive: Archive, part: str, source: str) -> dict[str, Relation]:
    """Relations of a part by id; external ones are left out."""
    folder, name = posixpath.split(part)
    data = archive.find(f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels")
    found: dict[str, Relation] = {}
    if data is None:
        return found
    for node in all_named(parse(data, source), "Relationship"):
        if node.get("TargetMode") != "External":
            target = node.get("Target") or ""
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[node.get("Id") or ""] = Relation((node.get("Type") or "").rpartition("/")[2], path)
    return found


def main_part(archive: Archive, source: str, usual: str) -> str:
    """The part that the package opens with."""
    for relation in relations(archive, "", source).values():
        if relation.kind == "officeDocument" and archive.find(relation.target) is not None:
            return relation.target
    if archive.find(usual) is None:
        raise UnreadableDocument(
            source, "corrupt", "is damaged (no main part inside); open and save it again, or re-export"
        )
    return usual


def add_properties(builder: DocumentBuilder, archive: Archive, source: str) -> str:
    """Author and dates into the metadata; returns the title property."""
    data = archive.find("docProps/core.xml")
    if data is None:
        return ""
    values = {local(node): text_of(node) for node in parse(data, source)}
    names = {
        "creator": "author",
        "created": "created",
        "modified": "modified",
        "subject": "subject",
        "keywords": "keywords",
    }
    add_metadata(builder, {names[key]: value for key, value in values.items() if key in names})
    return values.get("title", "")


__all__ = [
    "Relation",
    "add_properties",
    "all_named",
    "attribute",
    "child",
    "local",
    "main_part",
    "parse",
    "relations",
    "text_of",
]

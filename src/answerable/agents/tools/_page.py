"""Readable text of a web page: no markup, no scripts, no navigation; links, headings, lists and tables kept as text."""

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from answerable.core.errors import ToolFailed
from answerable.core.visible import hiding_rules, is_hidden, without_invisible

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SKIPPED: Final = frozenset(
    ("script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "form", "button", "select", "nav",
     "footer", "aside", "head", "dialog", "video", "audio")
)  # fmt: skip
_BLOCKS: Final = frozenset(
    ("p", "div", "section", "article", "main", "header", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "pre",
     "blockquote", "figure", "figcaption", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6")
)  # fmt: skip
_SPACED: Final = _BLOCKS | {"td", "th"}
_UTF_7: Final = re.compile(rb"charset\s*=\s*[\"']?\s*(?:x-)?(?:unicode-1-1-)?utf-?7", re.IGNORECASE)
_MARKS: Final = {f"h{level}": "#" * level + " " for level in range(1, 7)} | {"li": "- ", "td": "| ", "th": "| "}


@dataclass(frozen=True, slots=True)
class Readable:
    """A page's title and text."""

    title: str
    text: str


def read_html(data: bytes, charset: str = "") -> Readable:
    """What a person would read; `charset` goes before what the page says of itself.

    Raises ToolFailed for a page without text. Blocks the calling thread.
    """
    from lxml import etree, html

    try:
        parser = html.HTMLParser(
            encoding=charset or _encoding(data),
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        root = html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise ToolFailed("the page cannot be read: its HTML is broken or empty") from error
    title = " ".join(str(root.findtext(".//title") or "").split())
    top = next((one for tag in ("main", "article") if len(one := root.findall(f".//{tag}")) == 1), [root])[0]
    rules = hiding_rules("\n".join("".join(one.itertext()) for one in root.iter("style")))
    text = _text_of(top, rules)
    if len(text) < 200 and top is not root:
        text = _text_of(root, rules)
    if not text:
        raise ToolFailed("the page holds no text; it may need a browser to show anything")
    return Readable(title, text)


def _encoding(data: bytes) -> str | None:
    """UTF-8 where nothing else is said and it fits; None leaves it to the page's own word."""
    head = data[:4_096]
    if _UTF_7.search(head):  # libxml2 reads it and no browser does: markup could hide in plain letters
        return "utf-8"
    if b"charset" in head.lower() or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        data.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _is_hidden(node: "HtmlElement", tag: str, rules: frozenset[str]) -> bool:
    return is_hidden(tag, _attributes(node), map(_attributes, node.iterancestors()), rules)


def _attributes(node: "HtmlElement") -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in node.items()}


def _text_of(top: "HtmlElement", rules: frozenset[str]) -> str:
    from lxml import etree

    pieces: list[str] = []
    preformatted = 0
    walk = etree.iterwalk(top, events=("start", "end"))
    for event, node in walk:
        tag = str(node.tag)
        edge = "\n" if tag in _BLOCKS else " "
        preformatted += (tag == "pre") * (1 if event == "start" else -1)
        if event == "end":
            pieces += [edge if tag in _SPACED else "", _flat(node.tail, preformatted) if node is not top else ""]
        elif tag in _SKIPPED or _is_hidden(node, tag, rules):
            walk.skip_subtree()
        else:
            pieces += [edge if tag in _SPACED else "", _MARKS.get(tag, ""), _flat(node.text, preformatted)]
    lines = (" ".join(line.split()) for line in without_invisible("".join(pieces)).split("\n"))
    return "\n".join(line for line in lines if line.strip("-|# "))


def _flat(text: str | None, preformatted: int) -> str:
    found = text or ""
    return found if preformatted else found.replace("\n", " ")

"""HTML to blocks: the main content of a page, or all of its body when the main content cannot be told apart."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from answerable.core import visible
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.cleaning import one_line
from answerable.knowledge.loaders.base.xmltree import local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "iframe",
        "object",
        "embed",
        "svg",
        "canvas",
        "map",
        "audio",
        "video",
        "button",
        "input",
        "select",
        "textarea",
        "option",
        "datalist",
        "dialog",
    ]
)
_CHROME = frozenset(("nav", "footer", "aside"))
_CHROME_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search"))
_CHROME_CLASS = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|breadcrumbs?|sidebar|cookie|cookies|footer|menu|share|social|advert|ads|newsletter|skip-?link|toolbar)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACE = re.compile(r"\s+")
_MAX_DEPTH = 200


def parse_html(text: str) -> "Element | None":
    """The root element, or None when there is no element at all."""
    from lxml import etree, html

    try:
        parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
        root: Element | None = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return root


def append_page(builder: DocumentBuilder, text: str) -> str:
    """Add a page's main content, set author and date, return its title."""
    root = parse_html(text)
    if root is None:
        return ""
    title = next((text_of(node) for node in root.iter("title")), "")
    add_metadata(builder, _page_metadata(root))
    body = next(root.iter("body"), root)
    hidden = _drop_hidden(root, body)
    if hidden:
        builder.warnings.append(f"{hidden} hidden element(s) were left out")
    main = _main_content(body)
    _Walker(builder, skip_chrome=True).walk(main)
    if not builder.characters:
        # Nothing but navigation, or a page whose every part looks like it: never lose a page's real text.
        _Walker(builder, skip_chrome=False).walk(body)
    return one_line(title)


def append_fragment(builder: DocumentBuilder, text: str) -> None:
    """Add every block of a piece of HTML."""
    root = parse_html(text)
    if root is not None:
        _drop_hidden(root, root)
        _Walker(builder, skip_chrome=False).walk(next(root.iter("body"), root))


def _page_metadata(root: "Element") -> dict[str, str]:
    wanted = {
        "author": "author", "article:author": "author", "description": "description", "keywords": "keywords",
        "date": "date", "article:published_time": "date", "article:modified_time": "modified",
    }  # fmt: skip
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        if name in wanted and meta.get("content"):
            found.setdefault(wanted[name], meta.get("content") or "")
    if root.get("lang"):
        found["lang"] = root.get("lang") or ""
    return found


def _drop_hidden(root: "Element", body: "Element") -> int:
    """Remove what no reader of the page sees; the number of elements that held text."""
    rules = visible.hiding_rules("\n".join(text_of(sheet) for sheet in root.iter("style")))
    hidden = [node for node in body.iter() if isinstance(node.tag, str) and _is_hidden(node, rules)]
    dropped = 0
    for node in hidden:
        parent = node.getparent()
        if parent is not None and local(node) != "body":
            # iXBRL filings keep machine-readable facts in a hidden block: it is no text of the page either.
            dropped += bool(text_of(node).strip())
            node.drop_tree() if hasattr(node, "drop_tree") else parent.remove(node)
    return dropped


def _is_hidden(node: "Element", rules: frozenset[str]) -> bool:
    if not len(node.attrib) and not rules:
        return False
    above = map(_attributes, node.iterancestors())
    return visible.is_hidden(local(node).lower(), _attributes(node), above, rules)


def _attributes(node: "Element") -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in node.items()}


def _main_content(body: "Element") -> "Element":
    """<main>, role=main or the only <article>, if it holds a fair share of the page's text."""
    articles = list(body.iter("article"))
    candidates = [*body.iter("main"), *(node for node in body.iter() if node.get("role") == "main")]
    if len(articles) == 1:
        candidates += articles
    total = _text_length(body)
    for candidate in candidates:
        if _text_length(candidate) >= max(200, total * 0.25):
            return candidate
    return body


def _text_length(node: "Element") -> int:
    if local(node) in _DROPPED or _is_chrome(node):
        return 0
    length = len((node.text or "").strip())
    stack = [node]
    length = 0
    while stack:
        current = stack.pop()
        length += len((current.text or "").strip())
        for part in current:
            length += len((part.tail or "").strip())
            if isinstance(part.tag, str) and local(part) not in _DROPPED and not _is_chrome(part):
                stack.append(part)
    return length


def _is_chrome(node: "Element") -> bool:
    name = local(node)
    if name in _CHROME or (node.get("role") or "").lower() in _CHROME_ROLES:
        return True
    if name in ("div", "ul", "section", "header", "form") and _CHROME_CLASS.search(
        f"{node.get('class', '')} {node.get('id', '')}"
    ):
        # A class name is a guess: it may only remove link lists, never running text.
        total = len(text_of(node).split())
        linked = sum(len(text_of(link).split()) for link in node.iter("a"))
        return linked * 2 > total or total < 12
    return False


class _Walker:
    """Turns an element tree into blocks; inline text is gathered until a block element ends it."""

    def __init__(self, builder: DocumentBuilder, *, skip_chrome: bool) -> None:
        self._builder = builder
        self._skip_chrome = skip_chrome
        self._inline: list[str] = []

    def walk(self, root: "Element") -> None:
        """Add the blocks below `root`."""
        self._children(root, 0)
        self._flush()

    def _children(self, node: "Element", depth: int) -> None:
        self._inline.append(_SPACE.sub(" ", node.text or ""))
        for part in node:
            if isinstance(part.tag, str):
                self._element(part, depth + 1)
            self._inline.append(_SPACE.sub(" ", part.tail or ""))

    def _element(self, node: "Element", depth: int) -> None:
        name = local(node).lower()
        if name in _DROPPED or (self._skip_chrome and depth and _is_chrome(node)):
            return
        if depth > _MAX_DEPTH:
            self._inline.append(_SPACE.sub(" ", text_of(node)))
        elif name == "br":
            self._inline.append("\n")
        elif name == "img":
            self._inline.append(f" {node.get('alt') or ''} ")
        elif name in _BLOCKS:
            self._flush()
            self._block(node, name, depth)
            self._flush()
        else:
            self._children(node, depth)

    def _block(self, node: "Element", name: str, depth: int) -> None:
        if name in _HEADINGS:
            self._builder.heading(text_of(node), _HEADINGS[name])
        elif name == "pre":
            self._builder.code(text_of(node))
        elif name in ("ul", "ol") and not _holds(node, "table", "pre", *_HEADINGS):
            self._builder.items("\n".join(_list_lines(node, 0)))
        elif name == "table" and not _is_layout(node):
            self._table(node)
        else:
            self._children(node, depth)

    def _table(self, node: "Element") -> None:
        for caption in node.iter("caption"):
            self._builder.prose(text_of(caption))
        self._builder.table(table_rows(node))

    def _flush(self) -> None:
        text = "".join(self._inline)
        self._inline = []
        if text and not text.isspace():
            self._builder.prose(text)


def _holds(node: "Element", *names: str) -> bool:
    return any(local(part) in names for part in node.iterdescendants())


def _is_layout(table: "Element") -> bool:
    """A table that only arranges a page: it nests tables or headings, or has a single cell."""
    if _holds(table, "table", *_HEADINGS, "pre"):
        return True
    cells = [node for node in table.iter("td", "th") if text_of(node).strip()]
    return len(cells) <= 1 or (len(cells) < 6 and any(len(text_of(cell)) > 1_500 for cell in cells))


def _list_lines(node: "Element", depth: int) -> Iterator[str]:
    number = 0
    for item in node:
        if local(item) != "li":
            if local(item) in ("ul", "ol") and depth < 20:
                yield from _list_lines(item, depth + 1)
            continue
        number += 1
        marker = f"{number}." if local(node) == "ol" else "-"
        own = one_line(" ".join(_item_text(item)))
        if own:
            yield f"{'  ' * depth}{marker} {own}"
        for part in _sublists(item):
            if depth < 20:
                yield from _list_lines(part, depth + 1)


def _item_text(node: "Element") -> Iterator[str]:
    yield node.text or ""
    for part in node:
        name = local(part)
        if name and name not in _DROPPED and name not in ("ul", "ol"):
            inner = "".join(_item_text(part))
            yield f" {inner} " if name in _BLOCKS or name == "br" else inner
        yield part.tail or ""


def _sublists(node: "Element") -> Iterator["Element"]:
    for part in node:
        if local(part) in ("ul", "ol"):
            yield part
        else:
            yield from _sublists(part)


def table_rows(table: "Element") -> Iterator[list[str]]:
    """Rows of cell texts; a spanning cell is written once and leaves blanks, so that columns stay aligned."""
    pending: dict[int, int] = {}
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row:
            if local(cell) not in ("td", "th"):
                continue
            while pending.get(len(cells), 0) > 0:
                pending[len(cells)] -= 1
                cells.append("")
            span, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if down > 1:
                pending.update(dict.fromkeys(range(len(cells), len(cells) + span), down - 1))
            cells += [one_line(" ".join(_item_text(cell)) or text_of(cell)), *[""] * (span - 1)]
        yield cells


def _span(cell: "Element", name: str) -> int:
    value = cell.get(name) or "1"
    return min(max(int(value), 1), 100) if value.isascii() and value.isdigit() else 1

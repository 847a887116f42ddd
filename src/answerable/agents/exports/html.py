"""HTML: one file that needs nothing else. No script, no address that is fetched, a policy that forbids both."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from answerable.agents.exports.base.parts import (
    OWN,
    OWN_WORDS,
    Beam,
    Cite,
    Code,
    Document,
    Figure,
    Heading,
    Items,
    Part,
    Prose,
    Remark,
    Source,
    Table,
    Words,
    document_of,
)
from answerable.agents.exports.base.renderer import Renderer
from answerable.core.report import Report

_SHEET = Path(__file__).with_name("html.css")


def build() -> Renderer:
    """The renderer of HTML."""
    return HtmlRenderer(_SHEET.read_text("utf-8"))


class HtmlRenderer:
    """Writes one page with its style sheet inside; the policy allows that sheet, by its hash, and nothing else."""

    media_type = "text/html; charset=utf-8"
    suffix = ".html"

    def __init__(self, sheet: str) -> None:
        self._sheet = sheet
        digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
        self._policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

    def render(self, report: Report) -> bytes:
        """The report as a page."""
        document = document_of(report)
        head = [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{self._policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(document.title)}</title>",
            f"<style>{self._sheet}</style>",
            "</head>",
            "<body>",
        ]
        return "\n".join([*head, *_page(document), "</body>", "</html>", ""]).encode()


def _page(document: Document) -> Iterator[str]:
    yield '<main><div class="head">'
    yield f'<h1 dir="auto">{escape(document.title)}</h1>'
    if document.topic:
        yield f'<p class="topic" dir="auto">{escape(document.topic)}</p>'
    if document.byline:
        yield f'<p class="byline">{escape(" · ".join(document.byline))}</p>'
    yield "</div>"
    if document.headings:
        yield '<nav aria-label="Contents"><h2>Contents</h2><ol>'
        yield from (
            f'<li class="level{h.level}" dir="auto"><a href="#{h.anchor}">{escape(h.text)}</a></li>'
            for h in document.headings
        )
        yield "</ol></nav>"
    sources = [part for part in document.parts if isinstance(part, Source)]
    yield from (_part(part) for part in document.parts if not isinstance(part, Source))
    if sources:  # the last part of a report
        yield f'<ol class="sources">{"".join(map(_source, sources))}</ol>'
    yield "</main>"


def _part(part: Part) -> str:
    match part:
        case Heading():
            return f'<h{part.level + 1} id="{part.anchor}" dir="auto">{escape(part.text)}</h{part.level + 1}>'
        case Prose():
            return f'<p dir="auto">{" ".join(map(_words, part.sentences))}</p>'
        case Remark():
            anchor = f' id="{part.anchor}"' if part.anchor else ""
            return f'<p class="remark"{anchor} dir="auto">{escape(part.text)}</p>'
        case Items():
            tag = "ol" if part.numbered else "ul"
            items = "".join(f'<li dir="auto">{_words(one)}</li>' for one in part.items)
            return f"<{tag}>{items}</{tag}>"
        case Code():
            text = escape("\n".join(part.lines))
            return f'<pre tabindex="0"><code>{text}</code></pre>' + (
                f"<p>{_cites(part.cites)}</p>" if part.cites else ""
            )
        case Table():
            return _table(part)
        case Figure():
            return _figure(part)
        case Source():
            return _source(part)


def _words(words: Words) -> str:
    own = f'<a class="own" href="#own" title="{escape(OWN_WORDS)}">{OWN}</a>' if words.own else ""
    return escape(words.text) + _cites(words.cites) + own


def _cites(cites: Iterable[Cite]) -> str:
    return "".join(
        f'<a class="cite" href="#r{c.number}" title="{escape(c.quote)}">[{c.number}]</a>'
        if c.known
        else f"[{c.number}]"
        for c in cites
    )


def _caption(part: Table | Figure) -> str:
    return f"<b>{part.label}.</b> {escape(part.caption)}"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col" dir="auto">{escape(one)}</th>' for one in table.head)
    cells = ("".join(f'<td dir="auto">{_words(one)}</td>' for one in row) for row in table.rows)
    rows = "".join(f"<tr>{one}</tr>" for one in cells)
    return (
        f'<div class="wide" tabindex="0"><table><caption dir="auto">{_caption(table)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _figure(figure: Figure) -> str:
    return (
        f'<table class="chart"><caption dir="auto">{_caption(figure)}</caption>'
        f"<tbody>{''.join(map(_beam, figure.beams))}</tbody></table>"
    )


def _beam(beam: Beam) -> str:
    """A row: what, how much, and the bar; a percentage of the drawing's width keeps text out of its scale."""
    bar = f'<rect x="{beam.start:.2%}" y="0" width="{beam.length:.2%}" height="100%" rx="2"/>'
    return (
        f'<tr><th scope="row" dir="auto">{escape(beam.label)}</th>'
        f'<td class="bar"><svg aria-hidden="true" focusable="false">{bar}</svg></td>'
        f'<td class="value">{escape(beam.value)}{_cites(beam.cites)}</td></tr>'
    )


def _source(source: Source) -> str:
    title = escape(source.title)
    title = (
        f'<a href="{escape(source.link)}" rel="noopener noreferrer nofollow">{title}</a>'
        if source.link
        else f"<b>{title}</b>"
    )
    particulars = escape(" · ".join(source.particulars))
    particulars = f'<span class="particulars">{particulars}</span>' if particulars else ""
    address = f'<span class="address">{escape(source.address)}</span>' if source.address else ""
    pages = (f" <cite>{one.page}</cite>" if one.page else "" for one in source.quotes)
    said = zip(source.quotes, pages, strict=True)
    quotes = "".join(f'<blockquote dir="auto">{escape(one.text)}{page}</blockquote>' for one, page in said)
    count = "1 passage" if len(source.quotes) == 1 else f"{len(source.quotes)} passages"
    details = f"<details><summary>{count} quoted</summary>{quotes}</details>" if quotes else ""
    return (
        f'<li id="r{source.number}"><span class="number">[{source.number}]</span><div dir="auto">{title}'
        f"{particulars}{address}{details}</div></li>"
    )

"""Markdown: CommonMark with the tables of GitHub. Words of sources cannot become markup, links or HTML in it."""

import re
from collections.abc import Iterable, Iterator

from answerable.agents.exports.base.parts import (
    OWN,
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

# An address in running text would become a link in GitHub's dialect, whatever stands before its letters: as code it
# stays what it is. The end of a sentence is not part of it.
_ADDRESS = re.compile(
    r"(?:\b(?:https?|ftp|mailto|xmpp):|\bwww\.|(?<![\w.+-])[\w.+-]+@)\S*[^\s.,;:!?)\]}\"'»”’*_~]", re.IGNORECASE
)
_MARKUP = re.compile(r"[\\`*_\[\]<>|~#$]|&(?=[#\w])")
_OPENING = re.compile(r"^(?:[-+=](?=[-+=\s]|$)|:(?=-)|\d{1,9}(?=[.)](?:\s|$)))")
_BAR_CHARS = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"


def build() -> Renderer:
    """The renderer of Markdown."""
    return MarkdownRenderer()


class MarkdownRenderer:
    """Writes UTF-8 with a line feed at each end of line. Only the anchors of references are HTML."""

    media_type = "text/markdown; charset=utf-8"
    suffix = ".md"

    def render(self, report: Report) -> bytes:
        """The report as Markdown."""
        return ("\n\n".join(_blocks(document_of(report))) + "\n").encode()


def _blocks(document: Document) -> Iterator[str]:
    yield f"# {escape(document.title)}"
    if document.topic:
        yield f"**Asked:** {escape(document.topic)}"
    if document.byline:
        yield escape(" · ".join(document.byline))
    for part in document.parts:
        yield _part(part)


def _part(part: Part) -> str:
    match part:
        case Heading():
            return f"{'#' * (part.level + 1)} {escape(part.text)}"
        case Prose():
            return " ".join(map(_words, part.sentences))
        case Remark():
            return (f'<a id="{part.anchor}"></a>' if part.anchor else "") + f"*{escape(part.text)}*"
        case Items():
            return "\n".join(
                f"{f'{i}.' if part.numbered else '-'} {_words(one)}" for i, one in enumerate(part.items, 1)
            )
        case Code():
            return _code(part)
        case Table():
            return _table(part)
        case Figure():
            return _figure(part)
        case Source():
            return _source(part)


def escape(text: str, cell: bool = False) -> str:
    """One clean line as Markdown that shows exactly it. In a `cell` of a table a bar is escaped in code too."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [_plain(text[end : found.start()], not end), _span(found.group(), cell)]
        end = found.end()
    return "".join([*parts, _plain(text[end:], not end)])


def _plain(text: str, opens: bool) -> str:
    text = _MARKUP.sub(lambda found: "\\" + found.group(), text)
    if not opens or not (found := _OPENING.match(text)):
        return text
    digits = found.group() if found.group()[0].isdigit() else ""
    return f"{digits}\\{text[len(digits) :]}"


def _span(text: str, cell: bool) -> str:
    fence = "`" * (_longest_run(text) + 1)
    text = text.replace("|", "\\|") if cell else text
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _cites(cites: Iterable[Cite]) -> str:
    return "".join(f"[[{c.number}]](#r{c.number})" if c.known else f"\\[{c.number}\\]" for c in cites)


def _words(words: Words, cell: bool = False) -> str:
    marks = _cites(words.cites) + (f"[{OWN}](#own)" if words.own else "")
    return escape(words.text, cell) + (f" {marks}" if marks else "")


def _code(code: Code) -> str:
    fence = "`" * max(3, max(map(_longest_run, code.lines), default=0) + 1)
    language = re.sub(r"[^\w+#.-]", "", code.language, flags=re.ASCII)[:20]
    block = "\n".join([f"{fence}{language}", *code.lines, fence])
    return block + (f"\n\n{_cites(code.cites)}" if code.cites else "")


def _rows(rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _table(table: Table) -> str:
    head = [escape(one, cell=True) for one in table.head]
    rows = [[_words(cell, cell=True) for cell in row] for row in table.rows]
    return f"{_caption(table)}\n\n{_rows([head, ['---'] * len(head), *rows])}"


def _caption(part: Table | Figure) -> str:
    return f"**{part.label}.** {escape(part.caption)}".rstrip()


def _figure(figure: Figure) -> str:
    rows = [
        [
            f"{escape(b.label, cell=True)} {_cites(b.cites)}".strip(),
            escape(b.value, cell=True),
            _bar(b.start, b.length),
        ]
        for b in figure.beams
    ]
    return f"{_caption(figure)}\n\n{_rows([['', 'Value', ''], ['---', '---:', ':---'], *rows])}"


def _bar(start: float, length: float) -> str:
    """A bar in block characters; no break spaces hold the place before it."""
    eighths = round(length * _BAR_CHARS * 8)
    blocks = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
    return "\u00a0" * round(start * _BAR_CHARS) + blocks


def _source(source: Source) -> str:
    title = escape(source.title)
    title = f"[{title}](<{source.link}>)" if source.link else f"**{title}**"
    address = f" · {escape(source.address)}" if source.address else ""
    particulars = "".join(f" · {escape(one)}" for one in source.particulars)
    lines = [f'<a id="r{source.number}"></a>\\[{source.number}\\] {title}{particulars}{address}']
    quotes = [f"- “{escape(q.text)}”" + (f" ({q.page})" if q.page else "") for q in source.quotes]
    return "\n".join([*lines, "", *quotes]) if quotes else lines[0]

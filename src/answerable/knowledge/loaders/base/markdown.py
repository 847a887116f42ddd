"""Markdown to blocks, in one pass over the lines: fast enough for thousands of pages a second.

Link text stays and addresses go; code stays verbatim; include directives, comments and page layout fences go.
"""

import html
import re

from answerable.core.documents import MetadataValue
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.cleaning import clean

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r"\s*(?:>\s*)?(`{3,}|~{3,})([^`]*)$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])(?:[ \t]+(.*)|$)")
_QUOTE = re.compile(r" {0,3}> ?")
_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_CELL_BREAK = re.compile(r"(?<!\\)\|")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)[^\]]+\]:\s+\S")
_FOOTNOTE = re.compile(r" {0,3}\[\^([^\]]+)\]:\s*")
_DIRECTIVE = re.compile(
    r"\s*(?:\[!include\b|:::|--8<--|\.\. include::|\{%-?\s*include\b|\{\{[<%]\s*include\b|!INCLUDE\b)", re.IGNORECASE
)
_CALLOUT = re.compile(r"\[!(\w+)\]\s*", re.IGNORECASE)
_HTML_BLOCK = re.compile(r" {0,3}</?[a-zA-Z][\w-]*[\s/>]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)

_MARKED = re.compile(r"[*_`<\\&~\[]")
_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ASIDE = re.compile("\x00(\\d+)\x00")
_IMAGE = re.compile(r"!\[([^\]]*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])")
_INLINE_INCLUDE = re.compile(r"\[!include\b(?:\[[^\]]*\]|[^\]])*\](?:\([^)]*\))?", re.IGNORECASE)
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^<>\s]+|[^<>\s@]+@[^<>\s]+)>")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(
    r"(?<![\w*])(\*)(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?!\*)|(?<![\w_])(_)(?=[^\s_])([^_]+?)(?<=[^\s_])_(?!\w)"
)
_STRUCK = re.compile(r"~~(?=\S)(.+?)~~")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_FRONT = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_MAX_QUOTES = 20
_FIELD = re.compile(r"([A-Za-z][\w.-]*)\s*[:=]\s*(.*)$")

LOOKS_LIKE = re.compile(r"^(?:#{1,6} \S|```|\|[ :]*-{3,})|^[-*] .*\n[-*] |\]\(\S+\)", re.MULTILINE)
"""A cheap sign that a record's text is markdown."""


def split_front_matter(text: str) -> tuple[dict[str, MetadataValue], str]:
    """Flat metadata of a YAML or TOML front matter, and the text below it."""
    found = _FRONT.match(text.lstrip("\ufeff"))
    if not found:
        return {}, text
    values: dict[str, MetadataValue] = {}
    key = ""
    for line in found[2].split("\n"):
        if key and (item := re.match(r"\s*-\s+(.*)$", line)):
            previous = values.get(key)
            values[key] = [*(previous if isinstance(previous, list) else []), _unquote(item[1])]
        elif pair := _FIELD.match(line):
            key = pair[1]
            values[key] = _value(pair[2])
    return {name: value for name, value in values.items() if value not in ("", [])}, text.lstrip("\ufeff")[
        found.end() :
    ]


def _value(raw: str) -> MetadataValue:
    raw = raw.strip()
    if raw.startswith("[") and raw.endswith("]"):
        return [_unquote(item) for item in raw[1:-1].split(",") if item.strip()]
    return "" if raw in (">", "|", ">-", "|-") else _unquote(raw)


def _unquote(raw: str) -> str:
    raw = raw.strip()
    return raw[1:-1] if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'" else raw


def inline(text: str) -> str:
    """The words of a line or paragraph, without its marks."""
    if not _MARKED.search(text):
        return text
    if "`" not in text:
        return _plain(text)
    spans: list[str] = []

    def put_aside(span: re.Match[str]) -> str:
        spans.append(span[2].strip() or span[2])
        return f"\x00{len(spans) - 1}\x00"

    # Code is put aside so that marks around it are seen whole and marks inside it are left alone.
    return _ASIDE.sub(lambda m: spans[int(m[1])], _plain(_CODE_SPAN.sub(put_aside, text)))


def _plain(text: str) -> str:
    if "[" in text:
        text = _INLINE_INCLUDE.sub("", text)
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    if "<" in text:
        text = _TAG.sub("", _AUTOLINK.sub(r"\1", _BREAK_TAG.sub("\n", text)))
    if "*" in text or "_" in text:
        text = _EMPHASIS.sub(lambda m: m[2] or m[4], _STRONG.sub(r"\2", text))
    if "~~" in text:
        text = _STRUCK.sub(r"\1", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return html.unescape(text) if "&" in text else text


def append_markdown(builder: DocumentBuilder, text: str) -> None:
    """Add the blocks of a markdown text (front matter already split off)."""
    text = clean(text)
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    _Scanner(builder, text.split("\n")).run()


def _uncalled(line: str) -> str:
    """`[!NOTE]` as a reader sees it."""
    return _CALLOUT.sub(lambda m: f"{m[1].capitalize()}: ", line, count=1) if "[!" in line else line


class _Scanner:
    """Walks the lines once; `_at` is the next line."""

    def __init__(self, builder: DocumentBuilder, lines: list[str], depth: int = 0) -> None:
        self._builder = builder
        self._lines = lines
        self._depth = depth
        self._at = 0
        self._paragraph: list[str] = []

    def run(self) -> None:
        """Add every block."""
        lines = self._lines
        while self._at < len(lines):
            line = lines[self._at]
            if not line or line.isspace():
                self._flush()
                self._at += 1
            elif not self._block(line):
                self._paragraph.append(line)
                self._at += 1
        self._flush()

    def _block(self, line: str) -> bool:
        """Consume the block that starts here; False when the line belongs to a paragraph."""
        first = line.lstrip()[0]
        if first.isalpha():
            return False
        return (
            (first in "`~>" and self._fence(line))
            or (first == "#" and self._atx(line))
            or (first in "=-" and self._setext(line))
            or (first in "-*_" and self._rule(line))
            or (first in "[:-.{!" and self._directive(line))
            or (first == ">" and self._quote())
            or self._table(line)
            or (first == "<" and self._html(line))
            or self._indented(line)
            or self._list(line)
        )

    def _flush(self) -> None:
        if self._paragraph:
            lines, self._paragraph = self._paragraph, []
            if "|" in lines[0] and len(lines) > 1 and _DELIMITER.match(lines[1]) and "|" in lines[1]:
                self._add_table(lines)
            else:
                self._builder.prose(inline("\n".join(line.strip() for line in lines)))

    def _fence(self, line: str) -> bool:
        if not (opening := _FENCE.match(line)):
            return False
        self._flush()
        quoted = line.lstrip().startswith(">")
        indent = len(line) - len(line.lstrip())
        body: list[str] = []
        self._at += 1
        while self._at < len(self._lines):
            current = self._lines[self._at]
            self._at += 1
            if quoted:
                current = _QUOTE.sub("", current, count=1)
            stripped = current.strip()
            if stripped.startswith(opening[1]) and not stripped.strip(opening[1][0]):
                break
            body.append(current[indent:] if current[:indent].isspace() else current)
        self._builder.code("\n".join(body))
        return True

    def _atx(self, line: str) -> bool:
        if not (found := _ATX.match(line)):
            return False
        self._flush()
        self._builder.heading(inline(found[2] or ""), len(found[1]))
        self._at += 1
        return True

    def _setext(self, line: str) -> bool:
        if not self._paragraph or not (found := _SETEXT.match(line)):
            return False
        text = " ".join(part.strip() for part in self._paragraph)
        self._paragraph = []
        self._builder.heading(inline(text), 1 if found[1][0] == "=" else 2)
        self._at += 1
        return True

    def _rule(self, line: str) -> bool:
        if not _RULE.match(line):
            return False
        self._flush()
        self._at += 1
        return True

    def _directive(self, line: str) -> bool:
        if _DIRECTIVE.match(line) or _DEFINITION.match(line):
            self._flush()
            self._at += 1
            return True
        if found := _FOOTNOTE.match(line):
            self._flush()
            self._paragraph.append(f"{found[1]}: {line[found.end() :]}")
            self._at += 1
            return True
        return False

    def _quote(self) -> bool:
        self._flush()
        inner: list[str] = []
        while self._at < len(self._lines) and (mark := _QUOTE.match(self._lines[self._at])):
            line = self._lines[self._at][mark.end() :]
            inner.append(_uncalled(line))
            self._at += 1
        # A quote in a quote in a quote loses one mark a turn; lines of a thousand marks must not recurse as often.
        if self._depth < _MAX_QUOTES:
            _Scanner(self._builder, inner, self._depth + 1).run()
        else:
            self._builder.prose("\n".join(inner))
        return True

    def _table(self, line: str) -> bool:
        lines, at = self._lines, self._at
        if "|" not in line or at + 1 >= len(lines) or "|" not in lines[at + 1] or not _DELIMITER.match(lines[at + 1]):
            return False
        self._flush()
        end = at
        while end < len(lines) and "|" in lines[end]:
            end += 1
        self._at = end
        self._add_table(lines[at:end])
        return True

    def _add_table(self, lines: list[str]) -> None:
        rows = [_CELL_BREAK.split(line.strip().strip("|")) for line in (lines[0], *lines[2:])]
        self._builder.table([inline(cell.replace("\\|", "|")) for cell in row] for row in rows)

    def _html(self, line: str) -> bool:
        if not _HTML_BLOCK.match(line):
            return False
        self._flush()
        is_table = line.lstrip().lower().startswith("<table")
        body: list[str] = []
        while self._at < len(self._lines):
            current = self._lines[self._at]
            if not is_table and not current.strip():
                break
            body.append(current)
            self._at += 1
            if is_table and "</table" in current.lower():
                break
        if is_table:
            from answerable.knowledge.loaders.base.htmltree import append_fragment

            append_fragment(self._builder, "\n".join(body))
        else:
            self._builder.prose(inline("\n".join(body)))
        return True

    def _indented(self, line: str) -> bool:
        if self._paragraph or not line.startswith(("    ", "\t")) or _ITEM.match(line):
            return False
        body: list[str] = []
        while self._at < len(self._lines) and (
            self._lines[self._at].startswith(("    ", "\t")) or not self._lines[self._at].strip()
        ):
            body.append(
                self._lines[self._at].removeprefix("\t")
                if self._lines[self._at][:1] == "\t"
                else self._lines[self._at][4:]
            )
            self._at += 1
        self._builder.code("\n".join(body))
        return True

    def _list(self, line: str) -> bool:
        found = _ITEM.match(line)
        if not found or (self._paragraph and found[2][0].isdigit() and not found[2].startswith("1")):
            return False
        self._flush()
        body: list[str] = []
        blank = False
        while self._at < len(self._lines):
            current = self._lines[self._at]
            item = _ITEM.match(current)
            if not current.strip():
                blank = True
            elif _FENCE.match(current) or _RULE.match(current) or _ATX.match(current):
                break
            elif item:
                body.append(f"{item[1].expandtabs(4)}{item[2]} {inline(item[3] or '')}")
            elif blank and not current.startswith((" ", "\t")):
                break
            else:
                body.append("  " + inline(_uncalled(_QUOTE.sub("", current.strip()))))
            blank = blank and not current.strip()
            self._at += 1
        self._builder.items("\n".join(body))
        return True

"""RTF: the document's text with code pages, Unicode escapes and tables; pictures and styles are skipped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder
from answerable.knowledge.loaders.base.files import read_bytes
from answerable.knowledge.loaders.base.limits import LoaderConfig

EXTENSIONS = (".rtf",)
MEDIA_TYPES = ("application/rtf", "text/rtf")

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SKIPPED = frozenset(
    [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "header",
        "headerf",
        "headerl",
        "headerr",
        "footer",
        "footerf",
        "footerl",
        "footerr",
        "listtable",
        "listoverridetable",
        "rsidtbl",
        "generator",
        "themedata",
        "colorschememapping",
        "datastore",
        "latentstyles",
        "xmlnstbl",
        "fldinst",
        "object",
        "filetbl",
        "revtbl",
        "bkmkstart",
        "bkmkend",
        "nonshppict",
        "shpinst",
        "private",
    ]
)
_CHARS = {
    "par": "\n\n", "sect": "\n\n", "page": "\n\n", "line": "\n", "tab": "\t",
    "emdash": "—", "endash": "–", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ",
}  # fmt: skip
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258",
             177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for RTF."""
    return RtfLoader(config)


class RtfLoader:
    """Reads one RTF file."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document."""
        data = read_bytes(path, source, self._limits)
        if not data.lstrip().startswith(b"{\\rtf"):
            raise UnreadableDocument(source, "corrupt", "is not RTF although it is named so; save it again")
        builder = DocumentBuilder(source, self._limits)
        parser = _RtfParser()
        parser.feed(data.decode("latin-1"))
        rows: list[list[str]] = []
        for paragraph in parser.paragraphs():
            if isinstance(paragraph, list):
                rows.append(paragraph)
                continue
            builder.table(rows)
            rows = []
            builder.prose(paragraph)
        builder.table(rows)
        builder.metadata["format"] = "rtf"
        yield builder.finish("application/rtf")


@dataclass(slots=True)
class _Group:
    skipped: bool = False
    unicode_skip: int = 1
    encoding: str = "cp1252"
    starred: bool = False


class _RtfParser:
    """The token machine: groups nest, destinations are skipped whole, bytes gather until a character is complete."""

    def __init__(self) -> None:
        self._stack: list[_Group] = [_Group()]
        self._default = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._in_fonts = 0
        self._bytes = bytearray()
        self._out: list[str] = []
        self._to_skip = 0
        self._row: list[str] | None = None
        self._done: list[str | list[str]] = []

    def feed(self, text: str) -> None:
        """Read all tokens; unknown ones are ignored."""
        for token in _TOKEN.finditer(text):
            word, number, hexed, symbol, brace, plain = token.groups()
            if brace:
                self._brace(brace)
            elif word:
                self._word(word, int(number) if number else None)
            elif hexed:
                self._byte(int(hexed, 16))
            elif symbol:
                self._symbol(symbol)
            elif plain:
                self._plain(plain)

    def paragraphs(self) -> Iterator[str | list[str]]:
        """Paragraphs, and table rows as lists of cells."""
        self._end_text()
        yield from self._done

    def _brace(self, brace: str) -> None:
        self._flush_bytes()
        top = self._stack[-1]
        if brace == "{":
            self._stack.append(_Group(top.skipped, top.unicode_skip, top.encoding))
        elif len(self._stack) > 1:
            self._stack.pop()
            if len(self._stack) < self._in_fonts:
                self._in_fonts = 0

    def _word(self, word: str, number: int | None) -> None:
        top = self._stack[-1]
        if word != "u":
            self._flush_bytes()
        if word == "fonttbl":
            self._in_fonts = len(self._stack)
        if word in _SKIPPED or (top.starred and word != "shppict"):
            top.skipped = True
        top.starred = False
        if word in ("ansicpg", "f", "fcharset", "uc"):
            self._setting(word, number or 0)
        elif top.skipped:
            return
        elif word == "u" and number is not None:
            self._flush_bytes()
            self._out.append(chr(number % 65536))
            self._to_skip = top.unicode_skip
        elif word in ("cell", "row"):
            self._cell(word)
        else:
            self._out.append(_CHARS.get(word, ""))

    def _setting(self, word: str, number: int) -> None:
        if word == "ansicpg":
            self._default = f"cp{number}"
            for group in self._stack:
                group.encoding = self._default
        elif word == "fcharset":
            self._fonts[self._font] = _CHARSETS.get(number, self._default)
        elif word == "uc":
            self._stack[-1].unicode_skip = number
        else:
            self._font = number
            if not self._in_fonts:
                self._stack[-1].encoding = self._fonts.get(number, self._default)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._stack[-1].starred = True
        elif symbol in "\\{}":
            self._plain(symbol)
        elif symbol in "~_":
            self._plain(" " if symbol == "~" else "-")
        elif symbol in "\r\n":
            self._out.append("\n\n")

    def _byte(self, value: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        elif not self._stack[-1].skipped:
            self._bytes.append(value)

    def _plain(self, text: str) -> None:
        self._flush_bytes()
        dropped = min(self._to_skip, len(text))
        self._to_skip -= dropped
        if not self._stack[-1].skipped:
            self._out.append(text[dropped:])

    def _flush_bytes(self) -> None:
        if self._bytes:
            try:
                self._out.append(self._bytes.decode(self._stack[-1].encoding, "replace"))
            except LookupError:
                self._out.append(self._bytes.decode("cp1252", "replace"))
            self._bytes.clear()

    def _cell(self, word: str) -> None:
        if word == "cell":
            self._row = self._row or []
            paragraphs = self._take().strip().split("\n\n")
            if len(self._row) == 0 and len(paragraphs) > 1:
                self._done += paragraphs[:-1]
                paragraphs = paragraphs[-1:]
            self._row.append(" ".join(paragraphs))
        elif self._row:
            self._done.append(self._row)
            self._row = None

    def _take(self) -> str:
        # UTF-16 surrogates come as two \u words.
        text = "".join(self._out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        self._out = []
        return text

    def _end_text(self) -> None:
        self._flush_bytes()
        self._done += self._take().split("\n\n")

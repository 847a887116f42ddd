"""Which loader reads a file: magic bytes first, then the extension, then the look of the text."""

import re
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from answerable.core.errors import UnreadableDocument

_HEAD_BYTES = 8_192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURE, _SOUND, _ARCHIVE = "a picture", "sound or film", "an archive (unpack it first)"
_MEDIA = {
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"BM": _PICTURE,
    b"II*\x00": _PICTURE,
    b"MM\x00*": _PICTURE,
    b"RIFF": _SOUND,
    b"ID3": _SOUND,
    b"OggS": _SOUND,
    b"fLaC": _SOUND,
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"Rar!": _ARCHIVE,
    b"7z\xbc\xaf": _ARCHIVE,
    b"SQLite format 3": "a database",
}
# Written here so that choosing a format imports no loader; the contract test compares it with what loaders declare.
_NAMES = {
    "markdown": ".md .markdown .mdx .mkd .qmd .rmd",
    "html": ".html .htm .xhtml",
    "text": ".txt .text .log .rst .adoc .org .tex .srt .vtt",
    "pdf": ".pdf",
    "docx": ".docx .docm .dotx",
    "pptx": ".pptx .pptm .ppsx .potx",
    "xlsx": ".xlsx .xlsm .xltx",
    "csv": ".csv .tsv .tab",
    "json": ".json .jsonl .ndjson",
    "eml": ".eml .mht .mhtml",
    "epub": ".epub",
    "odt": ".odt .ott .fodt",
    "rtf": ".rtf",
    "ipynb": ".ipynb",
    "xml": ".xml .rss .atom .svg .xbrl .dita .docbook",
}
EXTENSIONS: Mapping[str, str] = {extension: name for name, all_of in _NAMES.items() for extension in all_of.split()}
_TEXTUAL = frozenset(("markdown", "html", "text", "csv", "json", "eml", "ipynb", "xml", "rtf"))
_LEGACY = {".doc": ".docx", ".dot": ".docx", ".xls": ".xlsx", ".ppt": ".pptx", ".msg": ".eml"}
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_EMAIL = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*: .*\r?\n(?:[ \t].*\r?\n)*){2,}\r?\n")


def extension_of(name: str) -> str:
    """The extension that tells the format, lower case; the one before `.gz` for compressed files."""
    path = Path(name.lower())
    return Path(path.stem).suffix if path.suffix == ".gz" else path.suffix


def is_supported(name: str) -> bool:
    """Whether a folder scan takes a file of this name."""
    known = EXTENSIONS.get(extension_of(name))
    return known is not None and (not name.lower().endswith(".gz") or known in _TEXTUAL)


def detect(path: Path, source: str) -> str:
    """The loader's name. Raises UnreadableDocument with a reason and what the file is."""
    head = _head(path, source)
    extension = extension_of(path.name)
    known = EXTENSIONS.get(extension)
    if b"%PDF-" in head[:1024] and known not in ("eml", "html", "markdown", "text"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path, known, source)
    if head.startswith(_OLE):
        raise _ole_refusal(path, extension, source)
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(b"\x1f\x8b"):
        if known in _TEXTUAL:
            return known
        raise UnreadableDocument(source, "unsupported", "is a gzip file of an unknown kind; unpack it first")
    _check_not_media(head, source)
    return _by_text(head, known, extension, source)


def _head(path: Path, source: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except FileNotFoundError as error:
        raise UnreadableDocument(source, "not_found", "does not exist; check the path") from error
    except OSError as error:
        raise UnreadableDocument(source, "not_found", f"cannot be opened: {error.strerror}") from error


def _check_not_media(head: bytes, source: str) -> None:
    for magic, what in _MEDIA.items():
        if head.startswith(magic) and (len(magic) > 2 or b"\x00" in head):
            raise UnreadableDocument(source, "unsupported", f"is {what}, not a document")


def _by_text(head: bytes, known: str | None, extension: str, source: str) -> str:
    if not head:
        raise UnreadableDocument(source, "empty", "is empty (0 bytes)")
    if known in ("pdf", "docx", "pptx", "xlsx", "epub"):
        if _HTML.match(head):
            return "html"
        detail = f"is damaged: its content is not {extension[1:].upper()}; download or export it again"
        raise UnreadableDocument(source, "corrupt", detail)
    if known in ("text", "xml") and _HTML.match(head):
        return "html"
    if known:
        return known
    from answerable.knowledge.loaders.base.decoding import check_is_text, decode

    decode(head, source) if b"\x00" in head else check_is_text(head, source)
    if _HTML.match(head):
        return "html"
    if head.lstrip().startswith(b"<?xml"):
        return "xml"
    if _EMAIL.match(head) and re.search(
        rb"^(?:from|received|subject|mime-version):", head, re.IGNORECASE | re.MULTILINE
    ):
        return "eml"
    return "text"


def _zip_kind(path: Path, known: str | None, source: str) -> str:
    """The format of a zip package, by the parts inside."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[:5_000])
            kind = archive.read("mimetype")[:100].decode("ascii", "replace") if "mimetype" in names else ""
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        if known in ("docx", "pptx", "xlsx", "epub", "odt"):
            detail = "is damaged (the end of the file is missing or broken); download or export it again"
            raise UnreadableDocument(source, "corrupt", detail) from error
        raise UnreadableDocument(source, "unsupported", "is a damaged archive, not a document") from error
    if "epub" in kind or "META-INF/container.xml" in names:
        return "epub"
    if "opendocument.text" in kind:
        return "odt"
    for folder, name in (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx")):
        if any(entry.lower().startswith(folder) for entry in names):
            return name
    if known == "odt" and "content.xml" in names:
        return "odt"
    if known in ("docx", "pptx", "xlsx", "epub", "odt"):
        raise UnreadableDocument(source, "corrupt", "is damaged (its main part is missing); open and save it again")
    raise UnreadableDocument(source, "unsupported", "is an archive, not a document; unpack it and add the files inside")


def _ole_refusal(path: Path, extension: str, source: str) -> UnreadableDocument:
    """Locked Office files and the binary formats before 2007 share one container."""
    data = path.read_bytes()[:5_000_000]
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        return UnreadableDocument(source, "encrypted", "is encrypted; save a copy without a password and add that")
    modern = _LEGACY.get(extension)
    advice = (
        f"save it as {modern} and add that" if modern else "save it in a current format (.docx, .xlsx, .pptx, .eml)"
    )
    return UnreadableDocument(source, "unsupported", f"is in a binary Office format from before 2007; {advice}")


@cache
def media_type_names() -> Mapping[str, str]:
    """Loader name by media type, for downloads. Imports the loaders' modules (not their libraries)."""
    from answerable.core import loading

    package = "answerable.knowledge.loaders"
    return {media: name for name in loading.names(package) for media in loading.load(package, name).MEDIA_TYPES}

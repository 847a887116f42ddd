"""E-mail: subject, people and date, the body (plain text if it says as much as the HTML), text attachments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from answerable.core.documents import LoadedDocument
from answerable.core.errors import UnreadableDocument
from answerable.core.ports import Loader
from answerable.knowledge.loaders.base.builder import DocumentBuilder, add_metadata
from answerable.knowledge.loaders.base.decoding import check_is_text, decode
from answerable.knowledge.loaders.base.files import encrypted, read_bytes
from answerable.knowledge.loaders.base.htmltree import append_fragment
from answerable.knowledge.loaders.base.limits import LoaderConfig

EXTENSIONS = (".eml", ".mht", ".mhtml")
MEDIA_TYPES = ("message/rfc822",)

_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_PGP = re.compile(rb"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)
_BAD_MESSAGE = (MessageError, ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)


@dataclass(frozen=True, slots=True)
class Config(LoaderConfig):
    """No settings of its own."""


def build(config: Config) -> Loader:
    """A loader for e-mail."""
    return EmailLoader(config)


class EmailLoader:
    """Reads one message."""

    def __init__(self, config: Config) -> None:
        self._limits = config.limits

    def load(self, path: Path, source: str) -> Iterator[LoadedDocument]:
        """One document. Raises UnreadableDocument (encrypted) for PGP and S/MIME."""
        data = read_bytes(path, source, self._limits)
        check_is_text(data, source)
        builder = DocumentBuilder(source, self._limits)
        try:
            message = BytesParser(policy=policy.default).parsebytes(data)
            _check_not_encrypted(message, data, source)
            subject = _header(message, "Subject")
            add_metadata(builder, _fields(message))
            builder.heading(subject, 1)
            people = [
                f"{name}: {_header(message, name)}" for name in ("From", "To", "Cc", "Date") if _header(message, name)
            ]
            builder.prose("\n".join(people))
            headers_only = builder.characters
            _append_body(builder, message, source)
        except _BAD_MESSAGE as error:
            raise UnreadableDocument(source, "corrupt", "is not a well-formed e-mail; export it again") from error
        if builder.characters == headers_only and not subject:
            raise UnreadableDocument(
                source, "empty", "is an e-mail without subject and text; there is nothing to index"
            )
        builder.metadata["format"] = "email"
        yield builder.finish("message/rfc822", subject)


def _check_not_encrypted(message: EmailMessage, data: bytes, source: str) -> None:
    kind = message.get_content_type()
    smime = kind in ("application/pkcs7-mime", "application/x-pkcs7-mime") and "signed" not in str(
        message.get("Content-Type")
    )
    if kind == "multipart/encrypted" or smime or (_PGP.search(data) and not message.is_multipart()):
        raise encrypted(source)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except _BAD_MESSAGE:
        return ""


def _fields(message: EmailMessage) -> dict[str, object]:
    fields: dict[str, object] = {"author": _header(message, "From"), "to": _header(message, "To")}
    try:
        fields["date"] = parsedate_to_datetime(_header(message, "Date")).isoformat()
    except (ValueError, TypeError, IndexError):
        fields["date"] = ""
    return fields


def _append_body(builder: DocumentBuilder, message: EmailMessage, source: str) -> None:
    plain = _text(message.get_body(("plain",)), source)
    page = _text(message.get_body(("html",)), source)
    # A stub ("view this in your browser") beside a full HTML body is no text of the mail.
    if page and len(plain) * 10 < len(re.sub(r"<[^>]*>|\s+", " ", page)):
        append_fragment(builder, page)
    else:
        for paragraph in _PARAGRAPHS.split(plain.replace("\r\n", "\n")):
            builder.prose(paragraph)
    skipped = 0
    for part in message.iter_attachments() if message.is_multipart() else ():
        if not isinstance(part, EmailMessage):
            continue
        if part.get_content_type() in ("text/plain", "text/csv", "text/markdown"):
            builder.prose(_text(part, source))
        elif not part.is_multipart():
            skipped += 1
    if skipped:
        builder.warnings.append(f"{skipped} attachment(s) were not read; add them as files of their own")


def _text(part: object, source: str) -> str:
    if not isinstance(part, EmailMessage) or part.is_multipart():
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload:
        return ""
    return decode(payload, source, part.get_content_charset())[0]

# ruff: noqa: E501  markup is clearer on one line
"""Small valid files of every format, made here, so that the repository holds no binaries."""

import io
import json
import zipfile

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """A zip archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def relationships(*targets: tuple[str, str]) -> str:
    """A .rels part with ids rId1, rId2 ..."""
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def docx(body: str, *, namespace: str = WORD, extra: dict[str, str | bytes] | None = None) -> bytes:
    """A Word document with this body."""
    styles = (
        f'<w:styles xmlns:w="{namespace}"><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H1"/></w:style></w:styles>'
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relationships(("officeDocument", "word/document.xml")),
            "word/_rels/document.xml.rels": relationships(("styles", "styles.xml")),
            "word/styles.xml": styles,
            "word/document.xml": f'<w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>',
            **(extra or {}),
        }
    )


def paragraph(text: str, style: str = "", extra: str = "") -> str:
    """A Word paragraph."""
    look = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{look}{extra}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def pptx(*slides: str) -> bytes:
    """A presentation; each slide is the XML of its shapes."""
    parts: dict[str, str | bytes] = {"_rels/.rels": relationships(("officeDocument", "ppt/presentation.xml"))}
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    parts["ppt/presentation.xml"] = (
        f'<p:presentation xmlns:p="p" xmlns:r="{RELATIONS}"><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>'
    )
    links = [("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)]
    parts["ppt/_rels/presentation.xml.rels"] = relationships(*links)
    for n, shapes in enumerate(slides, 1):
        parts[f"ppt/slides/slide{n}.xml"] = (
            f'<p:sld xmlns:p="p" xmlns:a="{DRAWING}"><p:spTree>{shapes}</p:spTree></p:sld>'
        )
    return zipped(parts)


def shape(text: str, *, kind: str = "", top: int = 0, left: int = 0) -> str:
    """A text shape of a slide."""
    holder = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else "<p:nvPr/>"
    lines = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    place = f'<p:spPr><a:xfrm><a:off x="{left}" y="{top}"/></a:xfrm></p:spPr>'
    return f"<p:sp><p:nvSpPr>{holder}</p:nvSpPr>{place}<p:txBody>{lines}</p:txBody></p:sp>"


def xlsx(rows: str, *, strings: tuple[str, ...] = (), formats: str = "", state: str = "visible") -> bytes:
    """A workbook whose first sheet has these rows; a second one is there so that the first may be hidden."""
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return zipped(
        {
            "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns:r="{RELATIONS}"><sheets><sheet name="Prices" state="{state}" r:id="rId1"/>'
            '<sheet name="Notes" r:id="rId4"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(
                ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"), ("worksheet", "worksheets/sheet2.xml"),
            ),
            "xl/sharedStrings.xml": f"<sst>{shared}</sst>",
            "xl/styles.xml": f"<styleSheet><cellXfs>{formats}</cellXfs></styleSheet>",
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
            "xl/worksheets/sheet2.xml": '<worksheet><sheetData><row><c t="inlineStr"><is><t>A note</t></is></c></row></sheetData></worksheet>',
        }
    )  # fmt: skip


def odt(body: str, manifest: str = "<manifest/>") -> bytes:
    """An OpenDocument text."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": manifest,
            "content.xml": f'<o:document xmlns:o="office" xmlns:t="text" xmlns:b="table"><o:body><o:text>{body}</o:text></o:body></o:document>',
        }
    )


def epub(*chapters: str) -> bytes:
    """A book."""
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="O/book.opf"/></rootfiles></container>',
            "O/book.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Book</dc:title><dc:creator>A. Writer</dc:creator>'
            f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"O/c{n}.xhtml": f"<html><body>{chapter}</body></html>" for n, chapter in enumerate(chapters)},
        }
    )


def pdf(*pages: str, extra: str = "") -> bytes:
    """A PDF with these content streams, Helvetica as /F1 and Helvetica-Bold as /F2, and a correct cross-reference."""
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for n, content in enumerate(pages):
        objects += (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {6 + 2 * n} 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> {extra} >> >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


def show(text: str, x: float, y: float, *, size: float = 10, font: str = "F1", mode: int = 0) -> str:
    """One piece of text of a PDF page."""
    escaped = text.replace("(", r"\(").replace(")", r"\)")
    return f"BT /{font} {size} Tf {mode} Tr 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET\n"


MAIL = (
    b"From: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\nDate: Tue, 01 Oct 2024 12:34:56 -0500\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9_hours?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"We open at nine.\r\n\r\nWe close at six.\r\n"
)

SAMPLES: dict[str, tuple[str, bytes]] = {
    "csv": ("a.csv", b"name,price\ntea,3\n"),
    "docx": ("a.docx", docx(paragraph("Opening hours", "H1") + paragraph("We open at nine."))),
    "eml": ("a.eml", MAIL),
    "epub": ("a.epub", epub("<h1>One</h1><p>First words.</p>", "<h1>Two</h1><p>More words.</p>")),
    "html": (
        "a.html",
        b"<html><head><title>Hours</title></head><body><h1>Hours</h1><p>We open at nine.</p></body></html>",
    ),
    "ipynb": (
        "a.ipynb",
        json.dumps({"cells": [{"cell_type": "markdown", "source": ["# Hours\n", "At nine."]}]}).encode(),
    ),
    "json": (
        "a.jsonl",
        b'{"id": "1", "title": "Hours", "text": "We open at nine."}\n{"id": "2", "title": "Tea", "text": "3."}\n',
    ),
    "markdown": ("a.md", b"# Hours\n\nWe open at nine.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
    "odt": ("a.odt", odt('<t:h t:outline-level="1">Hours</t:h><t:p>We open at nine.</t:p>')),
    "pdf": ("a.pdf", pdf(show("We open at nine.", 72, 700))),
    "pptx": ("a.pptx", pptx(shape("Hours", kind="title") + shape("We open at nine.", top=900_000))),
    "rtf": ("a.rtf", rb"{\rtf1\ansi\ansicpg1252 {\fonttbl{\f0 Arial;}}We open at nine.\par Caf\'e9.\par}"),
    "text": ("a.txt", b"We open at nine.\n\nWe close at six.\n"),
    "xlsx": ("a.xlsx", xlsx('<row><c r="A1" t="s"><v>0</v></c><c r="B1"><v>3</v></c></row>', strings=("tea",))),
    "xml": ("a.xml", b"<shop><title>Hours</title><open>nine</open></shop>"),
}

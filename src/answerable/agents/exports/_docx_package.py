"""The package around a Word document: styles, numbering, footer, relations and the zip file."""

import io
import zipfile
from collections.abc import Sequence
from html import escape

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = f'xmlns:w="{MAIN}" xmlns:r="{RELATIONS}"'
ACCENT, INK, MUTED, RULE, PALE = "0F6B5C", "1D1D1B", "5D5D58", "D6D6D0", "F6F6F3"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_FIRST_NUMBERED = 2  # the list 1 is the one of bullets
_WHEN = (1980, 1, 1, 0, 0, 0)  # the first day that a zip file can name


def _look(size: int, colour: str = INK, rest: str = "") -> str:
    """Properties of text; `size` in half points."""
    return f'{rest}<w:color w:val="{colour}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'


def _room(before: int, after: int, line: int = 288, left: int = 0, hanging: int = 0) -> str:
    """Room around a paragraph in twentieths of a point; `line` in 240ths of a line."""
    spacing = f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'
    return spacing + (f'<w:ind w:left="{left}" w:hanging="{hanging}"/>' if left else "")


def _rule(side: str, width: int, space: int) -> str:
    return f'<w:pBdr><w:{side} w:val="single" w:sz="{width}" w:space="{space}" w:color="{RULE}"/></w:pBdr>'


_KEEP = "<w:keepNext/><w:keepLines/>"
_MONO = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/><w:noProof/>'
_GROUND = f'<w:shd w:val="clear" w:color="auto" w:fill="{PALE}"/>'
_RIGHT = '<w:tabs><w:tab w:val="right" w:pos="9026"/></w:tabs>'
_LEVELS = [f'<w:outlineLvl w:val="{level}"/>' for level in (0, 1)]

# id, name, properties of the paragraph and of its text; their order is that of the standard's schema
_STYLES = (
    ("Title", "Title", _room(0, 120, 240), _look(50, rest="<w:b/><w:bCs/>")),
    ("Subtitle", "Subtitle", _room(0, 120), _look(25)),
    ("Byline", "Byline", _rule("bottom", 6, 14) + _room(0, 360), _look(19, MUTED)),
    ("Heading1", "heading 1", _KEEP + _room(480, 120, 240) + _LEVELS[0], _look(32, rest="<w:b/><w:bCs/>")),
    ("Heading2", "heading 2", _KEEP + _room(320, 80, 240) + _LEVELS[1], _look(24, rest="<w:b/><w:bCs/>")),
    ("ContentsHeading", "Contents Heading", _KEEP + _room(0, 60), _look(20, MUTED, "<w:b/><w:bCs/>")),
    ("TOC1", "toc 1", _room(40, 20), _look(21)),
    ("TOC2", "toc 2", _room(0, 0, left=320), _look(21, MUTED)),
    ("Remark", "Remark", _rule("left", 18, 10) + _room(200, 200, left=240), _look(19, MUTED, "<w:i/><w:iCs/>")),
    ("ListParagraph", "List Paragraph", _room(0, 60), _look(21)),
    ("Caption", "caption", "<w:keepNext/>" + _room(280, 80), _look(18, MUTED)),
    ("Cell", "Cell", _room(60, 60, 252), _look(18)),
    ("Code", "Code", _GROUND + _room(160, 160, 240), _look(17, rest=_MONO)),
    ("Reference", "Reference", _room(160, 20, left=560, hanging=560), _look(19)),
    ("Passage", "Passage", _rule("left", 12, 8) + _room(30, 30, 240, left=760), _look(17, MUTED)),
    ("Footer", "footer", _rule("top", 4, 8) + _RIGHT, _look(16, MUTED)),
)
_MARKS = (
    ("Hyperlink", f'<w:color w:val="{ACCENT}"/>'),
    ("Citation", f'<w:color w:val="{ACCENT}"/><w:vertAlign w:val="superscript"/>'),
    ("OwnMark", f'<w:color w:val="{MUTED}"/><w:vertAlign w:val="superscript"/>'),
    ("Quiet", f'<w:color w:val="{MUTED}"/>'),
)


def packed(*, body: str, title: str, author: str, day: str, links: Sequence[str], numbered: int) -> bytes:
    """The file. `links` are addresses outside in the order of their ids (`rId10`, `rId11`, ...), `numbered` how many
    lists have numbers.
    """
    parts = {
        "[Content_Types].xml": _types(),
        "_rels/.rels": _package_relations(),
        "docProps/core.xml": _core(title, author, day),
        "word/document.xml": f"{_HEAD}<w:document {NAMESPACES}><w:body>{body}{_SECTION}</w:body></w:document>",
        "word/_rels/document.xml.rels": _document_relations(links),
        "word/styles.xml": _styles(),
        "word/numbering.xml": _numbering(numbered),
        "word/settings.xml": f"{_HEAD}<w:settings {NAMESPACES}>{_SETTINGS}</w:settings>",
        "word/footer1.xml": _footer(title),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            archive.writestr(entry, text.encode())
    return out.getvalue()


def list_id(number: int) -> int:
    """The id of the numbered list `number`, from 0; each begins at 1 anew."""
    return _FIRST_NUMBERED + number


_SECTION = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="708" w:footer="708" w:gutter="0"/>'
    "</w:sectPr>"
)
_SETTINGS = (
    '<w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:compat><w:compatSetting w:name="compatibilityMode" '
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
)
_CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"


def _types() -> str:
    kinds = {
        "document": "document.main",
        "styles": "styles",
        "numbering": "numbering",
        "settings": "settings",
        "footer1": "footer",
    }
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_PART}.{kind}+xml"/>' for name, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}'
        f'<Override PartName="/docProps/core.xml" ContentType="{_CORE_TYPE}"/>'
        "</Types>"
    )


def _relations(rows: Sequence[tuple[str, str, str]], outside: Sequence[tuple[str, str]] = ()) -> str:
    inner = "".join(f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/>' for key, kind, target in rows)
    inner += "".join(
        f'<Relationship Id="{key}" Type="{RELATIONS}/hyperlink" Target="{escape(target)}" TargetMode="External"/>'
        for key, target in outside
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _package_relations() -> str:
    core = f"{_PACKAGE}/relationships/metadata/core-properties"
    return _relations(
        [("rId1", f"{RELATIONS}/officeDocument", "word/document.xml"), ("rId2", core, "docProps/core.xml")]
    )


def _document_relations(links: Sequence[str]) -> str:
    names = (("rId1", "styles"), ("rId2", "numbering"), ("rId3", "settings"), ("rId4", "footer"))
    rows = [(key, f"{RELATIONS}/{name}", "footer1.xml" if name == "footer" else f"{name}.xml") for key, name in names]
    return _relations(rows, [(f"rId{10 + i}", link) for i, link in enumerate(links)])


def _core(title: str, author: str, day: str) -> str:
    stamp = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{day}T00:00:00Z</dcterms:{name}>'
        for name in ("created", "modified")
    )
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>{stamp}</cp:coreProperties>"
    )


def _styles() -> str:
    fonts = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Arial" w:eastAsia="Microsoft YaHei"/>'
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:color w:val="{INK}"/><w:sz w:val="21"/><w:szCs w:val="21"/>'
        '<w:lang w:val="en" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
        '<w:spacing w:after="140" w:line="288" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    )
    normal = '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    paragraphs = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
        f"<w:pPr>{layout}</w:pPr><w:rPr>{text}</w:rPr></w:style>"
        for key, name, layout, text in _STYLES
    )
    marks = "".join(
        f'<w:style w:type="character" w:styleId="{key}"><w:name w:val="{key}"/><w:rPr>{text}</w:rPr></w:style>'
        for key, text in _MARKS
    )
    return f"{_HEAD}<w:styles {NAMESPACES}>{defaults}{normal}{paragraphs}{marks}</w:styles>"


def _numbering(numbered: int) -> str:
    def kind(key: int, form: str, text: str) -> str:
        level = f'<w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        room = '<w:pPr><w:ind w:left="440" w:hanging="320"/></w:pPr>'
        return f'<w:abstractNum w:abstractNumId="{key}"><w:lvl w:ilvl="0">{level}{room}</w:lvl></w:abstractNum>'

    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    lists = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>' + "".join(
        f'<w:num w:numId="{list_id(i)}"><w:abstractNumId w:val="1"/>{anew}</w:num>' for i in range(numbered)
    )
    return f"{_HEAD}<w:numbering {NAMESPACES}>{kind(0, 'bullet', '•')}{kind(1, 'decimal', '%1.')}{lists}</w:numbering>"


def _footer(title: str) -> str:
    def counted(name: str) -> str:
        return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'

    short = escape(title if len(title) <= 80 else title[:79] + "…")
    return (
        f'{_HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{short}</w:t></w:r><w:r><w:tab/></w:r>{counted("PAGE")}'
        f'<w:r><w:t xml:space="preserve"> / </w:t></w:r>{counted("NUMPAGES")}</w:p></w:ftr>'
    )

import io
import re
import zipfile
from pathlib import Path

from lxml import etree

from answerable.agents.exports import docx
from answerable.core import loading
from answerable.core.documents import LoadedDocument
from answerable.core.report import Bar, Bullets, Chart, Paragraph, Reference, Report
from tests.support.reports import bare, fact, full, hostile

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def archive(report: Report) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(docx.build().render(report)))


def body(report: Report) -> etree._Element:
    return etree.fromstring(archive(report).read("word/document.xml"))


def values(found: etree._Element, element: str, attribute: str) -> list[str]:
    return [one.get(W + attribute) for one in found.iter(W + element) if one.get(W + attribute) is not None]


def loaded(report: Report, tmp_path: Path) -> LoadedDocument:
    path = tmp_path / "report.docx"
    path.write_bytes(docx.build().render(report))
    module = loading.load("answerable.knowledge.loaders", "docx")
    document: LoadedDocument
    (document,) = module.build(module.Config()).load(path, path.name)
    return document


def test_headings_lists_and_tables_are_real_ones(tmp_path: Path) -> None:
    report = full()
    document = loaded(report, tmp_path)
    heads = [document.text[b.start : b.end] for b in document.blocks if b.kind == "heading"]
    assert [one.heading for one in report.sections] == [
        one for one in heads if one in {s.heading for s in report.sections}
    ]
    assert {"Main findings", "Where sources disagree", "References"} <= set(heads)
    assert sum(b.kind == "list" for b in document.blocks) >= 2
    assert sum(b.kind == "table" for b in document.blocks) == 6
    assert document.title == report.title


def test_every_link_inside_leads_to_a_bookmark_and_every_one_outside_to_an_address() -> None:
    packed = archive(full())
    found = etree.fromstring(packed.read("word/document.xml"))
    names = values(found, "bookmarkStart", "name")
    assert len(names) == len(set(names)) == len(set(values(found, "bookmarkStart", "id")))
    assert {"r1", "r2", "r3", "own", "h1"} <= set(values(found, "hyperlink", "anchor")) <= set(names)
    relations = etree.fromstring(packed.read("word/_rels/document.xml.rels"))
    outside = {one.get("Id"): one.get("Target") for one in relations if one.get("TargetMode") == "External"}
    assert {one.get(f"{R}id") for one in found.iter(f"{W}hyperlink")} - {None} == set(outside)
    assert [link.split("?")[0][:19] for link in outside.values()] == ["https://example.org", "https://ru.wikipedi"]


def test_only_addresses_that_cannot_run_something_are_links() -> None:
    references = (Reference(1, "k", "t", "javascript:alert(1)"), Reference(2, "k", "u", "file:///etc/passwd"))
    relations = archive(bare(Paragraph((fact("x", 1),)), references=references)).read("word/_rels/document.xml.rels")
    assert b"External" not in relations


def test_hostile_words_are_text_in_well_formed_parts() -> None:
    packed = archive(hostile())
    for name in packed.namelist():
        etree.fromstring(packed.read(name))
    found = etree.fromstring(packed.read("word/document.xml"))
    texts = [one.text for one in found.iter(f"{W}t")]
    assert "</style></pre></table><w:p/>" in texts
    assert all(one.tag.startswith(W) for one in found.iter())


def test_styles_and_lists_that_are_used_are_defined() -> None:
    packed = archive(full())
    found, styles = (etree.fromstring(packed.read(f"word/{name}.xml")) for name in ("document", "styles"))
    used = set(values(found, "pStyle", "val")) | set(values(found, "rStyle", "val"))
    assert used <= set(values(styles, "style", "styleId"))
    numbering = etree.fromstring(packed.read("word/numbering.xml"))
    assert set(values(found, "numId", "val")) <= set(values(numbering, "num", "numId"))


def test_each_numbered_list_begins_at_one() -> None:
    lists = [
        Bullets((fact("a"), fact("b")), numbered=True),
        Bullets((fact("c"),), numbered=True),
        Bullets((fact("d"),)),
    ]
    assert values(body(bare(*lists)), "numId", "val") == ["2", "2", "3", "1"]


def test_bars_are_as_long_as_their_values() -> None:
    found = body(bare(Chart("c", "", (Bar("a", 30.0), Bar("b", -10.0)))))
    left, right = (values(found, "ind", side) for side in ("left", "right"))
    room = 3640
    lengths = [room - int(a) - int(b) for a, b in zip(left, right, strict=True)]
    assert [int(one) for one in left] == [room // 4, 0]
    assert lengths == [room * 3 // 4, room // 4]


def test_heads_of_tables_are_repeated_and_rows_stay_whole() -> None:
    found = body(full())
    rows = list(found.iter(f"{W}tr"))
    assert len(list(found.iter(f"{W}cantSplit"))) == len(rows)
    assert len(list(found.iter(f"{W}tblHeader"))) == 5


def test_dates_in_the_file_are_those_of_the_report() -> None:
    packed = archive(full())
    assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    stamps = re.findall(rb">(\d{4}-\d\d-\d\dT[\d:]+Z)<", packed.read("docProps/core.xml"))
    assert stamps == [b"2026-11-26T00:00:00Z"] * 2


def test_text_from_right_to_left_says_so() -> None:
    found = body(bare(Paragraph((fact("שלום עולם", 1),))))
    assert len(list(found.iter(f"{W}bidi"))) == 1
    assert any(run.find(f"{W}rPr/{W}rtl") is not None for run in found.iter(f"{W}r"))

import io
import zipfile

from lxml import etree

from answerable.agents.exports._docx_package import list_id, packed

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def package(**changes: object) -> zipfile.ZipFile:
    given: dict[str, object] = {
        "body": "<w:p/>", "title": "A & <b>", "author": "me", "day": "2026-11-26", "links": (), "numbered": 0,
    }  # fmt: skip
    return zipfile.ZipFile(io.BytesIO(packed(**(given | changes))))  # type: ignore[arg-type]


def test_every_part_is_well_formed_and_declared() -> None:
    found = package()
    for name in found.namelist():
        etree.fromstring(found.read(name))
    types = etree.fromstring(found.read("[Content_Types].xml"))
    declared = {one.get("PartName") for one in types if one.get("PartName")}
    assert declared == {f"/{name}" for name in found.namelist() if not name.endswith((".rels", "Types].xml"))}


def test_relations_lead_to_parts_that_are_there() -> None:
    found = package(links=("https://example.org/?a=1&b=2",))
    rows = etree.fromstring(found.read("word/_rels/document.xml.rels"))
    inside = {f"word/{one.get('Target')}" for one in rows if one.get("TargetMode") is None}
    assert inside <= set(found.namelist())
    outside = [(one.get("Id"), one.get("Target")) for one in rows if one.get("TargetMode") == "External"]
    assert outside == [("rId10", "https://example.org/?a=1&b=2")]


def test_each_numbered_list_has_a_count_of_its_own() -> None:
    text = package(numbered=2).read("word/numbering.xml").decode()
    assert text.count("<w:startOverride") == 2
    assert all(f'<w:num w:numId="{list_id(i)}">' in text for i in range(2))


def test_the_same_gives_the_same_bytes_on_any_day() -> None:
    assert {one.date_time for one in package().infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_long_title_is_cut_in_the_footer() -> None:
    text = package(title="x" * 200).read("word/footer1.xml").decode()
    assert f">{'x' * 79}…<" in text

import base64
import hashlib
import re
from pathlib import Path

from lxml import html as parser

from answerable.agents.exports import html
from answerable.core.report import Bar, Chart, Grid, Paragraph, Reference, Report
from tests.support.reports import HOSTILE, bare, fact, full, hostile, own

ELEMENTS = """html head meta title style body main div nav ol ul li a h1 h2 h3 p b span table caption thead tbody tr th
td svg rect pre code details summary blockquote cite"""
ATTRIBUTES = """lang charset http-equiv content name id class dir href title rel scope tabindex aria-label aria-hidden
focusable x y width height rx"""


def page(report: Report) -> parser.HtmlElement:
    return parser.document_fromstring(html.build().render(report).decode())


def test_the_policy_allows_the_style_sheet_and_nothing_else() -> None:
    found = page(full())
    sheet = found.find(".//style").text
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = found.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_style_sheet_fetches_nothing() -> None:
    sheet = Path(html.__file__).with_name("html.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|@font-face|</", sheet)


def test_hostile_words_bring_no_element_attribute_or_address() -> None:
    found = page(hostile())
    assert {element.tag for element in found.iter()} <= set(ELEMENTS.split())
    assert {name for element in found.iter() for name in element.attrib} <= set(ATTRIBUTES.split())
    assert all(re.match(r"#|https?://|mailto:", link) for link in found.xpath("//@href"))
    assert [text for text in HOSTILE if text not in " ".join(found.text_content().split())] == []


def test_every_citation_leads_to_its_reference_and_shows_its_quote() -> None:
    found = page(full())
    ids = set(found.xpath("//@id"))
    cites = found.xpath("//a[@class='cite']")
    assert {cite.get("href")[1:] for cite in cites} == {"r1", "r2", "r3"} <= ids
    assert all(cite.get("title") for cite in cites)
    quote = "Source 1 says: The passenger ferry leaves Port Appin at 9:15 every weekday morning."
    assert cites[1].get("title") == quote
    assert f"{quote} page 4" in [one.text_content() for one in found.xpath("//li[@id='r1']//blockquote")]


def test_every_link_inside_has_its_target_and_no_id_comes_twice() -> None:
    found = page(full())
    ids = found.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in found.xpath("//@href") if link.startswith("#")} <= set(ids)


def test_only_addresses_that_cannot_run_something_are_links() -> None:
    addresses = [
        "https://a.example/x",
        "mailto:a@b.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "n.md",
    ]
    references = tuple(Reference(i, "k", f"t{i}", address) for i, address in enumerate(addresses, 1))
    found = page(bare(Paragraph((fact("x", 1),)), references=references))
    assert found.xpath("//ol[@class='sources']//a/@href") == addresses[:2]
    assert found.xpath("//span[@class='address']/text()") == addresses


def test_bars_have_the_lengths_of_their_values() -> None:
    found = page(bare(Chart("c", "ms", (Bar("a", 30.0), Bar("b", -10.0)))))
    assert [(bar.get("x"), bar.get("width")) for bar in found.iter("rect")] == [
        ("25.00%", "75.00%"),
        ("0.00%", "25.00%"),
    ]
    assert found.xpath("//td[@class='value']/text()") == ["30 ms", "-10 ms"]


def test_a_table_has_a_caption_and_heads_of_columns() -> None:
    found = page(bare(Grid("Fares", ("Year", "Price"), ((fact("2024"), fact("7", 1)),))))
    assert found.find(".//caption").text_content() == "Table 1. Fares"
    assert [head.text for head in found.xpath("//th[@scope='col']")] == ["Year", "Price"]


def test_a_synthesis_is_marked_and_explained() -> None:
    found = page(bare(Paragraph((own("My view."),))))
    (mark,) = found.xpath("//a[@class='own']")
    assert mark.get("href") == "#own"
    assert "†" in found.xpath("//*[@id='own']")[0].text_content()

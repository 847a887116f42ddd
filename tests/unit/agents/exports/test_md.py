import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.agents.exports import md
from answerable.agents.exports.base.text import clean
from answerable.core.report import Bar, Bullets, Chart, Grid, Listing, Paragraph, Report, Sentence
from tests.support.reports import HOSTILE, bare, fact, full, hostile, shown, tokens


def rendered(report: Report) -> str:
    return md.build().render(report).decode()


def test_a_sentence_ends_with_links_to_its_references() -> None:
    text = rendered(bare(Paragraph((fact("It is so.", 1), fact("So it is.")))))
    assert "It is so. [[1]](#r1) So it is." in text
    assert '<a id="r1"></a>\\[1\\] [A page](<https://example.org/page>)' in text


def test_a_table_is_a_table_of_github() -> None:
    text = rendered(bare(Grid("Fares", ("Year", "Price"), ((fact("2024"), fact("a | b", 1)),))))
    assert "**Table 1.** Fares\n\n| Year | Price |\n| --- | --- |\n| 2024 | a \\| b [[1]](#r1) |" in text


def test_a_chart_is_a_table_with_bars_of_its_values() -> None:
    text = rendered(bare(Chart("Times", "ms", (Bar("a", 10.0), Bar("b", 5.0), Bar("c", -5.0)))))
    bars = re.findall(r"^\| [abc] \| (\S+ ms) \| (.*?) ?\|$", text, re.MULTILINE)
    assert [value for value, _ in bars] == ["10 ms", "5 ms", "-5 ms"]
    assert [(len(bar) - len(bar.strip("\u00a0")), len(bar.strip("\u00a0"))) for _, bar in bars] == [
        (8, 16),
        (8, 8),
        (0, 8),
    ]


def test_the_fence_of_a_listing_is_longer_than_any_inside() -> None:
    text = rendered(bare(Listing("a\n```\n````\nb", "py thon`\n")))
    assert "`````python\na\n```\n````\nb\n`````" in text


def test_numbered_items_count() -> None:
    assert "1. one\n2. two" in rendered(bare(Bullets((fact("one"), fact("two")), numbered=True)))


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_a_source_are_text_and_nothing_else(words: str) -> None:
    found = tokens(md.escape(words))
    kinds = {one.type for one in found} - {"paragraph_open", "paragraph_close", "text", "text_special", "code_inline"}
    assert kinds == set()
    assert shown(md.escape(words)).strip() == clean(words)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 .-+=#>*_`~[](){}<>!|\\&;:/@\n\t$\"'^w\u00e9漢"), max_size=40))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    assert shown(md.escape(clean(text))).strip() == clean(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab `|\\*_[]<@.w"), min_size=1, max_size=30))
def test_any_text_stays_in_its_cell(text: str) -> None:
    cell = f"{md.escape(clean(text), cell=True)}"
    found = tokens(f"| head | two |\n| --- | --- |\n| {cell} | end |")
    assert sum(one.type == "td_open" for one in found) == 2
    assert clean(text) in shown(f"| head | two |\n| --- | --- |\n| {cell} | end |")


@pytest.mark.parametrize(
    "address", ["see https://evil.example/x?a=1.", "www.evil.example", "me@evil.example", "HTTP://A.B"]
)
def test_an_address_in_running_text_is_code_which_no_dialect_links(address: str) -> None:
    assert any(one.type == "code_inline" for one in tokens(md.escape(address)))
    assert md.escape("see https://a.example.").endswith("`.")


def test_no_link_and_no_html_of_a_source_survives() -> None:
    found = tokens(rendered(hostile()))
    links = {str(one.attrs["href"]) for one in found if one.type == "link_open"}
    html = [one.content for one in found if one.type in ("html_inline", "html_block")]
    assert all(re.fullmatch(r"#(r\d+|own)", link) for link in links)
    assert all(re.fullmatch(r'<a id="(r\d+|own)">|</a>', one) for one in html)
    assert not [one for one in found if one.type == "image"]


def test_every_link_inside_has_its_anchor() -> None:
    text = rendered(full())
    assert set(re.findall(r"\]\(#(\w+)\)", text)) <= set(re.findall(r'<a id="(\w+)"></a>', text))


def test_a_synthesis_carries_the_mark() -> None:
    assert "My view. [†](#own)" in rendered(bare(Paragraph((Sentence("My view.", kind="synthesis"),))))

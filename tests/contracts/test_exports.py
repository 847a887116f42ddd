"""Every export keeps the contract of `agents/exports/base/renderer.py`, on full, empty and hostile reports."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from answerable.agents.exports.base.renderer import Renderer, file_name
from answerable.agents.exports.base.text import clean
from answerable.core import loading
from answerable.core.report import Chart, Grid, Listing, Paragraph, Report, Section
from tests.support.reports import HOSTILE, SCRIPTS, bare, fact, full, hostile, shown

PACKAGE = "answerable.agents.exports"
NAMES = loading.names(PACKAGE)
FORMATS = ["docx", "html", "md", "pdf"]


def build(name: str) -> Renderer:
    renderer: Renderer = loading.load(PACKAGE, name).build()
    return renderer


def read(name: str, report: Report, folder: Path) -> str:
    """The report's text as our own loader finds it in the file, Markdown's as a parser shows it; see `squeezed`."""
    renderer = build(name)
    if name == "md":
        return squeezed(shown(renderer.render(report).decode()))
    path = folder / file_name(report, renderer.suffix)
    path.write_bytes(renderer.render(report))
    module = loading.load("answerable.knowledge.loaders", name)
    (document,) = module.build(module.Config()).load(path, path.name)
    return squeezed(document.text)


def squeezed(text: str) -> str:
    """Without blanks, because lines break where they like, and without bars, which our loaders escape in tables."""
    return re.sub(r"[\s|\\]", "", text)


def test_the_four_formats_are_there() -> None:
    assert FORMATS == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_format_names_its_file_and_its_kind(name: str) -> None:
    renderer = build(name)
    assert renderer.suffix == f".{name}"
    assert re.fullmatch(r"[a-z]+/[\w.+-]+(; charset=utf-8)?", renderer.media_type)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert build(name).render(full()) == build(name).render(full())


@pytest.mark.parametrize("name", NAMES)
def test_another_report_gives_other_bytes(name: str) -> None:
    assert build(name).render(full()) != build(name).render(replace(full(), title="Another"))


@pytest.mark.parametrize("name", NAMES)
def test_all_that_a_report_says_can_be_read_back(name: str, tmp_path: Path) -> None:
    report, text = full(), read(name, full(), tmp_path)
    said = [report.title, report.topic, *report.notes, report.date, report.written_by]
    said += [sentence.text for sentence in report.summary]
    for section in report.sections:
        said += [section.heading, section.missing]
        for block in section.blocks:
            said += said_in(block)
    for gap in report.gaps:
        said += [gap.question, gap.reason, *gap.queries]
    for conflict in report.conflicts:
        said += [conflict.subject, *(side.value for side in conflict.sides)]
    said += [reference.title for reference in report.references] + ["8.4 of 10", "0.97", "Where sources disagree"]
    assert [one for one in said if squeezed(one) not in text] == []


def said_in(block: object) -> list[str]:
    if isinstance(block, Paragraph):
        return [sentence.text for sentence in block.sentences]
    if isinstance(block, Grid):
        return [block.caption, *block.head, *(cell.text for row in block.rows for cell in row)]
    if isinstance(block, Chart):
        return [block.caption, *(bar.label for bar in block.bars), "9,803.5 people", "-2,391 people"]
    return [block.text.splitlines()[0]] if isinstance(block, Listing) else []


@pytest.mark.parametrize("name", NAMES)
def test_citations_and_the_mark_of_a_synthesis_stand_behind_their_sentence(name: str, tmp_path: Path) -> None:
    text = read(name, full(), tmp_path)
    assert "withabicycle.[1][2]" in text
    assert "secondboatinsummer.†" in text
    assert text.count("marksasentenceoftheauthor'sown") == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_report_of_facts_does_not_explain_the_mark(name: str, tmp_path: Path) -> None:
    assert "†" not in read(name, bare(Paragraph((fact("A fact.", 1),))), tmp_path)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_read_back(name: str, script: str, tmp_path: Path) -> None:
    report = bare(Paragraph((fact(SCRIPTS[script], 1),)))
    assert squeezed(clean(SCRIPTS[script])) in read(name, report, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_with_next_to_nothing_is_a_file_all_the_same(name: str, tmp_path: Path) -> None:
    report = Report("", "", (), (Section("s1", "", 1, missing="nothing was found"),), ())
    assert "Missing:nothingwasfound" in read(name, report, tmp_path)
    assert build(name).render(Report("", "", (), (), ()))


@pytest.mark.parametrize("name", NAMES)
def test_empty_blocks_do_no_harm(name: str) -> None:
    blocks = (
        Paragraph(()),
        Grid("", ("A", "B"), ()),
        Grid("", (), ()),
        Chart("", "", ()),
        Listing(""),
        Paragraph((fact(""),)),
    )
    assert build(name).render(bare(*blocks))


@pytest.mark.parametrize("name", NAMES)
def test_a_citation_without_its_reference_is_a_number_and_no_link(name: str, tmp_path: Path) -> None:
    assert "Said.[9]" in read(name, bare(Paragraph((fact("Said.", 9),))), tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_words_are_shown_as_they_are(name: str, tmp_path: Path) -> None:
    text = read(name, hostile(), tmp_path)
    assert [one for one in HOSTILE if squeezed(clean(one)) not in text] == []

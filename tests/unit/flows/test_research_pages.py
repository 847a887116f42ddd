"""Pages are cut where their lines end, at offsets of the text that is stored."""

from collections.abc import Sequence

from answerable.agents.sources.base.source import Text
from answerable.core.documents import Block, Chunk, LoadedDocument
from answerable.flows.research_pages import page_cutter

TEXT = "# Ferry\nThe ferry sails.\n\n## Fares\n- A ticket costs 4 euros.\n| a | b |\nChildren travel free.\n"


class WholeBlocks:
    """A chunk for each block, so that blocks are seen."""

    def chunk(self, document: LoadedDocument) -> list[Chunk]:
        return [
            Chunk(
                one.start, one.end, document.text[one.start : one.end], document.title, one.heading_path, kind=one.kind
            )
            for one in document.blocks
        ]


def cut(text: str) -> Sequence[Chunk]:
    return page_cutter(WholeBlocks())(Text("web", "Title", "https://site.test/", text))


def test_lines_are_blocks_with_their_kind_and_headings() -> None:
    chunks = cut(TEXT)
    assert [(one.text, one.kind) for one in chunks] == [
        ("# Ferry", "heading"),
        ("The ferry sails.", "prose"),
        ("## Fares", "heading"),
        ("- A ticket costs 4 euros.", "list"),
        ("| a | b |", "table"),
        ("Children travel free.", "prose"),
    ]
    assert chunks[-1].heading_path == ("Ferry", "Fares")
    assert all(TEXT[one.start : one.end] == one.text for one in chunks)


def test_a_text_of_nothing_has_no_blocks() -> None:
    assert cut(" \n\n ") == []


def test_the_blocks_that_a_source_gave_go_before_guesses() -> None:
    blocks = (Block(0, 5, "heading", ("Ferry",), 3), Block(7, 13, "prose", ("Ferry",), 3))
    text = Text("web", "Title", "https://site.test/", "Ferry\n\nIt is.\n", blocks=blocks)
    chunks = page_cutter(WholeBlocks())(text)
    assert [(one.text, one.kind, one.heading_path) for one in chunks] == [
        ("Ferry", "heading", ("Ferry",)),
        ("It is.", "prose", ("Ferry",)),
    ]

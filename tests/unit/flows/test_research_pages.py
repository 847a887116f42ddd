"""Pages are cut where their lines end, at offsets of the text that is stored."""

from collections.abc import Sequence

from answerable.core.documents import Chunk, LoadedDocument
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
    return page_cutter(WholeBlocks())(text, "Title")


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

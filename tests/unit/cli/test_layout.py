import io

from rich.console import Console

from answerable.cli.layout import Flowing, columns, place, shortened, tail


def flowed(*pieces: str, width: int = 20) -> str:
    sink = io.StringIO()
    text = Flowing(Console(file=sink, width=width))
    for piece in pieces:
        text.write(piece)
    text.end()
    return sink.getvalue()


def test_text_is_wrapped_between_words_however_it_arrives() -> None:
    sentence = "The quick brown fox jumps over the lazy dog."
    assert flowed(sentence) == "The quick brown fox\njumps over the lazy\ndog.\n"
    assert flowed("The quick ", "brown fox jumps", " over the lazy dog.") == flowed(sentence)


def test_line_ends_stay_and_other_white_space_becomes_one_space() -> None:
    assert flowed("one\ntwo  \t three") == "one\ntwo three\n"
    assert flowed("   leading") == "leading\n"
    assert flowed("") == ""


def test_a_word_that_is_too_long_has_a_line_of_its_own() -> None:
    assert flowed("a " + "b" * 30 + " c") == f"a\n{'b' * 30}\nc\n"


def test_code_and_table_rows_are_printed_as_they_are() -> None:
    text = "Copy it: [1]\n\n```\ncopy  a/very/long/path to/another/one\n  done[1]\n```\n[1]"
    assert flowed(text) == "Copy it: [1]\n\n    copy  a/very/long/path to/another/one\n      done[1]\n[1]\n"
    row = "| a setting of some length | its default |"
    assert flowed(f"So:\n{row}") == f"So:\n{row}\n"


def test_list_items_hang() -> None:
    assert flowed("- one two three four five\n2. six seven eight nine") == (
        "- one two three four\n  five\n2. six seven eight\n   nine\n"
    )


def test_source_numbers_and_brackets_are_printed_as_they_are() -> None:
    assert flowed("Done. [1][3] See [bold]x[/bold].", width=60) == "Done. [1][3] See [bold]x[/bold].\n"


def test_a_text_is_shortened_at_its_end_and_a_path_at_its_beginning() -> None:
    assert shortened("a  b\nc", 10) == "a b c"
    assert shortened("abcdefghij", 10) == "abcdefghij"
    assert shortened("abcd fghijk", 6) == "abcd…"
    assert tail("/a/long/path/file.md", 10) == "…h/file.md"
    assert tail("file.md", 10) == "file.md"


def test_a_place_does_not_repeat_the_title_and_keeps_the_page() -> None:
    assert place(3, ("Manual", "Reset"), "Manual", 40) == "Reset, page 3"
    assert place(None, ("Manual",), "Manual", 40) == ""
    assert place(2, (), "Manual", 40) == "page 2"
    assert place(2, ("A long heading",), "Manual", 14) == "A lon…, page 2"
    assert place(2, ("A long heading",), "Manual", 3) == "page 2"


def test_numbers_stand_at_the_right_and_no_line_is_drawn() -> None:
    sink = io.StringIO()
    table = columns("name", "count", right=("count",))
    table.add_row("a", "1")
    table.add_row("bb", "1,000")
    Console(file=sink, width=40).print(table)
    assert [line.rstrip() for line in sink.getvalue().splitlines()] == ["name  count", "a         1", "bb    1,000"]

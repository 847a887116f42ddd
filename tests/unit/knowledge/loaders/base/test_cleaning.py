"""Characters that are stored, and texts that are garbage."""

import pytest

from answerable.knowledge.loaders.base.cleaning import clean, garbage, one_line, tidy


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("of\ufb01ce", "office"),
        ("hy\xadphen", "hyphen"),
        ("e\u0301", "é"),
        ("a\x00b\x07c", "abc"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\u202eb\u200b\ufeff", "ab"),
        ("hid\U000e0041\U000e0042den", "hidden"),
        ("a\xa0b", "a b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u2f00", "一"),
    ],
)
def test_characters_are_cleaned(dirty: str, expected: str) -> None:
    assert clean(dirty) == expected


def test_spacing_of_prose_is_tidied_and_of_code_kept() -> None:
    assert tidy("  a   b \n\n\n c\t") == "a b\nc"
    assert clean("if x:\n    y") == "if x:\n    y"
    assert one_line("a\n  b") == "a b"


@pytest.mark.parametrize(
    "text", ["\ufffd" * 20, "\ue001\ue002\ue003\ue004", "(cid:12)(cid:34)(cid:5)(cid:6)", "Ã¤Ã¶Ã¼Ã© Ã¤Ã¶"]
)
def test_garbage_is_told(text: str) -> None:
    assert garbage(text)


@pytest.mark.parametrize(
    "text", ["", "plain", "日本語", "العربية", "a \ufffd stray one in a long text of words", "São Ânimo"]
)
def test_language_is_not_garbage(text: str) -> None:
    assert garbage(text) is None

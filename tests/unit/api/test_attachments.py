"""A file is saved under its name, whatever letters it has."""

import pytest

from answerable.api.attachments import as_file


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("report-1.pdf", 'attachment; filename="report-1.pdf"'),
        ("отчёт.pdf", "attachment; filename=\"_____.pdf\"; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf"),
        ('a"b.md', "attachment; filename=\"a_b.md\"; filename*=UTF-8''a%22b.md"),
    ],
)
def test_a_name_goes_into_the_header_whole_and_safe(name: str, wanted: str) -> None:
    headers = as_file(name)
    assert headers == {"content-disposition": wanted, "cache-control": "no-store"}
    assert headers["content-disposition"].isascii()

import re
from dataclasses import replace

import pytest

from answerable.agents.exports.base.renderer import file_name
from tests.support.reports import full


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("The ferry: what it costs?", "the-ferry-what-it-costs"),
        ("../../etc/passwd\x00.pdf", "etc-passwd-pdf"),
        ("CON", "con"),
        ("Отчёт о пароме", "отчёт-о-пароме"),
        ("渡船報告", "渡船報告"),
        ("   ", "report"),
        ('<>:"/\\|?*', "report"),
        ("a" * 300, "a" * 60),
        ("漢" * 300, "漢" * 40),
    ],
)
def test_a_name_is_made_of_the_words_of_the_title(title: str, stem: str) -> None:
    name = file_name(replace(full(), title=title), ".pdf")
    assert re.fullmatch(rf"{stem}-[0-9a-f]{{6}}\.pdf", name)
    assert len(name.encode()) <= 140


def test_reports_of_one_title_have_names_of_their_own() -> None:
    names = {file_name(report, ".md") for report in (full(), replace(full(), date="2026-11-27"), full())}
    assert len(names) == 2

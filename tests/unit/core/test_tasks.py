import pytest

from answerable.core.tasks import Judge, RewriteQuery, Verdict


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ('"How do I reset the TV?"', "How do I reset the TV?"),
        ("\n  How do I reset it?  \nSecond line", "How do I reset it?"),
        ("", "and it?"),
        ("x" * 1_001, "and it?"),
    ],
)
def test_a_rewritten_question_is_the_first_line_or_the_original(said: str, question: str) -> None:
    assert RewriteQuery("and it?", ()).parse(said) == question


def test_a_verdict_is_read_out_of_whatever_surrounds_it() -> None:
    said = 'Here it is:\n```json\n{"verdict": "contradicted", "reason": "the number differs"}\n```'
    assert Judge("a", "b").parse(said) == Verdict("contradicted", "the number differs")


@pytest.mark.parametrize("said", ["", "supported", '{"verdict": "perhaps"}', '["supported"]', '{"verdict": '])
def test_what_is_no_verdict_is_refused(said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one
        Judge("a", "b").parse(said)

from answerable.agents.sources import arxiv
from answerable.agents.sources.base.reach import Read
from answerable.agents.sources.base.source import Wanted
from tests.support.small_web import SmallWeb


async def test_an_abstract_is_a_text_with_authors_and_day(net: SmallWeb, read: Read) -> None:
    source = arxiv.build(arxiv.Config(**net.options()["arxiv"]), net.means(read))
    (paper,) = (await source.find(Wanted("What is the attention of transformers?", 3))).texts
    assert (paper.title, paper.date, paper.authors) == ("Attention Is All You Need", "2017-06-12", "Ashish Vaswani")
    assert paper.address == "https://arxiv.org/abs/1706.03762v7"
    assert paper.text == "The dominant sequence models are recurrent."
    assert paper.licence


def test_a_question_is_asked_for_by_the_words_that_say_something() -> None:
    assert arxiv._words("What is the attention of transformers?") == "attention transformers"
    assert arxiv._words("to be or not to be") != ""

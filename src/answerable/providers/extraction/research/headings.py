"""Names for groups of passages: headings that most of a group share, else phrases that it uses more than the others."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from answerable.core.documents import Passage
from answerable.core.facts import STOP_WORDS
from answerable.core.lexicon import OPENERS
from answerable.core.outline import plain
from answerable.providers.extraction.research.terms import size, terms

_LONGEST = 70
_MOST_WORDS = 9
_NUMBERING = re.compile(
    r"^(?:(?:chapter|section|part|appendix|step)\s+)?[\dIVX]+(?:\.\d+)*[.):]?\s+(?=\D)", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:(?:The|An?) (?=\S+ \S)|(?:Alternatively|Optionally|Finally|First|Next|Then), )")
_ASIDE = re.compile(r"\s*[\[(【][^\])】]*[\])】]\s*$")
_FILE = re.compile(r"\.(?:md|txt|pdf|html?|docx?|py|json|csv|epub|xlsx?|pptx?)$|[/\\]|^\S*_\S*$", re.IGNORECASE)
_SMALL_TEXT = "a an the of to in on at by for from with and or but as vs via per into over than"
_SMALL = frozenset(_SMALL_TEXT.split())
_EMPTY_TEXT = (
    "introduction overview summary abstract conclusion conclusions contents index example examples remarks syntax "
    "parameters note notes references background untitled description properties methods results discussion see also "
    "support feedback related links more information next steps return value requirements details general about "
    "document page section home readme main question answer questions answers go good know ask"
)
_EMPTY = frozenset(_EMPTY_TEXT.split())
"""Words that say nothing of a section's subject: no heading has them alone."""
_PALE_TEXT = (
    "role roles effect effects study studies result results patient patients number numbers use uses case cases "
    "example examples presence addition order time times way ways part parts kind kinds type types level levels group "
    "groups set sets thing things analysis approach data value values one two three first second other others same "
    "different new important critical current recent several many findings evidence year years day days lot rest end "
    "beginning change changes point points name names line lines user users model models function functions"
)
_ADJECTIVES = frozenset(
    ["old", "next", "last", "previous", "whole", "entire", "own", "only", "main", "given", "current"]
)
_PALE = frozenset(_PALE_TEXT.split())
"""Words that name nothing by themselves: no phrase ends in them."""
_WORD = re.compile(r"[^\W_](?:[\w'’\-]*[^\W_])?|[^\w\s]")
_LEADING_TEXT = "the a an of in for to with by from and or between on its their this these each no any"
_LEADING = frozenset(_LEADING_TEXT.split())
_VERBS_TEXT = (
    "says takes makes gives uses has does shows needs keeps goes comes gets runs works lets means holds tells "
    "asks finds reads writes answers sends returns starts stops fails begins ends allows provides becomes remains "
    "stays leads moves transfers continues occurs happens exists contains applies appears represents knows sees "
    "lies stands belongs"
)
_VERBS = frozenset(_VERBS_TEXT.split())
"""Forms that end no name of a thing; `answers`, which may, is mostly a verb after its subject."""
_TRAILING_TEXT = "is are was were be can may must should will of in for to with by from and or on has have that which"
_TRAILING = frozenset(_TRAILING_TEXT.split())


_FRAME = re.compile(
    r"^(?:What is known about|What (?:is|are)|How (?:does|do)(?= .* (?:work|differ)\b)) | (?:work|differ)(?=\?)"
    r"| with regard to .*(?=\?)"
)


def clean(heading: str) -> str:
    """A heading without numbers, marks and asides; empty when it names nothing."""
    text = _ARTICLE.sub("", _ASIDE.sub("", _NUMBERING.sub("", plain(heading)))).strip(" :.-–—*#|`\"'")
    words = text.lower().split()
    bad = not 3 <= len(text) <= _LONGEST or size(text) > _MOST_WORDS or _FILE.search(text) is not None
    if bad or not any(one.isalpha() for one in text) or all(word.strip("?,") in _EMPTY | STOP_WORDS for word in words):
        return ""
    return text.rstrip("?!")


def titled(text: str) -> str:
    """In title case, which is an English habit; words with capitals or digits inside stay as they are."""
    words = text.split()
    if not text.isascii():
        return text[:1].upper() + text[1:]
    if text.isupper() and len(words) > 1:
        words = text.lower().split()
    last = len(words) - 1
    return " ".join(
        word.lower() if 0 < at < last and word.lower() in _SMALL else _capital(word) for at, word in enumerate(words)
    )


def _capital(word: str) -> str:
    """With a first capital, unless capitals or digits inside say how it is written (`miRNA`, `let-7`, `--watch`)."""
    first = word.strip(",:;?!()").split("-", maxsplit=1)[0]
    own = any(one.isdigit() for one in word) or not (first.islower() and first.isalpha())
    return word if own else word[:1].upper() + word[1:]


def asked(question: str) -> str:
    """The heading that a question asks for: `How to light a lamp?` is answered under `How to light a lamp`."""
    return clean(_FRAME.sub("", question)) if question.endswith("?") else ""


def above(passage: Passage) -> tuple[str, ...]:
    """The headings over a passage that name something, from the innermost to its title, each once."""
    found = (clean(one) for one in (*reversed(passage.heading_path), passage.title))
    kept: dict[str, str] = {}
    for one in found:
        if one:
            kept.setdefault(one.casefold(), one)
    return tuple(kept.values())


def key(heading: str) -> frozenset[str]:
    """What makes two headings the same: their terms."""
    return terms(heading) or frozenset([heading.casefold()])


def phrases(texts: Iterable[str]) -> Counter[str]:
    """Phrases of two or three words, or names, that stand for things, with the number of texts that have each.

    A phrase counts where small words or stops close it in (`the vector index is`), which parts it from verbs.
    """
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(dict.fromkeys(_phrases(text), 1))
    return seen


def _phrases(text: str) -> Iterator[str]:
    run: list[str] = []
    led = False
    for word in (*_WORD.findall(text), "."):
        lower = word.lower()
        if lower in STOP_WORDS or not word[0].isalnum() or not any(one.isalpha() for one in word):
            closed = lower in _TRAILING or word in ".,;:)!"
            if led and closed and _names(run):
                yield " ".join(run).lower() if not any(_is_name(one) for one in run) else " ".join(run)
            run, led = [], lower in _LEADING
        else:
            run.append(word)


def _names(run: Sequence[str]) -> bool:
    if not 1 <= len(run) <= 3 or len(run[-1]) < 3 or run[-1].lower() in _PALE or run[0].lower() in OPENERS | _PALE:
        return False
    if run[-1].endswith(("ed", "given", "made", "taken", "shown", "known")) or run[0].lower() in _ADJECTIVES:
        return False
    return not any(word.lower() in _VERBS for word in run) and (len(run) > 1 or _is_name(run[0]))


def _is_name(word: str) -> bool:
    return any(one.isupper() for one in word[1:]) or any(one.isdigit() for one in word)


def resembles(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two headings are nearly the same: one has at most one term more than the other."""
    return (one <= other or other <= one) and abs(len(one) - len(other)) <= 1

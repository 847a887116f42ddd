"""Names for groups of passages: the heading that says best what most of a group is about and others are not."""

from collections.abc import Sequence

from answerable.providers.extraction.research import headings
from answerable.providers.extraction.research.terms import size, terms
from answerable.providers.extraction.research.view import Theme, View

_FEW = 4
"""Of so many passages a phrase names a side."""
_SHARED, _OF_SEVERAL = 0.5, 0.3
"""Of the passages of a theme: from where on one heading is enough, and how many share it at least."""
_LONGEST_JOINED = 4
_PHRASE, _NEAR, _LONG, _BROAD, _SINGLE = 0.7, 0.8, 0.4, 0.25, 0.1
_OWN, _ASKED = 0.25, 0.2
"""What it counts for a heading that it stands right above a passage, and that it has words of the topic."""
_MOST_OF_TOPIC = 0.6
_LONGEST_PLEASANT = 7


def named(view: View, found: Sequence[list[int]], taken: set[frozenset[str]], topic: str) -> list[Theme]:
    """Each group under its own heading; one for which no name is left joins the group before it."""
    themes: list[Theme] = []
    used = set(taken)
    everything = [at for group in found for at in group]
    for group in sorted(found, key=lambda one: (-len(one), one)):
        members = tuple(sorted(group, key=lambda at: (-view.relevance[at], at)))
        heading = _heading(view, members, everything, used, topic)
        if heading:
            used |= {headings.key(heading), *(headings.key(one) for one in heading.split(" and "))}
            themes.append(Theme(members, headings.titled(heading)))
        elif themes:
            last = themes.pop()
            themes.append(Theme((*last.members, *members), last.heading))
        else:
            themes.append(Theme(members, headings.titled(topic.strip().rstrip("?."))))
    return themes


def _heading(
    view: View, members: Sequence[int], everything: Sequence[int], used: set[frozenset[str]], topic: str
) -> str:
    """The heading that most of the members have and few of the others; of two that share them, both."""
    own, above = _own(view, members), _above(view, members)
    ranked = _candidates(view, members, everything, topic, own, above)
    ranked = [one for one in ranked if not any(headings.resembles(headings.key(one[1]), other) for other in used)]
    if not ranked:
        return ""
    ranked = [one for one in ranked if one[1] in own or len(one[2]) >= _OF_SEVERAL * len(members)] or ranked
    if len(members) <= _FEW:  # a phrase of so few names a side of them
        titles = own.union(headings.above(view.task.passages[members[0]]))
        ranked = [one for one in ranked if one[1] in titles and size(one[1]) <= _LONGEST_PLEASANT] or ranked
    _, best, has = ranked[0]
    if len(has) >= _SHARED * len(members):
        return best
    for _, other, more in ranked[1:6]:
        fits = len(f"{best} {other}") <= 50 and not headings.key(best) & headings.key(other)
        fits = fits and "," not in f"{best}{other}" and max(size(best), size(other)) <= _LONGEST_JOINED
        fits = fits and best in above and other in above
        more_by = 1 if best in own and other in own else 2
        if fits and len(has | more) >= len(has) + more_by and " and " not in f"{best} {other}":
            return f"{best} and {other}"
    return best


def _above(view: View, members: Sequence[int]) -> set[str]:
    """All headings over the members, titles too."""
    return {one for at in members for one in headings.above(view.task.passages[at])}


def _own(view: View, members: Sequence[int]) -> set[str]:
    """The headings right above the members, but for titles of whole documents."""
    passages = [view.task.passages[at] for at in members]
    return {headings.above(one)[0] for one in passages if len(headings.above(one)) > 1}


def _candidates(
    view: View,
    members: Sequence[int],
    everything: Sequence[int],
    topic: str,
    own: set[str],
    above: set[str],
) -> list[tuple[float, str, frozenset[int]]]:
    """Headings and phrases with the members that have them, best first."""
    inside = frozenset(members)
    shown: dict[frozenset[str], str] = {}
    has: dict[frozenset[str], set[int]] = {}
    for at in everything:
        for heading in headings.above(view.task.passages[at]):
            name = headings.key(heading)
            if at in inside:
                shown.setdefault(name, heading)
            has.setdefault(name, set()).add(at)
    for at, question in enumerate(view.task.questions, start=1):
        name = headings.key(headings.asked(question))
        answers = {place for place in everything if int(view.fit[place].argmax()) == at}
        if headings.asked(question) and name not in shown and answers & inside:
            shown[name], has[name] = headings.asked(question), answers
    for phrase in _phrases(view, members):
        name = headings.key(phrase)
        if name not in shown:
            shown[name] = phrase
            has[name] = {at for at in everything if name <= view.has[at]}
    names = [name for name in shown if name != terms(topic)]
    if not names:
        return []
    vectors = view.material.embed([shown[name] for name in names])
    centre = view.rows[list(members)].mean(axis=0)
    ranked = []
    for name, near in zip(names, vectors @ centre, strict=True):
        mine, others = has[name] & inside, has[name] - inside
        share, only = len(mine) / len(members), len(mine) / max(1, len(mine) + len(others))
        worth = share * only**0.5 * (1.0 if shown[name] in above else _PHRASE) + _NEAR * float(near)
        worth += _OWN if shown[name] in own else 0.0
        worth += _looks(shown[name], topic, is_heading=shown[name] in above)
        ranked.append((round(worth, 6), shown[name], frozenset(mine)))
    return sorted(ranked, key=lambda one: (-one[0], one[1]))


def _looks(heading: str, topic: str, *, is_heading: bool) -> float:
    """What a heading is worth by its words: a side of the topic is worth more, all of the topic says nothing new."""
    name, asked = headings.key(heading), terms(topic)
    worth = -_SINGLE if size(heading) == 1 else 0.0
    worth -= _LONG if size(heading) > _LONGEST_PLEASANT or ":" in heading else 0.0
    if name <= asked and len(name) > _MOST_OF_TOPIC * len(asked):
        return worth - (_BROAD / 3 if is_heading else _BROAD)
    return worth + _ASKED * len(name & asked) / len(name)


def _phrases(view: View, members: Sequence[int]) -> list[str]:
    """Phrases that several of the members use, in their texts or their titles."""
    passages = [view.task.passages[at] for at in members]
    texts = [f"the {one.title}. {one.text}" for one in passages]
    counted = headings.phrases(texts)
    return sorted(one for one, seen in counted.items() if seen > 1 and headings.clean(one))

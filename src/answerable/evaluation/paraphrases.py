"""Sentences said again in other words, by templates: a frame before it, a clause moved to the front, synonyms.

The `dev` and the `held` part use different frames and qualifiers, so that neither can be learnt from the other.
"""

import random
import re

_FRAMES = {
    "dev": ("According to the handbook, {}", "It is known that {}", "Note that {}", "The guide states that {}", "{}"),
    "held": (
        "As described in the manual, {}",
        "The report says that {}",
        "In general, {}",
        "Experts agree that {}",
        "{}",
    ),
}
_SYNONYM_TEXT = (
    "shows/demonstrates uses/employs used/employed contains/holds large/big must/has_to begins/starts "
    "approximately/about needed/required required/needed maximum/greatest minimum/smallest often/frequently "
    "after/following because/since quickly/rapidly many/numerous main/principal important/significant obtain/get "
    "allows/lets displays/shows returns/gives several/various also/additionally largest/biggest stored/kept "
    "kept/stored written/recorded therefore/thus worldwide/around_the_world whole/entire each/every every/each"
)
_SYNONYMS = tuple(pair.replace("_", " ").split("/") for pair in _SYNONYM_TEXT.split())
_TRAILING = re.compile(r"^(?P<main>[^,;:()]{25,}?) (?P<tail>(?:in|during|when|if|after|for|on) [^,;:()]{8,60})\.$")
_QUALIFIERS = {
    "dev": {
        "year": ("In 2015, {}", "In 2021, {}"),
        "product": ("On the Kestrel X2, {}", "On the Kestrel X3, {}"),
        "region": ("In Norway, {}", "In Brazil, {}"),
        "condition": ("When power saving is on, {}", "When the device is charging, {}"),
        "population": ("For children, {}", "For adults, {}"),
    },
    "held": {
        "year": ("As of 2012, {}", "As of 2020, {}"),
        "product": ("With the Lumen Pro edition, {}", "With the Lumen Home edition, {}"),
        "region": ("Across Portugal, {}", "Across Finland, {}"),
        "condition": ("If encryption is active, {}", "If compression is active, {}"),
        "population": ("Among smokers, {}", "Among athletes, {}"),
    },
}
KINDS = tuple(_QUALIFIERS["dev"])


def paraphrase(sentence: str, part: str, rng: random.Random) -> str:
    """The sentence in other words with the same meaning; at least one thing is changed."""
    short = _shortened(sentence) if rng.random() < 0.3 else sentence
    moved = _reordered(short) if rng.random() < 0.5 else short
    said = _synonyms(moved, rng)
    frames = _FRAMES[part]
    frame = rng.choice(frames[:-1] if said == sentence else frames)
    return frame.format(_inner(said, frame))


def qualify(one: str, other: str, part: str, rng: random.Random) -> tuple[str, str, str]:
    """Both sentences with qualifiers of one kind that differ, and the kind."""
    kind = rng.choice(KINDS)
    first, second = _QUALIFIERS[part][kind]
    return kind, first.format(_inner(one, first)), second.format(_inner(_synonyms(other, rng), second))


def _inner(sentence: str, frame: str) -> str:
    """The sentence as it goes on behind a frame: a plain first word loses its capital."""
    first = sentence.split(maxsplit=1)[0]
    plain = first[1:].islower() and first.isalpha()
    return sentence[0].lower() + sentence[1:] if plain and not frame.startswith("{}") else sentence


def _reordered(sentence: str) -> str:
    """The closing phrase to the front: `X works in Y.` becomes `In Y, x works.`"""
    match = _TRAILING.match(sentence)
    if match is None or re.search(r"\d", match["tail"]):
        return sentence
    tail = match["tail"]
    return f"{tail[0].upper()}{tail[1:]}, {_inner(match['main'], '')}."


def _shortened(sentence: str) -> str:
    """Without a remark in brackets, a closing clause behind a comma, an adverb: what a summary would leave out."""
    bare = re.sub(r" \([^()\d]*\)", "", sentence)
    head, comma, tail = bare.partition(", ")
    if comma and len(head.split()) > _LEAST_LEFT and not re.search(r"\d|not\b", tail) and re.match(_CLOSING, tail):
        bare = f"{head}."
    return re.sub(r" (?:\w{3,}ly|also|still|very)(?= \w)", "", bare, count=1)


_CLOSING = (
    r"which|including|such as|depending|leading|thereby|making|even|with|as well|resulting|although|because|where"
)
_LEAST_LEFT = 8


def _synonyms(sentence: str, rng: random.Random) -> str:
    """Up to two words replaced by synonyms."""
    known = [pair for pair in _SYNONYMS if re.search(rf"\b{pair[0]}\b", sentence)]
    for word, other in rng.sample(known, min(2, len(known))):
        sentence = re.sub(rf"\b{word}\b", other, sentence, count=1)
    return sentence

"""What a conversation is called while no person gave it a name: its first question, shortened. No model is asked."""

import re

UNTITLED = "New conversation"
"""Where the first message has no words."""

LONGEST = 60

_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_BLOCK = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]*|[-*+•][ \t]+|\d{1,3}[.)][ \t]+)+", re.MULTILINE)
_EMPHASIS = re.compile(r"[`*~|]+|(?<!\w)_+|_+(?!\w)|<[^<>\n]{1,200}>")
_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|hallo|salut|bonjour|hola|ciao|moin|servus|dear|good (?:morning|afternoon|evening|day)|"
    r"guten (?:tag|morgen|abend))(?:[ ,]+(?:there|all|everyone|team|chatgpt|claude|assistant|zusammen))?[\s,.!:–-]+|"
    r"(?:please|bitte|so|ok|okay)[,!]?\s+|"
    r"(?:can|could|would) you (?:please )?(?:tell me|explain|help me with)[:,]?\s+)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r".+?[.!?…。！？](?=\s|$|[\u3040-\u9fff])", re.DOTALL)
_READ = 2_000
"""Characters that are looked at: a title is in the beginning."""


def title_of(text: str) -> str:
    """The first sentence without markup and greetings, at most 60 characters, cut at a word."""
    lines = [" ".join(line.split()) for line in _plain(text[:_READ]).splitlines()]
    for line in (line for line in lines if any(letter.isalnum() for letter in line)):
        if title := _shortened(_first_sentence(_without_greeting(line))):
            return title
    return UNTITLED


def _plain(text: str) -> str:
    visible = "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in text)
    without_code = _CODE.sub("\n", visible)
    return _EMPHASIS.sub("", _BLOCK.sub("", _LINK.sub(r"\1", without_code if without_code.strip() else visible)))


def _without_greeting(line: str) -> str:
    """Greetings come one after another; a line that is nothing else leaves nothing."""
    rest = f"{line} "
    while found := _GREETING.match(rest):
        rest = rest[found.end() :]
    return rest.strip()


def _first_sentence(line: str) -> str:
    found = _SENTENCE.match(line)
    sentence = found.group() if found else line
    return sentence.rstrip(" .:;,。") if not sentence.endswith("...") else sentence


def _shortened(sentence: str) -> str:
    sentence = sentence[:1].upper() + sentence[1:]
    if len(sentence) <= LONGEST:
        return sentence
    head = sentence[: LONGEST - 1]
    at_word = head[: head.rfind(" ")] if " " in head[LONGEST // 2 :] else head
    return at_word.rstrip(" ,;:.-–") + "…"

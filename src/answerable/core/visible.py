"""What a reader of a page sees, as far as its markup alone tells: used by every reader of HTML, so that words which no
person reads reach neither an index nor a model.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

# Soft hyphen, zero-width space, direction marks and overrides, joiners of nothing, interlinear marks, fillers that are
# letters and show nothing, tag characters and the second set of variation selectors (both can carry a whole message).
_INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# ZWNJ and ZWJ stay between letters that need them (Persian, Indic, families of emoji): never beside ASCII, never in
# rows. One variation selector chooses a form, a row of them is a message.
_HIDDEN_CHARACTERS: Final = re.compile(
    f"[{_INVISIBLE}]|[\u200c\u200d]{{2,}}|(?<=[\\x00-\\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\\x00-\\x7f]|$)"
    "|[\ufe00-\ufe0f]{2,}"
)

HIDING_CLASSES: Final = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only", "element-invisible")
)
"""Names that pages give to text for screen readers only."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))(px|pt|em|rem|ex|ch|vw|vh|cm|mm|in|%|)")
_PIXELS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "cm": 38.0, "mm": 3.8, "in": 96.0}
_SLASH = re.compile(r"\s*/\s*")
_BRACES = re.compile(r"[{};]")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"(?P<tag>[a-z][a-z0-9]*|\*)?(?P<more>(?:[.#][\w-]+)*)", re.IGNORECASE)
_WHITES = frozenset(("white", "#fff", "#ffff", "#ffffff", "#ffffffff", "snow", "ivory", "floralwhite", "ghostwhite"))
_FAR_PX = 900.0
_TINY_PX = 2.0
_FAINT = 0.06
_SEE_THROUGH = ("transparent", "rgba(0,0,0,0)", "rgba(255,255,255,0)", "#0000", "#00000000", "#ffffff00")

Style = Mapping[str, str]
Attributes = Mapping[str, str]


def without_invisible(text: str) -> str:
    """The text without characters that show nothing; what spelling needs stays."""
    return text if text.isascii() else _HIDDEN_CHARACTERS.sub("", text)


def style_of(declarations: str) -> dict[str, str]:
    """The declarations of a `style` attribute, lower case; the last of a name counts."""
    plain = _COMMENT.sub("", declarations[:10_000]).lower()
    pairs = (one.partition(":") for one in plain.split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if value.strip()}


def hides(style: Style) -> bool:
    """Whether a style takes an element off the page: not shown, of no size, see-through, far outside, or tiny."""
    opacity = _share(style.get("opacity", ""))
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("content-visibility") == "hidden"
        or (opacity is not None and opacity < _FAINT)
        or _is_tiny(style.get("font-size", "") or style.get("font", ""))
        or _is_clipped(style)
        or _is_far_away(style)
        or _colour(style.get("color", "")) in _SEE_THROUGH
        or _colour(style.get("-webkit-text-fill-color", "")) in _SEE_THROUGH
    )


def paints_over(style: Style, behind: str) -> bool:
    """Whether the words have the colour of what is `behind` them: the nearest background that the markup names, ""
    where it names none, which is white.
    """
    colour = _colour(style.get("color", ""))
    ground = background_of(style) or _colour(behind)
    return bool(colour) and colour == (ground or "white")


def background_of(style: Style) -> str:
    """The colour behind an element that its style names, "" for none; a picture is a colour of its own."""
    named = style.get("background-color") or style.get("background") or ""
    has_picture = "url(" in named or "gradient(" in named
    found = _colour(named if has_picture or named.startswith("rgb") else named.partition(" ")[0])
    return "" if found in ("transparent", "none", "inherit", "initial", "unset") else found


def is_hidden(tag: str, attributes: Attributes, above: Iterable[Attributes], rules: frozenset[str]) -> bool:
    """Whether nobody sees an element, by its own markup, by `hiding_rules` of its page, or because its words have the
    colour of what is behind them. Names are lower case; `above` are the attributes of what it stands in, nearest first.
    """
    if not attributes and not rules:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    if not HIDING_CLASSES.isdisjoint(attributes.get("class", "").lower().split()):
        return True
    if matches(rules, tag, attributes):
        return True
    style = _painted(attributes)
    if not style:
        return False
    if hides(style):
        return True
    return "color" in style and paints_over(
        style, next(filter(None, (background_of(_painted(one)) for one in above)), "")
    )


def _painted(attributes: Attributes) -> Style:
    """The style of an element, with the colours that attributes of old name."""
    style = style_of(attributes.get("style", "")) if "style" in attributes else {}
    if "color" in attributes:
        style.setdefault("color", attributes["color"].lower())
    if "bgcolor" in attributes:
        style.setdefault("background-color", attributes["bgcolor"].lower())
    return style


def hiding_rules(sheets: str) -> frozenset[str]:
    """Selectors of style sheets that hide what they name: those of one element alone (`.note`, `p.x`, `#y`, `div`).

    Rules inside of @media and the like are passed over: whether they hold is not known.
    """
    plain = _COMMENT.sub("", sheets[:200_000])
    found: set[str] = set()
    for selectors, declarations in _RULE.findall(_without_nested(plain)):
        if hides(style_of(declarations)):
            found |= {one.strip().lower() for one in selectors.split(",") if _SIMPLE.fullmatch(one.strip())}
    return frozenset(found - {"", "*", "html", "body"})


def matches(rules: frozenset[str], tag: str, attributes: Attributes) -> bool:
    """Whether one of the selectors of `hiding_rules` names the element."""
    if not rules:
        return False
    classes = attributes.get("class", "").lower().split()
    # `hidden md:block`: hidden on small screens only
    names = [] if any(":" in one for one in classes) else [f".{one}" for one in classes]
    if identity := attributes.get("id", "").strip().lower():
        names.append(f"#{identity}")
    if tag in rules or any(one in rules or f"{tag}{one}" in rules for one in names):
        return True
    return any(_names(rule, tag, frozenset(names)) for rule in rules if rule.count(".") + rule.count("#") > 1)


def _names(rule: str, tag: str, names: frozenset[str]) -> bool:
    found = _SIMPLE.fullmatch(rule)
    assert found is not None
    return found["tag"] in (None, "*", tag) and names >= set(re.findall(r"[.#][\w-]+", found["more"]))


def _without_nested(sheet: str) -> str:
    """The rules that stand outside of every block (`@media {...}`)."""
    kept: list[str] = []
    depth, start, at_rule = 0, 0, False
    for found in _BRACES.finditer(sheet):
        sign, place = found[0], found.start()
        if sign == "{":
            if not depth:
                at_rule = sheet[start:place].lstrip().startswith("@")
            depth += 1
        elif sign == "}":
            depth = max(depth - 1, 0)
            if not depth:
                kept.append("" if at_rule else sheet[start : place + 1])
                start = place + 1
        elif sign == ";" and not depth:
            start = place + 1
    return "".join(kept)


def _share(text: str) -> float | None:
    found = _LENGTH.fullmatch(text)
    if not found:
        return None
    return float(found[1]) / 100 if found[2] == "%" else float(found[1])


def _pixels(text: str) -> float | None:
    """A length in pixels, of a screen of usual size; None for what is none."""
    found = _LENGTH.fullmatch(text)
    if not found:
        return None
    return float(found[1]) * (_PIXELS.get(found[2]) or (10.0 if found[2] else 1.0))


def _is_tiny(size: str) -> bool:
    """A letter height below two pixels; of the `font` shorthand the length before the slash counts."""
    size = _SLASH.sub("/", size)
    sizes = [one for one in (_pixels(part.partition("/")[0]) for part in size.split()) if one is not None]
    return bool(sizes) and not _is_weight(size) and min(sizes) < _TINY_PX


def _is_weight(size: str) -> bool:
    return len(size.split()) == 1 and size.rstrip("0").isdigit() and len(size) == 3


def _is_clipped(style: Style) -> bool:
    clips = style.get("overflow", "") in ("hidden", "clip") or style.get("position") in ("absolute", "fixed")
    sizes = [_pixels(style.get(name, "")) for name in ("width", "height", "max-width", "max-height")]
    if clips and any(one is not None and one < _TINY_PX for one in sizes):
        return True
    if re.match(r"rect\((?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?", style.get("clip", "")):
        return True
    if re.match(r"inset\((?:50|[6-9]\d|100)%|circle\(0|polygon\(0", style.get("clip-path", "")):
        return True
    return bool(re.search(r"scale[xy]?\(\s*0(?:\.0\d*)?\s*[,)]", style.get("transform", "")))


def _is_far_away(style: Style) -> bool:
    names = ("left", "right", "top", "bottom", "text-indent", "margin-left", "margin-top", "margin-right")
    moved = [_pixels(value) for name in names if not (value := style.get(name, "")).endswith("%")]
    if any(one is not None and one <= -_FAR_PX for one in moved):
        return True
    shifts = re.findall(r"translate[xy3d]*\(([^)]*)\)", style.get("transform", ""))
    return any((_pixels(one.strip()) or 0.0) <= -_FAR_PX for shift in shifts for one in shift.split(","))


def _colour(text: str) -> str:
    """A colour by one name for all its spellings of white and black; others as written, without spaces."""
    plain = text.replace(" ", "").replace("!important", "")
    if plain in _WHITES or re.fullmatch(r"#f[a-f]f[a-f]f[a-f]|rgba?\(25[0-5],25[0-5],25[0-5](?:,1(?:\.0)?)?\)", plain):
        return "white"
    if plain in ("black", "#000", "#000000", "rgb(0,0,0)"):
        return "black"
    if re.fullmatch(r"#[0-9a-f]{3}", plain):
        return "#" + "".join(digit * 2 for digit in plain[1:])
    return plain

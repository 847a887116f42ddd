"""Closed classes of English words that decide whether two sentences say the same: negators, modals, bounds, opposites.

General vocabulary only; nothing here was taken from a data set.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_STOP_TEXT = (
    "a an the of to in on at by for from with and or but as is are was were be been being it its this that these those "
    "i you we they he she his her their our your my me us them do does did has have had will would can could may might "
    "shall should must there here then than so if when while which who whom whose what where how also into about over "
    "such via per up down out off not no nor"
)
STOP_WORDS = frozenset(_STOP_TEXT.split())

_NEGATOR_TEXT = (
    "not no never without cannot none neither nor nothing nobody nowhere unless except hardly barely rarely "
    "seldom lack lacks lacking"
)
NEGATORS = frozenset(_NEGATOR_TEXT.split())
"""Words that deny what follows; contractions in n't are found by their ending."""

DENYING_PAIRS = frozenset([("instead", "of"), ("rather", "than"), ("fails", "to"), ("failed", "to"), ("fail", "to")])
"""Two words that together deny what follows."""

_ADVERB_TEXT = (
    "yet always only just currently longer still also ever even fully very too now necessarily usually often most "
    "more all any some such both"
)
ADVERBS = frozenset(_ADVERB_TEXT.split())
"""Words between a negator or a modal and what it is about; words in -ly count as well."""

COMPARED = frozenset(["more", "less", "fewer", "later", "earlier"])
"""`no more than` and its like are bounds, no denials."""

QUANTIFIERS = {
    **dict.fromkeys(["all", "every", "each", "always", "entirely", "completely", "everyone", "everything"], "all"),
    **dict.fromkeys(["none", "never", "nothing", "nobody"], "none"),
    **dict.fromkeys(["only", "solely", "exclusively"], "only"),
    **dict.fromkeys(["most", "mostly", "usually"], "most"),
}

MODALS = {
    **dict.fromkeys(["may", "might", "possibly", "perhaps", "probably", "likely"], "doubt"),
    **dict.fromkeys(["can", "could", "able"], "ability"),
    **dict.fromkeys(["must", "shall", "required", "mandatory", "need", "needs", "have", "has"], "duty"),
    **dict.fromkeys(["should", "recommended", "advised"], "advice"),
}
"""`need` and `have` state a duty only before `to`."""
NEED_TO = frozenset(["need", "needs", "have", "has", "required", "recommended", "advised", "able", "likely"])

STRONGER = frozenset(
    [
        ("duty", "doubt"),
        ("duty", "ability"),
        ("duty", "advice"),
        ("doubt", "duty"),
        ("ability", "duty"),
        ("advice", "duty"),
        ("doubt", "advice"),
        ("advice", "doubt"),
        ("", "doubt"),
        ("", "advice"),
    ]
)
"""(what a claim says, what the source says) that differ in force."""

BOUNDS_BEFORE: tuple[tuple[str, str], ...] = (
    ("no less than", "least"),
    ("not less than", "least"),
    ("no fewer than", "least"),
    ("no more than", "most"),
    ("not more than", "most"),
    ("at least", "least"),
    ("minimum of", "least"),
    ("minimum", "least"),
    ("at most", "most"),
    ("up to", "most"),
    ("maximum of", "most"),
    ("maximum", "most"),
    ("not exceed", "most"),
    ("more than", "more"),
    ("greater than", "more"),
    ("higher than", "more"),
    ("larger than", "more"),
    ("longer than", "more"),
    ("exceeds", "more"),
    ("exceeding", "more"),
    ("exceed", "more"),
    ("over", "more"),
    ("above", "more"),
    ("less than", "less"),
    ("fewer than", "less"),
    ("lower than", "less"),
    ("smaller than", "less"),
    ("shorter than", "less"),
    ("under", "less"),
    ("below", "less"),
    ("within", "most"),
    ("no later than", "most"),
    ("not later than", "most"),
    ("no earlier than", "least"),
    ("not earlier than", "least"),
)
"""Longer phrases first: the first that ends right before a number counts."""
BOUND_WORDS = frozenset(word for phrase, _ in BOUNDS_BEFORE for word in phrase.split())
BOUNDS_AFTER = {
    **dict.fromkeys(["more", "higher", "above", "later", "newer", "greater", "longer", "larger", "older"], "least"),
    **dict.fromkeys(["less", "fewer", "lower", "below", "earlier", "shorter", "smaller", "younger"], "most"),
}
"""After `or` behind a number."""
HOW_OFTEN = frozenset(["often", "frequently", "quickly", "slowly", "likely", "rarely"])
"""`500 hours or more often` is no bound."""

_IRREGULAR_TEXT = (
    "take/took/taken give/gave/given write/wrote/written show/showed/shown know/knew/known hold/held send/sent "
    "keep/kept find/found make/made do/did/done go/went/gone see/saw/seen choose/chose/chosen break/broke/broken "
    "build/built buy/bought pay/paid say/said tell/told leave/left lose/lost get/got/gotten run/ran "
    "begin/began/begun think/thought bring/brought catch/caught teach/taught sell/sold stand/stood "
    "understand/understood mean/meant meet/met feel/felt grow/grew/grown draw/drew/drawn drive/drove/driven "
    "eat/ate/eaten fall/fell/fallen fly/flew/flown forget/forgot/forgotten rise/rose/risen speak/spoke/spoken "
    "steal/stole/stolen wear/wore/worn withdraw/withdrew/withdrawn throw/threw/thrown swim/swam/swum sing/sang/sung "
    "drink/drank/drunk ring/rang/rung lead/led become/became come/came win/won spend/spent lend/lent bend/bent "
    "fight/fought seek/sought sleep/slept sweep/swept deal/dealt dream/dreamt learn/learnt burn/burnt "
    "hide/hid/hidden bite/bit/bitten freeze/froze/frozen wake/woke/woken"
)
BASE_FORM = {form: forms[0] for forms in (verb.split("/") for verb in _IRREGULAR_TEXT.split()) for form in forms[1:]}
"""The base form of irregular verb forms."""

_OPENER_TEXT = (
    "additionally afterwards again alternatively although another any anyone anybody because before besides both "
    "certain consequently depending despite different during each either every everyone everybody finally first "
    "firstly following furthermore hence however instead just last later likewise many meanwhile moreover most "
    "nevertheless next note now once only otherwise overall people please several similarly simply since some "
    "someone sometimes still such therefore though through thus today together under unless unlike until users "
    "using various whenever whereas wherever whether within without yes no never always second secondly third yet "
    "add adjust allow apply ask assign avoid begin browse build call change check choose clear click close "
    "complete configure confirm connect contact copy create define delete deploy disable disconnect do download "
    "drag edit enable ensure enter execute exit expand fill find follow get give go hold hover import include "
    "insert install keep launch leave let list load locate log look make measure move name navigate open pass "
    "paste perform pick place plug point prepare press provide pull push put read rebuild refer remove rename "
    "repeat replace reset restart restore return review right-click run save scan scroll search see select send "
    "set show sign specify start stop store submit switch take tap tell test touch try turn type uninstall unplug "
    "update upgrade upload use verify view visit wait want write customers documents files things everything "
    "nothing something results steps yours ours"
)
OPENERS = frozenset(_OPENER_TEXT.split())
"""Ordinary words that a sentence may open with; elsewhere a capital letter makes a name."""

_PAIR_TEXT = (
    "increase/decrease raise/lower higher/lower more/less more/fewer rise/fall gain/loss before/after enable/disable "
    "allow/deny allow/prevent allow/disallow permit/forbid permit/prohibit minimum/maximum min/max open/close "
    "start/stop begin/end first/last first/second second/third up/down left/right on/off in/out add/remove "
    "insert/remove connect/disconnect positive/negative true/false above/below over/under inside/outside "
    "promote/inhibit activate/inhibit activate/deactivate strong/weak large/small long/short high/low fast/slow "
    "early/late better/worse best/worst include/exclude accept/reject accept/decline lock/unlock show/hide upper/lower "
    "internal/external required/optional mandatory/optional with/without upregulate/downregulate improve/worsen "
    "success/failure safe/dangerous public/private input/output import/export buy/sell old/new longer/shorter "
    "larger/smaller bigger/smaller greater/less earlier/later most/least present/absent same/different reduce/increase "
    "protect/harm succeed/fail win/lose pass/fail push/pull load/unload send/receive read/write upload/download "
    "ascending/descending horizontal/vertical full/empty manual/automatic manually/automatically temporary/permanent "
    "temporarily/permanently wired/wireless online/offline cheap/expensive simple/complex easy/difficult easy/hard "
    "visible/hidden encrypt/decrypt attach/detach expand/collapse appear/disappear approve/disapprove agree/disagree "
    "advantage/disadvantage front/back top/bottom north/south east/west primary/secondary major/minor always/never "
    "everything/nothing both/neither if/unless day/night morning/evening faster/slower stronger/weaker hot/cold "
    "warm/cool wide/narrow thick/thin heavy/light deep/shallow early/late arrive/depart join/leave enter/exit "
    "forward/backward next/previous create/delete keep/delete keep/remove store/delete save/delete save/discard "
    "guarantee/exclude support/prevent cause/prevent grant/revoke grant/deny hire/dismiss lend/borrow locally/remotely "
    "local/remote beginning/end daily/weekly daily/monthly weekly/monthly monthly/yearly monthly/annual "
    "asset/liability upstream/downstream"
)


def opposites(pairs: Iterable[str] | None = None) -> dict[str, set[str]]:
    """Each word with the words that say the opposite of it."""
    table: dict[str, set[str]] = {}
    for pair in _PAIR_TEXT.split() if pairs is None else pairs:
        one, other = pair.split("/")
        table.setdefault(one, set()).add(other)
        table.setdefault(other, set()).add(one)
    return table


_DENYING_PREFIXES = ("un", "non-", "non", "de")
_LATIN_PREFIXES = ("in", "im", "ir", "il")
_ADJECTIVE = re.compile(r"(?:[ai]ble|[ae]nt|ect|id|al|lete|ive|ure|ate|ic)(?:ly)?$")
_NOT_DENIED = frozenset(
    ["less", "like", "tail", "sign", "cide", "velop", "pend", "pending", "signed", "tails", "crease"]
)


@lru_cache(maxsize=20_000)
def without_denial(word: str) -> str:
    """The word that `word` denies by its prefix (unsafe: safe, invalid: valid); empty when it has none."""
    for prefix in _DENYING_PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) >= 4 and rest not in _NOT_DENIED:
            return rest
    for prefix in _LATIN_PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) >= 4 and _ADJECTIVE.search(rest):
            return rest
    return ""

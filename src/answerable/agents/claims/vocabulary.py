"""Closed lists of English words for reading claims: frames, conditions, generic heads, slots that hold one value.

General vocabulary only; nothing here was taken from a data set.
"""

import re

from answerable.core.statements import stem

_FRAME_TEXT = (
    "according report reports reported state states stated say says said note notes noted document documents "
    "manual source sources currently now today present approximately about around roughly nearly almost total "
    "exactly overall officially official typically usually generally also just still already however therefore "
    "thus indeed actually precisely amount amounts stand stands set known each altogether figure put puts given "
    "following"
)
FRAME = frozenset(_FRAME_TEXT.split())
"""Words that carry a statement and change nothing of it."""

FRAME_CLAUSE = re.compile(
    r"^(?:according to [^,]{3,60},|as (?:stated|noted|described|reported) (?:in|by|above|below)[^,]{0,60},"
    r"|(?:note|please note|it is (?:stated|known|reported|noted)|it states|it says|the (?:document|manual|page|report|"
    r"article|guide) (?:states|says|notes|reports)) that|in (?:fact|short|general|practice|other words|addition),"
    r"|(?:however|moreover|furthermore|also|note|today|currently|officially|by contrast),)\s+",
    re.IGNORECASE,
)

EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|example|examples|suppose|imagine|let us|let's say|hypothetical\w*|sample"
    r"|would have been|might have|in this case|such as the following)\b",
    re.IGNORECASE,
)

CODE = re.compile(
    r"```|(?:^|\s)(?!\(?(?i:[pnrfkt]|or|hr|rr|aor|sd|ci|auc|df|icc|κ) ?=)[\w.()]+ ?:?= ?\S"
    r"|\w\.[A-Z]\w+\W|\bEnd (?:Sub|If|Function)\b|[{};]\s*$|\w\(\)|&&|\|\||->|=>"
    r"|^\s*(?:Dim|Sub|For|def|import|return|SELECT|var|let|const)\s+\w+\s*(?:=|\(|As\b|i\b)"
)
"""Signs of code inside of what reads like a sentence."""

OWN_RESULT = re.compile(
    r"95 ?% ?(?:CI|confidence)|\bp ?[<=>≤≥]|\bn ?=|\bSD\b|±|\bwe (?:found|observed|enrolled|included|recruited|report|"
    r"identified|analy[sz]ed|studied|used|measured|show|assessed|followed|conducted|performed|screened)\b|\bin "
    r"(?:this|our) (?:study|trial|cohort|sample|series|analysis)\b|\b(?:were|was) (?:enrolled|"
    r"recruited|randomi[sz]ed|randomly|assigned|"
    r"included|followed up|identified|analy[sz]ed|screened)\b|\b(?:participants|controls|cohort)\b"
    r"|\bfollow-?up\b|\b(?:masked|blinded|allocation|randomi[sz]ation)\b"
    r"|\b(?:mean|median|average) (?:age|duration|survival)\b|\b(?:inclusion|eligibility) criteria\b"
    r"|\b(?:studies|trials|articles|papers) (?:met|were)\b",
    re.IGNORECASE,
)
"""A study's own counts: another study has others, and neither is wrong."""

_CONDITIONS_TEXT = (
    "if when unless until while after following before during without except where whenever once only among under "
    "for provided within per besides despite"
)
CONDITIONS = frozenset(_CONDITIONS_TEXT.split())
_PREPOSITIONS_TEXT = "in on at with from to by of as via through into over"
PREPOSITIONS = frozenset(_PREPOSITIONS_TEXT.split())

_REFERRING_TEXT = "it this that these those they he she its their his her such both one"
REFERRING = frozenset(_REFERRING_TEXT.split())
"""Words that stand for something said before: what they are about is in no sentence of its own."""

_LIGHT_TEXT = (
    "point pay pays paid work live lives "
    "use uses used using make makes made include includes included have contain contains provide provides "
    "provided return returns require requires need needs allow allows allowed support supports supported show "
    "shows cost costs price last lasts take takes run runs work works change changes get gets let lets give gives "
    "come comes go goes keep keeps kept employ employs employed hold holds held demonstrate demonstrates display "
    "displays record records recorded begin begins start starts begun reach reaches reached become becomes "
    "greatest smallest biggest largest lowest highest occur occurs range ranges lie lies equal equals weigh "
    "weighs weight measure measures measured stay stays remain remains grow grew found founded establish open "
    "opened release released launch launched complete completed finish finished born receive receives arrive "
    "arrives send sends limit limits limited limitation maximum minimum max min size sizes length width height "
    "depth amount number total count rate level levels average mean median percent percentage proportion share "
    "period term duration time times year years month months day days hour hours minute minutes value values "
    "default fee available possible own old long high wide deep tall heavy"
)
LIGHT = frozenset(_LIGHT_TEXT.split())
"""Verbs and measure words that may stand for each other: `uses 16 bytes` and `takes 8 bytes` are about the same."""

_GENERIC_TEXT = (
    "system device product study studies patient patients result results method property properties object "
    "objects user users application applications file files option options setting settings data information page "
    "pages document documents service services feature features section table list item items name names type "
    "types program programs version model models argument arguments parameter parameters group groups people "
    "person increase decrease difference case cases new large small low first second one two company organization "
    "team member members customer customers effect effects risk button screen window form control function code "
    "error message part way thing things area end different same several many more most less other based "
    "following current city town river film book novel airline museum"
)
GENERIC = LIGHT | frozenset(_GENERIC_TEXT.split())
"""Words that name no subject by themselves: sentences that share only these may speak of different things."""

_IMPERATIVES_TEXT = (
    "add adjust allow apply ask assign avoid browse build call change check choose clear click close complete "
    "configure confirm connect contact copy create define delete deploy disable disconnect download drag edit "
    "enable ensure enter execute exit expand fill find follow get give go hold hover import insert install keep "
    "launch leave let load locate look make measure move navigate open pass paste perform pick place plug point "
    "prepare press provide pull push put read rebuild refer remove rename repeat replace reset restart restore "
    "return review right-click run save scan set scroll search see select send show sign specify start stop store "
    "submit switch take tap tell test touch try turn type uninstall unplug update upgrade upload use verify view "
    "visit wait write consider note remember"
)
IMPERATIVES = frozenset(_IMPERATIVES_TEXT.split())

_SAME_TEXT = (
    "weigh/weight long/length/longest high/height/highest/tall wide/width deep/depth/deepest "
    "cost/price/priced/fee found/founder/establish/founded"
    "/established born/birth die/death start/begin/commence end/finish buy/purchase reply/response/answer "
    "customer/client allow/permit supply/provide inhabitant/resident/people use/employ "
    "finish/complete/completion get/receive/obtain arrive/come fast/quick big/large/great small/little "
    "employee/staff/worker film/movie car/automobile flat/apartment doctor/physician kid/child baby/infant "
    "drug/medicine/medication illness/disease buy/purchase help/aid show/demonstrate "
    "design/designer own/owner invent/inventor write/author/writer/written direct/director publish/publisher "
    "manufacture/manufacturer/make/made/maker create/creator lead/leader many/numerous main/principal"
)
SAME = {stem(word): stem(group.split("/")[0]) for group in _SAME_TEXT.split() for word in group.split("/")}
"""Stems that are read as another: pairs of noun and verb, and plain synonyms."""

_LIMITING_TEXT = (
    "limit limits limited allow allows allowed maximum max permit permits permitted largest greatest longest biggest"
)
LIMITING = frozenset(_LIMITING_TEXT.split())
"""Where one of these stands, a number without a bound is the most there may be."""

DIMENSIONS = frozenset(["long", "high", "wide", "deep", "thick", "heavy", "old", "fast", "weigh"])
"""What a thing is measured by; two values by different ones do not contradict each other."""

MADE = frozenset(
    ["designed", "wrote", "founded", "invented", "discovered", "directed", "painted", "composed", "built", "created"]
)
SLOTS = re.compile(
    rf"\b(?:(?:{'|'.join(sorted(MADE))})(?! by)|"
    r"head ?quarter(?:s|ed)|capital|located|based|born|birthplace|founded by|written by|created by|"
    r"invented by|developed by|designed by|directed by|discovered by|painted by|composed by|owned by|acquired by|"
    r"made by|"
    r"manufactured by|published by|built by|operated by|managed by|led by|maintained by|"
    r"named (?:after|for)|(?:is|are|was|were) called|"
    r"written in|licensed under|license|licence|stored in|hosted (?:in|on|by)|held in|takes place|took place|"
    r"ceo|chief executive(?: officer)?|cto|cfo|president|director|chair(?:man|woman|person)?|chancellor|mayor|"
    r"king|queen|"
    r"founder|author|inventor|owner|manufacturer|publisher|maintainer|editor|architect|designer|currency|"
    r"official language|default|mascot|winner|won by|died in|buried|nearest|largest|smallest|highest|lowest|tallest|"
    r"oldest|longest|opened in|signed in|happened in|occurred in|flows into|belongs to|part of)\b",
    re.IGNORECASE,
)
"""Attributes that a thing has one of: two names in this place contradict each other."""

_ONCE_TEXT = (
    "found founded establish established born die died launch launched release released introduce introduced "
    "invent invented discover discovered publish published build built complete completed open opened end ended "
    "ends expire expires expired begin began begins start starts started deadline due acquire acquired approve "
    "approved adopt adopted sign signed incorporate incorporated create created inaugurate inaugurated close "
    "closed retire retired deprecate deprecated since date election elected take takes effect effective ratified "
    "merge merged join joined founding birth death completion opening closing expiry closes opens last until"
)
ONCE = frozenset(_ONCE_TEXT.split())
"""What happens to a thing once: two years for it contradict each other. Elsewhere a year says when, and is no value."""

_PREDICATES_TEXT = (
    "increase decrease raise lower rise fall enable disable allow deny prevent disallow permit forbid prohibit "
    "promote inhibit activate deactivate include exclude accept reject decline improve worsen reduce protect harm "
    "upregulate downregulate succeed fail win lose pass approve disapprove guarantee cause grant revoke support "
    "keep delete remove retain start stop encrypt decrypt lock unlock gain"
)
PREDICATES = frozenset(_PREDICATES_TEXT.split())
"""Verbs with an opposite: what one of them says of a thing, the other denies."""

_ABOUT_TEXT = "note notes summary review reply comment correction update version copy draft abstract digest remark faq"
ABOUT_A_TEXT = frozenset(_ABOUT_TEXT.split())
"""Words in the title of a text about another one."""

_REPORTING_TEXT = (
    "find found show shows showed shown observe observed identify identified report reported detect detected "
    "demonstrate demonstrated suggest suggests suggested indicate indicates indicated reveal reveals revealed perform "
    "performed conduct conducted see seen evidence appear appears appeared overall result results data respectively "
    "included include total"
)
REPORTING = frozenset(_REPORTING_TEXT.split())
"""Words that carry a finding and change nothing of it."""

_UP_TEXT = (
    "increase increased raise raised rise rose elevate elevated enhance enhanced augment promote stimulate "
    "activate induce improve improved upregulate up-regulate extend extended prolong prolonged expand gain "
    "accelerate strengthen boost higher greater more larger longer faster stronger better high amplify lengthen "
    "facilitate elevation enhancement promotion stimulation activation induction improvement upregulation "
    "extension prolongation expansion growth"
)
UP = frozenset(_UP_TEXT.split())
_DOWN_TEXT = (
    "decrease decreased reduce reduced lower lowered fall fell decline declined diminish diminished attenuate suppress "
    "inhibit impair weaken block prevent downregulate down-regulate shorten shortened shrink slow worsen worsened less "
    "fewer smaller shorter slower weaker worse low curb hinder reduction suppression inhibition impairment weakening "
    "prevention downregulation shortening loss deterioration attenuation"
)
DOWN = frozenset(_DOWN_TEXT.split())
"""Words of a change for more and for less: one in the place of the other turns a finding round."""

_REVERSING_TEXT = (
    "inhibition inhibitor inhibitors blockade antagonist antagonists loss lack absence deficiency deficient depletion "
    "deletion knockdown knockout silencing silenced suppression removal withdrawal without non lacking blocking mutant "
    "mutants null"
)
REVERSING = frozenset(_REVERSING_TEXT.split())
"""Words that turn round what is said of a thing: the loss of what promotes growth reduces it, and no one is wrong."""

DENYING = frozenset(["not", "no", "never", "cannot", "none", "neither", "nor"])
"""Words that deny a whole statement; `without` and `except` only narrow it."""
OPPOSED_LINKS = frozenset(["before", "after", "with", "without", "above", "below", "over", "under"])
_OPPOSED_TEXT = "resistance/susceptibility resistance/sensitivity resistant/sensitive resistant/susceptible common/rare"
OPPOSED_PAIRS = frozenset((pair.split("/")[0], pair.split("/")[1]) for pair in _OPPOSED_TEXT.split())
WEAK = frozenset(["may", "might", "could", "whether"])
"""Before a denial they make it a possibility."""

_STUDIED_TEXT = (
    "study trial article paper publication record report review patient participant subject woman women man men child "
    "children infant adult person people case control sample cohort individual family hospital center centre country"
)
STUDIED = frozenset(_STUDIED_TEXT.split())
"""What studies count: each has its own number of them, in the same words."""

THAN = re.compile(
    r"\b(?:than|versus|vs\.?|(?:compared|relative|in comparison|as opposed|as compared) (?:to|with))\s", re.IGNORECASE
)

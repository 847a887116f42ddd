"""Made-up attacks and look-alikes, so that the model learns the kind and not the samples: a small grammar.

The rules are in `injection_grammar.json`, written for this purpose; `{name}` stands for one of a rule's lines.
"""

import json
import random
import re
from pathlib import Path

_RULES = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


def made(surface: str, count: int, seed: int, topics: list[str]) -> list[str]:
    """At most `count` different sentences for a surface (user, document), or look-alikes (user_benign).

    `topics` are words of harmless texts: what an order is about must not tell that it is one.
    """
    rules, generator = _RULES[surface] | {"topic": topics}, random.Random(seed)

    def expand(line: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: expand(generator.choice(rules[match[1]])), line)

    return list(dict.fromkeys(" ".join(expand("{top}").split()) for _ in range(count)))

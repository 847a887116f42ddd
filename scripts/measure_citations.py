"""Share of altered sentences that are caught, and of faithful ones that are kept, way by way, on held-out passages.

`python -m scripts.measure_citations [own|SET...]`: the cases of tests/quality, said by a scripted model.
"""

import asyncio
import sys
import time

from tests.quality.alterations import ALTERATIONS, ORDINARY_NOUNS, PARAPHRASES, Alteration
from tests.quality.test_citation_attacks import SETS, Attack, held_out, share_shown, verbatim


async def print_ways(attack: Attack, texts: list[str], kind: str, ways: tuple[Alteration, ...], *, keep: bool) -> None:
    """One line for each way, and one for all of them."""
    shown_all = tried_all = 0
    for way in ways:
        shown, tried = await share_shown(attack, texts, (way,))
        shown_all, tried_all = shown_all + shown, tried_all + tried
        if len(ways) > 1 and tried:
            print(f"    {way.__name__:18} {shown if keep else tried - shown:4} of {tried:4}")
    good = shown_all if keep else tried_all - shown_all
    if tried_all:
        print(
            f"  {kind:18} {'kept' if keep else 'caught'} {good:4} of {tried_all:4}  {good / tried_all:.3f}", flush=True
        )


async def main(names: list[str]) -> None:
    """Print the shares of each set."""
    attack = Attack()
    for name in names or ["own", *SETS]:
        began, texts = time.perf_counter(), held_out(name)
        print(name)
        for kind, ways in {**ALTERATIONS, "ordinary noun": ORDINARY_NOUNS}.items():
            await print_ways(attack, texts, kind, ways, keep=False)
        everything = tuple(way for ways in ALTERATIONS.values() for way in ways)
        await print_ways(attack, texts, "all but nouns", everything, keep=False)
        await print_ways(attack, texts, "verbatim", (verbatim,), keep=True)
        await print_ways(attack, texts, "paraphrases", PARAPHRASES, keep=True)
        print(f"  {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
